"""All SQL of receipts. Those of no thread have the thread id ''."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.ephemeral.receipts.models import READ_PRIVATE, Receipt
from roomkeeper.platform.database import Reader, Row, Write

MAX_SHOWN = 10_000
"""Receipts of one batch of rooms that a client which was away is shown; the newest."""


def upsert(write: Write, room_id: str, receipt: Receipt, event_position: int, position: int) -> None:
    """Move a receipt; nothing else may have moved it further since it was read."""
    write.add(
        "INSERT INTO receipts (room_id, user_id, type, thread_id, event_id, event_position, ts, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (room_id, user_id, type, thread_id)"
        " DO UPDATE SET event_id = $5, event_position = $6, ts = $7, position = $8",
        room_id,
        receipt.user_id,
        receipt.type,
        receipt.thread_id or "",
        receipt.event_id,
        event_position,
        receipt.ts,
        position,
        rows=1,
    )


async def event_position(reader: Reader, room_id: str, user_id: str, kind: str, thread_id: str | None) -> int:
    """The position of the event up to which a user has read, 0 where there is no such receipt."""
    sql = "SELECT event_position FROM receipts WHERE room_id = $1 AND user_id = $2 AND type = $3 AND thread_id = $4"
    row = await reader.query_one(sql, room_id, user_id, kind, thread_id or "")
    return row[0] if row else 0


async def read_up_to(reader: Reader, room_id: str, user_id: str) -> dict[str | None, int]:
    """The positions of the events up to which a user has read, by thread; `None` is the room as a whole."""
    sql = "SELECT thread_id, max(event_position) FROM receipts WHERE room_id = $1 AND user_id = $2 GROUP BY thread_id"
    return {row[0] or None: row[1] for row in await reader.query(sql, room_id, user_id)}


async def between(
    reader: Reader, room_ids: Sequence[str], user_id: str, after: int, upto: int
) -> list[tuple[int, str, Receipt]]:
    """(position, room id, receipt) of the receipts in some rooms that a user may see, oldest first."""
    places = ", ".join(f"${index}" for index in range(6, len(room_ids) + 6))
    sql = (
        "SELECT position, room_id, type, event_id, thread_id, user_id, ts FROM receipts"
        f" WHERE room_id IN ({places}) AND position > $1 AND position <= $2"
        " AND (type <> $3 OR user_id = $4) ORDER BY position DESC LIMIT $5"
    )
    rows = await reader.query(sql, after, upto, READ_PRIVATE, user_id, MAX_SHOWN, *room_ids)
    return [_placed(row) for row in reversed(rows)]


def _placed(row: Row) -> tuple[int, str, Receipt]:
    position, room_id, kind, event_id, thread_id, user_id, ts = row
    return position, room_id, Receipt(kind, event_id, thread_id or None, user_id, ts)
