"""Events: raised with a countdown, or by a feed; opened with a group; handled, resolved, closed, erased."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from roomkeeper.capabilities.safety import rules
from roomkeeper.capabilities.safety.asking import Asking
from roomkeeper.capabilities.safety.facts import ReportStruck
from roomkeeper.capabilities.safety.gathering import Gathering
from roomkeeper.capabilities.safety.geometry import Area, Circle, bounding
from roomkeeper.capabilities.safety.groups import Groups
from roomkeeper.capabilities.safety.identification.erasing import Erasing
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.models import (
    Asked,
    Details,
    Event,
    EventSource,
    EventState,
    Kind,
    Medium,
    Role,
    Strike,
    Wanted,
)
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import events as store
from roomkeeper.capabilities.safety.telling import Telling
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import Permissions
from roomkeeper.core.retention import Purges
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, LimitExceeded, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")

MANAGE = "safety.events"
CAP: Final = "cap"
DAY_MS = 24 * 3_600_000
RADIUS_M = 500.0
"""Around a place that somebody names without saying how far."""
MOST_RADIUS_M = 20_000.0
"""Of an area that a person chooses who is no organisation, whatever its shape."""
ROUNDING = 1.000_001
RECENT = 200
RESOLVED_MS = 12 * 3_600_000
"""What is resolved is closed by itself after so long."""
ROOMS = 200


class CoolingDown(LimitExceeded):
    """You may not raise an event for a while, since an earlier one was found to be false."""


class TooMany(LimitExceeded):
    """You have raised as many events as one person may in a day. In an emergency call the emergency number."""


class Events:
    """What can be done about events. One thing at a time is done about each."""

    def __init__(
        self,
        app: Application,
        accounts: Accounts,
        permissions: Permissions,
        people: SafetyPeople,
        locations: Locations,
        gathering: Gathering,
        groups: Groups,
        asking: Asking,
        telling: Telling,
        purges: Purges,
        erasing: Erasing,
        settings: SafetySettings,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._permissions = permissions
        self._people = people
        self._locations = locations
        self._gathering = gathering
        self._groups = groups
        self._asking = asking
        self._telling = telling
        self._purges = purges
        self._erasing = erasing
        self._settings = settings
        self.wake: Callable[[], None] = lambda: None

    # ------------------------------------------------------------ raising

    async def raise_event(
        self, requester: Requester, kind: Kind, title: str, text: str, area: Area, media: tuple[Medium, ...]
    ) -> Event:
        """Somebody reports something; without an area, where they are. Raises a `MatrixError`."""
        actor = requester.user_id
        await self._people.check_acting(actor)
        is_trusted = await self._is_trusted(actor)
        now = self._app.clock.now_ms()
        if not is_trusted:
            await self._check_may_raise(actor, now)
        chosen = rules.check_area(area or self._here(actor))
        if not is_trusted and bounding(chosen)[1] > MOST_RADIUS_M * ROUNDING:
            raise InvalidParameter(
                f"Choose an area that reaches {MOST_RADIUS_M / 1000:.0f} km from its middle at most."
            )
        countdown = 0 if is_trusted else self._settings.countdown_seconds * 1000
        details = Details(
            title=title or kind.replace("_", " "),
            text=text,
            area=chosen,
            is_trusted=is_trusted,
            media=media,
            device_id=requester.device_id,
        )
        event = new_event(kind, "organisation" if is_trusted else "person", actor, details, now, due_ts=now + countdown)
        await self.insert(event)
        return event

    async def _is_trusted(self, actor: str) -> bool:
        return bool(await self._permissions.scope(actor, MANAGE)) or (
            await self._gathering.organisation(actor) is not None
        )

    async def _check_may_raise(self, actor: str, now: int) -> None:
        strikes = await store.strikes_of(self._app.driver, actor, now - rules.STRIKES_COUNT_MS, 10)
        until = rules.cooling_until(strikes, now)
        if until is not None:
            raise CoolingDown(retry_after_ms=until - now)
        if await store.count_raised(self._app.driver, actor, now - DAY_MS) >= self._settings.raised_a_day:
            raise TooMany(retry_after_ms=DAY_MS)

    def _here(self, actor: str) -> Area:
        where = self._locations.where(actor)
        if where is None:
            raise InvalidParameter("Say where this is: no current position of yours is known.")
        radius = min(max(RADIUS_M, where.accuracy), MOST_RADIUS_M)
        return Area(circles=(Circle(where.latitude, where.longitude, radius),))

    async def insert(self, event: Event) -> None:
        """Store a new one."""
        write = Write()
        store.insert_event(write, event)
        await self._app.committer.submit(write)
        self.wake()

    async def cancel(self, actor: str, event_id: str) -> Event:
        """Take an event back before anybody knows of it. Raises `NotFound`, `InvalidParameter`."""
        async with self._people.turns("event", event_id):
            event = await self.find(event_id)
            if event.raised_by != actor:
                raise NotFound("There is no such event.")
            if event.state == "cancelled":
                return event
            if event.state != "countdown":
                raise InvalidParameter("Others know of this by now: say that it is resolved, and why.")
            return await self.put(event, self.ended(event, "cancelled"))

    # ------------------------------------------------------------ what is due

    async def do_due(self, event_id: str) -> None:
        """Do what is to be done about an event now."""
        async with self._people.turns("event", event_id):
            event = await self.find(event_id)
            if event.due_ts is None or event.due_ts > self._app.clock.now_ms():
                return
            if event.state == "countdown":
                await self._open(event)
            elif event.state in ("open", "handled", "resolved") and not await self._groups.is_there(event.room_id):
                # Its group was removed by an administrator.
                await self.put(event, self.ended(event, "closed"))
            elif event.is_open and not self._is_expired(event):
                await self._go_on(event)
            elif event.is_open or event.state == "resolved":
                await self.end(event, "", event.details.summary)
            else:
                await self._erase(event)

    def _is_expired(self, event: Event) -> bool:
        expires = event.details.expires_ts
        return expires is not None and expires <= self._app.clock.now_ms()

    async def _open(self, event: Event) -> None:
        """Nobody has taken it back: join it to what is the same, or make its group."""
        async with self._people.turns("opening", event.kind):
            if event.source == "person" and not await self._may_still_raise(event.raised_by):
                await self.put(event, self.ended(event, "cancelled"))
                return
            now = self._app.clock.now_ms()
            since = now - self._settings.join_minutes * 60_000
            first = rules.same(event, await store.recent_open(self._app.driver, event.kind, since, RECENT))
            if first is not None and self._settings.join_minutes:
                await self._join(event, first)
                return
            await self._make_group(event, now)

    async def _may_still_raise(self, user_id: str) -> bool:
        try:
            return (await self._accounts.user(user_id)).state == "active"
        except NotFound:
            return False

    async def _make_group(self, event: Event, now: int) -> None:
        opened = msgspec.structs.replace(event, state="open", due_ts=now, updated_ts=now)
        members = [] if event.source == CAP else [(event.raised_by, await self._role_of_raiser(event))]

        def add(write: Write, room_id: str) -> None:
            store.update_event(write, "countdown", msgspec.structs.replace(opened, room_id=room_id))
            for user_id, role in members:
                store.insert_asked(write, _confirmed(event.event_id, user_id, role, now))

        room_id = await self._groups.create(opened, members, add)
        await self._share(event, room_id)
        # It is due: the first are asked at once.
        self.wake()

    async def _role_of_raiser(self, event: Event) -> Role:
        if event.source != "organisation":
            return "reporter"
        return "organisation" if await self._gathering.organisation(event.raised_by) is not None else "officer"

    async def _share(self, event: Event, room_id: str) -> None:
        if event.details.media:
            requester = Requester(event.raised_by, event.details.device_id, is_limited=False)
            await self._groups.share(room_id, requester, event.details.media)

    async def _join(self, event: Event, first: Event) -> None:
        """Two reports of one thing: whoever made the second is in the group of the first, whose area grows."""
        async with self._people.turns("event", first.event_id):
            first = await self.find(first.event_id)
            if not first.is_open or first.room_id is None:
                await self._make_group(event, self._app.clock.now_ms())
                return
            now = self._app.clock.now_ms()
            details = msgspec.structs.replace(
                first.details,
                area=rules.together(first.details.area, event.details.area),
                is_trusted=first.details.is_trusted or event.details.is_trusted,
            )
            grown = msgspec.structs.replace(first, details=details, updated_ts=now, due_ts=now)
            joined = self.ended(event, "joined", joined_to=first.event_id)

            def add(write: Write) -> None:
                store.update_event(write, first.state, grown)
                store.update_event(write, "countdown", joined)
                if event.source != CAP:
                    store.insert_asked(write, _confirmed(first.event_id, event.raised_by, "reporter", now))

            if event.source == CAP:
                await self._groups.show(grown, add)
            else:
                await self._groups.enter(first.room_id, event.raised_by, await self._role_of_raiser(event), add)
            await self._groups.say(first.room_id, "group.also", text=event.details.text or event.details.title)
            await self._share(event, first.room_id)
        self.wake()

    async def _go_on(self, event: Event) -> None:
        """Look who is there now, and ask those whose turn it is."""
        await self._gathering.look(event)
        size = rules.stage_size(self._settings.first_stage, event.details.stage)
        asked = await self._asking.ask_some(event, size)
        is_through = asked < size
        pause = self._settings.look_seconds if is_through else self._settings.stage_seconds
        stage = event.details.stage if is_through else event.details.stage + 1
        now = self._app.clock.now_ms()
        due = now + int(pause * 1000)
        if event.details.expires_ts is not None:
            due = min(due, max(event.details.expires_ts, now))
        details = msgspec.structs.replace(event.details, stage=stage)
        await self.put(event, msgspec.structs.replace(event, details=details, due_ts=due))

    # ------------------------------------------------------------ how far it is

    async def change_status(self, actor: str, event_id: str, wanted: EventState, summary: str) -> Event:
        """Say how far an event is. Raises a `MatrixError`."""
        async with self._people.turns("event", event_id):
            event, role = await self.visible(actor, event_id)
            rules.check_status(event, wanted, role)
            if wanted == event.state:
                return event
            now = self._app.clock.now_ms()
            details = event.details
            if wanted == "handled":
                # Who is responsible takes it for real: followers may know by now.
                details = msgspec.structs.replace(details, is_trusted=True, handled_by=actor)
            elif wanted == "resolved":
                details = msgspec.structs.replace(details, summary=summary)
            due = now + RESOLVED_MS if wanted == "resolved" else now
            after = msgspec.structs.replace(event, state=wanted, details=details, due_ts=due, updated_ts=now)
            assert event.room_id is not None
            await self._groups.show(after, lambda write: store.update_event(write, event.state, after))
            await self._groups.say(event.room_id, f"group.status.{wanted}", who=await self._telling.name_of(actor))
            if wanted == "resolved":
                await self._asking.withdraw(after)
        self.wake()
        return after

    async def close(self, actor: str, event_id: str, summary: str) -> Event:
        """End it: nobody writes any more, and positions go. Raises a `MatrixError`."""
        async with self._people.turns("event", event_id):
            event, role = await self.visible(actor, event_id)
            if role not in rules.HANDS_ON:
                raise Forbidden(
                    "Organisations and safety officers close a group; its reporter says that it is resolved."
                )
            if event.state == "closed":
                return event
            if event.state not in ("open", "handled", "resolved"):
                raise InvalidParameter(f"This is {event.state}.")
            return await self.end(event, actor, summary or event.details.summary)

    async def end(self, event: Event, actor: str, summary: str) -> Event:
        """Close its group, whoever asks for it; `actor` may be nobody."""
        after = self.ended(event, "closed", summary=summary, closed_by=actor or None)
        files = await self._erasing.files(event.event_id)
        if event.room_id is not None:
            await self._groups.say(event.room_id, "group.closed", summary=f"{summary} " if summary else "")
            # A crash from here on leaves it open, and all of this is done again.
            await self._asking.withdraw(event)
            await self._groups.close(event.room_id)
            await self._groups.show(after, lambda write: self._put_ended(write, event, after))
        else:
            await self.put(event, after)
        await self._erasing.forget(files)
        self.wake()
        return after

    def _put_ended(self, write: Write, before: Event, after: Event) -> None:
        store.update_event(write, before.state, after)
        self._erasing.rows(write, after.event_id)

    async def strike(self, actor: str, event_id: str, reason: str) -> Event:
        """Find a report to be false: it is closed, and whoever made it may not make one for a while."""
        async with self._people.turns("event", event_id):
            event = await self.find(event_id)
            now = self._app.clock.now_ms()
            write = Write()
            if event.source != CAP:  # a feed is nobody
                store.insert_strike(
                    write, Strike(event_id=event_id, user_id=event.raised_by, reason=reason, given_by=actor, ts=now)
                )
                self._app.facts.record(write, ReportStruck(event_id, event.details.title, event.raised_by, reason))
            store.forget_strikes(write, now - 2 * rules.STRIKES_COUNT_MS)
            self._app.audit.record(write, permission=MANAGE, target=event_id, reason=reason)
            await self._app.committer.submit(write)
            if event.state == "countdown":
                return await self.put(event, self.ended(event, "cancelled"))
            if event.state in ("open", "handled", "resolved"):
                return await self.end(event, actor, reason)
            return event

    async def _erase(self, event: Event) -> None:
        """It has been over for long enough: the group and all that is known of who was asked go."""
        rooms = [event.room_id] if event.room_id is not None else []
        rooms += await store.asked_rooms(self._app.driver, event.event_id, self._settings.most_asked + ROOMS)
        for room_id in rooms:
            try:
                await self._purges.start(room_id, f"safety event {event.event_id}")
            except NotFound:
                continue
        write = Write()
        store.delete_event(write, event.event_id)
        self._erasing.rows(write, event.event_id)
        await self._app.committer.submit(write)

    def ended(self, event: Event, state: EventState, **details: object) -> Event:
        """The same in a state in which nothing happens to it any more, until it is erased."""
        now = self._app.clock.now_ms()
        kept = self._settings.kept_days
        changed = msgspec.structs.replace(event.details, closed_ts=now, device_id="", **details)
        return msgspec.structs.replace(
            event, state=state, updated_ts=now, due_ts=now + kept * DAY_MS if kept else None, details=changed
        )

    async def put(self, before: Event, after: Event) -> Event:
        """Store what has changed of one."""
        write = Write()
        if after.is_open:
            store.update_event(write, before.state, after)
        else:
            self._put_ended(write, before, after)
        await self._app.committer.submit(write)
        self.wake()
        return after

    async def ask_in(self, event_id: str, user_id: str, add: Callable[[Write, Event], None]) -> Event:
        """Somebody was recognised, by a human: they and those who watch over them are asked, as others are; `add` adds
        to the write of that. Raises `NotFound`, `InvalidParameter`."""
        async with self._people.turns("event", event_id):
            event = await self.find(event_id)
            if not event.is_open:
                raise InvalidParameter("This is over: nobody is asked any more.")
            write, now = Write(), self._app.clock.now_ms()
            await self._gathering.concern(event, user_id, write)
            store.update_event(write, event.state, msgspec.structs.replace(event, due_ts=now))
            add(write, event)
            await self._app.committer.submit(write)
        self.wake()
        return event

    # ------------------------------------------------------------ looking

    async def find(self, event_id: str) -> Event:
        """One event. Raises `NotFound`."""
        event = await store.find_event(self._app.driver, event_id)
        if event is None:
            raise NotFound("There is no such event.")
        return event

    async def visible(self, actor: str, event_id: str) -> tuple[Event, Role | None]:
        """An event, for whoever raised it, is in it or asked, or manages all; and what they are to it.

        Raises `NotFound`.
        """
        event = await self.find(event_id)
        if bool(await self._permissions.scope(actor, MANAGE)):
            return event, "officer"
        asked = await store.find_asked(self._app.driver, event_id, actor)
        if asked is not None and asked.state in ("asked", "confirmed"):
            is_in = asked.state == "confirmed"
            if is_in and event.room_id is not None:
                is_in = await self._groups.membership(event.room_id, actor) == "join"
            return event, asked.role if is_in else None
        if event.raised_by == actor:
            return event, "reporter"
        raise NotFound("There is no such event.")

    async def answer(self, actor: str, event_id: str, *, join: bool) -> Asked:
        """Say yes or no to being asked. Raises `NotFound`, `InvalidParameter`."""
        return await self._asking.answer(await self.find(event_id), actor, join=join)

    async def page(self, actor: str, before: tuple[int, str] | None, limit: int, wanted: Wanted) -> list[Event]:
        """Events that somebody may see, the newest first."""
        sees_all = bool(await self._permissions.scope(actor, MANAGE))
        return await store.page_events(self._app.driver, None if sees_all else actor, before, limit, wanted)

    async def counts(self, event_id: str) -> list[tuple[str, str, int]]:
        """How many of each role were asked, and so on"""
        return await store.counts_of(self._app.driver, event_id)


def new_event(
    kind: Kind,
    source: EventSource,
    actor: str,
    details: Details,
    now: int,
    *,
    due_ts: int | None,
    source_key: str | None = None,
) -> Event:
    """One that begins now."""
    return Event(
        event_id=f"{now:011x}{secrets.token_hex(8)}",
        kind=kind,
        state="countdown",
        source=source,
        source_key=source_key,
        raised_by=actor,
        due_ts=due_ts,
        created_ts=now,
        updated_ts=now,
        details=details,
    )


def _confirmed(event_id: str, user_id: str, role: Role, now: int) -> Asked:
    return Asked(
        event_id=event_id,
        user_id=user_id,
        role=role,
        reason="raised",
        place=0,
        state="confirmed",
        found_ts=now,
        asked_ts=now,
        answered_ts=now,
    )
