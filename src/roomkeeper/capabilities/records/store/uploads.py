"""Uploads of records of other programs."""

from __future__ import annotations

import msgspec

from roomkeeper.platform.database import Reader, Row, Write

UPLOAD = "user_id, upload_id, size, sha256, received, created_ts, updated_ts, record_id, entries, repeated, done"


class Upload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An upload: `received` bytes of `size` are here. When it is `done`, all entries are in the record: `entries` of
    them new, `repeated` known before."""

    user_id: str
    upload_id: str
    size: int
    sha256: str
    received: int = 0
    created_ts: int
    updated_ts: int
    record_id: str | None = None
    entries: int = 0
    repeated: int = 0
    done: bool = False


def _upload(row: Row) -> Upload:
    values = dict(zip(Upload.__struct_fields__, row, strict=True))
    return Upload(**{**values, "done": bool(values["done"])})


def insert(write: Write, upload: Upload) -> None:
    """A new upload; fails where there is one of that id."""
    write.add(
        f"INSERT INTO record_uploads ({UPLOAD}) VALUES ($1, $2, $3, $4, 0, $5, $5, NULL, 0, 0, 0)",
        upload.user_id,
        upload.upload_id,
        upload.size,
        upload.sha256,
        upload.created_ts,
        rows=1,
    )


def receive(write: Write, upload: Upload, received: int, now: int) -> None:
    """More of it is here; fails where the upload is not as it was read."""
    write.add(
        "UPDATE record_uploads SET received = $4, updated_ts = $5"
        " WHERE user_id = $1 AND upload_id = $2 AND received = $3 AND done = 0",
        upload.user_id,
        upload.upload_id,
        upload.received,
        received,
        now,
        rows=1,
    )


def progress(write: Write, before: Upload, after: Upload) -> None:
    """Some of its entries are in the record; fails where others were meanwhile."""
    write.add(
        "UPDATE record_uploads SET record_id = $5, entries = $6, repeated = $7, done = $8, updated_ts = $9"
        " WHERE user_id = $1 AND upload_id = $2 AND entries = $3 AND repeated = $4 AND done = 0",
        before.user_id,
        before.upload_id,
        before.entries,
        before.repeated,
        after.record_id,
        after.entries,
        after.repeated,
        int(after.done),
        after.updated_ts,
        rows=1,
    )


def delete(write: Write, user_id: str, upload_id: str) -> None:
    """Forget it."""
    write.add("DELETE FROM record_uploads WHERE user_id = $1 AND upload_id = $2", user_id, upload_id)


async def find(reader: Reader, user_id: str, upload_id: str) -> Upload | None:
    """One upload of somebody's."""
    sql = f"SELECT {UPLOAD} FROM record_uploads WHERE user_id = $1 AND upload_id = $2"
    row = await reader.query_one(sql, user_id, upload_id)
    return _upload(row) if row else None


async def unfinished(reader: Reader, user_id: str) -> int:
    """How many of somebody's are not done."""
    row = await reader.query_one("SELECT count(*) FROM record_uploads WHERE user_id = $1 AND done = 0", user_id)
    return 0 if row is None else int(row[0])


async def stale(reader: Reader, before: int, limit: int) -> list[Upload]:
    """Those that have not gone on since then, and those that were done before then."""
    rows = await reader.query(
        f"SELECT {UPLOAD} FROM record_uploads WHERE done IN (0, 1) AND updated_ts < $1 LIMIT $2", before, limit
    )
    return [_upload(row) for row in rows]
