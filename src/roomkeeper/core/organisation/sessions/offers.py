"""Offers: sessions that a customer is invited to, and that begin when they say yes.

Whoever makes an offer follows what becomes of it: in the same write, so that the two never disagree.

1. `make`: the room is made, with nobody but the service account in it, and the customer is invited.
2. The customer joins, or asks for it otherwise: whoever it is with enters, and the two can write to each other.
3. The customer rejects the invitation: it is closed. They may join later: see 2.
4. `withdraw`: the invitation is taken back, where it was not answered.

spec: client-server §Room membership, §Restricted rooms
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from roomkeeper.core.organisation.sessions.facts import OfferAnswered
from roomkeeper.core.organisation.sessions.models import Session
from roomkeeper.core.organisation.sessions.rooms import Add, Notices, SessionRooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.hooks import Slot

if TYPE_CHECKING:
    from roomkeeper.core.organisation.sessions.service import Sessions


class Following(msgspec.Struct, frozen=True):
    """What whoever made an offer does with the answer: what is said in the new room, and what goes into the write."""

    notices: Notices
    add: Add


Follower = Callable[[Session, bool, Session | None], Awaitable[Following | None]]
"""Called with a session before its customer's answer takes effect, whether they accept, and where they go on instead
since the two have another session by now; `None`: it is not ours."""


class Offers:
    """Makes offers, and lets the answers take effect."""

    def __init__(self, app: Application, sessions: Sessions, rooms: SessionRooms) -> None:
        self._app = app
        self._sessions = sessions
        self._rooms = rooms
        self.followers: Slot[Follower] = Slot("followers of offers")

    async def make(self, wanted: Session, reason: str, add: Add) -> Session:
        """Offer a session that is as `wanted`, but for its room. Who calls it holds the customer."""
        return await self._rooms.create(msgspec.structs.replace(wanted, state="offered"), reason, add)

    async def turn_to(self, session: Session, staff_id: str | None, department_id: str | None, add: Add) -> Session:
        """Offer somebody else instead. Who calls it holds the customer."""
        after = msgspec.structs.replace(session, staff_id=staff_id, department_id=department_id)
        return await self._rooms.change(session, after, "", add)

    async def answer(self, fact: OfferAnswered) -> None:
        """Handles the fact; again does nothing."""
        with suppress(NotFound):
            if fact.accepted:
                await self.accept(fact.room_id)
            else:
                await self.decline(fact.room_id)

    async def accept(self, room_id: str) -> Session:
        """The customer says yes: who it is with enters, or it goes into the queue. Raises `NotFound`.

        One that is under way stays as it is.
        """
        async with self._sessions.held(room_id) as session:
            return await self._accept(session)

    async def _accept(self, session: Session) -> Session:
        if session.is_under_way:
            return session
        other = await self._sessions.other_of_pair(session)
        if other is not None:
            # Two people have one session: where that was only offered, too, this is a yes to it.
            other = await self._accept(other)
        following = await self._following(session, accepted=True, other=other)
        if other is not None:
            await self._close(session, "they have another session", following.add)
            return other
        if session.staff_id is None or not await self._sessions.is_reachable(session.staff_id):
            return await self._sessions.queue(session, "accepted", following.add, following.notices)
        after = self._sessions.resumed(session, takes=True)
        return await self._rooms.change(session, after, "accepted", following.add, following.notices)

    async def decline(self, room_id: str) -> Session:
        """The customer says no. Nothing happens where it is not (any more) offered. Raises `NotFound`."""
        async with self._sessions.held(room_id) as session:
            if session.state != "offered":
                return session
            following = await self._following(session, accepted=False)
            return await self._close(session, "declined", following.add)

    async def withdraw(self, session: Session, reason: str, add: Add) -> Session:
        """Take back an offer that was not answered. Who calls it holds the customer."""
        return await self._close(session, reason, add)

    async def _close(self, session: Session, reason: str, add: Add) -> Session:
        after = msgspec.structs.replace(session, state="closed", closed_ts=self._app.clock.now_ms())
        return await self._rooms.change(session, after, reason, add)

    async def _following(self, session: Session, *, accepted: bool, other: Session | None = None) -> Following:
        for follow in self.followers.values():
            following = await follow(session, accepted, other)
            if following is not None:
                return following
        return Following((), lambda _write, _session: None)
