"""All SQL of profiles: one row for each field, its value as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.platform.database import Reader, Write


async def find_fields(reader: Reader, user_id: str) -> dict[str, bytes]:
    """All fields of a profile, which is under 64 KiB."""
    rows = await reader.query("SELECT field, value FROM profile_fields WHERE user_id = $1 ORDER BY field", user_id)
    return {row[0]: bytes(row[1]) for row in rows}


async def find_field(reader: Reader, user_id: str, field: str) -> bytes | None:
    """One field of a profile."""
    sql = "SELECT value FROM profile_fields WHERE user_id = $1 AND field = $2"
    row = await reader.query_one(sql, user_id, field)
    return bytes(row[0]) if row else None


async def field_of_several(reader: Reader, user_ids: Sequence[str], field: str) -> dict[str, bytes]:
    """One field of the profiles of some users, of those who have it."""
    if not user_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(2, len(user_ids) + 2))
    sql = f"SELECT user_id, value FROM profile_fields WHERE field = $1 AND user_id IN ({places})"
    return {row[0]: bytes(row[1]) for row in await reader.query(sql, field, *user_ids)}


def upsert_field(write: Write, user_id: str, field: str, value: bytes) -> None:
    """Set a field."""
    sql = (
        "INSERT INTO profile_fields (user_id, field, value) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id, field) DO UPDATE SET value = excluded.value"
    )
    write.add(sql, user_id, field, value, rows=1)


def insert_field(write: Write, user_id: str, field: str, value: bytes) -> None:
    """Set a field of a new account, unless it is set."""
    sql = "INSERT INTO profile_fields (user_id, field, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
    write.add(sql, user_id, field, value, append=True)


def delete_field(write: Write, user_id: str, field: str) -> None:
    """Take a field away."""
    write.add("DELETE FROM profile_fields WHERE user_id = $1 AND field = $2", user_id, field, rows=1)
