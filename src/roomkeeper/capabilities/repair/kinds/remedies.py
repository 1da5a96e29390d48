"""Remedies and drills of the core: rooms, memberships, sessions. Other capabilities contribute their own."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.accounts.mending import SessionMending
from roomkeeper.core.rooms import Mending, Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.remedies import Drill, Finding, Found, NoFault, Remedy

Id = Annotated[str, Meta(min_length=1, max_length=255)]


class InRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A user, and a room."""

    user_id: Id
    room_id: Id


class OfUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user; in one room alone, where that is given."""

    user_id: Id
    room_id: str = ""


class RoomRemedies:
    """What can be put right in rooms."""

    def __init__(self, mending: Mending, rooms: Rooms) -> None:
        self._mending = mending
        self._rooms = rooms

    async def look_at_image(self, about: InRoom) -> Finding:
        """See `Remedy.look`."""
        differs = await self._mending.image_differs(about.room_id)
        return Finding(differs, {"room_id": about.room_id, "memory_differs": differs})

    async def load_anew(self, about: InRoom) -> Found:
        """See `Remedy.apply`. A room that is whole is loaded anew all the same: that does no harm."""
        await self._mending.renew_image(about.room_id)
        if await self._rooms.membership(about.user_id, about.room_id) != "join":
            raise NoFault("You are not in that room any more, so that nothing can be sent there.")
        return {"room_id": about.room_id}

    async def spoil(self, about: InRoom) -> Found:
        """See `Drill.inject`."""
        await self._mending.spoil_image(about.room_id, about.user_id)
        return {"room_id": about.room_id}

    async def look_at_memberships(self, about: OfUser) -> Finding:
        """See `Remedy.look`."""
        wrong = await self._mending.wrong_memberships(about.user_id, about.room_id)
        return Finding(bool(wrong), {"wrong": len(wrong), "room_id": wrong[0].room_id if wrong else ""})

    async def mend_memberships(self, about: OfUser) -> Found:
        """See `Remedy.apply`."""
        return {"mended": await self._mending.mend_memberships(about.user_id, about.room_id)}

    async def lose(self, about: InRoom) -> Found:
        """See `Drill.inject`."""
        await self._mending.lose_membership(about.user_id, about.room_id)
        return {"room_id": about.room_id}


class SessionRemedies:
    """What can be put right of who may be let in."""

    def __init__(self, mending: SessionMending) -> None:
        self._mending = mending

    async def look(self, about: OfUser) -> Finding:
        """See `Remedy.look`."""
        is_refused, devices = await self._mending.wrongly_refused(about.user_id)
        return Finding(is_refused or bool(devices), {"refused": is_refused, "devices": len(devices)})

    async def let_in(self, about: OfUser) -> Found:
        """See `Remedy.apply`."""
        state = await self._mending.state_of(about.user_id)
        if state != "active":
            raise NoFault(f"This account is {state}: only an administrator can change that.")
        is_refused, devices = await self._mending.wrongly_refused(about.user_id)
        await self._mending.mend(about.user_id)
        return {"was_refused": is_refused, "devices": len(devices)}

    async def refuse(self, about: OfUser) -> Found:
        """See `Drill.inject`."""
        await self._mending.refuse(about.user_id)
        return {"user_id": about.user_id}


def contribute(app: Application, accounts: Accounts, rooms: Rooms) -> None:
    """Offer them to who repairs."""
    in_rooms = RoomRemedies(Mending(rooms), rooms)
    sessions = SessionRemedies(SessionMending(accounts))
    app.remedies.add(
        "rooms.load_anew",
        Remedy(
            version=1,
            summary="Let a room in memory be as it is stored.",
            parameters=InRoom,
            look=in_rooms.look_at_image,
            apply=in_rooms.load_anew,
        ),
    )
    app.remedies.add(
        "rooms.mend_memberships",
        Remedy(
            version=1,
            summary="Let the list of somebody's rooms be as the state of the rooms says.",
            parameters=OfUser,
            look=in_rooms.look_at_memberships,
            apply=in_rooms.mend_memberships,
        ),
    )
    app.remedies.add(
        "accounts.let_in",
        Remedy(
            version=1,
            summary="Let somebody in whose account is open, and who is refused from memory.",
            parameters=OfUser,
            look=sessions.look,
            apply=sessions.let_in,
        ),
    )
    app.drills.add(
        "rooms.spoil_image",
        Drill(
            kind="message_stuck",
            summary="In memory, let somebody not be in a room in which they are: what they send is refused.",
            parameters=InRoom,
            inject=in_rooms.spoil,
        ),
    )
    app.drills.add(
        "rooms.lose_membership",
        Drill(
            kind="room_missing",
            summary="Store that somebody has left a room in which they are: it is not in their list any more.",
            parameters=InRoom,
            inject=in_rooms.lose,
        ),
    )
    app.drills.add(
        "accounts.refuse",
        Drill(
            kind="signed_out",
            summary="In memory, take somebody for locked: they are signed out again and again.",
            parameters=OfUser,
            inject=sessions.refuse,
        ),
    )
