"""All SQL of known media."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from roomkeeper.capabilities.screening.detectors.known.models import KnownItem, NewItem
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = (
    "k.id, k.label, k.sha256, k.pdq, k.source, k.note, k.added_ts, k.added_by,"
    " EXISTS (SELECT 1 FROM known_media_features f WHERE f.item_key = k.item_key),"
    " EXISTS (SELECT 1 FROM known_media_sounds s WHERE s.item_key = k.item_key)"
)
AT_ONCE = 200
"""Hashes that are looked up by one statement."""

Data = Literal["features", "sounds"]


def upsert(write: Write, item: NewItem, now: int, actor: str) -> None:
    """Add an item, or change the one that is there."""
    write.add(
        "INSERT INTO known_media (item_key, label, sha256, pdq, source, note, added_ts, added_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (item_key) DO UPDATE SET label = excluded.label,"
        " pdq = coalesce(excluded.pdq, known_media.pdq), source = excluded.source, note = excluded.note",
        item.key,
        item.label,
        item.sha256,
        item.pdq,
        item.source,
        item.note,
        now,
        actor,
        rows=1,
    )
    for table, data in (("features", item.features), ("sounds", item.sound)):
        if data:
            write.add(
                f"INSERT INTO known_media_{table} (item_key, data) VALUES ($1, $2)"
                " ON CONFLICT (item_key) DO UPDATE SET data = excluded.data",
                item.key,
                data,
                rows=1,
            )


def delete(write: Write, item_id: int) -> None:
    """Remove an item, which must be there."""
    for table in ("features", "sounds"):
        write.add(
            f"DELETE FROM known_media_{table} WHERE item_key = (SELECT item_key FROM known_media WHERE id = $1)",
            item_id,
        )
    write.add("DELETE FROM known_media WHERE id = $1", item_id, rows=1)


def count_change(write: Write) -> None:
    """Whatever was found with the lists as they were is to be looked at anew."""
    write.add("UPDATE known_media_state SET generation = generation + 1 WHERE one = 1", rows=1)


async def generation(reader: Reader) -> int:
    """How often the lists have changed."""
    row = await reader.query_one("SELECT generation FROM known_media_state WHERE one = 1")
    return int(row[0]) if row else 0


async def count(reader: Reader) -> int:
    """How many items there are."""
    row = await reader.query_one("SELECT count(*) FROM known_media")
    return int(row[0]) if row else 0


async def find(reader: Reader, item_id: int) -> KnownItem | None:
    """One item."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM known_media k WHERE k.id = $1", item_id)
    return _item(row) if row else None


async def find_by_key(reader: Reader, key: str) -> KnownItem | None:
    """One item, by what makes it the same."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM known_media k WHERE k.item_key = $1", key)
    return _item(row) if row else None


async def find_exact(reader: Reader, hashes: Sequence[str]) -> list[KnownItem]:
    """The items with any of these SHA-256."""
    found: list[KnownItem] = []
    for start in range(0, len(hashes), AT_ONCE):
        some = hashes[start : start + AT_ONCE]
        places = ", ".join(f"${number + 1}" for number in range(len(some)))
        rows = await reader.query(f"SELECT {COLUMNS} FROM known_media k WHERE k.sha256 IN ({places})", *some)
        found += map(_item, rows)
    return found


async def page(reader: Reader, before: int, limit: int) -> list[KnownItem]:
    """Items, the newest first, those with an id below `before`."""
    rows = await reader.query(
        f"SELECT {COLUMNS} FROM known_media k WHERE k.id < $1 ORDER BY k.id DESC LIMIT $2", before, limit
    )
    return list(map(_item, rows))


async def hashes_after(reader: Reader, item_id: int, limit: int) -> list[tuple[int, str | None]]:
    """(id, PDQ hash) in order of their ids."""
    rows = await reader.query("SELECT id, pdq FROM known_media WHERE id > $1 ORDER BY id LIMIT $2", item_id, limit)
    return [(row[0], row[1]) for row in rows]


async def data_before(reader: Reader, data: Data, item_id: int, limit: int) -> list[tuple[int, bytes]]:
    """(id, features or sound) of the newest items with an id below `item_id`."""
    rows = await reader.query(
        f"SELECT k.id, d.data FROM known_media k JOIN known_media_{data} d ON d.item_key = k.item_key WHERE k.id < $1"
        " ORDER BY k.id DESC LIMIT $2",
        item_id,
        limit,
    )
    return [(row[0], bytes(row[1])) for row in rows]


def _item(row: Row) -> KnownItem:
    item_id, label, sha256, pdq, source, note, added_ts, added_by, features, sound = row
    return KnownItem(
        id=item_id,
        label=label,
        sha256=sha256,
        pdq=pdq,
        source=source,
        note=note,
        added_ts=added_ts,
        added_by=added_by,
        features=bool(features),
        sound=bool(sound),
    )
