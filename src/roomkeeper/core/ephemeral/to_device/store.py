"""All SQL of messages to devices.

A message's `id` is the position at which it was sent, and orders those of a device; its `position` is the one at which
it is shown, which is later where it had to wait for others.
"""

from __future__ import annotations

from roomkeeper.platform.database import Driver, Reader, Write


def insert(write: Write, user_id: str, device_id: str, position: int, event: bytes) -> None:
    """A new message."""
    sql = "INSERT INTO to_device (user_id, device_id, id, position, event) VALUES ($1, $2, $3, $3, $4)"
    write.add(sql, user_id, device_id, position, event, rows=1, append=True)


def delete_upto(write: Write, user_id: str, device_id: str, position: int) -> None:
    """Delete what has been delivered."""
    write.add(
        "DELETE FROM to_device WHERE user_id = $1 AND device_id = $2 AND position <= $3", user_id, device_id, position
    )


def delete_device(write: Write, user_id: str, device_id: str) -> None:
    """Delete everything for a device."""
    write.add("DELETE FROM to_device WHERE user_id = $1 AND device_id = $2", user_id, device_id)


def postpone(write: Write, user_id: str, device_id: str, after_id: int, upto: int, position: int) -> None:
    """Show what comes after one message, and would be shown up to position `upto`, at `position` instead."""
    write.add(
        "UPDATE to_device SET position = $5 WHERE user_id = $1 AND device_id = $2 AND id > $3 AND position <= $4",
        user_id,
        device_id,
        after_id,
        upto,
        position,
    )


async def between(
    reader: Reader, user_id: str, device_id: str, after: int, upto: int, limit: int
) -> list[tuple[int, bytes]]:
    """(id, event) of a device's messages after one position up to another, oldest first."""
    sql = (
        "SELECT id, event FROM to_device WHERE user_id = $1 AND device_id = $2"
        " AND position > $3 AND position <= $4 ORDER BY id LIMIT $5"
    )
    rows = await reader.query(sql, user_id, device_id, after, upto, limit)
    return [(row[0], row[1]) for row in rows]


async def count(reader: Reader, user_id: str, device_id: str) -> int:
    """How many messages wait for a device."""
    row = await reader.query_one(
        "SELECT count(*) FROM to_device WHERE user_id = $1 AND device_id = $2", user_id, device_id
    )
    return row[0] if row else 0


async def undeleted(driver: Driver) -> list[tuple[str, str, int, int, int]]:
    """(user id, device id, first and last position, number) of every device for which there are messages."""
    sql = "SELECT user_id, device_id, min(position), max(position), count(*) FROM to_device GROUP BY user_id, device_id"
    return [(row[0], row[1], row[2], row[3], row[4]) for row in await driver.query_long(sql)]
