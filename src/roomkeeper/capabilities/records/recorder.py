"""The recorder: follows the stream and makes entries of what happens in recorded rooms, each exactly once.

1.  It reads what is committed, in order of positions: events as they are stored, and reads, which wait in a queue.
2.  Entries, heads of the chains and the cursor are one write. It fails whole where one of them is not what it was taken
    to be; then all is read anew.
3.  What would be gone by then is kept for it: originals of redacted events (`keep`), reads (`note_read`). Before events
    are removed it is waited for (`wait_for`, `wait_for_room`).
4.  What happens while a room says that it is not recorded is counted; so are positions in rooms that keep none.

docs/adr/0012 says why.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.records import rules
from roomkeeper.capabilities.records.appending import Chains, Item, Watch
from roomkeeper.capabilities.records.facts import ConsentWritten, RecordingBegan
from roomkeeper.capabilities.records.models import RECORDING, Read, Record
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.store import records as store
from roomkeeper.capabilities.records.store.entries import mark_redacted
from roomkeeper.capabilities.records.texts import answer_of
from roomkeeper.core.ephemeral.receipts import Receipt
from roomkeeper.core.media.rules import Mentions
from roomkeeper.core.organisation.sessions.models import SESSION, SESSION_KEY
from roomkeeper.core.rooms import Passing, PlacedEvent, RemovedEvent, Room, TimelineEvent, history
from roomkeeper.core.rooms.follower import Cursor, Follower
from roomkeeper.core.rooms.history import StoredRow
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED
from roomkeeper.platform.database import Reader, Write, patience
from roomkeeper.platform.errors import Unavailable
from roomkeeper.platform.hooks import Slot
from roomkeeper.wire.canonical_json import canonical

BATCH: Final = 100
"""Events, and reads, in one write."""
PAUSE: Final = 1.0
"""Seconds that events may gather, unless somebody waits for them: a record's head is stored once for a batch."""
PATIENCE: Final = 30.0
"""Seconds that whoever removes events waits for these to be recorded."""
REMEMBERED: Final = 20_000
"""Rooms of which it is remembered that they are recorded, and as many that are not."""
THIS_PROGRAM: Final = "roomkeeper"


class Track:
    """A recorded room, as far as its record has come."""

    __slots__ = ("customer", "departments", "keeps_positions", "people", "record", "stored")

    def __init__(self, record: Record, customer: str | None, *, keeps_positions: bool) -> None:
        self.stored = record
        """As it is in the database."""
        self.record = record
        self.customer = customer
        self.keeps_positions = keeps_positions
        self.people: set[str] = set()
        self.departments: set[str] = set()


