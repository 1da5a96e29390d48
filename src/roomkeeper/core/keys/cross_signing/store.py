"""All SQL of cross-signing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.keys.cross_signing.models import CrossSigningKey, Keys, Signature
from roomkeeper.platform.database import Reader, Write
from roomkeeper.wire.canonical_json import canonical

BATCH = 500
"""Parameters in one IN list."""


async def keys_of(reader: Reader, user_ids: Sequence[str]) -> dict[str, Keys]:
    """The keys of those of some users that have any."""
    found: dict[str, Keys] = {}
    for start in range(0, len(user_ids), BATCH):
        batch = user_ids[start : start + BATCH]
        marks = ", ".join(f"${number}" for number in range(1, len(batch) + 1))
        sql = f"SELECT user_id, usage, public_key, content FROM cross_signing_keys WHERE user_id IN ({marks})"
        for user_id, usage, public_key, content in await reader.query(sql, *batch):
            key = CrossSigningKey(usage, public_key, msgspec.json.decode(content))
            found.setdefault(user_id, {})[key.usage] = key
    return found


def put_key(write: Write, user_id: str, key: CrossSigningKey) -> None:
    """Store a key in the place of the one before it."""
    write.add(
        "INSERT INTO cross_signing_keys (user_id, usage, public_key, content) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (user_id, usage) DO UPDATE SET public_key = $3, content = $4",
        user_id,
        key.usage,
        key.public_key,
        canonical(key.value),
        rows=1,
    )


def retire_key(write: Write, user_id: str, key: CrossSigningKey) -> None:
    """Delete a key with the signatures on it and by it."""
    write.add("DELETE FROM cross_signing_keys WHERE user_id = $1 AND usage = $2", user_id, key.usage)
    write.add("DELETE FROM key_signatures WHERE user_id = $1 AND key_id = $2", user_id, key.public_key)
    write.add("DELETE FROM key_signatures WHERE signer_id = $1 AND signer_key_id = $2", user_id, key.key_id)


def delete_user(write: Write, user_id: str) -> None:
    """Delete all keys of a user, and the signatures on and by them."""
    write.add("DELETE FROM cross_signing_keys WHERE user_id = $1", user_id)
    write.add("DELETE FROM key_signatures WHERE user_id = $1", user_id)
    write.add("DELETE FROM key_signatures WHERE signer_id = $1", user_id)


def delete_device(write: Write, user_id: str, device_id: str) -> None:
    """Delete the signatures on and by a device."""
    write.add("DELETE FROM key_signatures WHERE user_id = $1 AND key_id = $2", user_id, device_id)
    write.add("DELETE FROM key_signatures WHERE signer_id = $1 AND signer_key_id = $2", user_id, f"ed25519:{device_id}")


def put_signature(write: Write, one: Signature, position: int) -> None:
    """Store a signature."""
    write.add(
        "INSERT INTO key_signatures (user_id, key_id, signer_id, signer_key_id, signature, position)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (user_id, key_id, signer_id, signer_key_id) DO UPDATE SET signature = $5, position = $6",
        one.user_id,
        one.key_id,
        one.signer_id,
        one.signer_key_id,
        one.signature,
        position,
        rows=1,
    )


async def signatures_on(reader: Reader, user_ids: Sequence[str], viewer: str) -> dict[tuple[str, str], list[Signature]]:
    """The signatures on the keys of some users by themselves or by `viewer`, by user id and key id."""
    found: dict[tuple[str, str], list[Signature]] = {}
    for start in range(0, len(user_ids), BATCH):
        batch = user_ids[start : start + BATCH]
        marks = ", ".join(f"${number}" for number in range(2, len(batch) + 2))
        sql = (
            "SELECT user_id, key_id, signer_id, signer_key_id, signature FROM key_signatures"
            f" WHERE user_id IN ({marks}) AND (signer_id = user_id OR signer_id = $1)"
        )
        for row in await reader.query(sql, viewer, *batch):
            found.setdefault((row[0], row[1]), []).append(Signature(*row))
    return found


async def count_signatures(reader: Reader, signer_id: str) -> int:
    """How many signatures of a user are stored."""
    row = await reader.query_one("SELECT count(*) FROM key_signatures WHERE signer_id = $1", signer_id)
    return row[0] if row else 0


async def signed_after(reader: Reader, signer_id: str, position: int) -> set[str]:
    """Other users whose keys a user has signed after a position."""
    sql = "SELECT DISTINCT user_id FROM key_signatures WHERE signer_id = $1 AND position > $2 AND user_id <> $1"
    return {row[0] for row in await reader.query(sql, signer_id, position)}
