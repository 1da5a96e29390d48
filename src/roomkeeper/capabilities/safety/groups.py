"""The group of an event: a room of safety's account, into which people come who have confirmed.

Who was asked and has not said yes is nowhere in it: a membership "invite" would tell everybody who is near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from roomkeeper.capabilities.safety import texts
from roomkeeper.capabilities.safety.account import SafetyAccount
from roomkeeper.capabilities.safety.beacons import Beacons
from roomkeeper.capabilities.safety.geojson import geometry_of
from roomkeeper.capabilities.safety.models import EVENT, ROLE, Event, Medium, Role
from roomkeeper.capabilities.safety.places import INFOS
from roomkeeper.capabilities.safety.rules import HANDS_ON
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Draft, Room, RoomRequest, Rooms
from roomkeeper.core.rooms.creation import entering
from roomkeeper.core.rooms.models import POWER_LEVELS
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.room_versions import ROOM_VERSIONS

log = get_logger(area="safety")

MODERATOR = 50
SERVER = 100
MESSAGE = "m.room.message"
NAME_LENGTH = 200

Also = Callable[[Write], None]


class Groups:
    """Makes groups, lets people in, says things in them, closes them."""

    def __init__(
        self,
        app: Application,
        rooms: Rooms,
        profiles: Profiles,
        account: SafetyAccount,
        beacons: Beacons,
        version: str,
        language: str,
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._profiles = profiles
        self._account = account
        self._beacons = beacons
        self._version = version
        self._language = language

    async def create(self, event: Event, members: list[tuple[str, Role]], add: Callable[[Write, str], None]) -> str:
        """A group with whoever raised the event in it; its room id. `add` adds to its write."""
        await self._account.ensure()
        levels = {
            "events_default": 0,
            "state_default": MODERATOR,
            "invite": SERVER,
            "kick": MODERATOR,
            "ban": MODERATOR,
            "redact": MODERATOR,
            "events": {**dict.fromkeys(INFOS, 0), EVENT: SERVER, ROLE: SERVER, "m.room.power_levels": SERVER},
            "users": {user_id: MODERATOR for user_id, role in members if role in HANDS_ON},
        }
        if not self._is_creator_powerful():
            levels["users"] = {**levels["users"], self._account.user_id: SERVER}  # type: ignore[dict-item]
        request = RoomRequest(
            version=self._version,
            preset="private_chat",
            power_level_content_override=levels,
            initial_state=[
                (EVENT, "", content_of(event)),
                *((ROLE, role_key(user_id), {"role": role}) for user_id, role in members),
            ],
            name=event.details.title[:NAME_LENGTH],
            topic=event.details.text[:NAME_LENGTH] or None,
            joined=[user_id for user_id, _ in members],
        )

        def furnish(write: Write, room: Room) -> None:
            # What was reported stands in the group from its first write on.
            if event.details.text:
                self._rooms.turn.append(room, self._notice("group.said", text=event.details.text), write)
            add(write, room.room_id)

        return (await self._rooms.creation.create(self._account.user_id, request, add=furnish)).room_id

    def _notice(self, name: str, **values: str) -> Draft:
        content = {"msgtype": "m.notice", "body": texts.text(self._language, name, **values)}
        return Draft(type=MESSAGE, sender=self._account.user_id, content=content)

    def _is_creator_powerful(self) -> bool:
        return ROOM_VERSIONS[self._version].creators_have_infinite_power

    async def enter(self, room_id: str, user_id: str, role: Role, add: Also, name: str = "") -> None:
        """Let somebody in who has confirmed; nothing but `add` happens where they are in. Raises `MatrixError`."""
        profile = await self._profiles.member_content(user_id)

        def act(room: Room, write: Write) -> None:
            if room.membership(user_id) == "ban":
                add(write)
                return
            try:
                for draft in self._entering(room, user_id, role, name, profile):
                    self._rooms.turn.append(room, draft, write)
            except BaseException:
                self._rooms.cache.forget(room)
                raise
            add(write)

        await self._rooms.take_turn(room_id, act)

    def _entering(self, room: Room, user_id: str, role: Role, name: str, profile: dict[str, str]) -> Iterator[Draft]:
        if user_id in room.joined:
            return
        shown = {"role": role, **({"name": name} if name else {})}
        yield self._state(ROLE, shown, role_key(user_id))
        if role in HANDS_ON:
            levels = dict(room.content(*POWER_LEVELS))
            levels["users"] = {**levels.get("users", {}), user_id: MODERATOR}
            yield self._state("m.room.power_levels", levels)
        yield from entering(self._account.user_id, user_id, profile)

    def _state(self, kind: str, content: dict[str, Any], key: str = "") -> Draft:
        return Draft(type=kind, sender=self._account.user_id, state_key=key, content=content)

    async def say(self, room_id: str, name: str, **values: str) -> None:
        """Say something in a group that stands in `texts`. Nothing happens where it is gone."""
        try:
            await self._rooms.send(room_id, self._notice(name, **values))
        except NotFound:
            log.info("a group is gone", room_id=room_id)

    async def show(self, event: Event, add: Also) -> None:
        """Let the group's state say how far its event is; `add` adds to the write of that."""
        assert event.room_id is not None
        draft = self._state(EVENT, content_of(event))

        def act(room: Room, write: Write) -> None:
            if room.content(EVENT) != draft.content:
                self._rooms.turn.append(room, draft, write)
            add(write)

        await self._rooms.take_turn(event.room_id, act)

    async def share(self, room_id: str, requester: Requester, media: tuple[Medium, ...]) -> None:
        """Send the files of whoever raised the event, as their own messages: gates look at them as at any other."""
        for medium in media:
            kind = medium.content_type.partition("/")[0]
            msgtype = f"m.{kind}" if kind in ("image", "audio", "video") else "m.file"
            content = {
                "msgtype": msgtype,
                "body": medium.name or "file",
                "url": medium.url,
                "info": {"mimetype": medium.content_type},
            }
            draft = Draft(type=MESSAGE, sender=requester.user_id, content=content, requester=requester)
            try:
                await self._rooms.send(room_id, draft)
            except (MatrixError, ProtocolViolation) as error:
                log.info("a file of a report was not taken", reason=str(error))

    async def close(self, room_id: str) -> None:
        """Let nobody write any more, end what is shared live, redact all positions."""

        def act(room: Room, write: Write) -> None:
            try:
                for draft in self._closing(room):
                    self._rooms.turn.append(room, draft, write)
            except BaseException:
                self._rooms.cache.forget(room)
                raise

        await self._rooms.take_turn(room_id, act)
        await self._beacons.clear_room(room_id)

    def _closing(self, room: Room) -> Iterator[Draft]:
        yield from self._beacons.endings(room)
        levels = dict(room.content(*POWER_LEVELS))
        closed = {**levels, "events_default": SERVER, "events": {}, "state_default": SERVER}
        if levels != closed:
            yield self._state("m.room.power_levels", closed)

    async def is_there(self, room_id: str | None) -> bool:
        """Whether there is such a group."""
        try:
            return room_id is not None and bool(await self._rooms.cache.get(room_id))
        except NotFound:
            return False

    async def membership(self, room_id: str, user_id: str) -> str | None:
        """What somebody is to a group."""
        try:
            return (await self._rooms.cache.get(room_id)).membership(user_id)
        except NotFound:
            return None


def role_key(user_id: str) -> str:
    """The key of the state event of somebody's role: keys that begin with ``@`` are for that person alone to set."""
    return user_id.removeprefix("@")


def content_of(event: Event) -> dict[str, Any]:
    """What a group says that it is about. Its area is that of the event, and nobody's position."""
    details = event.details
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        "status": event.state if event.state != "countdown" else "open",
        "title": details.title,
        "severity": details.severity,
        "is_trusted": details.is_trusted,
        "area": as_text(geometry_of(details.area)),
        **({"summary": details.summary} if details.summary else {}),
    }


def as_text(geometry: dict[str, Any]) -> str:
    """GeoJSON as text: the content of events knows no fractions."""
    return msgspec.json.encode(geometry).decode()
