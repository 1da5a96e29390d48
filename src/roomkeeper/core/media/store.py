"""All SQL of media."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.media.models import Medium, StoredThumbnail
from roomkeeper.platform.database import Driver, Reader, Write

MEDIUM = (
    "media_id, uploader, created_ts, expires_ts, uploaded_ts, sha256, size, claimed_type, sniffed_type, content_type,"
    " file_name"
)

# ---------------------------------------------------------------- media


def insert_medium(write: Write, medium: Medium) -> None:
    """A new id, with its file or without."""
    sql = f"INSERT INTO media ({MEDIUM}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    write.add(sql, *msgspec.structs.astuple(medium), rows=1)


def fill_medium(write: Write, medium: Medium) -> None:
    """The file for an id that was made before; fails where that has one, or is gone."""
    write.add(
        "UPDATE media SET uploaded_ts = $2, sha256 = $3, size = $4, claimed_type = $5, sniffed_type = $6,"
        " content_type = $7, file_name = $8 WHERE media_id = $1 AND sha256 IS NULL",
        medium.media_id,
        medium.uploaded_ts,
        medium.sha256,
        medium.size,
        medium.claimed_type,
        medium.sniffed_type,
        medium.content_type,
        medium.file_name,
        rows=1,
    )


async def find_medium(reader: Reader, media_id: str) -> Medium | None:
    """A medium by its id."""
    row = await reader.query_one(f"SELECT {MEDIUM} FROM media WHERE media_id = $1", media_id)
    return Medium(*row) if row else None


async def bytes_of(reader: Reader, uploader: str) -> int:
    """The bytes of all files of a user."""
    row = await reader.query_one("SELECT COALESCE(SUM(size), 0) FROM media WHERE uploader = $1", uploader)
    assert row is not None
    return int(row[0])


async def bytes_stored(driver: Driver) -> int:
    """The same as `bytes_of_all`, without holding anybody up."""
    rows = await driver.query_long("SELECT COALESCE(SUM(size), 0) FROM media")
    return int(rows[0][0])


async def bytes_of_all(reader: Reader) -> int:
    """The bytes of all files of all users."""
    rows = await reader.query_one("SELECT COALESCE(SUM(size), 0) FROM media")
    assert rows is not None
    return int(rows[0])


async def pending_of(reader: Reader, uploader: str, now: int) -> tuple[int, int]:
    """How many ids of a user wait for their files, and when the first of them expires (0 where there is none)."""
    row = await reader.query_one(
        "SELECT count(*), COALESCE(min(expires_ts), 0) FROM media"
        " WHERE uploader = $1 AND sha256 IS NULL AND expires_ts > $2",
        uploader,
        now,
    )
    assert row is not None
    return int(row[0]), int(row[1])


# ---------------------------------------------------------------- references


def mark_shown(write: Write, media_id: str, sender: str) -> None:
    """An uploader shows a medium where the server sees it: encrypted events are not taken to mean it from now on."""
    write.add("UPDATE media SET shown = TRUE WHERE media_id = $1 AND uploader = $2 AND NOT shown", media_id, sender)


def insert_encrypted(write: Write, sender: str, room_id: str, position: int, since: int, limit: int) -> None:
    """An encrypted event may refer to the newest media that its sender made since then and has not shown openly."""
    write.add(
        "INSERT INTO media_encrypted (media_id, room_id, position)"
        " SELECT media_id, CAST($2 AS TEXT), CAST($3 AS BIGINT) FROM media"
        " WHERE uploader = $1 AND created_ts >= $4 AND NOT shown ORDER BY created_ts DESC LIMIT $5"
        " ON CONFLICT DO NOTHING",
        sender,
        room_id,
        position,
        since,
        limit,
    )


def insert_reference(write: Write, media_id: str, room_id: str, event_id: str, sender: str, kind: str) -> None:
    """An event refers to a medium of ours. It counts (`granted`) at once where the sender has uploaded that."""
    write.add(
        "INSERT INTO media_references (media_id, room_id, event_id, sender, kind, granted)"
        " SELECT media_id, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT),"
        " uploader = CAST($4 AS TEXT) FROM media WHERE media_id = $1 ON CONFLICT DO NOTHING",
        media_id,
        room_id,
        event_id,
        sender,
        kind,
        append=True,
    )


def delete_references(write: Write, room_id: str, event_id: str) -> None:
    """An event refers to nothing any more."""
    write.add("DELETE FROM media_references WHERE room_id = $1 AND event_id = $2", room_id, event_id)


def grant_reference(write: Write, media_id: str, room_id: str, event_id: str) -> None:
    """A reference counts: its sender was allowed to see what it refers to."""
    write.add(
        "UPDATE media_references SET granted = TRUE WHERE media_id = $1 AND room_id = $2 AND event_id = $3",
        media_id,
        room_id,
        event_id,
    )


class Reference(msgspec.Struct, frozen=True):
    """An event that refers to a medium, and what kind of reference that is: ``event`` or ``room_avatar``."""

    media_id: str
    room_id: str
    event_id: str
    sender: str
    kind: str


async def rooms_showing(reader: Reader, media_id: str, after: str, limit: int) -> list[tuple[str, bool]]:
    """Rooms with references that count, in order from after `after`, and whether one of them is the room's avatar."""
    rows = await reader.query(
        "SELECT room_id, max(avatar) FROM ("
        " SELECT room_id, CASE WHEN kind = 'room_avatar' THEN 1 ELSE 0 END AS avatar FROM media_references"
        " WHERE media_id = $1 AND granted AND room_id > $2"
        " UNION ALL SELECT room_id, 0 FROM media_encrypted WHERE media_id = $1 AND room_id > $2"
        ") shown GROUP BY room_id ORDER BY room_id LIMIT $3",
        media_id,
        after,
        limit,
    )
    return [(row[0], bool(row[1])) for row in rows]


