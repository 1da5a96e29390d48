"""What happens, who is asked, who is responsible, whose reports were false."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.capabilities.safety.geometry import Area
from roomkeeper.capabilities.safety.models import (
    Asked,
    AskedState,
    Details,
    Event,
    EventState,
    Kind,
    OrganisationAccount,
    Strike,
    Wanted,
)
from roomkeeper.platform.database import Reader, Write

EVENT = "event_id, kind, state, source, source_key, raised_by, room_id, due_ts, created_ts, updated_ts, details"
ASKED = "event_id, user_id, role, reason, place, state, room_id, found_ts, asked_ts, answered_ts"

# ------------------------------------------------------------ events


def insert_event(write: Write, event: Event) -> None:
    """A new one; fails where there is one of the same source."""
    write.add(
        f"INSERT INTO safety_events ({EVENT}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        event.event_id,
        event.kind,
        event.state,
        event.source,
        event.source_key,
        event.raised_by,
        event.room_id,
        event.due_ts,
        event.created_ts,
        event.updated_ts,
        msgspec.json.encode(event.details).decode(),
        rows=1,
    )


def update_event(write: Write, before: EventState, event: Event) -> None:
    """What may change of one; fails where it is not in the state `before`."""
    write.add(
        "UPDATE safety_events SET state = $3, source_key = $4, room_id = $5, due_ts = $6, updated_ts = $7, details = $8"
        " WHERE event_id = $1 AND state = $2",
        event.event_id,
        before,
        event.state,
        event.source_key,
        event.room_id,
        event.due_ts,
        event.updated_ts,
        msgspec.json.encode(event.details).decode(),
        rows=1,
    )


async def find_event(reader: Reader, event_id: str) -> Event | None:
    """One of them."""
    return _first(await _events(reader, "event_id = $1", event_id))


async def event_of_source(reader: Reader, source_key: str) -> Event | None:
    """The one that a feed calls so."""
    return _first(await _events(reader, "source_key = $1", source_key))


async def event_of_room(reader: Reader, room_id: str) -> Event | None:
    """The one whose group that is."""
    return _first(await _events(reader, "room_id = $1", room_id))


async def recent_open(reader: Reader, kind: Kind, since_ts: int, limit: int) -> list[Event]:
    """Those of a kind that are open, and not older than that, the newest first."""
    where = "kind = $1 AND state IN ('open', 'handled') AND updated_ts >= $2 ORDER BY created_ts DESC LIMIT $3"
    return await _events(reader, where, kind, since_ts, limit)


async def due(reader: Reader, now: int, limit: int) -> list[Event]:
    """Those about which something is to be done."""
    return await _events(reader, "due_ts <= $1 ORDER BY due_ts LIMIT $2", now, limit)


async def next_due(reader: Reader) -> int | None:
    """When something is to be done next."""
    row = await reader.query_one("SELECT min(due_ts) FROM safety_events")
    return None if row is None else row[0]


async def count_raised(reader: Reader, user_id: str, since_ts: int) -> int:
    """How many somebody has raised since then."""
    sql = "SELECT count(*) FROM safety_events WHERE raised_by = $1 AND created_ts >= $2"
    row = await reader.query_one(sql, user_id, since_ts)
    return 0 if row is None else int(row[0])


async def raised_by(reader: Reader, user_id: str, limit: int) -> list[Event]:
    """Those of somebody, the newest first."""
    return await _events(reader, "raised_by = $1 ORDER BY created_ts DESC LIMIT $2", user_id, limit)


async def page_events(
    reader: Reader, user_id: str | None, before: tuple[int, str] | None, limit: int, wanted: Wanted
) -> list[Event]:
    """Events, the newest first: those that somebody has raised, or is in or asked into (`None`: all)."""
    conditions, parameters = ["1 = 1"], list[Any]()

    def place(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    if user_id is not None:
        asked = (
            f"SELECT a.event_id FROM safety_asked a WHERE a.user_id = {place(user_id)}"
            " AND a.state IN ('asked', 'confirmed')"
        )
        conditions.append(f"(raised_by = {place(user_id)} OR event_id IN ({asked}))")
    if wanted.open:
        conditions.append("state IN ('open', 'handled')")
    for column, value in (("kind", wanted.kind), ("state", wanted.state), ("source", wanted.source)):
        if value is not None:
            conditions.append(f"{column} = {place(value)}")
    if before is not None:
        conditions.append(f"(created_ts, event_id) < ({place(before[0])}, {place(before[1])})")
    where = f"{' AND '.join(conditions)} ORDER BY created_ts DESC, event_id DESC LIMIT {place(limit)}"
    return await _events(reader, where, *parameters)


def delete_event(write: Write, event_id: str) -> None:
    """Let go of one with all that belongs to it, but for whether it was false."""
    for table in ("safety_events", "safety_asked", "safety_asked_for"):
        write.add(f"DELETE FROM {table} WHERE event_id = $1", event_id)


async def _events(reader: Reader, where: str, *parameters: Any) -> list[Event]:
    rows = await reader.query(f"SELECT {EVENT} FROM safety_events WHERE {where}", *parameters)
    return [
        Event(
            event_id=row[0],
            kind=row[1],
            state=row[2],
            source=row[3],
            source_key=row[4],
            raised_by=row[5],
            room_id=row[6],
            due_ts=row[7],
            created_ts=row[8],
            updated_ts=row[9],
            details=msgspec.json.decode(row[10], type=Details),
        )
        for row in rows
    ]


def _first(found: list[Event]) -> Event | None:
    return found[0] if found else None


# ------------------------------------------------------------ who is asked


def insert_asked(write: Write, asked: Asked) -> None:
    """Somebody who was found; nothing where they were already."""
    write.add(
        f"INSERT INTO safety_asked ({ASKED}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (event_id, user_id) DO NOTHING",
        asked.event_id,
        asked.user_id,
        asked.role,
        asked.reason,
        asked.place,
        asked.state,
        asked.room_id,
        asked.found_ts,
        asked.asked_ts,
        asked.answered_ts,
        append=True,
    )


def update_asked(write: Write, before: AskedState, asked: Asked) -> None:
    """What may change of one; fails where it is not in the state `before`."""
    write.add(
        "UPDATE safety_asked SET role = $4, reason = $5, state = $6, room_id = $7, asked_ts = $8, answered_ts = $9"
        " WHERE event_id = $1 AND user_id = $2 AND state = $3",
        asked.event_id,
        asked.user_id,
        before,
        asked.role,
        asked.reason,
        asked.state,
        asked.room_id,
        asked.asked_ts,
        asked.answered_ts,
        rows=1,
    )


async def find_asked(reader: Reader, event_id: str, user_id: str) -> Asked | None:
    """Somebody who was found for an event."""
    found = await _asked(reader, "event_id = $1 AND user_id = $2", event_id, user_id)
    return found[0] if found else None


async def asked_in(reader: Reader, room_id: str) -> Asked | None:
    """Who is asked by the invitation to that room."""
    found = await _asked(reader, "room_id = $1", room_id)
    return found[0] if found else None


async def asked_of(reader: Reader, event_id: str, state: AskedState, limit: int) -> list[Asked]:
    """Those of an event in that state, in the order in which they are to be asked."""
    where = "event_id = $1 AND state = $2 ORDER BY place, user_id LIMIT $3"
    return await _asked(reader, where, event_id, state, limit)


async def asked_rooms(reader: Reader, event_id: str, limit: int) -> list[str]:
    """The rooms of invitations of an event."""
    sql = "SELECT room_id FROM safety_asked WHERE event_id = $1 AND room_id IS NOT NULL ORDER BY room_id LIMIT $2"
    return [row[0] for row in await reader.query(sql, event_id, limit)]


async def asks_of(reader: Reader, user_id: str, limit: int) -> list[Asked]:
    """For which events somebody was asked."""
    where = "user_id = $1 AND state <> 'waiting' ORDER BY found_ts DESC LIMIT $2"
    return await _asked(reader, where, user_id, limit)


async def page_asked(reader: Reader, event_id: str, after: tuple[int, str] | None, limit: int) -> list[Asked]:
    """Everybody who was found for an event, in the order in which they are asked."""
    if after is None:
        return await _asked(reader, "event_id = $1 ORDER BY place, user_id LIMIT $2", event_id, limit)
    where = "event_id = $1 AND (place, user_id) > ($2, $3) ORDER BY place, user_id LIMIT $4"
    return await _asked(reader, where, event_id, *after, limit)


async def states_since(reader: Reader, event_id: str) -> list[tuple[str, int]]:
    """How many who were found for events from that one on are in each state; without those who raised them."""
    sql = "SELECT state, count(*) FROM safety_asked WHERE event_id >= $1 AND reason <> 'raised' GROUP BY state"
    return [(row[0], int(row[1])) for row in await reader.query(sql, event_id)]


async def raised_since(reader: Reader, since_ts: int, limit: int) -> list[int]:
    """When events were raised since then, which nobody has taken back, the newest first."""
    sql = (
        "SELECT created_ts FROM safety_events WHERE created_ts >= $1 AND state <> 'cancelled'"
        " ORDER BY created_ts DESC LIMIT $2"
    )
    return [int(row[0]) for row in await reader.query(sql, since_ts, limit)]


async def live_states(reader: Reader) -> list[tuple[str, int]]:
    """How many events are in each state in which they are not over."""
    sql = (
        "SELECT state, count(*) FROM safety_events WHERE state IN ('countdown', 'open', 'handled', 'resolved')"
        " GROUP BY state"
    )
    return [(row[0], int(row[1])) for row in await reader.query(sql)]


async def known_of(reader: Reader, event_id: str) -> dict[str, AskedState]:
    """Who was found for an event, and what became of them; they are bounded as they are found."""
    sql = "SELECT user_id, state FROM safety_asked WHERE event_id = $1"
    return {row[0]: row[1] for row in await reader.query(sql, event_id)}


async def counts_of(reader: Reader, event_id: str) -> list[tuple[str, str, int]]:
    """How many of each role are in each state."""
    sql = "SELECT role, state, count(*) FROM safety_asked WHERE event_id = $1 GROUP BY role, state ORDER BY role, state"
    return [(row[0], row[1], int(row[2])) for row in await reader.query(sql, event_id)]


async def _asked(reader: Reader, where: str, *parameters: Any) -> list[Asked]:
    rows = await reader.query(f"SELECT {ASKED} FROM safety_asked WHERE {where}", *parameters)
    return [
        Asked(
            event_id=row[0],
            user_id=row[1],
            role=row[2],
            reason=row[3],
            place=row[4],
            state=row[5],
            room_id=row[6],
            found_ts=row[7],
            asked_ts=row[8],
            answered_ts=row[9],
        )
        for row in rows
    ]


def note_asked_for(write: Write, followed: str, event_id: str, follower: str, now: int) -> None:
    """That a follower was asked because of whom they follow."""
    write.add(
        "INSERT INTO safety_asked_for (followed, event_id, follower, ts) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (followed, event_id, follower) DO NOTHING",
        followed,
        event_id,
        follower,
        now,
    )


async def asked_for(reader: Reader, event_id: str, follower: str) -> list[str]:
    """Because of whom somebody is asked."""
    sql = "SELECT followed FROM safety_asked_for WHERE event_id = $1 AND follower = $2 ORDER BY followed"
    return [row[0] for row in await reader.query(sql, event_id, follower)]


async def asked_because_of(reader: Reader, followed: str, limit: int) -> list[tuple[str, str, int]]:
    """Who was asked because of somebody: event id, follower, when."""
    sql = "SELECT event_id, follower, ts FROM safety_asked_for WHERE followed = $1 ORDER BY ts DESC LIMIT $2"
    return [(row[0], row[1], int(row[2])) for row in await reader.query(sql, followed, limit)]


def delete_of_user(write: Write, user_id: str) -> None:
    """That somebody was ever found, or that somebody was asked because of them."""
    write.add("DELETE FROM safety_asked WHERE user_id = $1", user_id)
    write.add("DELETE FROM safety_asked_for WHERE followed = $1 OR follower = $2", user_id, user_id)
    write.add("DELETE FROM safety_strikes WHERE user_id = $1", user_id)
    write.add("DELETE FROM safety_organisations WHERE user_id = $1", user_id)


async def has_any(reader: Reader, user_id: str) -> bool:
    """Whether there is anything of that."""
    sql = (
        "SELECT 1 FROM safety_asked WHERE user_id = $1 UNION ALL SELECT 1 FROM safety_asked_for WHERE followed = $2"
        " UNION ALL SELECT 1 FROM safety_asked_for WHERE follower = $3"
        " UNION ALL SELECT 1 FROM safety_strikes WHERE user_id = $4"
        " UNION ALL SELECT 1 FROM safety_organisations WHERE user_id = $5 LIMIT 1"
    )
    return await reader.query_one(sql, *[user_id] * 5) is not None


# ------------------------------------------------------------ who is responsible


def put_organisation(write: Write, organisation: OrganisationAccount) -> None:
    """Who is responsible for what."""
    write.add(
        "INSERT INTO safety_organisations (user_id, name, area, kinds, changed_by, changed_ts)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET name = excluded.name,"
        " area = excluded.area, kinds = excluded.kinds, changed_by = excluded.changed_by,"
        " changed_ts = excluded.changed_ts",
        organisation.user_id,
        organisation.name,
        msgspec.json.encode(organisation.area).decode(),
        msgspec.json.encode(organisation.kinds).decode(),
        organisation.changed_by,
        organisation.changed_ts,
        rows=1,
    )


def delete_organisation(write: Write, user_id: str) -> None:
    """That somebody is not responsible any more."""
    write.add("DELETE FROM safety_organisations WHERE user_id = $1", user_id)


async def organisations(reader: Reader, limit: int) -> list[OrganisationAccount]:
    """All who are responsible for something."""
    sql = (
        "SELECT user_id, name, area, kinds, changed_by, changed_ts FROM safety_organisations ORDER BY user_id LIMIT $1"
    )
    return [
        OrganisationAccount(
            user_id=row[0],
            name=row[1],
            area=msgspec.json.decode(row[2], type=Area),
            kinds=msgspec.json.decode(row[3], type=tuple[Kind, ...]),
            changed_by=row[4],
            changed_ts=row[5],
        )
        for row in await reader.query(sql, limit)
    ]


# ------------------------------------------------------------ false reports


def insert_strike(write: Write, strike: Strike) -> None:
    """That a report was false; nothing where that is known."""
    write.add(
        "INSERT INTO safety_strikes (event_id, user_id, reason, given_by, ts) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (event_id) DO NOTHING",
        strike.event_id,
        strike.user_id,
        strike.reason,
        strike.given_by,
        strike.ts,
    )


async def strikes_of(reader: Reader, user_id: str, since_ts: int, limit: int) -> list[Strike]:
    """Somebody's since then, the newest first."""
    sql = (
        "SELECT event_id, user_id, reason, given_by, ts FROM safety_strikes WHERE user_id = $1 AND ts >= $2"
        " ORDER BY ts DESC LIMIT $3"
    )
    return [
        Strike(event_id=row[0], user_id=row[1], reason=row[2], given_by=row[3], ts=row[4])
        for row in await reader.query(sql, user_id, since_ts, limit)
    ]


def forget_strikes(write: Write, before_ts: int) -> None:
    """Let go of old ones."""
    write.add("DELETE FROM safety_strikes WHERE ts < $1", before_ts)
