"""The rooms of sessions: made and changed by the service account alone.

The session, its room, the contact of the two, their m.direct and the facts are one write: all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.organisation.models import Contact
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import rules, store
from roomkeeper.core.organisation.sessions.direct import Direct
from roomkeeper.core.organisation.sessions.facts import SessionAssigned, SessionClosed, SessionOpened
from roomkeeper.core.organisation.sessions.models import SESSION, SESSION_KEY, Session
from roomkeeper.core.organisation.sessions.news import News
from roomkeeper.core.organisation.store import contacts
from roomkeeper.core.profiles import Profiles, ServiceAccount
from roomkeeper.core.rooms import Draft, Room, RoomRequest, Rooms
from roomkeeper.core.rooms.creation import entering
from roomkeeper.core.rooms.models import CREATE, POWER_LEVELS
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.hooks import Slot
from roomkeeper.wire.room_versions import ROOM_VERSIONS

NAME = "m.room.name"
ENCRYPTION = "m.room.encryption"

Add = Callable[[Write, Session], None]
"""Adds what belongs to a session to the write that makes or changes it."""
Notices = Sequence[tuple[str, str | None, dict[str, Any]]]
"""What the service account says in a room besides: the type, state key (`None`: none) and content of each event."""
Furnish = Callable[[Session], Awaitable[Notices]]
"""Called with a session whose room is about to be made: further state events of it (type, state key, content)."""


class SessionRooms:
    """Makes and changes sessions. Who calls it holds the turn of the session's customer."""

    def __init__(
        self,
        app: Application,
        rooms: Rooms,
        profiles: Profiles,
        permissions: Permissions,
        account: ServiceAccount,
        direct: Direct,
        news: News,
        *,
        version: str,
        previous_stay: bool,
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._profiles = profiles
        self._permissions = permissions
        self._account = account
        self._direct = direct
        self._news = news
        self._version = version
        self._previous_stay = previous_stay
        self.furnished: Slot[Furnish] = Slot("what rooms of sessions say")

    async def create(self, wanted: Session, reason: str, add: Add | None = None) -> Session:
        """Make a session as it is `wanted`, but for the room, which is made with it.

        What goes on from another session is in a room with that one's as its predecessor; to what is offered, the
        customer is invited.
        """
        await self._account.ensure()
        service, members = self._account.user_id, rules.present(wanted)
        holder = wanted.staff_id if wanted.state == "open" else None
        name = await self._name(wanted)
        # The name comes before the invitation, which tells of the room what is known by then.
        state = [*rules.session_state(service, wanted), *([(NAME, "", {"name": name})] if name else [])]
        request = RoomRequest(
            version=self._version,
            preset="private_chat",
            creation_content=await self._predecessor(wanted),
            power_levels=rules.levels(ROOM_VERSIONS[self._version], service, holder),
            initial_state=[*state, *await self._furnished(wanted), *await self._invitation(wanted)],
            joined=members,
            is_direct=True,
        )
        return await self._make(service, request, msgspec.structs.replace(wanted, voice=None), reason, add)

    async def take_in(self, creator: str, request: RoomRequest, wanted: Session, reason: str) -> Session:
        """Make the room that a bridge wants for a conversation, as it wants it, and let that be a session.

        Both are in it at once. It stays the bridge's: its name and its power levels are never touched.
        """
        kept = [each for each in request.initial_state if each[0] not in (SESSION, ENCRYPTION)]
        asked = msgspec.structs.replace(
            request,
            initial_state=[*kept, (SESSION, "", rules.content_of(wanted)), *await self._furnished(wanted)],
            invite=(),
            joined=rules.present(wanted),
        )
        return await self._make(creator, asked, wanted, reason)

    async def _make(
        self, creator: str, request: RoomRequest, wanted: Session, reason: str, add: Add | None = None
    ) -> Session:
        made = wanted
        async with self._direct.held(_told(wanted)) as lists:

            def furnish(write: Write, room: Room) -> None:
                nonlocal made
                made = msgspec.structs.replace(wanted, room_id=room.room_id)
                store.insert(write, made)
                self._record(write, None, made, reason)
                self._direct.put(write, made, lists)
                if add is not None:
                    add(write, made)

            await self._rooms.creation.create(creator, request, add=furnish)
        self._news.tell()
        return made

    async def _furnished(self, wanted: Session) -> list[tuple[str, str, dict[str, Any]]]:
        """What other areas have the room say from its beginning."""
        said: list[tuple[str, str, dict[str, Any]]] = []
        for furnish in self.furnished.values():
            said += [(kind, key or "", content) for kind, key, content in await furnish(wanted)]
        return said

    async def _predecessor(self, wanted: Session) -> dict[str, Any]:
        """spec: client-server §m.room.create, `predecessor`"""
        if wanted.predecessor is None:
            return {}
        # The tombstone, where there will be one, is not sent yet: clients take the last event that was known.
        newest = (await self._rooms.cache.get(wanted.predecessor)).heads[-1]
        return {"predecessor": {"room_id": wanted.predecessor, "event_id": newest}}

    async def _invitation(self, wanted: Session) -> list[tuple[str, str, dict[str, Any]]]:
        if wanted.state != "offered":
            return []
        profile = await self._profiles.member_content(wanted.customer_id)
        return [("m.room.member", wanted.customer_id, {"membership": "invite", "is_direct": True, **profile})]

    async def admit(self, session: Session, user_id: str) -> None:
        """Have somebody in the room of a session who takes no care of it: to read. Nothing happens where they are."""
        profile = await self._profiles.member_content(user_id)

        def act(room: Room, write: Write) -> None:
            if user_id not in room.joined:
                for draft in entering(room.state[CREATE].sender, user_id, profile):
                    self._rooms.turn.append(room, draft, write)

        await self._rooms.take_turn(session.room_id, act)

    async def say(self, session: Session, notices: Notices, add: Add) -> None:
        """Say something in the room of a session, which stays as it is; `add` adds to the write of it."""

        def act(room: Room, write: Write) -> None:
            for draft in _said(room, notices):
                self._rooms.turn.append(room, draft, write)
            add(write, session)

        await self._rooms.take_turn(session.room_id, act)

    async def change(
        self, before: Session, after: Session, reason: str, add: Add | None = None, notices: Notices = ()
    ) -> Session:
        """Make a session what it is to be, with whoever belongs to it in its room; `notices` are said at the end."""
        profiles = {user_id: await self._profiles.member_content(user_id) for user_id in rules.present(after)}
        name = await self._name(after)
        after = msgspec.structs.replace(after, updated_ts=self._app.clock.now_ms())
        async with self._direct.held(_told(before, after)) as lists:

            def act(room: Room, write: Write) -> None:
                try:
                    for draft in self._drafts(room, before, after, profiles, name):
                        self._rooms.turn.append(room, draft, write)
                    for draft in _said(room, notices):
                        self._rooms.turn.append(room, draft, write)
                except BaseException:
                    # Some of it may stand in the room's image already.
                    self._rooms.cache.forget(room)
                    raise
                store.update(write, after)
                self._record(write, before, after, reason)
                self._direct.put(write, after, lists)
                if add is not None:
                    add(write, after)

            await self._rooms.take_turn(after.room_id, act)
        self._news.tell()
        return after

    async def is_whole(self, session: Session) -> bool:
        """Whether everybody who belongs to a session is in its room."""
        room = await self._rooms.cache.get(session.room_id)
        return room.joined.issuperset(rules.present(session))

    async def is_in(self, session: Session, user_id: str) -> bool:
        """Whether somebody is in the room of a session."""
        return user_id in (await self._rooms.cache.get(session.room_id)).joined

    async def voice_of(self, room_id: str) -> str | None:
        """See `Session.voice`; `None` where there is no such room."""
        try:
            return (await self._rooms.cache.get(room_id)).content(SESSION).get("voice")
        except NotFound:
            return None

    async def is_told_by(self, session: Session, event_id: str | None) -> bool:
        """Whether it is that event that says now what a room is; `None`: whichever."""
        if event_id is None:
            return True
        told = (await self._rooms.cache.get(session.room_id)).state.get(SESSION_KEY)
        return told is not None and told.event_id == event_id

    def _drafts(
        self, room: Room, before: Session, after: Session, profiles: Mapping[str, dict[str, str]], name: str
    ) -> Iterator[Draft]:
        """What changes in the room; each is sent before the next is asked for."""
        service = room.state[CREATE].sender

        def state(event_type: str, content: dict[str, Any]) -> Draft:
            return Draft(type=event_type, sender=service, state_key="", content=content)

        is_own = after.voice is None and after.state != "closed"
        levels = rules.levels(room.version, service, after.staff_id if after.state == "open" else None)
        if room.content(*POWER_LEVELS) != levels and is_own:
            yield state("m.room.power_levels", levels)
        for user_id in rules.present(after) if after.state != "closed" else ():
            if user_id not in room.joined:
                yield from entering(service, user_id, profiles[user_id], direct=True)
        # Before anybody leaves: they are no part of the session any more then.
        if room.content(SESSION) != rules.content_of(after):
            yield state(SESSION, rules.content_of(after))
        if room.content(NAME).get("name", "") != name and is_own:
            yield state(NAME, {"name": name})
        if after.state == "closed" and room.membership(after.customer_id) == "invite":
            withdrawn = {"membership": "leave"}
            yield Draft(type="m.room.member", sender=service, state_key=after.customer_id, content=withdrawn)
        previous = before.staff_id
        stays = self._previous_stay or previous in (None, after.staff_id, after.voice)
        if previous is not None and previous in room.joined and not stays:
            yield Draft(type="m.room.member", sender=previous, state_key=previous, content={"membership": "leave"})

    async def _name(self, session: Session) -> str:
        """What a room is called as long as nobody is there after whom clients could name it; empty: they can."""
        if session.state == "open":
            return ""
        if session.staff_id is not None:
            profile = await self._profiles.member_content(session.staff_id)
            return profile.get("displayname") or session.staff_id[1:].partition(":")[0]
        departments = (await self._permissions.tree()).departments
        department = departments.get(session.department_id or "")
        return "" if department is None else department.name

    def _record(self, write: Write, before: Session | None, after: Session, reason: str) -> None:
        """Contacts and facts."""
        facts, now = self._app.facts, after.updated_ts
        customer_id, staff_id = after.customer_id, after.staff_id
        previous = before.staff_id if before is not None else None
        if previous is not None and previous != staff_id:
            contacts.end_any(write, customer_id, previous, now, reason)
        if after.state == "offered":
            return
        if staff_id is not None and after.state != "closed":
            contacts.ensure(write, Contact(customer_id=customer_id, staff_id=staff_id, since_ts=now, reason=reason))
        was_closed = before is None or not before.is_under_way
        if after.state == "closed":
            if not was_closed:
                facts.record(write, SessionClosed(after.room_id, customer_id, staff_id, now))
            return
        if was_closed:
            facts.record(write, SessionOpened(after.room_id, customer_id, staff_id, after.department_id, now))
        is_new = before is None or before.state != "open" or previous != staff_id
        if after.state == "open" and staff_id is not None and is_new:
            other = previous if previous != staff_id else None
            facts.record(write, SessionAssigned(after.room_id, customer_id, staff_id, other, now))


def _said(room: Room, notices: Notices) -> Iterator[Draft]:
    """A bridge carries what its one user of ours says, as text: nobody over there would see notices of others."""
    service, voice = room.state[CREATE].sender, room.content(SESSION).get("voice")
    for event_type, state_key, content in notices:
        if state_key is None and voice in room.joined:
            yield Draft(type=event_type, sender=str(voice), content={**content, "msgtype": "m.text"})
        else:
            yield Draft(type=event_type, sender=service, state_key=state_key, content=content)


def _told(*sessions: Session) -> set[str]:
    """In whose m.direct a session is to be: what was only offered is in nobody's."""
    if not any(session.is_under_way for session in sessions):
        return set()
    named = {user_id for session in sessions for user_id in (session.customer_id, session.staff_id)}
    return {user_id for user_id in named if user_id is not None}