async def references_of(reader: Reader, media_id: str, after: tuple[str, str], limit: int) -> list[Reference]:
    """References to a medium by events, in order, after that room and event."""
    rows = await reader.query(
        "SELECT media_id, room_id, event_id, sender, kind FROM media_references"
        " WHERE media_id = $1 AND (room_id, event_id) > ($2, $3) ORDER BY room_id, event_id LIMIT $4",
        media_id,
        *after,
        limit,
    )
    return [Reference(*row) for row in rows]


async def shown_after(reader: Reader, media_id: str, limit: int) -> list[Medium]:
    """Media with files that events or profiles show, in order, after that one."""
    columns = ", ".join(f"m.{name.strip()}" for name in MEDIUM.split(","))
    rows = await reader.query(
        f"SELECT {columns} FROM media m WHERE m.media_id > $1 AND m.sha256 IS NOT NULL"
        " AND (EXISTS (SELECT 1 FROM media_references r WHERE r.media_id = m.media_id)"
        " OR EXISTS (SELECT 1 FROM media_profiles p WHERE p.media_id = m.media_id))"
        " ORDER BY m.media_id LIMIT $2",
        media_id,
        limit,
    )
    return [Medium(*row) for row in rows]


async def media_of_file(reader: Reader, sha256: str, limit: int) -> list[Medium]:
    """Media that have these bytes."""
    rows = await reader.query(f"SELECT {MEDIUM} FROM media WHERE sha256 = $1 ORDER BY media_id LIMIT $2", sha256, limit)
    return [Medium(*row) for row in rows]


async def ungranted(reader: Reader, media_id: str, limit: int) -> list[Reference]:
    """References to a medium that do not count yet."""
    rows = await reader.query(
        "SELECT media_id, room_id, event_id, sender, kind FROM media_references"
        " WHERE media_id = $1 AND NOT granted LIMIT $2",
        media_id,
        limit,
    )
    return [Reference(*row) for row in rows]


async def ungranted_of_event(reader: Reader, room_id: str, event_id: str) -> list[Reference]:
    """References by an event that do not count yet. An event has 64 KiB, so they are few."""
    rows = await reader.query(
        "SELECT media_id, room_id, event_id, sender, kind FROM media_references"
        " WHERE room_id = $1 AND event_id = $2 AND NOT granted",
        room_id,
        event_id,
    )
    return [Reference(*row) for row in rows]


# ---------------------------------------------------------------- profiles


def replace_profile_media(write: Write, user_id: str, field: str, media_ids: Sequence[str]) -> None:
    """What a field of a profile refers to; see `insert_reference`."""
    write.add("DELETE FROM media_profiles WHERE user_id = $1 AND field = $2", user_id, field)
    for media_id in media_ids:
        write.add(
            "INSERT INTO media_profiles (media_id, user_id, field, granted)"
            " SELECT media_id, CAST($2 AS TEXT), CAST($3 AS TEXT), uploader = CAST($2 AS TEXT) FROM media"
            " WHERE media_id = $1 ON CONFLICT DO NOTHING",
            media_id,
            user_id,
            field,
        )


