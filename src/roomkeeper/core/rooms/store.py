"""All SQL of rooms, events, memberships and aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.rooms.models import PlacedEvent, Room, TimelineEvent, encode_json
from roomkeeper.platform.database import Driver, Reader, Row, Write
from roomkeeper.wire.canonical_json import canonical
from roomkeeper.wire.events import Event, load
from roomkeeper.wire.room_versions import ROOM_VERSIONS

# ---------------------------------------------------------------- writing


def insert_room(write: Write, room: Room, creator: str, created_ts: int, *, is_public: bool) -> None:
    """The room itself."""
    sql = "INSERT INTO rooms (room_id, version, creator, created_ts, is_public) VALUES ($1, $2, $3, $4, $5)"
    write.add(sql, room.room_id, room.version.identifier, creator, created_ts, is_public, rows=1)


def insert_event(write: Write, entry: TimelineEvent, unsigned: Mapping[str, Any]) -> None:
    """An accepted event."""
    event = entry.event
    write.add(
        "INSERT INTO events (position, room_id, event_id, type, state_key, sender, pdu, unsigned, device_id,"
        " transaction_id, origin_server_ts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        entry.position,
        event.room_id,
        event.event_id,
        event.type,
        event.state_key,
        event.sender,
        canonical(event.pdu),
        encode_json(unsigned) if unsigned else None,
        entry.device_id,
        entry.transaction_id,
        event.origin_server_ts,
        rows=1,
        append=True,
    )


def upsert_membership(write: Write, event: Event, position: int) -> None:
    """The newest membership of a user in a room; joining or being invited again undoes forgetting."""
    write.add(
        "INSERT INTO memberships (user_id, room_id, membership, position, forgotten) VALUES ($1, $2, $3, $4, FALSE)"
        " ON CONFLICT (user_id, room_id) DO UPDATE SET membership = $3, position = $4, forgotten = FALSE",
        event.state_key,
        event.room_id,
        event.membership,
        position,
        rows=1,
    )


def forget(write: Write, user_id: str, room_id: str) -> None:
    """Let the user's history of the room go; only who has left can forget."""
    write.add(
        "UPDATE memberships SET forgotten = TRUE WHERE user_id = $1 AND room_id = $2"
        " AND membership IN ('leave', 'ban')",
        user_id,
        room_id,
        rows=1,
    )


def redact_event(write: Write, stripped: Event, redaction: Event) -> None:
    """Replace an event by its stripped form."""
    write.add(
        "UPDATE events SET pdu = $3, redacted_by = $4 WHERE room_id = $1 AND event_id = $2",
        stripped.room_id,
        stripped.event_id,
        canonical(stripped.pdu),
        redaction.event_id,
        rows=1,
    )


def forget_replaced_content(write: Write, stripped: Event) -> None:
    """A redacted state event's content stands in ``unsigned`` of the one that replaced it, too."""
    write.add(
        "UPDATE events SET unsigned = NULL WHERE position = (SELECT min(position) FROM events WHERE room_id = $1"
        " AND type = $2 AND state_key = $3 AND position > (SELECT position FROM events WHERE room_id = $1"
        " AND event_id = $4))",
        stripped.room_id,
        stripped.type,
        stripped.state_key,
        stripped.event_id,
    )


# ---------------------------------------------------------------- held events


class HeldEvent(msgspec.Struct, frozen=True):
    """An event that waits for a decision; `pdu` is canonical JSON."""

    event_id: str
    room_id: str
    sender: str
    position: int
    pdu: bytes
    device_id: str | None
    transaction_id: str | None
    ticket: str


HELD = "event_id, room_id, sender, position, pdu, device_id, transaction_id, ticket"


def insert_held(write: Write, entry: TimelineEvent, ticket: str) -> None:
    """Freeze an event."""
    event = entry.event
    write.add(
        f"INSERT INTO held_events ({HELD}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        event.event_id,
        event.room_id,
        event.sender,
        entry.position,
        canonical(event.pdu),
        entry.device_id,
        entry.transaction_id,
        ticket,
        rows=1,
    )


