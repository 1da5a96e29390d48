"""Rooms: getting at them, and sending events into them, the path of every message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.cache import RoomCache
from roomkeeper.core.rooms.cleaning import EventCleaner, RoomCleaner, UserCleaner
from roomkeeper.core.rooms.models import NO_PREFERENCES, Draft, Preferences, Room, SendAttempt, TimelineEvent
from roomkeeper.core.rooms.pruning import Pruning
from roomkeeper.core.rooms.purging import Purging
from roomkeeper.core.rooms.redacting import apply_redaction, check_redaction
from roomkeeper.core.rooms.turn import Turn, held_draft
from roomkeeper.core.rooms.veiling import Veil
from roomkeeper.core.rooms.visibility import FOREVER, UserView
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import DatabaseError, DependencyFailed, Driver, Reader, Write
from roomkeeper.platform.errors import BadAlias, Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.hooks import Deny, GatePoint, Slot, Verdict
from roomkeeper.platform.http import Requester
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.events import Event
from roomkeeper.wire.filters import RoomEventFilter
from roomkeeper.wire.identifiers import parse_room_alias, parse_user_id

if TYPE_CHECKING:
    from roomkeeper.core.rooms.creation import Creation
    from roomkeeper.core.rooms.membership import Memberships
    from roomkeeper.core.rooms.reading import Reading
    from roomkeeper.core.rooms.standing import OpenToSuspended, Standings

TURNS = 3
"""How often a turn is taken anew when the write that it was built on fails."""

Result = TypeVar("Result")


Check = Callable[[str, Draft], Awaitable[None]]
"""Called before the turn with a room id and a draft whose content has the key that the check is registered under; it
may look things up, and refuses with a `MatrixError`."""
Closing = Callable[[str], Awaitable[None]]
"""Called with a room's id before the room is removed: waits until nothing of it is needed any more, or raises."""
Redacted = Callable[[Room, TimelineEvent, Write], None]
"""Called in the turn with each event that is being redacted, as it was before; it may add statements to the write."""


AliasOwner = Callable[[Requester, str], bool]
"""Called with who wants to make or delete a room alias, and the alias: raises a `MatrixError` where it is not theirs;
true where it is theirs alone to decide, whatever the room says."""
AliasProvision = Callable[[str], Awaitable[bool]]
"""Called with an alias that is not there; whether it has been made meanwhile."""


class Showing(msgspec.Struct, frozen=True):
    """Events of a room that are about to be shown: to whom, read from where, of a past that ends at `upto`.

    `view` is what the user may see of the room, where that is known already.
    """

    requester: Requester
    room_id: str
    reader: Reader
    upto: int = FOREVER
    view: UserView | None = None


Passing = Callable[[str], Awaitable[bool]]
"""Whether positions that are shared in a room (its id) are there for the moment alone: nothing keeps what they were."""

Show = Callable[[Showing, Sequence[TimelineEvent]], Awaitable[Sequence[TimelineEvent]]]
"""Called with each page of events that a client is shown: the same events, with more in their ``unsigned``."""

RelatedAmong = Callable[[Reader, str, Sequence[str], RoomEventFilter], Awaitable[set[str]]]
"""Which of some events of a room others relate to as the filter asks (`related_by_senders`, `related_by_rel_types`)."""


