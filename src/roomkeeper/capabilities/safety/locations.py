"""Where people are: the newest position of each, in memory at once, in the database a moment later.

A position is worth little: the next one comes, or it expires. So it is taken without waiting for the disk, and written
with others of the same second; a crash loses that second, and nobody is told that it was stored. To withdraw is worth
much: it is durable before it is answered, and what was not written is forgotten with it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from roomkeeper.capabilities.safety import places
from roomkeeper.capabilities.safety.geometry import Area
from roomkeeper.capabilities.safety.index import Found, PositionIndex, cell_of, cover
from roomkeeper.capabilities.safety.models import Position, Preferences, Sharing
from roomkeeper.capabilities.safety.places import Outcome, PositionRefused, Told
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import people as people_store
from roomkeeper.capabilities.safety.store import positions as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.database.committer import patience
from roomkeeper.platform.errors import Forbidden, InvalidParameter
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")

FLUSH_S = 1.0
SWEEP_S = 15.0
PAGE = 5_000
FILLED = 200
"""Positions that are read at once: a moment or two."""
CELLS = 500
ROWS = 500
"""Positions in one write."""
SWEPT = 2_000
MOST_HELD = 10_000


class NotSharing(Forbidden):
    """You do not share where you are: agree to that first (location in your preferences)."""


class Locations:
    """Takes positions, forgets them, and knows who is in an area."""

    def __init__(self, app: Application, settings: SafetySettings) -> None:
        self._app = app
        self._settings = settings
        self.index = PositionIndex()
        self._sharing: dict[str, Sharing] = {}
        self._unwritten: dict[str, Position] = {}
        self._held: OrderedDict[str, Position] = OrderedDict()
        self._is_filled = asyncio.Event()
        self._gone: set[str] = set()

    async def load(self) -> None:
        """At the start: who shares where they are."""
        after = ""
        while sharing := await people_store.sharing(self._app.driver, after, PAGE):
            for user_id, how in sharing:
                self._sharing[user_id] = "exact" if how == "exact" else "approximate"
            after = sharing[-1][0]

    async def fill(self) -> None:
        """After the start, in the background: where everybody was. A million take some ten seconds."""
        after = ""
        while found := await store.page(self._app.driver, after, FILLED):
            self._remember(found)
            after = found[-1][0]
            await self._app.giving_way.turn()
        self._is_filled.set()
        self._gone.clear()

    def _remember(self, found: Sequence[tuple[str, Position]]) -> None:
        """Take positions from the database; what was told or withdrawn meanwhile is newer."""
        now = self._app.clock.now_ms()
        for user_id, position in found:
            is_shared = user_id in self._sharing and user_id not in self._gone
            if is_shared and position.expires_ts > now and user_id not in self.index:
                self.index.put(user_id, position)

    # ------------------------------------------------------------ telling

    def tell(self, user_id: str, told: Told) -> tuple[Outcome, Position]:
        """Somebody says where they are. Raises `NotSharing`, `InvalidParameter`."""
        sharing, now = self._sharing.get(user_id, "off"), self._app.clock.now_ms()
        if sharing == "off":
            raise NotSharing
        try:
            position = places.kept(told, sharing, self._settings, now)
        except PositionRefused as error:
            raise InvalidParameter(str(error)) from None
        old = self.index.get(user_id)
        outcome = places.judged(position, old, self._held.get(user_id), now)
        if outcome == "taken":
            self._held.pop(user_id, None)
            self.index.put(user_id, position)
            self._unwritten[user_id] = position
        elif outcome == "held":
            self._hold(user_id, position)
        return outcome, position

    def _hold(self, user_id: str, position: Position) -> None:
        self._held[user_id] = position
        self._held.move_to_end(user_id)
        if len(self._held) > MOST_HELD:
            self._held.popitem(last=False)

    def shares(self, user_id: str) -> bool:
        """Whether somebody's position is taken."""
        return user_id in self._sharing

    def where(self, user_id: str) -> Position | None:
        """Where somebody is, if that still counts."""
        found = self.index.get(user_id)
        return None if found is None or found.expires_ts <= self._app.clock.now_ms() else found

    def count(self) -> int:
        """How many people's positions count now, or did a moment ago."""
        return len(self.index)

    async def within(self, area: Area) -> Found:
        """Who is in an area now. Shortly after a start, the database is asked about the cells of it."""
        if not self._is_filled.is_set():
            cells = cover(area)
            if cells is None:
                await self._is_filled.wait()
            for start in range(0, len(cells or ()), CELLS):
                self._remember(await store.in_cells(self._app.driver, (cells or [])[start : start + CELLS]))
        return self.index.within(area, self._app.clock.now_ms())

    # ------------------------------------------------------------ withdrawing

    async def stop(self, user_id: str) -> None:
        """Forget where somebody is; they may tell it again."""
        write = Write()
        self.forget(user_id, write)
        await self._app.committer.submit(write)

    def forget(self, user_id: str, write: Write) -> None:
        """Forget where somebody is: at once in memory, with that write in the database."""
        self.index.remove(user_id)
        self._unwritten.pop(user_id, None)
        self._held.pop(user_id, None)
        if not self._is_filled.is_set():
            self._gone.add(user_id)
        store.delete(write, user_id)

    def withdraw(self, user_id: str, write: Write) -> None:
        """The same for good: they share nothing any more."""
        self._sharing.pop(user_id, None)
        self.forget(user_id, write)

    def moved(self, user_id: str, preferences: Preferences, write: Write) -> None:
        """Somebody agrees to more or less: what they agree to no more counts no more from this moment on."""
        if preferences.location == "off":
            self.withdraw(user_id, write)
        elif preferences.location == "approximate" and self._sharing.get(user_id) == "exact":
            self._sharing[user_id] = "approximate"
            self.forget(user_id, write)

    def settled(self, user_id: str, preferences: Preferences) -> None:
        """What somebody agrees to is durable."""
        if preferences.location != "off":
            self._sharing[user_id] = preferences.location

    # ------------------------------------------------------------ in the background

    async def run(self) -> None:
        """Write what is new, and forget what counts no more, for ever."""
        loop = asyncio.get_running_loop()
        swept = loop.time()
        while True:
            await asyncio.sleep(FLUSH_S)
            await self.flush()
            if loop.time() - swept >= SWEEP_S:
                swept = loop.time()
                await self.sweep()

    async def flush(self) -> None:
        """Write what is new."""
        while self._unwritten:
            await self._app.giving_way.turn()
            names = list(self._unwritten)[:ROWS]
            rows = [(name, self._unwritten.pop(name)) for name in names]
            try:
                await self._write(rows)
            except DatabaseError:
                # What is newer by now stays the newest; who has withdrawn meanwhile is not written again.
                for name, position in rows:
                    if self.index.get(name) == position:
                        self._unwritten.setdefault(name, position)
                raise

    async def _write(self, rows: Sequence[tuple[str, Position]]) -> None:
        write = Write()
        store.put(write, [(name, cell_of(each.latitude, each.longitude), each) for name, each in rows])
        with patience():
            await self._app.committer.submit(write)

    async def sweep(self) -> None:
        """Forget what counts no more."""
        now = self._app.clock.now_ms()
        while expired := self.index.expired(now, SWEPT):
            for user_id in expired:
                self.index.remove(user_id)
                self._unwritten.pop(user_id, None)
            await asyncio.sleep(0)
        self._held = OrderedDict((name, each) for name, each in self._held.items() if each.expires_ts > now)
        write = Write()
        store.delete_expired(write, now)
        with patience():
            await self._app.committer.submit(write)