def delete_held(write: Write, event_id: str) -> None:
    """The decision has fallen; fails where it has fallen before."""
    write.add("DELETE FROM held_events WHERE event_id = $1", event_id, rows=1)


async def find_held(reader: Reader, event_id: str) -> HeldEvent | None:
    """One held event."""
    row = await reader.query_one(f"SELECT {HELD} FROM held_events WHERE event_id = $1", event_id)
    return HeldEvent(*row) if row else None


async def held_by_sender(reader: Reader, sender: str, after: int, upto: int) -> list[TimelineEvent]:
    """A user's own events that wait."""
    rows = await reader.query(
        "SELECT h.position, h.event_id, h.pdu, NULL, h.device_id, h.transaction_id, r.version, NULL FROM held_events h"
        " JOIN rooms r ON r.room_id = h.room_id WHERE h.sender = $1 AND h.position > $2 AND h.position <= $3"
        " ORDER BY h.position LIMIT 1000",
        sender,
        after,
        upto,
    )
    return [entry_of(row) for row in rows]


# ---------------------------------------------------------------- reading events

SELECT_EVENTS = (
    "SELECT e.position, e.event_id, e.pdu, e.unsigned, e.device_id, e.transaction_id, r.version, b.pdu"
    " FROM events e JOIN rooms r ON r.room_id = e.room_id"
    " LEFT JOIN events b ON b.room_id = e.room_id AND b.event_id = e.redacted_by"
)


def entry_of(row: Row) -> TimelineEvent:
    """A row of `SELECT_EVENTS` as an event for clients."""
    position, event_id, pdu, unsigned, device_id, transaction_id, version, redaction = row
    event = load(msgspec.json.decode(pdu), ROOM_VERSIONS[version], event_id)
    members: dict[str, Any] = msgspec.json.decode(unsigned) if unsigned else {}
    if redaction is not None:
        because = load(msgspec.json.decode(redaction), ROOM_VERSIONS[version])
        members["redacted_because"] = msgspec.Raw(TimelineEvent(0, because, {}).for_client(with_room_id=True))
    return TimelineEvent(position, event, members, device_id, transaction_id)


async def events_between(
    reader: Reader, room_id: str, after: int, upto: int, limit: int, *, newest_first: bool
) -> list[TimelineEvent]:
    """Events with ``after < position <= upto``, at most `limit`, from the end or from the start."""
    direction = "DESC" if newest_first else "ASC"
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.position > $2 AND e.position <= $3"
        f" ORDER BY e.position {direction} LIMIT $4",
        room_id,
        after,
        upto,
        limit,
    )
    return [entry_of(row) for row in rows]


async def find_event(reader: Reader, room_id: str, event_id: str) -> TimelineEvent | None:
    """One event of a room."""
    sql = f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.event_id = $2"
    row = await reader.query_one(sql, room_id, event_id)
    return entry_of(row) if row else None


async def events_at(reader: Reader, positions: Sequence[int]) -> dict[int, TimelineEvent]:
    """The events at some positions (1,000 at most), by position."""
    if not positions:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(positions) + 1))
    rows = await reader.query(f"{SELECT_EVENTS} WHERE e.position IN ({places})", *positions)
    return {row[0]: entry_of(row) for row in rows}


async def events_by_id(reader: Reader, room_id: str, event_ids: Sequence[str]) -> dict[str, TimelineEvent]:
    """Those of some events (1,000 at most) that the room has, by id."""
    if not event_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(2, len(event_ids) + 2))
    rows = await reader.query(f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.event_id IN ({places})", room_id, *event_ids)
    return {row[1]: entry_of(row) for row in rows}


async def events_near(
    reader: Reader, room_id: str, at: tuple[int, int], upto: int, limit: int, *, backwards: bool
) -> list[TimelineEvent]:
    """Events at or after a time in milliseconds, or at or before it, those nearest to it first, up to position `upto`.

    `at` has the time, and the position of the last event of that very time that is known already.
    """
    compare, direction = ("<", "DESC") if backwards else (">", "ASC")
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.origin_server_ts {compare}= $2 AND e.position <= $4"
        f" AND (e.origin_server_ts {compare} $2 OR e.position {compare} $3)"
        f" ORDER BY e.origin_server_ts {direction}, e.position {direction} LIMIT $5",
        room_id,
        *at,
        upto,
        limit,
    )
    return [entry_of(row) for row in rows]


