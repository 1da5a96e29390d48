"""All SQL of application services."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from roomkeeper.core.appservices.models import Pending, Progress
from roomkeeper.platform.database import Reader, Write

BATCH: Final = 500
"""Parameters in one IN list."""

Member = tuple[str, str]
"""Room id, user id."""

# ---------------------------------------------------------------- progress


async def load_progress(reader: Reader, service_id: str) -> Progress | None:
    """How far a service has come, `None` for one that is new."""
    sql = "SELECT reached, transaction_id, fingerprint FROM appservices WHERE service_id = $1"
    row = await reader.query_one(sql, service_id)
    return Progress(*row) if row else None


def put_progress(write: Write, service_id: str, progress: Progress) -> None:
    """Begin, or begin anew."""
    write.add(
        "INSERT INTO appservices (service_id, reached, transaction_id, fingerprint) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (service_id) DO UPDATE SET reached = $2, transaction_id = $3, fingerprint = $4",
        service_id,
        *progress,
        rows=1,
    )


def move(write: Write, service_id: str, before: int, after: int) -> None:
    """Note how far the stream was looked through; fails where that was not `before`."""
    sql = "UPDATE appservices SET reached = $3 WHERE service_id = $1 AND reached = $2"
    write.add(sql, service_id, before, after, rows=1)


def begin_transaction(write: Write, service_id: str, transaction_id: int, body: bytes) -> None:
    """Keep a transaction until it is accepted; fails where there is one, or its id is not a new one."""
    sql = "UPDATE appservices SET transaction_id = $2 WHERE service_id = $1 AND transaction_id < $2"
    write.add(sql, service_id, transaction_id, rows=1)
    sql = "INSERT INTO appservice_transactions (service_id, transaction_id, body) VALUES ($1, $2, $3)"
    write.add(sql, service_id, transaction_id, body, rows=1)


def end_transaction(write: Write, service_id: str, transaction_id: int) -> None:
    """The service has accepted it."""
    sql = "DELETE FROM appservice_transactions WHERE service_id = $1 AND transaction_id = $2"
    write.add(sql, service_id, transaction_id, rows=1)


async def find_transaction(reader: Reader, service_id: str) -> Pending | None:
    """What the service has not accepted yet."""
    sql = "SELECT transaction_id, body FROM appservice_transactions WHERE service_id = $1"
    row = await reader.query_one(sql, service_id)
    return Pending(row[0], bytes(row[1]), 0) if row else None


# ---------------------------------------------------------------- members


async def members_in(reader: Reader, service_id: str, room_ids: Collection[str]) -> dict[str, int]:
    """How many of the service's users are in each of some rooms; those without any are left out."""
    found: dict[str, int] = {}
    for places, batch in _batches(sorted(room_ids)):
        rows = await reader.query(
            "SELECT room_id, count(*) FROM appservice_members WHERE service_id = $1"
            f" AND room_id IN ({places}) GROUP BY room_id",
            service_id,
            *batch,
        )
        found.update((row[0], row[1]) for row in rows)
    return found


async def is_member(reader: Reader, service_id: str, room_id: str, user_id: str) -> bool:
    """Whether one of the service's users is in a room."""
    sql = "SELECT 1 FROM appservice_members WHERE service_id = $1 AND room_id = $2 AND user_id = $3"
    return await reader.query_one(sql, service_id, room_id, user_id) is not None


def insert_members(write: Write, service_id: str, members: Iterable[Member]) -> None:
    """Users of the service who are in rooms now."""
    for room_id, user_id in members:
        write.add(
            "INSERT INTO appservice_members (service_id, room_id, user_id) VALUES ($1, $2, $3)"
            " ON CONFLICT (service_id, room_id, user_id) DO NOTHING",
            service_id,
            room_id,
            user_id,
        )


def delete_member(write: Write, service_id: str, room_id: str, user_id: str) -> None:
    """A user of the service who is in a room no more."""
    sql = "DELETE FROM appservice_members WHERE service_id = $1 AND room_id = $2 AND user_id = $3"
    write.add(sql, service_id, room_id, user_id)


def delete_members(write: Write, service_id: str) -> None:
    """Forget all of a service."""
    write.add("DELETE FROM appservice_members WHERE service_id = $1", service_id)


# ---------------------------------------------------------------- room lists


async def networks(reader: Reader) -> list[tuple[str, str]]:
    """(service id, network id) of all lists."""
    rows = await reader.query("SELECT DISTINCT service_id, network_id FROM appservice_rooms LIMIT 100000")
    return [(row[0], row[1]) for row in rows]


async def rooms_listed(reader: Reader, service_id: str, network_id: str) -> list[str]:
    """The rooms of one list."""
    sql = "SELECT room_id FROM appservice_rooms WHERE service_id = $1 AND network_id = $2"
    return [row[0] for row in await reader.query(sql, service_id, network_id)]


async def all_rooms_listed(reader: Reader) -> list[str]:
    """The rooms of all lists."""
    return [row[0] for row in await reader.query("SELECT DISTINCT room_id FROM appservice_rooms")]


async def count_listed(reader: Reader, service_id: str) -> int:
    """How many rooms are in a service's lists."""
    row = await reader.query_one("SELECT count(*) FROM appservice_rooms WHERE service_id = $1", service_id)
    return row[0] if row else 0


def insert_listed(write: Write, service_id: str, network_id: str, room_id: str) -> None:
    """Put a room on a list."""
    write.add(
        "INSERT INTO appservice_rooms (service_id, network_id, room_id) VALUES ($1, $2, $3)"
        " ON CONFLICT (service_id, network_id, room_id) DO NOTHING",
        service_id,
        network_id,
        room_id,
    )


def delete_listed(write: Write, service_id: str, network_id: str, room_id: str) -> None:
    """Take a room off a list."""
    sql = "DELETE FROM appservice_rooms WHERE service_id = $1 AND network_id = $2 AND room_id = $3"
    write.add(sql, service_id, network_id, room_id)


def _batches(values: Sequence[str]) -> Iterable[tuple[str, Sequence[str]]]:
    """Placeholders from $2 on, and what they stand for."""
    for start in range(0, len(values), BATCH):
        batch = values[start : start + BATCH]
        yield ", ".join(f"${number}" for number in range(2, len(batch) + 2)), batch
