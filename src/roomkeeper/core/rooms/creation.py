"""Making rooms: all their first events are one write, so that a room exists whole or not at all.

spec: client-server §Creation, §Room Upgrades
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import rules, store
from roomkeeper.core.rooms.models import CREATE, POWER_LEVELS, Draft, Room
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import (
    BadJson,
    Forbidden,
    InvalidParameter,
    InvalidRoomState,
    InviteBlocked,
    NotFound,
    RoomInUse,
    UnsupportedRoomVersion,
)
from roomkeeper.platform.hooks import Slot, Verdict
from roomkeeper.platform.http import Requester
from roomkeeper.wire.errors import AuthorizationRefused, ProtocolViolation
from roomkeeper.wire.identifiers import parse_room_alias, parse_user_id
from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion


class RoomRequest(msgspec.Struct, kw_only=True):
    """What a new room is to be; the names are those of ``POST /createRoom``."""

    version: str
    preset: str
    is_public: bool = False
    creation_content: dict[str, Any] = msgspec.field(default_factory=dict)
    power_level_content_override: dict[str, Any] = msgspec.field(default_factory=dict)
    power_levels: dict[str, Any] | None = None
    """The whole content, where an upgrade knows it."""
    initial_state: Sequence[tuple[str, str, dict[str, Any]]] = ()
    name: str | None = None
    topic: str | None = None
    alias_localpart: str | None = None
    invite: Sequence[str] = ()
    joined: Sequence[str] = ()
    """Who is in the room from the start, invited and joined without being asked: for rooms that the server makes."""
    is_direct: bool = False


Answer = Callable[[Requester, RoomRequest], Awaitable[str | None]]
"""Called with a client's wish for a new room: the id of the room that it is to have instead, `None` where it is to have
a new one; may refuse with a `MatrixError`."""


class Creation:
    """Creates and upgrades rooms. Other areas take part by the slot `answers`."""

    def __init__(self, rooms: Rooms, accounts: Accounts, profiles: Profiles, max_invites: int) -> None:
        self._rooms = rooms
        self._accounts = accounts
        self._profiles = profiles
        self._max_invites = max_invites
        self._newest_ms = 0
        self.answers: Slot[Answer] = Slot("answers to createRoom")

    async def asked(self, requester: Requester, request: RoomRequest) -> str:
        """The id of the room that a client gets who asks for a new one. Raises a `MatrixError`."""
        for answer in self.answers.values():
            room_id = await answer(requester, request)
            if room_id is not None:
                return room_id
        return (await self.create(requester.user_id, request, requester)).room_id

    async def create(
        self,
        creator: str,
        request: RoomRequest,
        requester: Requester | None = None,
        add: Callable[[Write, Room], None] | None = None,
    ) -> Room:
        """Create a room with all that `request` names. Raises a `MatrixError`; then there is no room.

        `requester` is `None` where the server itself creates it; `add` puts what belongs to the room into its write.
        """
        version = ROOM_VERSIONS.get(request.version)
        if version is None:
            raise UnsupportedRoomVersion(f"Choose one of the room versions {', '.join(ROOM_VERSIONS)}.")
        await self._check_invited(request.invite)
        alias = await self._check_alias(request.alias_localpart, requester)
        drafts = await self._drafts(creator, requester, request, version, alias)
        if version.room_id_is_create_hash:
            drafts[0] = msgspec.structs.replace(drafts[0], origin_server_ts=self._own_ms())
        room = Room("" if version.room_id_is_create_hash else self._new_room_id(), version)
        asked = [await self._rooms.ask_slow(room, draft) for draft in drafts]
        write = self._first_turn(room, drafts, asked)
        store.insert_room(write, room, creator, self._rooms.clock.now_ms(), is_public=request.is_public)
        if alias is not None:
            store.insert_alias(write, store.Alias(alias, room.room_id, creator))
        if add is not None:
            add(write, room)
        self._rooms.cache.put(room)
        try:
            await asyncio.shield(self._rooms.cache.submit(room, write))
        except DatabaseError:
            # Somebody else may have been faster to take the alias.
            await self._check_alias(request.alias_localpart, requester)
            raise
        return room

    async def upgrade(
        self, requester: Requester, old_id: str, version_id: str, additional_creators: Sequence[str]
    ) -> Room:
        """Replace a room by a new one of another version. spec: client-server §Room Upgrades"""
        old = await self._rooms.check_joined(requester.user_id, old_id)
        version = ROOM_VERSIONS.get(version_id)
        if version is None:
            raise UnsupportedRoomVersion(f"Choose one of the room versions {', '.join(ROOM_VERSIONS)}.")
        self._check_may_replace(old, requester)
        new = await self.create(
            requester.user_id, self._successor(old, requester, version, additional_creators), requester
        )
        await self._close(old_id, requester, new.room_id)
        return new

    # ------------------------------------------------------------ the first turn

    def _new_room_id(self) -> str:
        return f"!{secrets.token_urlsafe(18)}:{self._rooms.server_name}"

    def _own_ms(self) -> int:
        """A time that no other creation has: two alike of one millisecond would be one event, hence one room id."""
        self._newest_ms = max(self._rooms.clock.now_ms(), self._newest_ms + 1)
        return self._newest_ms

    def _first_turn(self, room: Room, drafts: Sequence[Draft], asked: Sequence[Verdict]) -> Write:
        """Take the room's first turn: every draft in order, judged by the ones before it and what was `asked`."""
        write = Write()
        for draft, verdict in zip(drafts, asked, strict=True):
            try:
                event = self._rooms.turn.append(room, draft, write, asked=verdict)
            except AuthorizationRefused as error:
                raise InvalidRoomState(f"{draft.type}: {error}") from None
            room.room_id = event.room_id
        return write

    async def _drafts(
        self, creator: str, requester: Requester | None, request: RoomRequest, version: RoomVersion, alias: str | None
    ) -> list[Draft]:
        """The room's first events, in the order that the specification gives."""
        trusted = request.invite if request.preset == "trusted_private_chat" else ()
        create = rules.create_content(version, creator, request.creation_content, trusted)
        levels = request.power_levels or rules.power_level_content(
            version, creator, trusted, request.power_level_content_override
        )
        contents: list[tuple[str, str, dict[str, Any]]] = [
            ("m.room.create", "", create),
            ("m.room.member", creator, {"membership": "join", **await self._profiles.member_content(creator)}),
            ("m.room.power_levels", "", levels),
        ]
        if alias is not None:
            contents.append(("m.room.canonical_alias", "", {"alias": alias}))
        given = {(event_type, state_key) for event_type, state_key, _ in request.initial_state}
        contents += [
            (event_type, "", content)
            for event_type, content in rules.preset_state(request.preset)
            if (event_type, "") not in given
        ]
        contents += request.initial_state
        if request.name is not None:
            contents.append(("m.room.name", "", {"name": request.name}))
        if request.topic is not None:
            text = {"m.text": [{"body": request.topic}]}
            contents.append(("m.room.topic", "", {"topic": request.topic, "m.topic": text}))
        for user_id in dict.fromkeys(request.invite):
            invite: dict[str, Any] = {"membership": "invite", **await self._profiles.member_content(user_id)}
            if request.is_direct:
                invite["is_direct"] = True
            contents.append(("m.room.member", user_id, invite))
        drafts = [
            Draft(type=event_type, sender=creator, state_key=state_key, content=content, requester=requester)
            for event_type, state_key, content in contents
        ]
        for user_id in dict.fromkeys(request.joined):
            drafts += entering(creator, user_id, await self._profiles.member_content(user_id), direct=request.is_direct)
        return drafts

    # ------------------------------------------------------------ checks

    async def _check_invited(self, invited: Sequence[str]) -> None:
        if len(invited) > self._max_invites:
            raise InvalidParameter(f"Invite at most {self._max_invites} users with a new room, the others afterwards.")
        for user_id in invited:
            await check_invitable(self._accounts, self._rooms, user_id)

    async def _check_alias(self, localpart: str | None, requester: Requester | None) -> str | None:
        if localpart is None:
            return None
        alias = f"#{localpart}:{self._rooms.server_name}"
        try:
            parse_room_alias(alias)
        except ProtocolViolation:
            raise InvalidParameter(f"{alias} cannot be a room alias.") from None
        if requester is not None:
            self._rooms.controls_alias(requester, alias)
        if ":" in localpart or await store.find_alias(self._rooms.driver, alias) is not None:
            raise RoomInUse
        return alias

    # ------------------------------------------------------------ upgrading

    def _check_may_replace(self, old: Room, requester: Requester) -> None:
        levels = old.power_levels()
        if levels.user_level(requester.user_id) < levels.event_level("m.room.tombstone", is_state=True):
            raise Forbidden("You cannot upgrade this room.")

    def _successor(
        self, old: Room, requester: Requester, version: RoomVersion, additional_creators: Sequence[str]
    ) -> RoomRequest:
        """The new room: what the old one was, and where it came from."""
        creation = {key: value for key, value in old.content(*CREATE).items() if key in ("type", "m.federate")}
        # The tombstone is not sent yet: clients take the last event of the old room that was known.
        creation["predecessor"] = {"room_id": old.room_id, "event_id": old.heads[-1]}
        if version.creators_have_infinite_power and additional_creators:
            creation["additional_creators"] = list(additional_creators)
        state = [
            (event_type, "", dict(old.content(event_type)))
            for event_type in rules.CARRIED_OVER
            if (event_type, "") in old.state
        ]
        state += [
            ("m.room.member", user_id, dict(event.content))
            for (event_type, user_id), event in old.state.items()
            if event_type == "m.room.member" and event.membership == "ban"
        ]
        upgrader = requester.user_id
        levels = rules.carried_power_levels(
            old.content(*POWER_LEVELS), version, upgrader, additional_creators, old.power_levels().creators
        )
        first = levels
        if not version.creators_have_infinite_power:
            first = rules.building_power_levels(levels, upgrader)
        if first != levels:
            state.append((*POWER_LEVELS, levels))
        return RoomRequest(
            version=version.identifier,
            preset="private_chat",
            creation_content=creation,
            power_levels=first,
            initial_state=state,
        )

    async def _close(self, old_id: str, requester: Requester, new_id: str) -> None:
        """Leave the tombstone, move the aliases, and quieten the old room as far as the upgrader may."""
        aliases = await store.aliases_of(self._rooms.driver, old_id)
        tombstone = {"body": "This room has been replaced.", "replacement_room": new_id}

        def move(write: Write, _event: object) -> None:
            store.move_aliases(write, old_id, new_id)
            store.move_listing(write, old_id, new_id)

        await self._rooms.send(old_id, self._state(requester, "m.room.tombstone", tombstone), move)
        old = await self._rooms.cache.get(old_id)
        closed = rules.closed_power_levels(old.content(*POWER_LEVELS))
        with contextlib.suppress(AuthorizationRefused):
            await self._rooms.send(old_id, self._state(requester, "m.room.power_levels", closed))
        if aliases:
            with contextlib.suppress(AuthorizationRefused):
                await self._rooms.send(old_id, self._state(requester, "m.room.canonical_alias", {}))
            content = {"alias": aliases[0], "alt_aliases": list(aliases)}
            with contextlib.suppress(AuthorizationRefused):
                await self._rooms.send(new_id, self._state(requester, "m.room.canonical_alias", content))

    def _state(self, requester: Requester, event_type: str, content: dict[str, Any]) -> Draft:
        return Draft(type=event_type, sender=requester.user_id, state_key="", content=content, requester=requester)


