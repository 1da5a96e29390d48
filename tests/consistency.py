"""What must be true of every data directory, whatever happened to its server. Tests call `check_data_dir` at their end.

1.  SQLite finds no fault in the file. (PostgreSQL checks pages as it reads them.)
2.  Nothing that is stored has a position above the stream's, and the stream's is within what is reserved.
3.  Every event is what its id, its content hash and its signature say; its columns repeat its content.
4.  Every room begins with its create event; the events before an event exist, came earlier, and are less deep. (Where
    old messages were removed, those need not exist.)
5.  Every event was allowed by the room's state before it, and names auth events of the right kinds.
6.  What is redacted is stripped, and names its redaction, which names it.
7.  The memberships are those of the newest member events.
8.  Every remembered answer names an event of that user, device and transaction; no two name the same.
9.  Aliases point to rooms; tokens to devices, devices to users; receipts to events.
10. The relations that are stored are those that the events describe.
11. The search index has the words of every message as it is now, as far as it has come.
12. Every medium and thumbnail has its blob, which is what its hash says.
13. Every record is a whole chain, and ends as it says; the media that it needs are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from roomkeeper.core.relations.rules import relation_of
from roomkeeper.platform.signing_key import load_or_create
from roomkeeper.wire.auth_rules import StateKey, auth_event_keys, authorize
from roomkeeper.wire.errors import AuthorizationRefused, ProtocolViolation
from roomkeeper.wire.events import MAX_PDU_BYTES, Event, content_hash_matches, event_id, load
from roomkeeper.wire.redaction import redact
from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion
from roomkeeper.wire.signing import Signer, verify_event
from tests.databases import SQLITE_FILE, Rows, databases, opened
from tests.records_consistency import record_problems
from tests.search_consistency import search_problems

DATABASE = SQLITE_FILE
MOST_SHOWN = 20

Problems = Iterator[str]


def check_data_dir(data_dir: Path, *, discarded: bool = False) -> None:
    """Fail, with all that is wrong, unless the data is consistent. The server may run, or have been killed.

    `discarded`: events that were held have been let go for good, so that answers may name events that are not there.
    """
    found = problems(data_dir, discarded=discarded)
    shown = "\n".join(found[:MOST_SHOWN])
    assert not found, f"{len(found)} inconsistencies in {data_dir}:\n{shown}"


def problems(data_dir: Path, *, discarded: bool = False) -> list[str]:
    """Everything that is wrong, in words; see `check_data_dir`."""
    with opened(databases.url_of(data_dir)) as database:
        return list(Checker(database, data_dir, discarded=discarded).run())


class StoredEvent:
    """A row of `events`, and the event in it."""

    def __init__(self, row: Any) -> None:
        self.position: int = row[0]
        self.room_id: str = row[1]
        self.event_id: str = row[2]
        self.type: str = row[3]
        self.state_key: str | None = row[4]
        self.sender: str = row[5]
        self.pdu: bytes = row[6]
        self.device_id: str | None = row[7]
        self.transaction_id: str | None = row[8]
        self.redacted_by: str | None = row[9]
        self.version: RoomVersion = ROOM_VERSIONS[row[10]]
        self.event: Event = load(msgspec.json.decode(self.pdu), self.version)


class Checker:
    """One look at one database."""

    def __init__(self, database: Rows, data_dir: Path, *, discarded: bool) -> None:
        self._database = database
        self._data_dir = data_dir
        self._discarded = discarded
        self._tables = database.tables
        self._events: dict[str, list[StoredEvent]] = {}
        self._by_id: dict[tuple[str, str], StoredEvent] = {}
        self._pruned: dict[str, int] = {}

    def run(self) -> Problems:
        """All checks."""
        yield from self._file()
        yield from self._positions()
        self._load()
        yield from self._identities()
        for room_id, events in self._events.items():
            yield from self._graph(room_id, events)
            yield from self._authorisation(events)
            yield from self._redactions(events)
            yield from self._memberships(room_id, events)
        yield from self._transactions()
        yield from self._references()
        yield from self._media()
        yield from search_problems(self._database, self._by_id)
        yield from self._relations()
        yield from record_problems(self._database)

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        return self._database.rows(sql, *parameters)

    def _load(self) -> None:
        self._pruned = {str(room_id): upto for room_id, upto in self._rows("SELECT room_id, pruned_upto FROM rooms")}
        rows = self._rows(
            "SELECT e.position, e.room_id, e.event_id, e.type, e.state_key, e.sender, e.pdu, e.device_id,"
            " e.transaction_id, e.redacted_by, r.version FROM events e JOIN rooms r ON r.room_id = e.room_id"
            " ORDER BY e.position"
        )
        for row in rows:
            stored = StoredEvent(row)
            self._events.setdefault(stored.room_id, []).append(stored)
            self._by_id[stored.room_id, stored.event_id] = stored

    # ------------------------------------------------------------------ 1, 2

    def _file(self) -> Problems:
        if self._database.dialect != "sqlite":
            return
        for (said,) in self._rows("PRAGMA integrity_check"):
            if said != "ok":
                yield f"integrity_check: {said}"
        for row in self._rows("PRAGMA foreign_key_check"):
            yield f"foreign_key_check: {row}"

    def _positions(self) -> Problems:
        ((position, reserved),) = self._rows("SELECT position, reserved FROM stream_positions")
        if position > reserved:
            yield f"the stream is at {position}, but only {reserved} are reserved"
        for table in sorted(self._tables - {"stream_positions"}):
            for column in self._database.columns(table) & {"position", "event_position"}:
                ((highest,),) = self._rows(f"SELECT max({column}) FROM {table}")
                if highest is not None and highest > position:
                    yield f"{table}.{column} is {highest}, but the stream is at {position}"

    # ------------------------------------------------------------------ 3

    def _identities(self) -> Problems:
        signer = self._signer()
        ((count,),) = self._rows("SELECT count(*) FROM events")
        if count != len(self._by_id):
            yield f"{count} events, but {len(self._by_id)} of known rooms under different ids"
        for stored in self._by_id.values():
            for fault in _faults(stored, signer):
                yield f"{stored.event_id} ({stored.type}, position {stored.position}): {fault}"

    def _signer(self) -> Signer:
        assert (self._data_dir / "signing.key").exists(), "the signing key is gone"
        senders = [events[0].sender for events in self._events.values()]
        return load_or_create(self._data_dir, senders[0].partition(":")[2] if senders else "example.org")

    # ------------------------------------------------------------------ 4, 5, 6, 7

    def _graph(self, room_id: str, events: list[StoredEvent]) -> Problems:
        first = events[0]
        if first.type != "m.room.create" or first.event.prev_events:
            yield f"{room_id} begins with {first.type}"
        # Up to version 10 a redaction strips the version from the create event.
        if first.redacted_by is None and first.event.content.get("room_version", "1") != first.version.identifier:
            yield f"{room_id} is stored as version {first.version.identifier}"
        for stored in events[1:]:
            event = stored.event
            if stored.type == "m.room.create":
                yield f"{room_id} has a second create event {stored.event_id}"
            if not event.prev_events:
                yield f"{stored.event_id} has no prev_events"
            for name in [*event.prev_events, *event.auth_events]:
                before = self._by_id.get((room_id, name))
                if before is None and self._pruned[room_id] and name in event.prev_events:
                    continue
                if before is None:
                    yield f"{stored.event_id} refers to {name}, which is not in {room_id}"
                elif before.position >= stored.position or before.event.depth >= event.depth:
                    yield f"{stored.event_id} (depth {event.depth}) refers to {name}, which does not come before it"

    def _authorisation(self, events: list[StoredEvent]) -> Problems:
        state: dict[StateKey, Event] = {}
        for stored in events:
            event = stored.event
            try:
                authorize(event, state, stored.version)
            except AuthorizationRefused as error:
                yield f"{stored.event_id} ({stored.type} by {stored.sender}) was not allowed: {error}"
            wanted = auth_event_keys(event.type, event.sender, event.state_key, event.content, stored.version)
            for name in event.auth_events:
                named = self._by_id.get((stored.room_id, name))
                if named is not None and (named.type, named.state_key or "") not in wanted:
                    yield f"{stored.event_id} names {name} ({named.type}) as an auth event"
            if event.state_key is not None:
                state[event.type, event.state_key] = event

    def _redactions(self, events: list[StoredEvent]) -> Problems:
        for stored in events:
            if stored.redacted_by is None:
                continue
            redaction = self._by_id.get((stored.room_id, stored.redacted_by))
            if redaction is None or redaction.type != "m.room.redaction":
                yield f"{stored.event_id} is redacted by {stored.redacted_by}, which is no redaction of the room"
            elif redaction.redacted_by is None and redaction.event.redacts != stored.event_id:
                yield f"{stored.event_id} is redacted by {stored.redacted_by}, which redacts another event"
            if redact(stored.event.pdu, stored.version) != stored.event.pdu:
                yield f"{stored.event_id} is redacted, but has its content"

    def _memberships(self, room_id: str, events: list[StoredEvent]) -> Problems:
        newest = {e.event.state_key: (e.event.membership, e.position) for e in events if e.type == "m.room.member"}
        rows = self._rows("SELECT user_id, membership, position FROM memberships WHERE room_id = $1", room_id)
        stored = {user_id: (membership, position) for user_id, membership, position in rows}
        for user_id in newest.keys() | stored.keys():
            if newest.get(user_id) != stored.get(user_id):
                yield f"{user_id} in {room_id}: the events say {newest.get(user_id)}, stored is {stored.get(user_id)}"

    # ------------------------------------------------------------------ 8, 9

    def _transactions(self) -> Problems:
        held = {str(row[0]) for row in self._rows("SELECT event_id FROM held_events")}
        by_event_id = {stored.event_id: stored for stored in self._by_id.values()}
        answered: set[str] = set()
        for user_id, device_id, path, answer in self._rows("SELECT user_id, device_id, path, answer FROM transactions"):
            name = msgspec.json.decode(answer).get("event_id")
            if name is None or name in held:
                continue
            stored = by_event_id.get(name)
            transaction_id = unquote_to_bytes(path.rpartition(b"/")[2]).decode()
            if stored is None and (self._discarded or self._may_be_removed(path)):
                continue
            if stored is None:
                yield f"{path.decode()} was answered with {name}, which does not exist"
            elif (stored.sender, stored.device_id, stored.transaction_id) != (user_id, device_id, transaction_id):
                yield f"{path.decode()} of {user_id} was answered with {name} of another transaction"
            if name in answered:
                yield f"two transactions were answered with {name}"
            answered.add(name)

    def _may_be_removed(self, path: bytes) -> bool:
        """Whether what a request did in a room may have been removed by now: by retention, or with the room."""
        segments = [unquote_to_bytes(segment).decode() for segment in path.split(b"/")]
        rooms = [segment for segment in segments if segment.startswith("!")]
        return bool(rooms) and self._pruned.get(rooms[0], 1) > 0

    def _references(self) -> Problems:
        dangling = {
            "rooms without events": "SELECT room_id FROM rooms WHERE room_id NOT IN (SELECT room_id FROM events)",
            "events without a room": "SELECT event_id FROM events WHERE room_id NOT IN (SELECT room_id FROM rooms)",
            "aliases without a room": "SELECT alias FROM room_aliases WHERE room_id NOT IN (SELECT room_id FROM rooms)",
            "held events that were sent": "SELECT event_id FROM held_events WHERE event_id IN"
            " (SELECT event_id FROM events)",
            "devices without a user": "SELECT device_id FROM devices WHERE user_id NOT IN (SELECT user_id FROM users)",
            "access tokens without a device": "SELECT t.device_id FROM access_tokens t LEFT JOIN devices d"
            " ON d.user_id = t.user_id AND d.device_id = t.device_id WHERE d.device_id IS NULL",
            "refresh tokens without a device": "SELECT t.device_id FROM refresh_tokens t LEFT JOIN devices d"
            " ON d.user_id = t.user_id AND d.device_id = t.device_id WHERE d.device_id IS NULL",
        }
        if "sessions" in self._tables:
            dangling["sessions without a room"] = (
                "SELECT room_id FROM sessions WHERE room_id NOT IN (SELECT room_id FROM rooms)"
            )
            dangling["open sessions that their staff or customer is not in"] = (
                "SELECT s.room_id FROM sessions s WHERE s.state = 'open' AND 2 <> (SELECT count(*) FROM memberships m"
                " WHERE m.room_id = s.room_id AND m.membership = 'join' AND m.user_id IN (s.customer_id, s.staff_id))"
                " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.kind = 'ParticipantLeft')"
            )
        if "device_keys" in self._tables:
            for table in ("device_keys", "one_time_keys", "fallback_keys", "key_counts", "to_device"):
                dangling[f"{table} without a device"] = (
                    f"SELECT t.user_id, t.device_id FROM {table} t LEFT JOIN devices d"
                    " ON d.user_id = t.user_id AND d.device_id = t.device_id WHERE d.device_id IS NULL"
                )
            dangling["backups that miscount their keys"] = (
                "SELECT b.user_id FROM key_backups b WHERE b.deleted = FALSE AND b.count <> (SELECT count(*)"
                " FROM backed_up_keys k WHERE k.user_id = b.user_id AND k.version = b.version)"
            )
        if "receipts" in self._tables:
            dangling["receipts for no event"] = (
                "SELECT r.event_id FROM receipts r LEFT JOIN events e ON e.room_id = r.room_id"
                " AND e.event_id = r.event_id LEFT JOIN rooms o ON o.room_id = r.room_id"
                " WHERE e.position IS DISTINCT FROM r.event_position"
                " AND NOT (e.position IS NULL AND r.event_position <= coalesce(o.pruned_upto, 0))"
            )
        for what, sql in dangling.items():
            names = [row[0] for row in self._rows(sql)]
            if names:
                yield f"{what}: {names[:MOST_SHOWN]}"

    # ------------------------------------------------------------------ 10

    def _relations(self) -> Problems:
        if "event_relations" not in self._tables:
            return
        described = {}
        for stored in self._by_id.values():
            relation = relation_of(stored.type, stored.state_key, stored.event.content)
            if relation is not None:
                kind = (relation.parent, relation.rel_type, relation.key)
                described[stored.position] = (stored.room_id, stored.event_id, stored.type, stored.sender, *kind)
        rows = self._rows(
            "SELECT position, room_id, event_id, type, sender, parent, rel_type, key FROM event_relations"
        )
        kept = {row[0]: tuple(row[1:]) for row in rows}
        for position in described.keys() | kept.keys():
            if described.get(position) != kept.get(position):
                yield f"relation at {position}: described {described.get(position)}, stored {kept.get(position)}"

    # ------------------------------------------------------------------ 12

    def _media(self) -> Problems:
        if "media" not in self._tables:
            return
        wanted = "SELECT sha256, size FROM media WHERE sha256 IS NOT NULL UNION SELECT blob, size FROM media_thumbnails"
        for sha256, size in self._rows(wanted):
            file = self._data_dir / "blobs" / sha256[:2] / sha256[2:4] / sha256
            if not file.exists():
                yield f"the blob {sha256} is gone"
            elif file.stat().st_size != size or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
                yield f"the blob {sha256} is not what it was"
        for table in {"media_references", "media_profiles", "media_encrypted"} & set(self._tables):
            for (media_id,) in self._rows(
                f"SELECT media_id FROM {table} WHERE media_id NOT IN (SELECT media_id FROM media)"
            ):
                yield f"{table} names {media_id}, which does not exist"


def _faults(stored: StoredEvent, signer: Signer) -> Problems:
    """What is wrong with one event by itself."""
    event = stored.event
    columns = (stored.room_id, stored.type, stored.state_key, stored.sender)
    if columns != (event.room_id, event.type, event.state_key, event.sender):
        yield f"the columns say {columns}"
    if stored.event_id != event_id(event.pdu, stored.version):
        yield "its id is not its hash"
    if stored.redacted_by is None and not content_hash_matches(event.pdu):
        yield "its content is not what was hashed"
    if len(stored.pdu) > MAX_PDU_BYTES:
        yield f"it has {len(stored.pdu)} bytes"
    try:
        verify_event(event.pdu, stored.version, signer.server_name, signer.key_id, signer.verify_key)
    except ProtocolViolation as error:
        yield str(error)
