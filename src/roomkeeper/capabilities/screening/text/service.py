"""The lists of words: kept in the database, compiled into rules that are exchanged as a whole when a list changes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence

import msgspec

from roomkeeper.capabilities.screening.store import lists as store
from roomkeeper.capabilities.screening.text import rules
from roomkeeper.capabilities.screening.text.models import TextList
from roomkeeper.capabilities.screening.text.report import MOST_ERRORS, PatternError
from roomkeeper.capabilities.screening.text.rules import BadPattern, TextRules
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.logs import get_logger

log = get_logger(area="screening")

ERRORS = "org.roomkeeper.patterns"
"""In an error: which patterns cannot be used, and why."""
MOST_LISTS = 200
MOST_PATTERNS = 200_000
"""In all lists."""
MOST_EXPRESSIONS = 2_000
PAGE = 5_000
GATHER_S = 0.2
"""Seconds for which changes gather before the rules are made anew."""


class Lists:
    """The lists, and the rules made of them."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.rules = TextRules()
        self.generation = 0
        """Grows when the rules are made anew."""
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._wanted = 0
        self._made = asyncio.Condition()
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` when other rules are in force."""
        self._listeners.append(listener)

    # ------------------------------------------------------------ making the rules

    async def load(self) -> None:
        """Make the rules of what is in the database. The old ones are in force until then."""
        wanted = self._wanted
        enabled = [text_list for text_list in await self.all() if text_list.enabled]
        loaded = [(text_list, await self._patterns(text_list.list_id)) for text_list in enabled]
        self.rules = await asyncio.to_thread(TextRules, loaded)
        self.generation += 1
        async with self._made:
            self._made_upto = wanted
            self._made.notify_all()
        for listener in self._listeners:
            listener()

    async def run(self) -> None:
        """Make the rules anew after changes, for ever."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER_S)
            self._changed.clear()
            await self.load()

    _made_upto = 0

    async def _in_force(self) -> None:
        """Wait until what was changed is in force."""
        self._wanted += 1
        wanted = self._wanted
        self._changed.set()
        async with self._made:
            await self._made.wait_for(lambda: self._made_upto >= wanted)

    async def _patterns(self, list_id: str) -> list[str]:
        found: list[str] = []
        while page := await store.entries(self._app.driver, list_id, found[-1] if found else "", PAGE):
            found += page
            await asyncio.sleep(0)
        return found

    # ------------------------------------------------------------ looking

    async def all(self) -> Sequence[TextList]:
        """All lists, in the order in which they were made."""
        return await store.all_lists(self._app.driver, MOST_LISTS)

    async def get(self, list_id: str) -> TextList:
        """One list. Raises `NotFound`."""
        found = await store.find(self._app.driver, list_id)
        if found is None:
            raise NotFound("There is no such list.")
        return found

    async def entries(self, list_id: str, after: str, limit: int, search: str = "") -> Sequence[str]:
        """Patterns of a list, in order, those in which `search` stands. Raises `NotFound`."""
        await self.get(list_id)
        return await store.entries(self._app.driver, list_id, after, limit, search)

    # ------------------------------------------------------------ changing

    async def create(self, wanted: TextList) -> TextList:
        """A new list, without patterns yet. Raises `InvalidParameter`."""
        async with self._turn:
            if len(await self.all()) >= MOST_LISTS:
                raise InvalidParameter(f"There can be {MOST_LISTS} lists at most.")
            now = self._app.clock.now_ms()
            made = msgspec.structs.replace(
                wanted, list_id=f"{now:011x}{secrets.token_hex(4)}", created_ts=now, updated_ts=now
            )
            await self._put(made, "screening.lists")
        return made

    async def change(self, list_id: str, **values: object) -> TextList:
        """Change what is said of a list. Raises `NotFound`."""
        async with self._turn:
            changed = msgspec.structs.replace(await self.get(list_id), **values, updated_ts=self._app.clock.now_ms())
            await self._put(changed, "screening.lists")
        await self._in_force()
        return changed

    async def _put(self, text_list: TextList, permission: str) -> None:
        write = Write()
        store.put(write, text_list)
        self._app.audit.record(write, permission=permission, target=text_list.list_id, reason=text_list.name)
        await self._app.committer.submit(write)

    async def delete(self, list_id: str) -> None:
        """A list goes, with its patterns. Raises `NotFound`."""
        async with self._turn:
            found = await self.get(list_id)
            write = Write()
            store.delete(write, list_id)
            self._app.audit.record(write, permission="screening.lists", target=list_id, reason=f"deleted: {found.name}")
            await self._app.committer.submit(write)
        await self._in_force()

    async def add(self, list_id: str, patterns: Sequence[str]) -> int:
        """Add patterns; how many the list has then. Raises `NotFound`, `InvalidParameter` (which pattern, and why)."""
        async with self._turn:
            found = await self.get(list_id)
            await self.check(found, patterns)
            write = Write()
            store.add_entries(write, list_id, patterns)
            store.touch(write, list_id, self._app.clock.now_ms())
            self._audit(write, list_id, f"{len(patterns)} added")
            await self._app.committer.submit(write)
        await self._in_force()
        return (await self.get(list_id)).entries

    async def remove(self, list_id: str, patterns: Sequence[str]) -> int:
        """Take patterns away; how many the list has then. Raises `NotFound`."""
        async with self._turn:
            await self.get(list_id)
            write = Write()
            store.delete_entries(write, list_id, patterns)
            store.touch(write, list_id, self._app.clock.now_ms())
            self._audit(write, list_id, f"{len(patterns)} removed")
            await self._app.committer.submit(write)
        await self._in_force()
        return (await self.get(list_id)).entries

    def _audit(self, write: Write, list_id: str, what: str) -> None:
        self._app.audit.record(write, permission="screening.lists", target=list_id, reason=what)

    async def check(self, text_list: TextList, patterns: Iterable[str]) -> None:
        """Whether a list can have these, too. Raises `InvalidParameter`."""
        several = list(patterns)
        if await store.count(self._app.driver) + len(several) > MOST_PATTERNS:
            raise InvalidParameter(f"All lists together can have {MOST_PATTERNS} patterns at most.")
        if text_list.kind == "expressions" and text_list.entries + len(several) > MOST_EXPRESSIONS:
            raise InvalidParameter(f"A list can have {MOST_EXPRESSIONS} expressions at most.")
        wrong = list[PatternError]()
        for row, pattern in enumerate(several, 1):
            try:
                rules.check(pattern, text_list.kind)
            except BadPattern as error:
                wrong.append(PatternError(row, pattern[:100], str(error)))
        if wrong:
            first, told = wrong[0], msgspec.to_builtins(wrong[:MOST_ERRORS])
            raise InvalidParameter(f"{first.pattern!r}: {first.error}", **{ERRORS: told})

    def changed(self) -> None:
        """Something was written to a list in another way: make the rules anew soon."""
        self._wanted += 1
        self._changed.set()