class Rooms:
    """The rooms of this server.

    Other areas take part by the slots `accepted`, `held`, `redacted`, `checks` (by key of the content), `shown`,
    `alias_owners` and `alias_provisions`; one of them tells what users do not want to be shown: `preferences_of`,
    another what relates to events: `related_among`.
    """

    reading: Reading
    creation: Creation
    memberships: Memberships
    standings: Standings

    def __init__(
        self,
        driver: Driver,
        cache: RoomCache,
        turn: Turn,
        clock: Clock,
        gates: GatePoint[SendAttempt],
        server_name: str,
        veil: Veil,
    ) -> None:
        self.driver = driver
        self.cache = cache
        self.turn = turn
        self.clock = clock
        self.gates = gates
        self.server_name = server_name
        self.accepted = turn.accepted
        self.held = turn.held
        self.redacted: Slot[Redacted] = Slot("redacted events")
        self.passing: Slot[Passing] = Slot("rooms that keep no positions")
        self.checks: Slot[Check] = Slot("checks of drafts")
        self.shown: Slot[Show] = Slot("shown events")
        self.event_cleaners: Slot[EventCleaner] = Slot("event cleaners")
        self.room_cleaners: Slot[RoomCleaner] = Slot("room cleaners")
        self.closing: Slot[Closing] = Slot("closing rooms")
        self.alias_owners: Slot[AliasOwner] = Slot("owners of aliases")
        self.alias_provisions: Slot[AliasProvision] = Slot("provisions of aliases")
        self.user_cleaners: Slot[UserCleaner] = Slot("user cleaners")
        self.pruning = Pruning(driver, self.event_cleaners)
        self.purging = Purging(self)
        self.preferences_of: Callable[[str], Awaitable[Preferences]] = _no_preferences
        self.related_among: RelatedAmong = _no_relations
        self.veil = veil
        self.open_to_suspended: Slot[OpenToSuspended] = Slot("rooms open to suspended users")

    # ------------------------------------------------------------ sending

    async def send(self, room_id: str, draft: Draft, add: Callable[[Write, Event], None] | None = None) -> Event:
        """Send one event into a room: slow gates, the room's turn, commit.

        `add` puts what belongs to the event into its write. Raises what the turn raises, `NotFound` for an unknown
        room, and `DatabaseError` where it could not be made durable; then nothing of it happened.
        """
        if self.standings.concerns(draft):
            self.standings.check(await self.cache.get(room_id), draft)
        if draft.type == "m.room.redaction":
            return await self._send_redaction(room_id, draft, add)
        await self._check_draft(room_id, draft)
        asked = await self.ask_slow(await self.cache.get(room_id), draft)

        def act(room: Room, write: Write) -> Event:
            event = _unchanged(room, draft) or self.turn.append(room, draft, write, asked=asked)
            if add is not None:
                add(write, event)
            return event

        return await self.take_turn(room_id, act)

    async def take_turn(self, room_id: str, act: Callable[[Room, Write], Result]) -> Result:
        """Run `act` as a turn of the room, and wait until what it wrote is durable.

        `act` must raise what it has to before it changes the room. It is called again, on the room as the database has
        it, where the turn before it in the same room came to nothing.
        """
        for attempt in range(TURNS):
            room = await self.cache.get(room_id)
            write = Write()
            result = act(room, write)
            try:
                # What changes nothing may still stand on a write that is under way, and is no more durable than that.
                if write.statements or write.changes or room.pending:
                    # The write goes on where the client does not wait for it.
                    await asyncio.shield(self.cache.submit(room, write))
            except DependencyFailed:
                if attempt == TURNS - 1:
                    raise
                # The room's image falls in a callback of the failed write, which runs before this continues.
                await asyncio.sleep(0)
            else:
                return result
        raise AssertionError("unreachable")

    async def ask_slow(self, room: Room, draft: Draft) -> Verdict:
        """Ask the slow gates, before the room's turn: they may take seconds, and nobody else waits for them."""
        verdict = await self.gates.ask_slow(SendAttempt(room, draft))
        if isinstance(verdict, Deny):
            raise verdict.error
        return verdict

    async def release(self, event_id: str, add: Callable[[Write], None] | None = None) -> Event:
        """Let a held event take its turn: authorisation rules and all gates are asked anew.

        Everyone but its sender, who has it already, is shown it. `add` puts what belongs to the decision into the same
        write. Raises `NotFound` where it is not held (any more), and what the turn raises; then it is still held.
        """
        held = await self._check_held(event_id)
        room = await self.cache.get(held.room_id)
        draft = held_draft(room, held)
        await self._run_checks(held.room_id, draft)
        await self.ask_slow(room, draft)

        def act(room: Room, write: Write) -> Event:
            event = self.turn.release(room, held, draft, write)
            if add is not None:
                add(write)
            return event

        try:
            if draft.redacts is not None:
                return await self._redact(held.room_id, draft, act)
            return await self.take_turn(held.room_id, act)
        except DatabaseError:
            await self._check_held(event_id)
            raise

    async def discard(self, event_id: str, add: Callable[[Write], None] | None = None) -> None:
        """Let a held event go for good; `add` as for `release`."""
        held = await self._check_held(event_id)

        def act(_room: Room, write: Write) -> None:
            store.delete_held(write, event_id)
            if add is not None:
                add(write)

        try:
            await self.take_turn(held.room_id, act)
        except DatabaseError:
            await self._check_held(event_id)
            raise

    async def held_draft(self, event_id: str) -> tuple[Room, Draft]:
        """What the sender of a held event wanted to send, and where. Raises `NotFound`."""
        held = await self._check_held(event_id)
        room = await self.cache.get(held.room_id)
        return room, held_draft(room, held)

    async def _check_held(self, event_id: str) -> store.HeldEvent:
        held = await store.find_held(self.driver, event_id)
        if held is None:
            raise NotFound("This event does not wait for a decision.")
        return held

    async def _send_redaction(self, room_id: str, draft: Draft, add: Callable[[Write, Event], None] | None) -> Event:
        """spec: client-server §Redactions"""
        await self._run_checks(room_id, draft)
        asked = await self.ask_slow(await self.cache.get(room_id), draft)

        def append(room: Room, write: Write) -> Event:
            redaction = self.turn.append(room, draft, write, asked=asked)
            if add is not None:
                add(write, redaction)
            return redaction

        return await self._redact(room_id, draft, append)

    async def _redact(self, room_id: str, draft: Draft, append: Callable[[Room, Write], Event]) -> Event:
        """Take the turn of a redaction: it strips its target as soon as it is accepted, not while it is held."""
        target = await store.find_event(self.driver, room_id, draft.redacts or "")
        if target is None:
            raise NotFound("There is no such event in this room.")

        def act(room: Room, write: Write) -> Event:
            if draft.requester is not None:
                self.standings.check_redaction(draft.sender, target.event.sender)
            check_redaction(room, draft.sender, target.event)
            redaction = append(room, write)
            if redaction.event_id in room.heads:
                apply_redaction(room, target.event, redaction, write)
                for contribute in self.redacted.values():
                    contribute(room, target, write)
            return redaction

        return await self.take_turn(room_id, act)

    async def _check_draft(self, room_id: str, draft: Draft) -> None:
        """What the authorisation rules leave open, or must be looked up. spec: client-server §m.room.canonical_alias"""
        await self._run_checks(room_id, draft)
        if draft.type == "m.room.member" and draft.state_key is not None:
            parse_user_id(draft.state_key)
        if draft.type != "m.room.canonical_alias" or draft.state_key != "":
            return
        named = _aliases(draft.content)
        if not all(isinstance(alias, str) for alias in named):
            raise InvalidParameter("`alias` must be a string, and `alt_aliases` a list of strings.")
        known = {*await store.aliases_of(self.driver, room_id)}
        if not known.issuperset(named):
            room = await self.cache.get(room_id)
            # Those that stand there already are not looked at anew.
            known.update(alias for alias in _aliases(room.content(draft.type)) if isinstance(alias, str))
        for alias in named:
            if alias not in known:
                raise BadAlias(f"{alias} does not point to this room.")

    async def _run_checks(self, room_id: str, draft: Draft) -> None:
        for key, check in self.checks.items():
            if key in draft.content:
                await check(room_id, draft)

    # ------------------------------------------------------------ looking

    async def show(self, showing: Showing, entries: Sequence[TimelineEvent]) -> Sequence[TimelineEvent]:
        """Events as the user is to be shown them: the same ones, in the same order."""
        entries = await self.veil.show(showing, entries)
        for show in self.shown.values():
            entries = await show(showing, entries)
        return entries

    async def narrow(
        self, reader: Reader, room_id: str, entries: Sequence[TimelineEvent], wanted: RoomEventFilter
    ) -> Sequence[TimelineEvent]:
        """Those of some events that others relate to, where the filter asks for that. spec: client-server §Filtering"""
        if not entries or not wanted.asks_for_relations:
            return entries
        related = await self.related_among(reader, room_id, [entry.event.event_id for entry in entries], wanted)
        return [entry for entry in entries if entry.event.event_id in related]

    def erased_at(self, user_id: str) -> int | None:
        """The position of the stream at which what a user wrote was erased, if it was."""
        return self.veil.erased.get(user_id)

    async def check_joined(self, user_id: str, room_id: str) -> Room:
        """The room, for one of its members. Raises `NotFound` or `Forbidden`."""
        room = await self.cache.get(room_id)
        if user_id not in room.joined:
            raise Forbidden("You are not in this room.")
        return room

    async def resolve(self, room_id_or_alias: str) -> str:
        """The room id that a room id or an alias stands for. Raises `NotFound` or `InvalidParameter`."""
        if not room_id_or_alias.startswith("#"):
            return room_id_or_alias
        try:
            parse_room_alias(room_id_or_alias)
        except ProtocolViolation as error:
            raise InvalidParameter(str(error)) from None
        alias = await store.find_alias(self.driver, room_id_or_alias)
        for provide in () if alias else self.alias_provisions.values():
            if await provide(room_id_or_alias):
                alias = alias or await store.find_alias(self.driver, room_id_or_alias)
        if alias is None:
            raise NotFound(f"There is no room with the alias {room_id_or_alias}.")
        return alias.room_id

    def controls_alias(self, requester: Requester, alias: str) -> bool:
        """Whether an alias is the requester's alone to make and delete. Raises `Exclusive` where it is another's."""
        return any(controls(requester, alias) for controls in self.alias_owners.values())

    async def joined_rooms(self, user_id: str) -> set[str]:
        """The ids of the rooms that a user is in."""
        return await store.joined_rooms(self.driver, user_id)

    async def membership(self, user_id: str, room_id: str) -> str | None:
        """The newest membership of a user in a room, `None` where they never had any."""
        found = await store.membership_of(self.driver, user_id, room_id)
        return None if found is None else found.membership

    async def mutual_rooms(self, user_id: str, other: str, after: str, limit: int) -> tuple[list[str], int]:
        """The ids of the rooms that two users share, in order, those after the id `after`; and how many there are.

        Raises `InvalidParameter` for the user themselves.
        """
        if user_id == other:
            raise InvalidParameter("You share all your rooms with yourself: name somebody else.")
        rooms = await store.mutual_rooms(self.driver, user_id, other, after, limit)
        return rooms, await store.count_mutual_rooms(self.driver, user_id, other)

    async def users_sharing_rooms(self, user_id: str) -> set[str]:
        """Everyone who is in a room with a user, themselves included."""
        return await store.users_sharing_rooms(self.driver, user_id) | {user_id}

    async def event_position(self, room_id: str, event_id: str) -> int | None:
        """Where an event is in the stream, `None` where the room has no such event."""
        return await store.event_position(self.driver, room_id, event_id)


async def _no_preferences(_user_id: str) -> Preferences:
    return NO_PREFERENCES


async def _no_relations(
    _reader: Reader, _room_id: str, _event_ids: Sequence[str], _wanted: RoomEventFilter
) -> set[str]:
    return set()


def _unchanged(room: Room, draft: Draft) -> Event | None:
    """The current event, where a state event would change nothing: repeating it makes no new one."""
    if draft.state_key is None or (draft.sender not in room.joined and draft.state_key != draft.sender):
        return None
    current = room.state.get((draft.type, draft.state_key))
    if current is not None and current.sender == draft.sender and current.content == draft.content:
        return current
    return None


def _aliases(content: Mapping[str, Any]) -> list[Any]:
    """The aliases that an ``m.room.canonical_alias`` names; what stands there in their place where it names none."""
    alias, others = content.get("alias"), content.get("alt_aliases", [])
    return [*([] if alias is None else [alias]), *(others if isinstance(others, list) else [others])]
