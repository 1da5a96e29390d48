"""Joining, inviting, knocking, leaving, kicking, banning, forgetting.

spec: client-server §Room membership
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import rules, store
from roomkeeper.core.rooms.creation import check_invitable
from roomkeeper.core.rooms.models import JOIN_RULES, Draft, Room
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, MatrixError, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.platform.tracking import Tracking
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.events import Event
from roomkeeper.wire.identifiers import parse_user_id


class StillInRoom(MatrixError):
    """You are still in this room: leave it first."""

    errcode, status = "M_UNKNOWN", 400


class Memberships:
    """Changes of membership, each an ``m.room.member`` event."""

    def __init__(self, rooms: Rooms, accounts: Accounts, profiles: Profiles, tracking: Tracking) -> None:
        self._rooms = rooms
        self._tracking = tracking
        self._accounts = accounts
        self._profiles = profiles

    async def resolve(self, room_id_or_alias: str) -> str:
        """See `Rooms.resolve`."""
        return await self._rooms.resolve(room_id_or_alias)

    async def join(self, requester: Requester, room_id: str, reason: str | None, content: Mapping[str, Any]) -> None:
        """Join a room; nothing happens where the user is in it."""
        room = await self._rooms.cache.get(room_id)
        user_id = requester.user_id
        if user_id in room.joined:
            return
        joined: dict[str, Any] = {**content, "membership": "join", **await self._profiles.member_content(user_id)}
        authoriser = await self._authoriser(room, user_id)
        if authoriser is not None:
            joined["join_authorised_via_users_server"] = authoriser
        try:
            event = await self._change(requester, room_id, user_id, joined, reason)
        except (MatrixError, ProtocolViolation) as error:
            self._tracking.track("room_join_refused", user_id, room_id=room_id, errcode=error.errcode)
            raise
        self._tracking.track("room_joined", user_id, room_id=room_id, event_id=event.event_id)

    async def invite(self, requester: Requester, room_id: str, target: str, reason: str | None) -> None:
        """Invite somebody who exists."""
        await self.check_invitable(room_id, target)
        content = {"membership": "invite", **await self._profiles.member_content(target)}
        await self._change(requester, room_id, target, content, reason)

    async def check_invitable(self, room_id: str, target: str) -> None:
        """An invitation to a room that exists, of somebody who does. Raises a `MatrixError` where it is not."""
        await self._rooms.cache.get(room_id)
        await check_invitable(self._accounts, self._rooms, target)

    async def knock(self, requester: Requester, room_id: str, reason: str | None) -> None:
        """Ask to be invited."""
        user_id = requester.user_id
        content = {"membership": "knock", **await self._profiles.member_content(user_id)}
        await self._change(requester, room_id, user_id, content, reason)

    async def leave(self, requester: Requester, room_id: str, reason: str | None) -> None:
        """Leave, or reject an invitation, or take a knock back; nothing happens where the user has left."""
        room = await self._rooms.cache.get(room_id)
        if room.membership(requester.user_id) == "leave":
            return
        await self._change(requester, room_id, requester.user_id, {"membership": "leave"}, reason)

    async def kick(self, requester: Requester, room_id: str, target: str, reason: str | None) -> None:
        """Make somebody leave, or withdraw their invitation."""
        room = await self._rooms.check_joined(requester.user_id, room_id)
        if room.membership(_user(target)) not in ("join", "invite", "knock"):
            raise Forbidden(f"{target} is not in this room.")
        await self._change(requester, room_id, target, {"membership": "leave"}, reason)

    async def ban(self, requester: Requester, room_id: str, target: str, reason: str | None) -> None:
        """Make somebody leave and keep them out."""
        await self._change(requester, room_id, _user(target), {"membership": "ban"}, reason)

    async def unban(self, requester: Requester, room_id: str, target: str, reason: str | None) -> None:
        """Let somebody who was banned come back, if they are invited or the room is open."""
        room = await self._rooms.check_joined(requester.user_id, room_id)
        if room.membership(_user(target)) != "ban":
            raise Forbidden(f"{target} is not banned from this room.")
        await self._change(requester, room_id, target, {"membership": "leave"}, reason)

    async def forget(self, user_id: str, room_id: str) -> None:
        """Let a room that one has left disappear from one's history."""
        membership = await store.membership_of(self._rooms.driver, user_id, room_id)
        if membership is None:
            raise NotFound("You were never in this room.")
        if membership.membership not in ("leave", "ban"):
            raise StillInRoom
        await self._rooms.take_turn(room_id, lambda _room, write: store.forget(write, user_id, room_id))

    async def refresh_profile(self, user_id: str) -> None:
        """Bring a user's display name and avatar in every room up to date. Doing so twice changes nothing."""
        profile = await self._profiles.member_content(user_id)

        def act(room: Room, write: Write) -> Event | None:
            current = room.state.get(("m.room.member", user_id))
            if current is None or user_id not in room.joined:
                return None
            kept = {key: value for key, value in current.content.items() if key not in ("displayname", "avatar_url")}
            # A restricted room need not be entered again: the authorising user is of the joining event alone.
            kept.pop("join_authorised_via_users_server", None)
            content = {**kept, **profile}
            if content == current.content:
                return None
            draft = Draft(type="m.room.member", sender=user_id, state_key=user_id, content=content)
            return self._rooms.turn.append(room, draft, write)

        for room_id in sorted(await self._rooms.joined_rooms(user_id)):
            # A room that refuses (its join rule is one that nobody knows, say) keeps the old profile, the others not.
            with contextlib.suppress(ProtocolViolation, MatrixError):
                await self._rooms.take_turn(room_id, act)

    async def leave_some(self, user_id: str, limit: int) -> tuple[int, int]:
        """Leave up to `limit` rooms, or reject invitations to them; how many, and how many remain.

        Doing so twice changes nothing.
        """

        def act(room: Room, write: Write) -> None:
            if room.membership(user_id) in ("join", "invite", "knock"):
                leave = Draft(type="m.room.member", sender=user_id, state_key=user_id, content={"membership": "leave"})
                self._rooms.turn.append(room, leave, write)

        present = [
            membership.room_id
            for membership in await store.memberships_of(self._rooms.driver, user_id)
            if membership.membership in ("join", "invite", "knock")
        ]
        for room_id in present[:limit]:
            await self._rooms.take_turn(room_id, act)
        return len(present[:limit]), len(present[limit:])

    async def _change(
        self, requester: Requester, room_id: str, target: str, content: Mapping[str, Any], reason: str | None
    ) -> Event:
        full = dict(content) if reason is None else {**content, "reason": reason}
        draft = Draft(
            type="m.room.member", sender=requester.user_id, state_key=target, content=full, requester=requester
        )
        return await self._rooms.send(room_id, draft)

    async def _authoriser(self, room: Room, user_id: str) -> str | None:
        """A member who may invite, where a restricted room admits the user. spec: client-server §Restricted rooms"""
        if room.membership(user_id) in ("join", "invite"):
            return None
        allowed = rules.joinable_rooms(room.content(*JOIN_RULES))
        if not allowed or not set(allowed) & await self._rooms.joined_rooms(user_id):
            return None
        levels = room.power_levels()
        candidates = [member for member in room.joined if levels.user_level(member) >= levels.invite]
        return max(candidates, key=levels.user_level, default=None)


def _user(user_id: str) -> str:
    try:
        parse_user_id(user_id)
    except ProtocolViolation as error:
        raise InvalidParameter(str(error)) from None
    return user_id
