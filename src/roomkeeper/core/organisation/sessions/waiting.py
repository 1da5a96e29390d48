"""Sessions that wait are given out as soon as somebody has a place: when that may be so, and now and then."""

from __future__ import annotations

import asyncio
import contextlib

from roomkeeper.core.organisation.sessions.facts import CustomerWrote, ParticipantLeft
from roomkeeper.core.organisation.sessions.service import SERVER, Sessions
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.facts import Fact
from roomkeeper.platform.logs import get_logger

log = get_logger(area="sessions")

PERIOD = 60.0
"""Seconds after which it is looked anyway: departments, roles and rules may have changed."""


class Waiting:
    """The background task, and what wakes it."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Look for ever; at first for what a crash left."""
        while True:
            self._wake.clear()
            await self._sessions.serve()
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
