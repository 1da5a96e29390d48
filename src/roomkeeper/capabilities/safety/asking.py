"""Asking people into a group, each by an invitation to a room of their own: nobody sees who else is asked.

To enter that room is to say yes, to reject the invitation is to say no: every Matrix client can do both.
"""

from __future__ import annotations

import asyncio

from roomkeeper.capabilities.safety import texts
from roomkeeper.capabilities.safety.account import SafetyAccount
from roomkeeper.capabilities.safety.facts import AskAnswered, FollowerAsked
from roomkeeper.capabilities.safety.gathering import Gathering, joins_by_itself, with_state
from roomkeeper.capabilities.safety.groups import Groups
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.models import ASK, Asked, Event, Preferences
from roomkeeper.capabilities.safety.store import events as store
from roomkeeper.capabilities.safety.store import people as people_store
from roomkeeper.capabilities.safety.telling import Telling
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Draft, Room, RoomRequest, Rooms, TimelineEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import InvalidParameter, MatrixError, NotFound
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")

AT_ONCE = 16
PAGE = 500
MEMBER = "m.room.member"
NOBODY = Preferences()


class Asking:
    """Asks, and lets in who says yes."""

    def __init__(
        self,
        app: Application,
        accounts: Accounts,
        profiles: Profiles,
        rooms: Rooms,
        account: SafetyAccount,
        locations: Locations,
        gathering: Gathering,
        groups: Groups,
        telling: Telling,
        version: str,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._profiles = profiles
        self._rooms = rooms
        self._account = account
        self._locations = locations
        self._gathering = gathering
        self._groups = groups
        self._telling = telling
        self._version = version

    async def ask_some(self, event: Event, limit: int) -> int:
        """Ask those whose turn it is; how many those are."""
        waiting = await store.asked_of(self._app.driver, event.event_id, "waiting", limit)
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(asked: Asked, preferences: Preferences) -> None:
            async with turns:
                await self._ask_or_fail(event, asked, preferences)

        for start in range(0, len(waiting), PAGE):
            part = waiting[start : start + PAGE]
            known = await people_store.preferences_of(self._app.driver, [each.user_id for each in part])
            await asyncio.gather(*(one(each, known.get(each.user_id, NOBODY)) for each in part))
        return len(waiting)

    async def _ask_or_fail(self, event: Event, asked: Asked, preferences: Preferences) -> None:
        try:
            await self._ask(event, asked, preferences)
        except MatrixError as error:
            log.info("somebody could not be asked", event_id=event.event_id, reason=str(error))
            await self._put(asked, with_state(asked, "failed"))

    async def _ask(self, event: Event, asked: Asked, preferences: Preferences) -> None:
        assert event.room_id is not None
        if not await self._is_still_to_be_asked(asked, preferences, event):
            await self._put(asked, with_state(asked, "withdrawn"))
        elif joins_by_itself(asked, preferences, event):
            await self._let_in(event, asked)
        else:
            await self._invite(event, asked)

    async def _is_still_to_be_asked(self, asked: Asked, preferences: Preferences, event: Event) -> bool:
        """Whether they exist, and agree to it still: time may have passed since they were found."""
        user = await self._accounts.user(asked.user_id)
        if user.state != "active" or (await self._rooms.preferences_of(asked.user_id)).blocks_invites:
            return False
        if asked.reason != "near":
            return True
        may = preferences.asked or event.kind in preferences.joins
        return may and self._locations.shares(asked.user_id)

    async def _let_in(self, event: Event, asked: Asked) -> None:
        """Who has consented beforehand, or says yes, is in."""
        assert event.room_id is not None
        now = self._app.clock.now_ms()
        after = with_state(asked, "confirmed", asked_ts=asked.asked_ts or now, answered_ts=now)
        organisation = await self._gathering.organisation(asked.user_id) if asked.role == "organisation" else None
        told = await self._told_of(event, asked)

        def add(write: Write) -> None:
            store.update_asked(write, asked.state, after)
            self._record(write, told)

        name = "" if organisation is None else organisation.name
        await self._groups.enter(event.room_id, asked.user_id, asked.role, add, name)

    async def _told_of(self, event: Event, asked: Asked) -> list[FollowerAsked]:
        """Whoever is watched over learns that somebody was asked because of them."""
        if asked.role != "follower" or asked.state != "waiting":
            return []
        followed = await store.asked_for(self._app.driver, event.event_id, asked.user_id)
        return [FollowerAsked(event.event_id, event.details.title, asked.user_id, each) for each in followed]

    def _record(self, write: Write, facts: list[FollowerAsked]) -> None:
        for fact in facts:
            self._app.facts.record(write, fact)

    async def _invite(self, event: Event, asked: Asked) -> None:
        language = await self._telling.language_of(asked.user_id)
        title = event.details.title
        reason = texts.text(language, f"ask.{asked.reason}", title=title)
        profile = await self._profiles.member_content(asked.user_id)
        told = await self._told_of(event, asked)
        about = {"event_id": event.event_id, "kind": event.kind, "title": title, "reason": asked.reason}
        request = RoomRequest(
            version=self._version,
            preset="private_chat",
            power_level_content_override={"events_default": 50, "invite": 50},
            initial_state=[
                ("m.room.name", "", {"name": texts.text(language, "ask.name", title=title)[:200]}),
                ("m.room.topic", "", {"topic": reason}),
                (ASK, "", about),
                # Of an invitation, clients see this one alone: what it asks stands in it.
                (MEMBER, asked.user_id, {"membership": "invite", "reason": reason, **profile, ASK: about}),
            ],
        )

        def add(write: Write, room: Room) -> None:
            now = self._app.clock.now_ms()
            store.update_asked(write, "waiting", with_state(asked, "asked", room_id=room.room_id, asked_ts=now))
            self._record(write, told)

        await self._rooms.creation.create(self._account.user_id, request, add=add)

    async def _put(self, before: Asked, after: Asked) -> None:
        write = Write()
        store.update_asked(write, before.state, after)
        try:
            await self._app.committer.submit(write)
        except DatabaseError:
            log.info("somebody answered meanwhile", event_id=before.event_id)

    # ------------------------------------------------------------ answers

    def note(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the turn of each event: who enters the room that asks them, or rejects the invitation, answers."""
        event = entry.event
        if event.type != MEMBER or (ASK, "") not in room.state:
            return
        if event.sender != event.state_key or not self._account.made(room) or self._account.is_own(event.sender):
            return
        if room.membership(event.sender) == "invite":
            joined = event.membership == "join"
            self._app.facts.record(write, AskAnswered(room.room_id, event.sender, joined))

    async def settle(self, fact: AskAnswered) -> None:
        """Let somebody in who has said yes, where the event is still open. Again does nothing."""
        asked = await store.asked_in(self._app.driver, fact.room_id)
        event = None if asked is None else await store.find_event(self._app.driver, asked.event_id)
        if asked is not None and event is not None and asked.state == "asked":
            await self._settle(event, asked, joined=fact.joined)
        await self._leave(fact.room_id, fact.user_id)

    async def answer(self, event: Event, user_id: str, *, join: bool) -> Asked:
        """The same, said by an endpoint. Raises `NotFound`, `InvalidParameter`."""
        asked = await store.find_asked(self._app.driver, event.event_id, user_id)
        if asked is None or asked.state == "waiting":
            raise NotFound("You were not asked about this.")
        if asked.state != "asked":
            return asked
        if join and not event.is_open:
            raise InvalidParameter("This is over.")
        await self._settle(event, asked, joined=join)
        if asked.room_id is not None:
            await self._leave(asked.room_id, user_id)
        return await store.find_asked(self._app.driver, event.event_id, user_id) or asked

    async def _settle(self, event: Event, asked: Asked, *, joined: bool) -> None:
        if joined and event.is_open:
            await self._let_in(event, asked)
        else:
            state = "declined" if not joined else "withdrawn"
            now = self._app.clock.now_ms()
            await self._put(asked, with_state(asked, state, answered_ts=now))  # type: ignore[arg-type]

    async def _leave(self, room_id: str, user_id: str) -> None:
        """Leave the room that asked: it has done its work."""

        def act(room: Room, write: Write) -> None:
            if room.membership(user_id) in ("join", "invite"):
                leave = Draft(type=MEMBER, sender=user_id, state_key=user_id, content={"membership": "leave"})
                self._rooms.turn.append(room, leave, write)

        try:
            await self._rooms.take_turn(room_id, act)
        except NotFound:
            return

    # ------------------------------------------------------------ ending

    async def withdraw(self, event: Event) -> None:
        """Ask nobody any more: invitations without an answer are withdrawn."""
        for state in ("waiting", "asked"):
            while found := await store.asked_of(self._app.driver, event.event_id, state, PAGE):
                for asked in found:
                    await self._app.giving_way.turn()
                    await self._put(asked, with_state(asked, "withdrawn"))
                    if asked.room_id is not None:
                        await self._uninvite(asked.room_id, asked.user_id)

    async def _uninvite(self, room_id: str, user_id: str) -> None:
        def act(room: Room, write: Write) -> None:
            if room.membership(user_id) == "invite":
                content = {"membership": "leave"}
                sender = self._account.user_id
                self._rooms.turn.append(
                    room, Draft(type=MEMBER, sender=sender, state_key=user_id, content=content), write
                )

        try:
            await self._rooms.take_turn(room_id, act)
        except NotFound:
            return
