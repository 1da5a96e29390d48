"""All SQL of the directories: users with the words they are found under, rooms that are open to all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from roomkeeper.core.directory.models import FoundUser
from roomkeeper.platform.database import Reader, Row, Write

BATCH: Final = 500
"""Parameters in one IN list."""
LAST: Final = "\U0010ffff"
"""Comes after every character that a word may have."""

# ---------------------------------------------------------------- progress


async def load_progress(reader: Reader) -> tuple[int, int]:
    """How far the stream has been followed, and the version of the segmentation that was used."""
    row = await reader.query_one("SELECT reached, segmentation FROM directory_progress WHERE id = 1")
    assert row is not None, "the migration inserts it"
    return row[0], row[1]


def move_progress(write: Write, before: int, after: int) -> None:
    """Note how far the stream has been followed; fails where that was not `before`."""
    write.add("UPDATE directory_progress SET reached = $2 WHERE id = 1 AND reached = $1", before, after, rows=1)


def begin_anew(write: Write, segmentation: int) -> None:
    """Forget how far the stream has been followed; what is known is renewed on the way."""
    write.add("UPDATE directory_progress SET reached = 0, segmentation = $1 WHERE id = 1", segmentation, rows=1)


# ---------------------------------------------------------------- users


def put_user(write: Write, user: FoundUser, words: Iterable[str]) -> None:
    """Enter a user, or renew the entry."""
    remove_user(write, user.user_id)
    write.add(
        "INSERT INTO directory_users (user_id, display_name, avatar_url) VALUES ($1, $2, $3)",
        user.user_id,
        user.display_name,
        user.avatar_url,
        rows=1,
    )
    for word in sorted(words):
        write.add("INSERT INTO directory_words (word, user_id) VALUES ($1, $2)", word, user.user_id, rows=1)


def remove_user(write: Write, user_id: str) -> None:
    """Take a user out."""
    write.add("DELETE FROM directory_words WHERE user_id = $1", user_id)
    write.add("DELETE FROM directory_users WHERE user_id = $1", user_id)


async def users_with_word(reader: Reader, word: str, limit: int, *, is_prefix: bool) -> list[FoundUser]:
    """Users who are found under a word, or under one that begins with it."""
    rows = await reader.query(
        "SELECT DISTINCT u.user_id, u.display_name, u.avatar_url FROM directory_words w"
        " JOIN directory_users u ON u.user_id = w.user_id WHERE w.word >= $1 AND w.word <= $2 LIMIT $3",
        word,
        word + LAST if is_prefix else word,
        limit,
    )
    return [FoundUser(*row) for row in rows]


async def users_among(reader: Reader, user_ids: Sequence[str]) -> list[FoundUser]:
    """Those of the users who are entered."""
    rows = await _in_batches(
        reader, "SELECT user_id, display_name, avatar_url FROM directory_users WHERE user_id", user_ids
    )
    return [FoundUser(*row) for row in rows]


# ---------------------------------------------------------------- open rooms


def set_open(write: Write, room_id: str, *, is_open: bool) -> None:
    """Note whether everybody may join or read a room."""
    if is_open:
        write.add("INSERT INTO directory_open_rooms (room_id) VALUES ($1) ON CONFLICT (room_id) DO NOTHING", room_id)
    else:
        write.add("DELETE FROM directory_open_rooms WHERE room_id = $1", room_id)


async def open_among(reader: Reader, room_ids: Sequence[str]) -> set[str]:
    """Those of the rooms that everybody may join or read."""
    rows = await _in_batches(reader, "SELECT room_id FROM directory_open_rooms WHERE room_id", room_ids)
    return {row[0] for row in rows}


async def _in_batches(reader: Reader, sql: str, values: Sequence[Any]) -> list[Row]:
    found: list[Row] = []
    for start in range(0, len(values), BATCH):
        batch = values[start : start + BATCH]
        places = ", ".join(f"${number}" for number in range(1, len(batch) + 1))
        found += await reader.query(f"{sql} IN ({places})", *batch)
    return found