async def event_position(reader: Reader, room_id: str, event_id: str) -> int | None:
    """The position of an event of a room."""
    sql = "SELECT position FROM events WHERE room_id = $1 AND event_id = $2"
    row = await reader.query_one(sql, room_id, event_id)
    return row[0] if row else None


async def room_of_event(reader: Reader, user_id: str, event_id: str) -> str | None:
    """Which of the rooms that a user has a membership in has an event."""
    sql = (
        "SELECT e.room_id FROM memberships m JOIN events e ON e.room_id = m.room_id AND e.event_id = $2"
        " WHERE m.user_id = $1 LIMIT 1"
    )
    row = await reader.query_one(sql, user_id, event_id)
    return row[0] if row else None


async def newest_position(reader: Reader, room_id: str, upto: int) -> int:
    """The position of a room's newest event up to `upto`, 0 where it has none."""
    sql = "SELECT position FROM events WHERE room_id = $1 AND position <= $2 ORDER BY position DESC LIMIT 1"
    row = await reader.query_one(sql, room_id, upto)
    return row[0] if row else 0


async def state_at(reader: Reader, room_id: str, position: int) -> list[TimelineEvent]:
    """The room's whole state after `position`: the newest event of each entry."""
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.position IN (SELECT max(position) FROM events WHERE room_id = $1"
        " AND state_key IS NOT NULL AND position <= $2 GROUP BY type, state_key) ORDER BY e.position",
        room_id,
        position,
    )
    return [entry_of(row) for row in rows]


async def state_between(reader: Reader, room_id: str, after: int, upto: int) -> list[TimelineEvent]:
    """The newest event of each state entry that changed in ``after < position <= upto``."""
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.position IN (SELECT max(position) FROM events WHERE room_id = $1"
        " AND state_key IS NOT NULL AND position > $2 AND position <= $3 GROUP BY type, state_key)"
        " ORDER BY e.position",
        room_id,
        after,
        upto,
    )
    return [entry_of(row) for row in rows]


async def state_entry_at(
    reader: Reader, room_id: str, event_type: str, state_key: str, position: int
) -> TimelineEvent | None:
    """One entry of the room's state after `position`."""
    sql = (
        f"{SELECT_EVENTS} WHERE e.position = (SELECT max(position) FROM events WHERE room_id = $1 AND type = $2"
        " AND state_key = $3 AND position <= $4)"
    )
    row = await reader.query_one(sql, room_id, event_type, state_key, position)
    return entry_of(row) if row else None


async def history_of_entry(reader: Reader, room_id: str, event_type: str, state_key: str) -> list[TimelineEvent]:
    """Every event that one state entry has had, oldest first."""
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.type = $2 AND e.state_key = $3 ORDER BY e.position",
        room_id,
        event_type,
        state_key,
    )
    return [entry_of(row) for row in rows]


# ---------------------------------------------------------------- reading rooms and memberships


async def room_version(reader: Reader, room_id: str) -> str | None:
    """The version of a room, `None` where there is no such room."""
    row = await reader.query_one("SELECT version FROM rooms WHERE room_id = $1", room_id)
    return row[0] if row else None


class Membership(msgspec.Struct, frozen=True):
    """A user's newest membership in a room, and the position of its event."""

    room_id: str
    membership: str
    position: int
    forgotten: bool


async def memberships_of(reader: Reader, user_id: str) -> list[Membership]:
    """All memberships of a user."""
    sql = "SELECT room_id, membership, position, forgotten FROM memberships WHERE user_id = $1"
    return [Membership(row[0], row[1], row[2], bool(row[3])) for row in await reader.query(sql, user_id)]