def insert_shown(write: Write, media_id: str, user_id: str, field: str) -> None:
    """A medium of that id is shown to everybody."""
    write.add(
        "INSERT INTO media_profiles (media_id, user_id, field, granted) VALUES ($1, $2, $3, TRUE)",
        media_id,
        user_id,
        field,
        rows=1,
    )


def grant_profile_media(write: Write, media_id: str, user_id: str) -> None:
    """A profile's reference counts."""
    write.add("UPDATE media_profiles SET granted = TRUE WHERE media_id = $1 AND user_id = $2", media_id, user_id)


async def in_profile(reader: Reader, media_id: str) -> bool:
    """Whether a profile shows it to everybody."""
    row = await reader.query_one("SELECT 1 FROM media_profiles WHERE media_id = $1 AND granted LIMIT 1", media_id)
    return row is not None


async def ungranted_profiles(reader: Reader, media_id: str, limit: int) -> list[str]:
    """Users whose profiles refer to it without that it counts yet."""
    sql = "SELECT DISTINCT user_id FROM media_profiles WHERE media_id = $1 AND NOT granted LIMIT $2"
    return [row[0] for row in await reader.query(sql, media_id, limit)]


async def ungranted_of_user(reader: Reader, user_id: str) -> list[str]:
    """Media that a user's profile refers to without that it counts yet. A profile has 64 KiB, so they are few."""
    sql = "SELECT media_id FROM media_profiles WHERE user_id = $1 AND NOT granted"
    return [row[0] for row in await reader.query(sql, user_id)]


# ---------------------------------------------------------------- thumbnails


async def find_thumbnail(
    reader: Reader, sha256: str, width: int, height: int, method: str, animated: bool
) -> StoredThumbnail | None:
    """A thumbnail that was made before."""
    row = await reader.query_one(
        "SELECT blob, size, content_type FROM media_thumbnails WHERE sha256 = $1 AND width = $2 AND height = $3"
        " AND method = $4 AND animated = $5",
        sha256,
        width,
        height,
        method,
        animated,
    )
    return StoredThumbnail(*row) if row else None


def insert_thumbnail(
    write: Write, sha256: str, width: int, height: int, method: str, animated: bool, made: StoredThumbnail
) -> None:
    """Keep a thumbnail."""
    write.add(
        "INSERT INTO media_thumbnails (sha256, width, height, method, animated, blob, size, content_type)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        sha256,
        width,
        height,
        method,
        animated,
        made.blob,
        made.size,
        made.content_type,
    )


async def thumbnails_of(reader: Reader, sha256: str) -> list[str]:
    """The blobs of a file's thumbnails: a few sizes, so few."""
    rows = await reader.query("SELECT DISTINCT blob FROM media_thumbnails WHERE sha256 = $1", sha256)
    return [row[0] for row in rows]


def delete_thumbnails(write: Write, sha256: str) -> None:
    """Forget a file's thumbnails."""
    write.add("DELETE FROM media_thumbnails WHERE sha256 = $1", sha256)


# ---------------------------------------------------------------- clearing up

_UNUSED = (
    "NOT EXISTS (SELECT 1 FROM media_references r WHERE r.media_id = media.media_id)"
    " AND NOT EXISTS (SELECT 1 FROM media_profiles p WHERE p.media_id = media.media_id)"
    " AND NOT EXISTS (SELECT 1 FROM media_encrypted e WHERE e.media_id = media.media_id)"
)


async def expired(reader: Reader, now: int, after: str, limit: int) -> list[str]:
    """Ids whose files have not come in time, in order."""
    sql = (
        "SELECT media_id FROM media WHERE sha256 IS NULL AND expires_ts <= $1 AND media_id > $2"
        " ORDER BY media_id LIMIT $3"
    )
    return [row[0] for row in await reader.query(sql, now, after, limit)]


def delete_expired(write: Write, media_id: str) -> None:
    """Remove an id without a file, and what refers to it."""
    write.add("DELETE FROM media WHERE media_id = $1 AND sha256 IS NULL", media_id)
    gone = "media_id = $1 AND NOT EXISTS (SELECT 1 FROM media m WHERE m.media_id = $1)"
    for table in ("media_references", "media_profiles", "media_encrypted"):
        write.add(f"DELETE FROM {table} WHERE {gone}", media_id)


async def count(reader: Reader) -> int:
    """How many media there are."""
    row = await reader.query_one("SELECT count(*) FROM media")
    assert row is not None
    return int(row[0])


