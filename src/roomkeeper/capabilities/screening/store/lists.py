"""The SQL of lists of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from roomkeeper.capabilities.screening.text.models import TextList
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "list_id, name, kind, label, action, language, enabled, created_ts, updated_ts"
SELECT = (
    "SELECT l.list_id, l.name, l.kind, l.label, l.action, l.language, l.enabled, l.created_ts, l.updated_ts,"
    " (SELECT count(*) FROM screening_entries e WHERE e.list_id = l.list_id) FROM screening_lists l"
)


def put(write: Write, text_list: TextList) -> None:
    """A new list, or a change of one, without its patterns."""
    write.add(
        f"INSERT INTO screening_lists ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (list_id) DO UPDATE SET name = excluded.name, label = excluded.label, action = excluded.action,"
        " language = excluded.language, enabled = excluded.enabled, updated_ts = excluded.updated_ts",
        text_list.list_id,
        text_list.name,
        text_list.kind,
        text_list.label,
        text_list.action,
        text_list.language,
        int(text_list.enabled),
        text_list.created_ts,
        text_list.updated_ts,
        rows=1,
    )


def delete(write: Write, list_id: str) -> None:
    """A list goes, with its patterns."""
    write.add("DELETE FROM screening_entries WHERE list_id = $1", list_id)
    write.add("DELETE FROM screening_lists WHERE list_id = $1", list_id)
    write.add("DELETE FROM screening_progress WHERE name = $1", f"import {list_id}")


def add_entries(write: Write, list_id: str, patterns: Iterable[str]) -> None:
    """Patterns of a list that is there; nothing where they are known."""
    for pattern in patterns:
        write.add(
            "INSERT INTO screening_entries (list_id, pattern)"
            " SELECT list_id, CAST($2 AS TEXT) FROM screening_lists WHERE list_id = $1 ON CONFLICT DO NOTHING",
            list_id,
            pattern,
        )


def delete_entries(write: Write, list_id: str, patterns: Iterable[str]) -> None:
    """Patterns go."""
    for pattern in patterns:
        write.add("DELETE FROM screening_entries WHERE list_id = $1 AND pattern = $2", list_id, pattern)


def clear(write: Write, list_id: str) -> None:
    """All patterns of a list go."""
    write.add("DELETE FROM screening_entries WHERE list_id = $1", list_id)


async def all_lists(reader: Reader, limit: int) -> list[TextList]:
    """The lists, in the order in which they were made."""
    return [_list(row) for row in await reader.query(f"{SELECT} ORDER BY l.created_ts, l.list_id LIMIT $1", limit)]


async def find(reader: Reader, list_id: str) -> TextList | None:
    """One list."""
    row = await reader.query_one(f"{SELECT} WHERE l.list_id = $1", list_id)
    return None if row is None else _list(row)


async def entries(reader: Reader, list_id: str, after: str, limit: int, search: str = "") -> Sequence[str]:
    """Patterns of a list, in order, after that one; those in which `search` stands, in any case."""
    condition, parameters = "", [list_id, after, limit]
    if search:
        condition = " AND lower(pattern) LIKE $4 ESCAPE '!'"
        parameters.append("%" + re.sub("([!%_])", r"!\1", search.lower()) + "%")
    rows = await reader.query(
        "SELECT pattern FROM screening_entries"
        f" WHERE list_id = $1 AND pattern > $2{condition} ORDER BY pattern LIMIT $3",
        *parameters,
    )
    return [row[0] for row in rows]


async def count(reader: Reader) -> int:
    """How many patterns there are in all lists."""
    row = await reader.query_one("SELECT count(*) FROM screening_entries")
    return int(row[0]) if row else 0


def _list(row: Row) -> TextList:
    return TextList(
        list_id=row[0],
        name=row[1],
        kind=row[2],
        label=row[3],
        action=row[4],
        language=row[5],
        enabled=bool(row[6]),
        created_ts=row[7],
        updated_ts=row[8],
        entries=row[9],
    )


def touch(write: Write, list_id: str, now: int) -> None:
    """Note that the patterns of a list have changed; fails where it is gone."""
    write.add("UPDATE screening_lists SET updated_ts = $2 WHERE list_id = $1", list_id, now, rows=1)


async def newest_change(reader: Reader) -> tuple[int, int]:
    """When a list was changed last, and how many lists there are."""
    row = await reader.query_one("SELECT COALESCE(max(updated_ts), 0), count(*) FROM screening_lists")
    return (0, 0) if row is None else (int(row[0]), int(row[1]))