async def membership_of(reader: Reader, user_id: str, room_id: str) -> Membership | None:
    """One membership."""
    sql = "SELECT room_id, membership, position, forgotten FROM memberships WHERE user_id = $1 AND room_id = $2"
    row = await reader.query_one(sql, user_id, room_id)
    return Membership(row[0], row[1], row[2], bool(row[3])) if row else None


async def joined_rooms(reader: Reader, user_id: str) -> set[str]:
    """The rooms that a user is in."""
    sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership = 'join'"
    return {row[0] for row in await reader.query(sql, user_id)}


async def users_sharing_rooms(reader: Reader, user_id: str) -> set[str]:
    """Everyone who is in a room with the user."""
    sql = (
        "SELECT DISTINCT o.user_id FROM memberships m JOIN memberships o ON o.room_id = m.room_id"
        " AND o.membership = 'join' WHERE m.user_id = $1 AND m.membership = 'join'"
    )
    return {row[0] for row in await reader.query(sql, user_id)}


async def moved_beside(reader: Reader, user_id: str, after: int) -> list[tuple[str, str, str]]:
    """(room id, user id, membership) of others whose membership in a room of the user was set after a position."""
    rows = await reader.query(
        "SELECT o.room_id, o.user_id, o.membership FROM memberships m JOIN memberships o ON o.room_id = m.room_id"
        " AND o.user_id <> $1 AND o.position > $2 WHERE m.user_id = $1 AND m.membership = 'join'",
        user_id,
        after,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def members_since(reader: Reader, room_id: str, after: int) -> list[tuple[str, str]]:
    """(user id, membership) of those who are in a room, or whose membership was set after a position."""
    rows = await reader.query(
        "SELECT user_id, membership FROM memberships WHERE room_id = $1 AND (membership = 'join' OR position > $2)",
        room_id,
        after,
    )
    return [(row[0], row[1]) for row in rows]


async def mutual_rooms(reader: Reader, user_id: str, other: str, after: str, limit: int) -> list[str]:
    """The ids of the rooms that two users are in, in order, those after the id `after`."""
    rows = await reader.query(
        f"SELECT m.room_id {_MUTUAL} AND m.room_id > $3 ORDER BY m.room_id LIMIT $4", user_id, other, after, limit
    )
    return [row[0] for row in rows]


async def count_mutual_rooms(reader: Reader, user_id: str, other: str) -> int:
    """How many rooms two users are in."""
    row = await reader.query_one(f"SELECT count(*) {_MUTUAL}", user_id, other)
    return row[0] if row else 0


_MUTUAL = (
    "FROM memberships m JOIN memberships o ON o.room_id = m.room_id AND o.user_id = $2 AND o.membership = 'join'"
    " WHERE m.user_id = $1 AND m.membership = 'join'"
)


# ---------------------------------------------------------------- aliases


class Alias(msgspec.Struct, frozen=True):
    """A room alias and who made it."""

    alias: str
    room_id: str
    creator: str


async def find_alias(reader: Reader, alias: str) -> Alias | None:
    """Where an alias points."""
    row = await reader.query_one("SELECT alias, room_id, creator FROM room_aliases WHERE alias = $1", alias)
    return Alias(*row) if row else None


async def aliases_of(reader: Reader, room_id: str) -> Sequence[str]:
    """The aliases of a room, in order of their names."""
    rows = await reader.query("SELECT alias FROM room_aliases WHERE room_id = $1 ORDER BY alias LIMIT 1000", room_id)
    return [row[0] for row in rows]


def insert_alias(write: Write, alias: Alias) -> None:
    """Make an alias; fails where it is taken."""
    sql = "INSERT INTO room_aliases (alias, room_id, creator) VALUES ($1, $2, $3)"
    write.add(sql, alias.alias, alias.room_id, alias.creator, rows=1)


def delete_alias(write: Write, alias: str) -> None:
    """Remove an alias."""
    write.add("DELETE FROM room_aliases WHERE alias = $1", alias, rows=1)


def move_aliases(write: Write, old_room_id: str, new_room_id: str) -> None:
    """Let all aliases of one room point to another."""
    write.add("UPDATE room_aliases SET room_id = $2 WHERE room_id = $1", old_room_id, new_room_id)


def move_listing(write: Write, old_room_id: str, new_room_id: str) -> None:
    """Let the public room list name the new room where it named the old one."""
    listed = "UPDATE rooms SET is_public = (SELECT is_public FROM rooms WHERE room_id = $1) WHERE room_id = $2"
    write.add(listed, old_room_id, new_room_id, rows=1)
    write.add("UPDATE rooms SET is_public = FALSE WHERE room_id = $1", old_room_id, rows=1)


# ---------------------------------------------------------------- following the stream


async def next_event_position(reader: Reader, after: int) -> int | None:
    """The position of the first event after `after`, of whatever room."""
    row = await reader.query_one("SELECT min(position) FROM events WHERE position > $1", after)
    return row[0] if row else None


async def events_after(reader: Reader, after: int, upto: int, limit: int) -> list[TimelineEvent]:
    """Events of all rooms with ``after < position <= upto``, oldest first."""
    sql = f"{SELECT_EVENTS} WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position LIMIT $3"
    return [entry_of(row) for row in await reader.query(sql, after, upto, limit)]


async def aliases_among(reader: Reader, room_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(alias, room id) of all aliases of some rooms (1,000 at most)."""
    places = ", ".join(f"${number}" for number in range(1, len(room_ids) + 1)) or "NULL"
    rows = await reader.query(f"SELECT alias, room_id FROM room_aliases WHERE room_id IN ({places})", *room_ids)
    return [(row[0], row[1]) for row in rows]


async def joined_after(reader: Reader, user_id: str, room_id: str, limit: int) -> list[tuple[str, str]]:
    """(user id, room id) of those who are in rooms, in that order, after that pair."""
    rows = await reader.query(
        "SELECT user_id, room_id FROM memberships WHERE membership = 'join'"
        " AND (user_id, room_id) > ($1, $2) ORDER BY user_id, room_id LIMIT $3",
        user_id,
        room_id,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def events_of_types(reader: Reader, types: Sequence[str], after: int, upto: int, limit: int) -> list[PlacedEvent]:
    """Events of those types in all rooms with ``after < position <= upto``, oldest first."""
    places = ", ".join(f"${number}" for number in range(4, len(types) + 4))
    rows = await reader.query(
        "SELECT e.position, e.event_id, e.pdu, r.version FROM events e JOIN rooms r ON r.room_id = e.room_id"
        f" WHERE e.position > $1 AND e.position <= $2 AND e.type IN ({places}) ORDER BY e.position LIMIT $3",
        after,
        upto,
        limit,
        *types,
    )
    return [PlacedEvent(row[0], load(msgspec.json.decode(row[2]), ROOM_VERSIONS[row[3]], row[1])) for row in rows]


async def last_to_write(reader: Reader, room_id: str, senders: Sequence[str]) -> str | None:
    """Who of these sent the newest message of a room."""
    places = ", ".join(f"${number}" for number in range(2, len(senders) + 2))
    row = await reader.query_one(
        "SELECT sender FROM events WHERE room_id = $1 AND type IN ('m.room.message', 'm.room.encrypted')"
        f" AND sender IN ({places}) ORDER BY position DESC LIMIT 1",
        room_id,
        *senders,
    )
    return None if row is None else row[0]


async def histories_of_entry(
    reader: Reader, room_ids: Sequence[str], event_type: str, state_key: str
) -> list[tuple[str, int, bytes]]:
    """(room id, position, PDU) of every event that an entry of the state has had in some rooms, oldest first."""
    places = ", ".join(f"${number}" for number in range(3, len(room_ids) + 3)) or "NULL"
    rows = await reader.query(
        "SELECT e.room_id, e.position, e.pdu FROM events e WHERE e.type = $1 AND e.state_key = $2"
        f" AND e.room_id IN ({places}) ORDER BY e.position",
        event_type,
        state_key,
        *room_ids,
    )
    return [(row[0], row[1], row[2]) for row in rows]


# ---------------------------------------------------------------- the public list, and who can be found


async def listed_rooms(reader: Reader, only: Sequence[str] | None = None) -> dict[str, int]:
    """The rooms in the public list (or those of `only` that are), each with its number of members."""
    which = ""
    if only is not None:
        which = f" AND r.room_id IN ({', '.join(f'${number}' for number in range(1, len(only) + 1)) or 'NULL'})"
    rows = await reader.query(
        "SELECT r.room_id, (SELECT count(*) FROM memberships m WHERE m.room_id = r.room_id AND m.membership = 'join')"
        f" FROM rooms r WHERE r.is_public{which}",
        *(only or ()),
    )
    return {row[0]: row[1] for row in rows}


async def member_counts(reader: Reader, room_ids: Sequence[str]) -> dict[str, int]:
    """How many are in each of some rooms (1,000 at most); a room that is not there is left out."""
    places = ", ".join(f"${number}" for number in range(1, len(room_ids) + 1)) or "NULL"
    rows = await reader.query(
        "SELECT r.room_id, (SELECT count(*) FROM memberships m WHERE m.room_id = r.room_id AND m.membership = 'join')"
        f" FROM rooms r WHERE r.room_id IN ({places})",
        *room_ids,
    )
    return {row[0]: row[1] for row in rows}


async def is_listed(reader: Reader, room_id: str) -> bool | None:
    """Whether a room is in the public list; `None` where there is no such room."""
    row = await reader.query_one("SELECT is_public FROM rooms WHERE room_id = $1", room_id)
    return None if row is None else bool(row[0])


def set_listed(write: Write, room_id: str, *, listed: bool) -> None:
    """Put a room on the public list, or take it off."""
    write.add("UPDATE rooms SET is_public = $2 WHERE room_id = $1", room_id, listed, rows=1)


async def joined_among(reader: Reader, user_ids: Sequence[str], limit: int) -> list[tuple[str, str]]:
    """(user id, room id) of rooms that some users are in, at most `limit`."""
    places = ", ".join(f"${number}" for number in range(2, len(user_ids) + 2)) or "NULL"
    rows = await reader.query(
        f"SELECT user_id, room_id FROM memberships WHERE user_id IN ({places}) AND membership = 'join' LIMIT $1",
        limit,
        *user_ids,
    )
    return [(row[0], row[1]) for row in rows]


# ---------------------------------------------------------------- removing old events

KEPT_TYPES = (
    "'m.room.create', 'm.room.member', 'm.room.power_levels', 'm.room.join_rules', 'm.room.third_party_invite',"
    " 'm.room.history_visibility'"
)
"""State of which every event stays: what was allowed, and who could see what, follows from it."""


class Prunable(msgspec.Struct, frozen=True):
    """An event that may be removed; what it redacts, where it is a redaction."""

    position: int
    event_id: str
    is_state: bool
    redacts: str | None


async def rooms_after(reader: Reader, room_id: str, limit: int) -> list[str]:
    """Ids of rooms, in order, after that one."""
    rows = await reader.query("SELECT room_id FROM rooms WHERE room_id > $1 ORDER BY room_id LIMIT $2", room_id, limit)
    return [row[0] for row in rows]


async def count_rooms(driver: Driver) -> int:
    """How many rooms there are."""
    rows = await driver.query_long("SELECT count(*) FROM rooms")
    return int(rows[0][0])


async def pruned_upto(reader: Reader, room_id: str) -> int:
    """Up to which position events of a room were removed, 0 where none was."""
    row = await reader.query_one("SELECT pruned_upto FROM rooms WHERE room_id = $1", room_id)
    return row[0] if row else 0


async def first_of_type(reader: Reader, room_id: str, event_type: str, position: int) -> bytes | None:
    """The first event of a type from a position on, as it is stored."""
    row = await reader.query_one(
        "SELECT pdu FROM events WHERE room_id = $1 AND position >= $2 AND type = $3 ORDER BY position LIMIT 1",
        room_id,
        position,
        event_type,
    )
    return row[0] if row else None


async def prunable(reader: Reader, room_id: str, before_ts: int, after: int, newest: int, limit: int) -> list[Prunable]:
    """Events with ``after < position < newest``, sent before then, that are no state, or state that was replaced."""
    rows = await reader.query(
        "SELECT e.position, e.event_id, e.state_key IS NOT NULL, CASE WHEN e.type = 'm.room.redaction' THEN e.pdu END"
        " FROM events e WHERE e.room_id = $1 AND e.origin_server_ts < $2 AND e.position > $3 AND e.position < $4"
        f" AND (e.state_key IS NULL OR (e.type NOT IN ({KEPT_TYPES}) AND EXISTS (SELECT 1 FROM events n"
        " WHERE n.room_id = e.room_id AND n.type = e.type AND n.state_key = e.state_key"
        " AND n.position > e.position AND n.origin_server_ts < $2))) ORDER BY e.position LIMIT $5",
        room_id,
        before_ts,
        after,
        newest,
        limit,
    )
    return [Prunable(row[0], row[1], bool(row[2]), _redacts(row[3])) for row in rows]


def _redacts(pdu: bytes | None) -> str | None:
    if pdu is None:
        return None
    event = msgspec.json.decode(pdu)
    target = event.get("redacts") or event.get("content", {}).get("redacts")
    return target if isinstance(target, str) else None


def remove_events(write: Write, room_id: str, events: Sequence[Prunable]) -> None:
    """Remove these events; the room remembers up to where."""
    for event in events:
        if event.is_state:
            # Its content stands in ``unsigned`` of the one that replaced it, too.
            write.add(
                "UPDATE events SET unsigned = NULL WHERE position = (SELECT min(n.position) FROM events n, events e"
                " WHERE e.position = $1 AND n.room_id = $2 AND n.type = e.type AND n.state_key = e.state_key"
                " AND n.position > e.position)",
                event.position,
                room_id,
            )
    places = ", ".join(f"${number}" for number in range(2, len(events) + 2))
    positions = [event.position for event in events]
    write.add(f"DELETE FROM events WHERE room_id = $1 AND position IN ({places})", room_id, *positions)
    write.add("UPDATE rooms SET pruned_upto = $2 WHERE room_id = $1 AND pruned_upto < $2", room_id, max(positions))


# ---------------------------------------------------------------- removing rooms


class RoomMembership(msgspec.Struct, frozen=True):
    """A user's newest membership in the room in question, and the position of its event."""

    user_id: str
    membership: str
    position: int


async def room_size(driver: Driver, room_id: str) -> int | None:
    """How many memberships and events a room has, `None` where there is no such room."""
    rows = await driver.query_long(
        "SELECT (SELECT count(*) FROM memberships WHERE room_id = $1) + (SELECT count(*) FROM events"
        " WHERE room_id = $1) FROM rooms WHERE room_id = $1",
        room_id,
    )
    return int(rows[0][0]) if rows else None


async def users_present(reader: Reader, room_id: str, limit: int) -> list[str]:
    """Some of those who are in a room, or are invited, or knock."""
    rows = await reader.query(
        "SELECT user_id FROM memberships WHERE room_id = $1 AND membership IN ('join', 'invite', 'knock') LIMIT $2",
        room_id,
        limit,
    )
    return [row[0] for row in rows]


async def memberships_in(reader: Reader, room_id: str, limit: int) -> list[RoomMembership]:
    """Some of the memberships of a room."""
    rows = await reader.query(
        "SELECT user_id, membership, position FROM memberships WHERE room_id = $1 LIMIT $2", room_id, limit
    )
    return [RoomMembership(*row) for row in rows]


def delete_memberships(write: Write, room_id: str, user_ids: Sequence[str]) -> None:
    """Remove the memberships of some users (1,000 at most)."""
    places = ", ".join(f"${number}" for number in range(2, len(user_ids) + 2))
    write.add(f"DELETE FROM memberships WHERE room_id = $1 AND user_id IN ({places})", room_id, *user_ids)


def delete_room(write: Write, room_id: str) -> None:
    """Remove the room itself, and its aliases."""
    write.add("DELETE FROM room_aliases WHERE room_id = $1", room_id)
    write.add("DELETE FROM rooms WHERE room_id = $1", room_id)