class Candidate(msgspec.Struct, frozen=True):
    """A medium that is looked at, and whether nothing refers to it. `sha256` is empty while its file has not come."""

    media_id: str
    uploader: str
    sha256: str
    size: int
    created_ts: int
    uploaded_ts: int
    unused: bool


async def page(reader: Reader, after: str, limit: int) -> list[Candidate]:
    """Media in order of their ids."""
    rows = await reader.query(
        "SELECT media_id, uploader, COALESCE(sha256, ''), size, created_ts, COALESCE(uploaded_ts, 0),"
        f" {_UNUSED} FROM media WHERE media_id > $1 ORDER BY media_id LIMIT $2",
        after,
        limit,
    )
    return [Candidate(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6])) for row in rows]


async def candidate(reader: Reader, media_id: str) -> Candidate | None:
    """One of them."""
    row = await reader.query_one(
        "SELECT media_id, uploader, COALESCE(sha256, ''), size, created_ts, COALESCE(uploaded_ts, 0),"
        f" {_UNUSED} FROM media WHERE media_id = $1",
        media_id,
    )
    return None if row is None else Candidate(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]))


class Encrypted(msgspec.Struct, frozen=True):
    """A room in which a medium may be shown by encrypted events, the first of them at `position`."""

    media_id: str
    room_id: str
    position: int
    created_ts: int


async def encrypted_between(reader: Reader, first: str, last: str, limit: int) -> list[Encrypted]:
    """Those of media with ids from `first` to `last`."""
    rows = await reader.query(
        "SELECT e.media_id, e.room_id, e.position, m.created_ts FROM media_encrypted e"
        " JOIN media m ON m.media_id = e.media_id"
        " WHERE e.media_id >= $1 AND e.media_id <= $2 ORDER BY e.media_id, e.room_id LIMIT $3",
        first,
        last,
        limit,
    )
    return [Encrypted(*row) for row in rows]


def delete_encrypted(write: Write, media_id: str, room_id: str) -> None:
    """A medium is not shown in that encrypted room any more."""
    write.add("DELETE FROM media_encrypted WHERE media_id = $1 AND room_id = $2", media_id, room_id)


def delete_unused(write: Write, media_id: str) -> None:
    """Remove a medium, unless something has come to refer to it, and note that its blob is to be looked at."""
    write.add(
        "INSERT INTO media_released_blobs (sha256) SELECT sha256 FROM media"
        f" WHERE media_id = $1 AND {_UNUSED} AND sha256 IS NOT NULL ON CONFLICT DO NOTHING",
        media_id,
    )
    write.add(f"DELETE FROM media WHERE media_id = $1 AND {_UNUSED}", media_id)


async def released_blobs(reader: Reader, limit: int) -> list[str]:
    """Blobs that are to be looked at."""
    rows = await reader.query("SELECT sha256 FROM media_released_blobs ORDER BY sha256 LIMIT $1", limit)
    return [row[0] for row in rows]


def release_blob(write: Write, sha256: str) -> None:
    """Note that a blob is to be looked at."""
    write.add("INSERT INTO media_released_blobs (sha256) VALUES ($1) ON CONFLICT DO NOTHING", sha256)


def forget_released_blob(write: Write, sha256: str) -> None:
    """It has been looked at."""
    write.add("DELETE FROM media_released_blobs WHERE sha256 = $1", sha256)


async def blob_is_used(reader: Reader, sha256: str) -> bool:
    """Whether a medium or a thumbnail has these bytes."""
    row = await reader.query_one(
        "SELECT 1 FROM media WHERE sha256 = $1 UNION ALL SELECT 1 FROM media_thumbnails WHERE blob = $1 LIMIT 1", sha256
    )
    return row is not None


async def file_is_used(reader: Reader, sha256: str) -> bool:
    """Whether a medium has these bytes."""
    return await reader.query_one("SELECT 1 FROM media WHERE sha256 = $1 LIMIT 1", sha256) is not None


async def blobs_after(reader: Reader, sha256: str, limit: int) -> list[str]:
    """The blobs of media and thumbnails, in order, after that one."""
    rows = await reader.query(
        "SELECT sha256 FROM media WHERE sha256 > $1 UNION SELECT blob FROM media_thumbnails WHERE blob > $1"
        " ORDER BY 1 LIMIT $2",
        sha256,
        limit,
    )
    return [row[0] for row in rows]
