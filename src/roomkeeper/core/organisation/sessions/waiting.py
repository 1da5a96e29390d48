"""Sessions that wait are given out as soon as somebody has a place: when that may be so, and now and then."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import store
from roomkeeper.core.organisation.sessions.facts import CustomerWrote, ParticipantLeft
from roomkeeper.core.organisation.sessions.models import Session, Target
from roomkeeper.core.organisation.sessions.places import Places
from roomkeeper.core.organisation.sessions.service import SERVER, Sessions
from roomkeeper.platform.database import Driver
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.facts import Fact
from roomkeeper.platform.logs import get_logger

log = get_logger(area="sessions")

PERIOD = 60.0
"""Seconds after which it is looked anyway: departments, roles and rules may have changed."""
PAGE = 100
"""Waiting sessions that are read at once."""


class Waiting:
    """The background task, and what wakes it."""

    def __init__(
        self, driver: Driver, sessions: Sessions, places: Places, permissions: Permissions, turns: Turns
    ) -> None:
        self._driver = driver
        self._sessions = sessions
        self._places = places
        self._permissions = permissions
        self._turns = turns
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Look for ever; at first for what a crash left."""
        while True:
            self._wake.clear()
            await self._serve()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PERIOD):
                    await self._wake.wait()

    async def wake(self, _fact: Fact) -> None:
        """Somebody may have a place now."""
        self._wake.set()

    async def reopen(self, fact: CustomerWrote) -> None:
        """A customer goes on with a session; where it cannot go on (the two have another by now), it stays closed."""
        try:
            await self._sessions.reopen(fact.room_id, SERVER, "the customer wrote", closed_by=fact.closed_by)
        except MatrixError as error:
            log.info("a session stays closed", room_id=fact.room_id, reason=str(error))

    async def leave(self, fact: ParticipantLeft) -> None:
        """See `Sessions.leave`."""
        with contextlib.suppress(MatrixError):
            await self._sessions.leave(fact.room_id, fact.user_id)

    # ------------------------------------------------------------ giving them out

    async def _serve(self) -> None:
        """Give sessions that wait to those who have a place, those that have waited for longest first."""
        for target in await store.waiting_for(self._driver):
            await self._serve_target(target)

    async def _serve_target(self, target: Target) -> None:
        after = (0, "")
        while waiting := await store.waiting(self._driver, target, after, PAGE):
            for session in waiting:
                if not await self._try_to_serve(session, target):
                    return
            after = (waiting[-1].waiting_ts, waiting[-1].room_id)

    async def _try_to_serve(self, session: Session, target: Target) -> bool:
        """The same as `_serve_one`; a session that cannot be given to anybody holds nobody else up."""
        try:
            return await self._serve_one(session, target)
        except MatrixError as error:
            log.warning("a session waits and nobody can be found", room_id=session.room_id, reason=str(error))
            return True

    async def _serve_one(self, session: Session, target: Target) -> bool:
        """Give a session that waits to somebody; whether the next for the same target may be, too."""
        async with self._turns("customer", session.customer_id):
            current = await store.find(self._driver, session.room_id)
            if current is None or current.state != "waiting" or current.staff_id != target.staff_id:
                return True
            if target.staff_id is None:
                return await self._serve_queue(current)
            if not await self._places.is_reachable(target.staff_id):
                if self._sessions.cared_for(target.staff_id):
                    return False
                await self._sessions.queue(current, "whom it waited for has left")
                return True
            async with self._turns("staff", target.staff_id):
                if not await self._places.has_place(target.staff_id):
                    return False
                await self._sessions.rooms.change(
                    current, self._sessions.resumed(current, takes=True), "there is a place"
                )
        return True

    async def _serve_queue(self, session: Session) -> bool:
        department_id = session.department_id or ""
        if department_id not in (await self._permissions.tree()).departments:
            await self._sessions.queue(session, "its department is no more")
            return True
        candidates = await self._places.candidates(department_id, session.customer_id)
        if not any(each.has_place for each in candidates):
            return False
        async with self._places.chosen(department_id, session.customer_id, session.language) as chosen:
            if chosen is not None:
                resumed = self._sessions.resumed(session, takes=True)
                after = msgspec.structs.replace(resumed, staff_id=chosen.user_id)
                await self._sessions.rooms.change(
                    session, after, "there is a place", await self._places.noting(department_id)
                )
        return True
