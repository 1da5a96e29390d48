"""Entries of records, and the media that they need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from roomkeeper.capabilities.records.models import ERASED, NORMAL, REDACTED, Entry
from roomkeeper.platform.database import Reader, Write

ENTRY = "number, record_id, seq, kind, ts, sender, source, content, salt, digest, hash, state"


INSERT = f"INSERT INTO record_entries ({ENTRY}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


def insert(write: Write, *columns: Any) -> None:
    """A new entry, by the fields of `Entry`; nothing else in the write may depend on its being there."""
    write.add(INSERT, *columns, rows=1, append=True)


def mark_redacted(write: Write, record_id: str, source: str) -> None:
    """The message with that id was redacted."""
    write.add(
        f"UPDATE record_entries SET state = {REDACTED} WHERE record_id = $1 AND source = $2 AND state = {NORMAL}",
        record_id,
        source,
    )


async def newest_number(reader: Reader) -> int:
    """The number of the last entry of all records."""
    row = await reader.query_one("SELECT COALESCE(max(number), 0) FROM record_entries")
    return 0 if row is None else int(row[0])


async def between(
    reader: Reader, record_id: str, after: int, before: int, limit: int, direction: Literal["f", "b"] = "f"
) -> list[Entry]:
    """Entries with ``after < seq < before``, from the one end on, or back from the other."""
    order = "ASC" if direction == "f" else "DESC"
    rows = await reader.query(
        f"SELECT {ENTRY} FROM record_entries WHERE record_id = $1 AND seq > $2 AND seq < $3"
        f" ORDER BY seq {order} LIMIT $4",
        record_id,
        after,
        before,
        limit,
    )
    return [Entry(*row) for row in rows]


async def at(reader: Reader, record_id: str, seq: int) -> Entry | None:
    """One entry."""
    found = await between(reader, record_id, seq - 1, seq + 1, 1)
    return found[0] if found else None


async def by_numbers(reader: Reader, numbers: Sequence[int]) -> list[Entry]:
    """Some entries (1,000 at most), those with the highest numbers first."""
    if not numbers:
        return []
    places = ", ".join(f"${number}" for number in range(1, len(numbers) + 1))
    rows = await reader.query(
        f"SELECT {ENTRY} FROM record_entries WHERE number IN ({places}) ORDER BY number DESC", *numbers
    )
    return [Entry(*row) for row in rows]


async def numbered(reader: Reader, after: int, limit: int) -> list[Entry]:
    """Entries of all records after a number, in order."""
    rows = await reader.query(
        f"SELECT {ENTRY} FROM record_entries WHERE number > $1 ORDER BY number LIMIT $2", after, limit
    )
    return [Entry(*row) for row in rows]


async def ts_at(reader: Reader, record_id: str, seq: int) -> int:
    """When the first entry from `seq` on happened."""
    row = await reader.query_one(
        "SELECT ts FROM record_entries WHERE record_id = $1 AND seq >= $2 ORDER BY seq LIMIT 1", record_id, seq
    )
    return 0 if row is None else int(row[0])


async def sources_among(reader: Reader, record_id: str, sources: Sequence[str]) -> set[str]:
    """Which of some ids (900 at most) a record has entries of."""
    if not sources:
        return set()
    places = ", ".join(f"${number}" for number in range(2, len(sources) + 2))
    sql = f"SELECT source FROM record_entries WHERE record_id = $1 AND source IN ({places})"
    return {row[0] for row in await reader.query(sql, record_id, *sources)}


async def page_to_erase(
    reader: Reader, record_id: str, before_ts: int, after: int, limit: int, sender: str | None = None
) -> list[tuple[int, int]]:
    """(seq, number) of entries after `after` from before then that are not erased; of one sender, if one is named."""
    condition = "" if sender is None else " AND sender = $5"
    rows = await reader.query(
        "SELECT seq, number FROM record_entries WHERE record_id = $1 AND seq > $2 AND ts < $3"
        f" AND state <> {ERASED}{condition} ORDER BY seq LIMIT $4",
        record_id,
        after,
        before_ts,
        limit,
        *(() if sender is None else (sender,)),
    )
    return [(row[0], row[1]) for row in rows]


def erase(write: Write, record_id: str, erased: Sequence[tuple[int, int]]) -> None:
    """Remove what these entries (seq and number, 500 at most) say, with whatever tells what it was."""
    if not erased:
        return
    places = ", ".join(f"${number}" for number in range(2, len(erased) + 2))
    seqs = [seq for seq, _ in erased]
    write.add(
        f"UPDATE record_entries SET sender = NULL, source = NULL, content = NULL, salt = NULL, state = {ERASED}"
        f" WHERE record_id = $1 AND seq IN ({places}) AND state <> {ERASED}",
        record_id,
        *seqs,
        rows=len(seqs),
    )
    write.add(f"DELETE FROM record_media WHERE record_id = $1 AND seq IN ({places})", record_id, *seqs)
    numbers = ", ".join(f"${number}" for number in range(1, len(erased) + 1))
    write.add(f"DELETE FROM record_words WHERE number IN ({numbers})", *(number for _, number in erased))
    write.add("UPDATE records SET erased = erased + $2 WHERE record_id = $1", record_id, len(seqs), rows=1)
    # What the indexer has read before this, it must not write after it.
    write.add("UPDATE record_progress SET removals = removals + 1 WHERE id = 1", rows=1)


# ---------------------------------------------------------------- media


def insert_medium(write: Write, media_id: str, record_id: str, seq: int) -> None:
    """An entry refers to a medium of this server."""
    sql = "INSERT INTO record_media (media_id, record_id, seq) VALUES ($1, $2, $3)"
    write.add(sql, media_id, record_id, seq, rows=1, append=True)


async def media_kept(reader: Reader, media_ids: Sequence[str]) -> set[str]:
    """Which of some media (1,000 at most) a record needs."""
    if not media_ids:
        return set()
    places = ", ".join(f"${number}" for number in range(1, len(media_ids) + 1))
    sql = f"SELECT DISTINCT media_id FROM record_media WHERE media_id IN ({places})"
    return {row[0] for row in await reader.query(sql, *media_ids)}


async def seqs_with_medium(reader: Reader, record_id: str, media_id: str, limit: int) -> list[int]:
    """The entries of a record that refer to a medium, the first first."""
    sql = "SELECT seq FROM record_media WHERE media_id = $1 AND record_id = $2 ORDER BY seq LIMIT $3"
    return [row[0] for row in await reader.query(sql, media_id, record_id, limit)]


async def media_between(reader: Reader, record_id: str, first: int, last: int) -> list[tuple[int, str]]:
    """(seq, media id) of what entries refer to."""
    rows = await reader.query(
        "SELECT seq, media_id FROM record_media WHERE record_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq",
        record_id,
        first,
        last,
    )
    return [(row[0], row[1]) for row in rows]


async def hash_at(reader: Reader, record_id: str, seq: int) -> bytes:
    """The hash of an entry; zeros before the first."""
    row = await reader.query_one("SELECT hash FROM record_entries WHERE record_id = $1 AND seq = $2", record_id, seq)
    return bytes(32) if row is None else bytes(row[0])
