"""The SQL of notes about customers."""

from __future__ import annotations

from roomkeeper.core.organisation.models import Note
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "note_id, customer_id, author_id, body, created_ts"


def insert(write: Write, note: Note) -> None:
    """A new note."""
    write.add(
        f"INSERT INTO customer_notes ({COLUMNS}) VALUES ($1, $2, $3, $4, $5)",
        note.note_id,
        note.customer_id,
        note.author_id,
        note.body,
        note.created_ts,
        rows=1,
    )


def delete(write: Write, note_id: str) -> None:
    """Remove a note; fails where it is not there."""
    write.add("DELETE FROM customer_notes WHERE note_id = $1", note_id, rows=1)


async def find(reader: Reader, note_id: str) -> Note | None:
    """One note."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM customer_notes WHERE note_id = $1", note_id)
    return None if row is None else _note(row)


async def page(reader: Reader, customer_id: str, before: str, limit: int) -> list[Note]:
    """The notes about a customer, the newest first, before the id of one (empty: from the newest on)."""
    rows = await reader.query(
        f"SELECT {COLUMNS} FROM customer_notes WHERE customer_id = $1 AND (CAST($2 AS TEXT) = '' OR note_id < $2)"
        " ORDER BY note_id DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [_note(row) for row in rows]


async def count(reader: Reader, customer_id: str) -> int:
    """How many notes there are about a customer."""
    row = await reader.query_one("SELECT count(*) FROM customer_notes WHERE customer_id = $1", customer_id)
    return int(row[0]) if row else 0


async def departments_around(reader: Reader, customer_id: str) -> list[str]:
    """The departments of those who have, or had, a customer as their contact."""
    rows = await reader.query(
        "SELECT DISTINCT m.department_id FROM contacts c JOIN department_members m ON m.user_id = c.staff_id"
        " WHERE c.customer_id = $1",
        customer_id,
    )
    return [row[0] for row in rows]


async def clear(reader: Reader, write: Write, user_id: str, limit: int) -> int:
    """See `rooms.UserCleaner`: what is noted about a customer goes with them."""
    found = "SELECT note_id FROM customer_notes WHERE customer_id = $1 ORDER BY note_id LIMIT $2"
    rows = await reader.query(found, user_id, limit)
    if rows:
        write.add(f"DELETE FROM customer_notes WHERE note_id IN ({found})", user_id, limit)
    return len(rows)


def _note(row: Row) -> Note:
    return Note(note_id=row[0], customer_id=row[1], author_id=row[2], body=row[3], created_ts=row[4])