class Recorder(Follower):
    """Makes the records of this server's rooms."""

    def __init__(
        self, app: Application, chains: Chains, policies: Policies, watch: Watch, passing: Slot[Passing]
    ) -> None:
        super().__init__(app, "records", (), self._nothing, Cursor(self._load, store.move), pause=PAUSE)
        self._chains = chains
        self._policies = policies
        self._watch = watch
        self._passing = passing
        self._mentions = Mentions(app.settings.server_name)
        self._tracks: OrderedDict[str, Track] = OrderedDict()
        self._unrecorded: OrderedDict[str, None] = OrderedDict()
        self.appended: Callable[[], None] = lambda: None
        policies.before_change = self.catch_up_now
        app.bus.subscribe(COMMITTED, self._hurry_for_watchers)
        policies.changed = self._unrecorded.clear

    def _hurry_for_watchers(self, _changes: object) -> None:
        if self._watch.is_watched:
            self._hurry.set()

    async def prepare(self) -> None:
        """At the start, before anything can happen: where to go on; the first time, where the stream is now."""
        await self._chains.load()
        await self._policies.load()
        if (await store.progress(self._app.driver)).reached < 0:
            write = Write()
            store.move(write, -1, self._app.positions.committed)
            await self._app.committer.submit(write)
        self._saved = self.reached = (await store.progress(self._app.driver)).reached

    async def _load(self, reader: Reader) -> int:
        self._tracks.clear()
        self._unrecorded.clear()
        return (await store.progress(reader)).reached

    async def _nothing(self, _entries: Sequence[PlacedEvent], _write: Write) -> None:
        """`Follower` hands over decoded events of some types; here they are taken as they are stored."""

    # ------------------------------------------------------------ what is kept for the recorder

    def _may_be_recorded(self, room: Room) -> bool:
        """Whether there is anything to keep: where nothing is recorded, nothing may stay of what is redacted."""
        is_wanted = SESSION_KEY in room.state or self._policies.records_rooms
        return is_wanted and room.room_id not in self._unrecorded

    def keep(self, room: Room, target: TimelineEvent, write: Write) -> None:
        """See `rooms.Redacted`: the original of what is redacted before it was recorded."""
        if target.position > self._saved and self._may_be_recorded(room):
            store.keep(write, target.position, canonical(target.event.pdu))

    def note_read(self, room: Room, receipt: Receipt, position: int, write: Write) -> None:
        """See `receipts.Moved`."""
        if self._may_be_recorded(room):
            store.queue_read(write, Read(position, room.room_id, receipt.user_id, receipt.event_id, receipt.ts))

    async def wait_for(self, _reader: Reader, _write: Write, _room_id: str, removed: Sequence[RemovedEvent]) -> None:
        """See `rooms.EventCleaner`: what is removed is recorded before."""
        await self._reach(max(event.position for event in removed))

    async def wait_for_room(self, _room_id: str) -> None:
        """See `rooms.Closing`."""
        await self._reach(self._app.positions.committed)

    async def catch_up_now(self) -> None:
        """Wait until everything that has happened is recorded. Raises `Unavailable`."""
        await self._reach(self._app.positions.committed)

    async def _reach(self, position: int) -> None:
        if not await self.reach(position, PATIENCE):
            raise Unavailable("The records are not up to date yet. Nothing was removed or changed; try again later.")

    # ------------------------------------------------------------ following

    async def catch_up(self) -> None:
        """See `Follower.catch_up`."""
        while self.reached < (upto := self._app.positions.committed):
            await self._app.giving_way.turn()
            rows = await history.rows_after(self._app.driver, self.reached, upto, BATCH)
            end = rows[-1].position if len(rows) == BATCH else upto
            reads = await store.reads(self._app.driver, end, BATCH)
            if len(reads) == BATCH and reads[-1].position < end:
                end = reads[-1].position
                rows = [row for row in rows if row.position <= end]
            with patience():
                await self._record(rows, reads, end)

    async def _record(self, rows: Sequence[StoredRow], reads: Sequence[Read], end: int) -> None:
        tracks = await self._tracks_of(dict.fromkeys([*(r.room_id for r in rows), *(r.room_id for r in reads)]))
        kept = await store.kept(self._app.driver, end)
        departments = await self._departments_of(row for row in rows if row.type == SESSION and row.room_id in tracks)
        write = Write()
        # From here to the submission nothing is awaited: numbers of entries become visible in order.
        touched = self._make(write, tracks, _in_order(rows, reads), kept, departments)
        if reads:
            store.forget_reads(write, end)
        if kept:
            store.forget_kept(write, end)
        if write.statements or end - self._saved > UNSAVED:
            store.move(write, self._saved, end)
            try:
                await self._app.committer.submit(write)
            except BaseException:
                self._tracks.clear()
                raise
            self._saved = end
            for track in touched:
                track.stored = track.record
            self.appended()
            self._watch.tell([track.record.record_id for track in touched])
        self._move_to(end)

    def _make(
        self,
        write: Write,
        tracks: Mapping[str, Track],
        happened: Sequence[StoredRow | Read],
        kept: Mapping[int, bytes],
        departments: Mapping[str, Sequence[str]],
    ) -> list[Track]:
        """Make entries of what has happened, in order; the records that have new ones, or count more as withheld."""
        items: dict[str, list[Item]] = {}
        for one in happened:
            track = tracks.get(one.room_id)
            if track is None:
                continue
            made = items.setdefault(one.room_id, [])
            if isinstance(one, Read):
                self._note_read(track, one, made)
            else:
                self._note_event(write, track, one, kept.get(one.position, one.pdu), departments, made)
        touched = [tracks[room_id] for room_id in items]
        for track in touched:
            track.record = self._chains.append(write, track.record, items[str(track.record.room_id)])
            if track.record != track.stored:
                self._chains.advance(write, track.stored, track.record)
        for one in happened:
            # After the appends: what was redacted may have been appended just now.
            if isinstance(one, StoredRow) and one.type == "m.room.redaction" and one.room_id in tracks:
                target = rules.redacts(msgspec.json.decode(one.pdu))
                if target is not None:
                    mark_redacted(write, tracks[one.room_id].record.record_id, target)
        return touched

    def _note_read(self, track: Track, read: Read, items: list[Item]) -> None:
        if not track.record.recording:
            track.record = msgspec.structs.replace(track.record, withheld=track.record.withheld + 1)
            return
        content = canonical({"v": 1, "reader": read.user_id, "target": read.event_id})
        items.append(Item("read", read.ts, read.user_id, None, content))

    def _note_event(
        self,
        write: Write,
        track: Track,
        row: StoredRow,
        pdu: bytes,
        departments: Mapping[str, Sequence[str]],
        items: list[Item],
    ) -> None:
        if row.state_key is not None:
            self._note_state(write, track, row, departments)
        elif track.record.consent in ("asked", "given", "refused") and row.sender == track.customer:
            self._note_answer(write, track, row)
        is_withheld = not track.record.recording and row.type not in rules.ALWAYS
        if is_withheld or (not track.keeps_positions and rules.is_position(pdu)):
            track.record = msgspec.structs.replace(track.record, withheld=track.record.withheld + 1)
            return
        if row.sender not in track.people:
            track.people.add(row.sender)
            store.insert_person(write, track.record.record_id, row.sender)
        media_ids = self._mentions.media_ids(msgspec.json.decode(pdu)["content"]) if b"mxc://" in pdu else ()
        kind = rules.kind_of(row.type, row.state_key, pdu)
        items.append(Item(kind, row.origin_server_ts, row.sender, row.event_id, pdu, media_ids))

    def _note_state(self, write: Write, track: Track, row: StoredRow, departments: Mapping[str, Sequence[str]]) -> None:
        """What some state means to the record."""
        if row.type not in (SESSION, RECORDING, "m.room.name"):
            return
        content = _content_of(row.pdu)
        if row.type == RECORDING and row.state_key == "":
            recording, consent = content.get("recorded") is not False, content.get("consent")
            track.record = msgspec.structs.replace(
                track.record,
                recording=recording,
                consent=consent if consent in ("none", "shown", "asked", "given", "refused") else "none",
            )
        elif row.type == "m.room.name" and isinstance(content.get("name"), str):
            track.record = msgspec.structs.replace(track.record, title=content["name"][:200].replace("\0", ""))
        elif row.type == SESSION:
            track.customer = content.get("customer")
            for department_id in departments.get(row.event_id, ()):
                if department_id not in track.departments:
                    track.departments.add(department_id)
                    store.insert_department(write, track.record.record_id, department_id)
            for person in (content.get("customer"), content.get("staff")):
                if isinstance(person, str) and person not in track.people:
                    track.people.add(person)
                    store.insert_person(write, track.record.record_id, person)

    def _note_answer(self, write: Write, track: Track, row: StoredRow) -> None:
        if row.type != "m.room.message" or len(row.pdu) > LONG_ANSWER:
            return
        agrees = answer_of(_content_of(row.pdu).get("body"), was_asked=track.record.consent == "asked")
        if agrees is not None:
            self._app.facts.record(write, ConsentWritten(row.room_id, row.sender, agrees))

    # ------------------------------------------------------------ which rooms

    async def _tracks_of(self, room_ids: Mapping[str, None]) -> dict[str, Track]:
        """Those of some rooms that are recorded; what is not known is looked up."""
        found: dict[str, Track] = {}
        unknown = []
        for room_id in room_ids:
            track = self._tracks.get(room_id)
            if track is not None:
                found[room_id] = track
                self._tracks.move_to_end(room_id)
            elif room_id not in self._unrecorded:
                unknown.append(room_id)
        if unknown:
            stored = await self._stored(unknown)
            for room_id in unknown:
                record = stored.get(source_key(room_id))
                if record is None:
                    _remember(self._unrecorded, room_id, None)
                    continue
                session = await self._state(room_id, SESSION) or {}
                is_passing = any([await each(room_id) for each in self._passing.values()])
                found[room_id] = Track(record, session.get("customer"), keeps_positions=not is_passing)
                _remember(self._tracks, room_id, found[room_id])
        return found

    async def _stored(self, room_ids: Sequence[str]) -> dict[str, Record]:
        """The records of rooms, by their keys; those that are to be and are not there yet are begun, in one write."""
        keys = [source_key(room_id) for room_id in room_ids]
        stored = await store.of_sources(self._app.driver, keys)
        write = Write()
        for room_id, key in zip(room_ids, keys, strict=True):
            if key not in stored:
                await self._begin(write, room_id)
        if write.statements:
            await self._app.committer.submit(write)
            stored = await store.of_sources(self._app.driver, keys)
        return stored

    async def _begin(self, write: Write, room_id: str) -> None:
        """Begin the record of a room, where it is to be recorded."""
        session = await self._state(room_id, SESSION)
        says_so = await self._state(room_id, RECORDING) is not None if session is not None else False
        if session is not None:
            departments = await self._policies.departments_of(session.get("staff"), session.get("department"))
            wanted = says_so or (await self._policies.of("session", departments)).record
        else:
            is_possible = self._policies.records_rooms
            departments = await self._creator_departments(room_id) if is_possible else []
            wanted = is_possible and (await self._policies.of("room", departments)).record
        if not wanted:
            return
        now = self._app.clock.now_ms()
        record = Record(
            record_id=new_record_id(now),
            kind="room" if session is None else "session",
            program=THIS_PROGRAM,
            room_id=room_id,
            created_ts=now,
        )
        store.insert(write, record, source_key(room_id))
        for department_id in departments:
            store.insert_department(write, record.record_id, department_id)
        if session is not None and not says_so:
            self._app.facts.record(write, RecordingBegan(room_id))

    async def _state(self, room_id: str, kind: str) -> Mapping[str, Any] | None:
        """What a state event of a room says now, `None` where there is none."""
        found = await history.state_entry_at(self._app.driver, room_id, kind, "", self._app.positions.committed)
        return None if found is None else found.event.content

    async def _creator_departments(self, room_id: str) -> list[str]:
        created = await history.state_entry_at(
            self._app.driver, room_id, "m.room.create", "", self._app.positions.committed
        )
        return [] if created is None else await self._policies.departments_of(created.event.sender)

    async def _departments_of(self, rows: Any) -> dict[str, Sequence[str]]:
        """The departments of those who take care of sessions, by the event that says so."""
        found: dict[str, Sequence[str]] = {}
        for row in rows:
            content = _content_of(row.pdu)
            found[row.event_id] = await self._policies.departments_of(content.get("staff"), content.get("department"))
        return found


UNSAVED: Final = 50_000
"""Positions without anything to record after which the cursor is saved all the same."""
LONG_ANSWER: Final = 4_000
"""Bytes of an event that is too long to be a yes or no."""


def new_record_id(now: int) -> str:
    """An id that sorts by time."""
    return f"{now:011x}{secrets.token_hex(6)}"


def source_key(room_id: str) -> str:
    """What a room's record is known by."""
    return f"room {room_id}"


def _remember(known: OrderedDict[str, Any], room_id: str, what: Any) -> None:
    known[room_id] = what
    if len(known) > REMEMBERED:
        known.popitem(last=False)


def _in_order(rows: Sequence[StoredRow], reads: Sequence[Read]) -> list[StoredRow | Read]:
    if not reads:
        return list(rows)
    return sorted([*rows, *reads], key=lambda one: one.position)


def _content_of(pdu: bytes) -> Mapping[str, Any]:
    content = msgspec.json.decode(pdu).get("content")
    return content if isinstance(content, dict) else {}
