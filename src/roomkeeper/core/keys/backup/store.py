"""All SQL of backups."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.keys.backup.models import Backup, KeyData, SessionName, StoredKey
from roomkeeper.platform.database import Reader, Row, Write

BATCH = 500
"""Parameters in one IN list."""
_BACKUP = "version, algorithm, auth_data, etag, count"
_KEY = "room_id, session_id, first_message_index, forwarded_count, is_verified, session_data"


async def newest(reader: Reader, user_id: str) -> Backup | None:
    """The user's current backup."""
    sql = f"SELECT {_BACKUP} FROM key_backups WHERE user_id = $1 AND deleted = $2 ORDER BY version DESC LIMIT 1"
    row = await reader.query_one(sql, user_id, False)
    return Backup(*row) if row else None


async def find(reader: Reader, user_id: str, version: int) -> Backup | None:
    """One of the user's backups."""
    sql = f"SELECT {_BACKUP} FROM key_backups WHERE user_id = $1 AND version = $2 AND deleted = $3"
    row = await reader.query_one(sql, user_id, version, False)
    return Backup(*row) if row else None


async def numbers(reader: Reader, user_id: str) -> tuple[int, int]:
    """The highest version that there ever was, and how many backups there are."""
    sql = "SELECT coalesce(max(version), 0), sum(CASE WHEN deleted = $2 THEN 1 ELSE 0 END) FROM key_backups"
    row = await reader.query_one(f"{sql} WHERE user_id = $1", user_id, False)
    return (row[0], int(row[1] or 0)) if row else (0, 0)


async def live(reader: Reader, user_id: str) -> list[int]:
    """The versions of all backups of a user; `MAX_BACKUPS` bounds them."""
    sql = "SELECT version FROM key_backups WHERE user_id = $1 AND deleted = $2"
    return [row[0] for row in await reader.query(sql, user_id, False)]


def insert(write: Write, user_id: str, backup: Backup) -> None:
    """A new backup."""
    write.add(
        "INSERT INTO key_backups (user_id, version, algorithm, auth_data, etag, count, deleted)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        user_id,
        backup.version,
        backup.algorithm,
        backup.auth_data,
        backup.etag,
        backup.count,
        False,
        rows=1,
    )


def update_auth_data(write: Write, user_id: str, version: int, auth_data: bytes) -> None:
    """Set what clients keep with a backup."""
    sql = "UPDATE key_backups SET auth_data = $3 WHERE user_id = $1 AND version = $2"
    write.add(sql, user_id, version, auth_data, rows=1)


def update_totals(write: Write, user_id: str, backup: Backup) -> None:
    """Set the etag and the number of keys."""
    sql = "UPDATE key_backups SET etag = $3, count = $4 WHERE user_id = $1 AND version = $2"
    write.add(sql, user_id, backup.version, backup.etag, backup.count, rows=1)


def mark_deleted(write: Write, user_id: str, version: int) -> None:
    """The backup is gone for clients; its keys are deleted little by little. Its number is not used again."""
    sql = "UPDATE key_backups SET deleted = $3, auth_data = $4 WHERE user_id = $1 AND version = $2"
    write.add(sql, user_id, version, True, b"{}", rows=1)


async def has_keys(reader: Reader, user_id: str, version: int) -> bool:
    """Whether a backup has any keys."""
    sql = "SELECT 1 FROM backed_up_keys WHERE user_id = $1 AND version = $2 LIMIT 1"
    return await reader.query_one(sql, user_id, version) is not None


def delete_some_keys(write: Write, user_id: str, version: int, limit: int) -> None:
    """Delete some keys of a backup."""
    write.add(
        "DELETE FROM backed_up_keys WHERE user_id = $1 AND version = $2 AND (room_id, session_id) IN"
        " (SELECT room_id, session_id FROM backed_up_keys WHERE user_id = $1 AND version = $2"
        " ORDER BY room_id, session_id LIMIT $3)",
        user_id,
        version,
        limit,
    )


# ---------------------------------------------------------------- keys


def _stored(row: Row) -> StoredKey:
    return StoredKey(row[0], row[1], row[2], row[3], bool(row[4]), msgspec.Raw(row[5]))


async def find_keys(
    reader: Reader, user_id: str, version: int, names: Sequence[SessionName]
) -> dict[SessionName, StoredKey]:
    """Those of the named keys that there are."""
    wanted, found = set(names), {}
    ids = sorted({session_id for _, session_id in names})
    rooms = sorted({room_id for room_id, _ in names})
    for room_id in rooms:
        of_room = [session_id for session_id in ids if (room_id, session_id) in wanted]
        for start in range(0, len(of_room), BATCH):
            batch = of_room[start : start + BATCH]
            marks = ", ".join(f"${number}" for number in range(4, len(batch) + 4))
            sql = (
                f"SELECT {_KEY} FROM backed_up_keys WHERE user_id = $1 AND version = $2 AND room_id = $3"
                f" AND session_id IN ({marks})"
            )
            for row in await reader.query(sql, user_id, version, room_id, *batch):
                found[row[0], row[1]] = _stored(row)
    return found


async def page_of_keys(reader: Reader, user_id: str, version: int, after: SessionName, limit: int) -> list[StoredKey]:
    """Keys of a backup after the one of that name, in order of room and session."""
    sql = (
        f"SELECT {_KEY} FROM backed_up_keys WHERE user_id = $1 AND version = $2 AND (room_id, session_id) > ($3, $4)"
        " ORDER BY room_id, session_id LIMIT $5"
    )
    return [_stored(row) for row in await reader.query(sql, user_id, version, *after, limit)]


async def page_of_room(
    reader: Reader, user_id: str, version: int, room_id: str, after: str, limit: int
) -> list[StoredKey]:
    """Keys of one room in a backup, after the session of that id, in order."""
    sql = (
        f"SELECT {_KEY} FROM backed_up_keys WHERE user_id = $1 AND version = $2 AND room_id = $3 AND session_id > $4"
        " ORDER BY session_id LIMIT $5"
    )
    return [_stored(row) for row in await reader.query(sql, user_id, version, room_id, after, limit)]


async def count_keys(reader: Reader, user_id: str, version: int, room_id: str | None) -> int:
    """How many keys there are in a backup, or of one room in it."""
    sql = "SELECT count(*) FROM backed_up_keys WHERE user_id = $1 AND version = $2"
    if room_id is None:
        row = await reader.query_one(sql, user_id, version)
    else:
        row = await reader.query_one(f"{sql} AND room_id = $3", user_id, version, room_id)
    return row[0] if row else 0


def put_key(write: Write, user_id: str, version: int, name: SessionName, key: KeyData, session_data: bytes) -> None:
    """Store a key in the place of the one that is there."""
    write.add(
        f"INSERT INTO backed_up_keys (user_id, version, {_KEY}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET"
        " first_message_index = $5, forwarded_count = $6, is_verified = $7, session_data = $8",
        user_id,
        version,
        *name,
        key.first_message_index,
        key.forwarded_count,
        key.is_verified,
        session_data,
        rows=1,
    )


def delete_keys(write: Write, user_id: str, version: int, room_id: str | None, session_id: str | None) -> None:
    """Delete the keys of a backup, of a room in it, or one of them."""
    conditions, values = ["user_id = $1", "version = $2"], [user_id, version]
    if room_id is not None:
        conditions.append("room_id = $3")
        values.append(room_id)
    if session_id is not None:
        conditions.append("session_id = $4")
        values.append(session_id)
    write.add(f"DELETE FROM backed_up_keys WHERE {' AND '.join(conditions)}", *values)