def entering(inviter: str, user_id: str, profile: Mapping[str, Any], *, direct: bool = False) -> list[Draft]:
    """What the server sends to have somebody in a room: an invitation, and their joining."""
    is_direct = {"is_direct": True} if direct else {}
    invite = {"membership": "invite", **profile, **is_direct}
    join = {"membership": "join", **profile}
    return [
        Draft(type="m.room.member", sender=inviter, state_key=user_id, content=invite),
        Draft(type="m.room.member", sender=user_id, state_key=user_id, content=join),
    ]


async def check_invitable(accounts: Accounts, rooms: Rooms, user_id: str) -> None:
    """An invitation must reach somebody: the user must exist, and want invitations.

    Raises `NotFound`, `Forbidden`, `InviteBlocked` or `InvalidParameter`.
    """
    try:
        parsed = parse_user_id(user_id)
    except ProtocolViolation as error:
        raise InvalidParameter(str(error)) from None
    if parsed.server_name != rooms.server_name:
        raise Forbidden("This server does not talk to other servers yet: invite its own users.")
    if not await accounts.exists_or_comes(user_id):
        raise NotFound(f"There is no user {user_id}.")
    if (await rooms.preferences_of(user_id)).blocks_invites:
        raise InviteBlocked


def state_triple(item: Any) -> tuple[str, str, dict[str, Any]]:
    """An element of ``initial_state``. Raises `BadJson`."""
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or not isinstance(item.get("content"), dict):
        raise BadJson("Each initial_state event needs `type` (a string) and `content` (an object).")
    state_key = item.get("state_key", "")
    if not isinstance(state_key, str):
        raise BadJson("The `state_key` of an initial_state event must be a string.")
    return item["type"], state_key, item["content"]
