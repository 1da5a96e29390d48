"""Where people are, and what beacons they have sent. The server's memory has it as well, a moment earlier."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.capabilities.safety.models import Position
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "user_id, latitude, longitude, accuracy, cell, ts, expires_ts, mode, source, is_approximate"
WIDTH = 10
SIZES = (50, 10, 1)
"""How many rows go into one statement: few different statements, few of them for many rows."""


def put(write: Write, rows: Sequence[tuple[str, int, Position]]) -> None:
    """Where people are now: user id, cell, position."""
    at = 0
    for size in SIZES:
        while len(rows) - at >= size:
            _put_some(write, rows[at : at + size])
            at += size


def _put_some(write: Write, rows: Sequence[tuple[str, int, Position]]) -> None:
    values = ", ".join(
        f"({', '.join(f'${number * WIDTH + each + 1}' for each in range(WIDTH))})" for number in range(len(rows))
    )
    changed = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", ")[1:])
    parameters: list[object] = []
    for user_id, cell, position in rows:
        parameters += (
            user_id,
            position.latitude,
            position.longitude,
            position.accuracy,
            cell,
            position.ts,
            position.expires_ts,
            position.mode,
            position.source,
            int(position.is_approximate),
        )
    write.add(
        f"INSERT INTO safety_positions ({COLUMNS}) VALUES {values} ON CONFLICT (user_id) DO UPDATE SET {changed}",
        *parameters,
        rows=len(rows),
    )


async def page(reader: Reader, after: str, limit: int) -> list[tuple[str, Position]]:
    """All there are, in the order of user ids."""
    sql = f"SELECT {COLUMNS} FROM safety_positions WHERE user_id > $1 ORDER BY user_id LIMIT $2"
    return [_position(row) for row in await reader.query(sql, after, limit)]


async def in_cells(reader: Reader, cells: Sequence[int]) -> list[tuple[str, Position]]:
    """Who is in one of these cells (500 at most)."""
    names = ", ".join(f"${number}" for number in range(1, 1 + len(cells)))
    sql = f"SELECT {COLUMNS} FROM safety_positions WHERE cell IN ({names})"
    return [_position(row) for row in await reader.query(sql, *cells)]


def _position(row: Row) -> tuple[str, Position]:
    position = Position(
        latitude=row[1],
        longitude=row[2],
        accuracy=row[3],
        ts=row[5],
        expires_ts=row[6],
        mode=row[7],
        source=row[8],
        is_approximate=bool(row[9]),
    )
    return row[0], position


def delete(write: Write, user_id: str) -> None:
    """That nothing is known of somebody."""
    write.add("DELETE FROM safety_positions WHERE user_id = $1", user_id)


def delete_expired(write: Write, now: int) -> None:
    """Let go of what counts no more."""
    write.add("DELETE FROM safety_positions WHERE expires_ts <= $1", now)


# ------------------------------------------------------------ rooms for beacons


async def location_room(reader: Reader, user_id: str) -> str | None:
    """The room in which somebody shares where they are, by a client that knows nothing of safety."""
    row = await reader.query_one("SELECT room_id FROM safety_location_rooms WHERE user_id = $1", user_id)
    return None if row is None else row[0]


def put_location_room(write: Write, user_id: str, room_id: str) -> None:
    """Which room that is."""
    write.add(
        "INSERT INTO safety_location_rooms (user_id, room_id) VALUES ($1, $2)"
        " ON CONFLICT (user_id) DO UPDATE SET room_id = excluded.room_id",
        user_id,
        room_id,
        rows=1,
    )


def delete_location_room(write: Write, user_id: str) -> None:
    """That there is none."""
    write.add("DELETE FROM safety_location_rooms WHERE user_id = $1", user_id)


def note_beacon(write: Write, event_id: str, room_id: str, user_id: str, ts: int) -> None:
    """That an event has a position in it, which is to go."""
    write.add(
        "INSERT INTO safety_beacons (event_id, room_id, user_id, ts) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (event_id) DO NOTHING",
        event_id,
        room_id,
        user_id,
        ts,
    )


async def beacons_in(reader: Reader, room_id: str, user_id: str | None, limit: int) -> list[tuple[str, str]]:
    """The beacons of a room (of somebody), the oldest first: event id, user id."""
    where, parameters = "room_id = $1", [room_id]
    if user_id is not None:
        where, parameters = "room_id = $1 AND user_id = $3", [room_id, user_id]
    sql = f"SELECT event_id, user_id FROM safety_beacons WHERE {where} ORDER BY ts, event_id LIMIT $2"
    return [(row[0], row[1]) for row in await reader.query(sql, parameters[0], limit, *parameters[1:])]


async def beacon_senders(reader: Reader, after: tuple[str, str], limit: int) -> list[tuple[str, str]]:
    """Rooms and users of which there are beacons, in order, after those."""
    sql = (
        "SELECT room_id, user_id FROM safety_beacons WHERE (room_id, user_id) > ($1, $2) GROUP BY room_id, user_id"
        " ORDER BY room_id, user_id LIMIT $3"
    )
    return [(row[0], row[1]) for row in await reader.query(sql, *after, limit)]


async def rooms_with_beacons(reader: Reader, user_id: str, limit: int) -> list[str]:
    """The rooms in which there are beacons of somebody."""
    sql = "SELECT DISTINCT room_id FROM safety_beacons WHERE user_id = $1 ORDER BY room_id LIMIT $2"
    return [row[0] for row in await reader.query(sql, user_id, limit)]


def forget_beacon(write: Write, event_id: str) -> None:
    """That it is gone."""
    write.add("DELETE FROM safety_beacons WHERE event_id = $1", event_id)


# ------------------------------------------------------------ the account of safety


async def accounts(reader: Reader) -> list[str]:
    """The accounts that make the rooms, those under earlier names among them."""
    return [row[0] for row in await reader.query("SELECT user_id FROM safety_accounts ORDER BY user_id LIMIT 100")]


def insert_account(write: Write, user_id: str) -> None:
    """One more."""
    write.add("INSERT INTO safety_accounts (user_id) VALUES ($1)", user_id, rows=1)
