"""All SQL of previews."""

from __future__ import annotations

from roomkeeper.core.previews.models import StoredPreview
from roomkeeper.platform.database import Reader, Write

COLUMNS = "url_hash, fetched_ts, fresh_until_ts, content"


async def newest_upto(reader: Reader, url_hash: str, ts: int) -> StoredPreview | None:
    """The newest preview of a URL that was fetched at `ts` or before it."""
    sql = f"SELECT {COLUMNS} FROM previews WHERE url_hash = $1 AND fetched_ts <= $2 ORDER BY fetched_ts DESC LIMIT 1"
    row = await reader.query_one(sql, url_hash, ts)
    return StoredPreview(*row) if row else None


async def oldest_after(reader: Reader, url_hash: str, ts: int) -> StoredPreview | None:
    """The first preview of a URL that was fetched after `ts`."""
    sql = f"SELECT {COLUMNS} FROM previews WHERE url_hash = $1 AND fetched_ts > $2 ORDER BY fetched_ts LIMIT 1"
    row = await reader.query_one(sql, url_hash, ts)
    return StoredPreview(*row) if row else None


def upsert(write: Write, preview: StoredPreview) -> None:
    """Keep a preview."""
    write.add(
        f"INSERT INTO previews ({COLUMNS}) VALUES ($1, $2, $3, $4) ON CONFLICT (url_hash, fetched_ts)"
        " DO UPDATE SET fresh_until_ts = excluded.fresh_until_ts, content = excluded.content",
        preview.url_hash,
        preview.fetched_ts,
        preview.fresh_until_ts,
        preview.content,
        rows=1,
    )


def delete(write: Write, url_hash: str, fetched_ts: int) -> None:
    """Forget a preview."""
    write.add("DELETE FROM previews WHERE url_hash = $1 AND fetched_ts = $2", url_hash, fetched_ts)


async def fetched_before(reader: Reader, ts: int, limit: int) -> list[tuple[str, int]]:
    """Previews that were fetched before `ts`, the oldest first: hash of the URL, and when that was."""
    sql = "SELECT url_hash, fetched_ts FROM previews WHERE fetched_ts < $1 ORDER BY fetched_ts LIMIT $2"
    return [(row[0], row[1]) for row in await reader.query(sql, ts, limit)]


async def age_of_nth(reader: Reader, number: int) -> int | None:
    """When the preview was fetched that has so many newer ones before it; `None` where there are not so many."""
    row = await reader.query_one("SELECT fetched_ts FROM previews ORDER BY fetched_ts DESC LIMIT 1 OFFSET $1", number)
    return row[0] if row else None
