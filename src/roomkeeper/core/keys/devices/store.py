"""All SQL of devices' keys.

A one-time key that was given out stays for a while, marked, so that an upload repeated by its device, whose answer was
lost, does not bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.keys.devices.models import FallbackKey, KeyName, OneTimeKey
from roomkeeper.platform.database import Reader, Write

BATCH = 500
"""Parameters in one IN list."""
TABLES = ("device_keys", "one_time_keys", "fallback_keys", "key_counts")


class StoredKey(msgspec.Struct, frozen=True):
    """A one-time key as it is stored."""

    content: bytes
    is_claimed: bool


async def find_device_keys(reader: Reader, user_id: str, device_id: str) -> bytes | None:
    """A device's identity keys."""
    sql = "SELECT content FROM device_keys WHERE user_id = $1 AND device_id = $2"
    row = await reader.query_one(sql, user_id, device_id)
    return row[0] if row else None


async def device_keys_of(reader: Reader, user_ids: Sequence[str]) -> list[tuple[str, str, bytes]]:
    """(user id, device id, keys) of all devices of some users that have any."""
    found: list[tuple[str, str, bytes]] = []
    for start in range(0, len(user_ids), BATCH):
        batch = user_ids[start : start + BATCH]
        marks = ", ".join(f"${number}" for number in range(1, len(batch) + 1))
        sql = f"SELECT user_id, device_id, content FROM device_keys WHERE user_id IN ({marks})"
        found += [(row[0], row[1], row[2]) for row in await reader.query(sql, *batch)]
    return found


def put_device_keys(write: Write, user_id: str, device_id: str, content: bytes) -> None:
    """Store a device's identity keys."""
    write.add(
        "INSERT INTO device_keys (user_id, device_id, content) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id, device_id) DO UPDATE SET content = $3",
        user_id,
        device_id,
        content,
        rows=1,
    )


def delete_keys(write: Write, user_id: str, device_id: str, tables: Sequence[str] = TABLES) -> None:
    """Delete all keys of a device."""
    for table in tables:
        write.add(f"DELETE FROM {table} WHERE user_id = $1 AND device_id = $2", user_id, device_id)


# ---------------------------------------------------------------- one-time keys


async def find_one_time_keys(
    reader: Reader, user_id: str, device_id: str, names: Sequence[KeyName]
) -> dict[KeyName, StoredKey]:
    """Those of the named keys that there are, or were."""
    found: dict[KeyName, StoredKey] = {}
    wanted = set(names)
    ids = sorted({name.key_id for name in names})
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        marks = ", ".join(f"${number}" for number in range(3, len(batch) + 3))
        sql = (
            "SELECT algorithm, key_id, content, claimed_ts IS NOT NULL FROM one_time_keys"
            f" WHERE user_id = $1 AND device_id = $2 AND key_id IN ({marks})"
        )
        for row in await reader.query(sql, user_id, device_id, *batch):
            name = KeyName(row[0], row[1])
            if name in wanted:
                found[name] = StoredKey(row[2], bool(row[3]))
    return found


def insert_one_time_key(write: Write, user_id: str, device_id: str, key: OneTimeKey, position: int) -> None:
    """A new one-time key; the write fails where there is one of that name."""
    write.add(
        "INSERT INTO one_time_keys (user_id, device_id, algorithm, key_id, content, position)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        user_id,
        device_id,
        key.name.algorithm,
        key.name.key_id,
        key.content,
        position,
        rows=1,
    )


async def count_one_time_keys(reader: Reader, user_id: str, device_id: str) -> dict[str, int]:
    """How many keys can be claimed, by algorithm."""
    sql = (
        "SELECT algorithm, count(*) FROM one_time_keys WHERE user_id = $1 AND device_id = $2 AND claimed_ts IS NULL"
        " GROUP BY algorithm"
    )
    return {row[0]: row[1] for row in await reader.query(sql, user_id, device_id)}


async def oldest_one_time_key(reader: Reader, user_id: str, device_id: str, algorithm: str) -> OneTimeKey | None:
    """The key that is to be given out next: of those that were uploaded first."""
    sql = (
        "SELECT key_id, content FROM one_time_keys WHERE user_id = $1 AND device_id = $2 AND algorithm = $3"
        " AND claimed_ts IS NULL ORDER BY position, key_id LIMIT 1"
    )
    row = await reader.query_one(sql, user_id, device_id, algorithm)
    return OneTimeKey(KeyName(algorithm, row[0]), row[1]) if row else None


def claim_one_time_key(write: Write, user_id: str, device_id: str, name: KeyName, now: int) -> None:
    """Mark a key as given out; the write fails where it was already."""
    write.add(
        "UPDATE one_time_keys SET claimed_ts = $5 WHERE user_id = $1 AND device_id = $2 AND algorithm = $3"
        " AND key_id = $4 AND claimed_ts IS NULL",
        user_id,
        device_id,
        name.algorithm,
        name.key_id,
        now,
        rows=1,
    )


def forget_claimed(write: Write, user_id: str, device_id: str, before_ts: int) -> None:
    """Delete the keys of a device that were given out before a time."""
    sql = "DELETE FROM one_time_keys WHERE user_id = $1 AND device_id = $2 AND claimed_ts < $3"
    write.add(sql, user_id, device_id, before_ts)


# ---------------------------------------------------------------- fallback keys


async def fallback_keys(reader: Reader, user_id: str, device_id: str) -> dict[str, FallbackKey]:
    """A device's fallback keys, by algorithm."""
    sql = (
        "SELECT algorithm, key_id, content, used FROM fallback_keys WHERE user_id = $1 AND device_id = $2"
        " ORDER BY algorithm"
    )
    rows = await reader.query(sql, user_id, device_id)
    return {row[0]: FallbackKey(OneTimeKey(KeyName(row[0], row[1]), row[2]), bool(row[3])) for row in rows}


def put_fallback_key(write: Write, user_id: str, device_id: str, key: OneTimeKey) -> None:
    """Store a fallback key, unused, in the place of the one before it."""
    write.add(
        "INSERT INTO fallback_keys (user_id, device_id, algorithm, key_id, content, used)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (user_id, device_id, algorithm) DO UPDATE SET key_id = $4, content = $5, used = $6",
        user_id,
        device_id,
        key.name.algorithm,
        key.name.key_id,
        key.content,
        False,
        rows=1,
    )


def use_fallback_key(write: Write, user_id: str, device_id: str, name: KeyName) -> None:
    """Mark a fallback key as used; the write fails where it is gone."""
    write.add(
        "UPDATE fallback_keys SET used = $5 WHERE user_id = $1 AND device_id = $2 AND algorithm = $3 AND key_id = $4",
        user_id,
        device_id,
        name.algorithm,
        name.key_id,
        True,
        rows=1,
    )


# ---------------------------------------------------------------- counts


def set_counts_position(write: Write, user_id: str, device_id: str, position: int) -> None:
    """The numbers of a device's keys have changed."""
    write.add(
        "INSERT INTO key_counts (user_id, device_id, position) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id, device_id) DO UPDATE SET position = $3",
        user_id,
        device_id,
        position,
        rows=1,
    )


async def counts_position(reader: Reader, user_id: str, device_id: str) -> int | None:
    """Where they changed last, `None` for a device that has uploaded nothing."""
    sql = "SELECT position FROM key_counts WHERE user_id = $1 AND device_id = $2"
    row = await reader.query_one(sql, user_id, device_id)
    return row[0] if row else None
