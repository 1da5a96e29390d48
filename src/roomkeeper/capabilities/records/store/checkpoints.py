"""Checkpoints, the heads in them, and where they have been delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from roomkeeper.platform.database import Driver, Reader, Write


class Head(NamedTuple):
    """The last entry of a record, by its seq and hash."""

    record_id: str
    seq: int
    head: bytes


class Signed(NamedTuple):
    """A checkpoint as it was signed (canonical JSON); `token` is what a timestamping service said to it."""

    number: int
    checkpoint: bytes
    signature: str
    key_id: str
    upto_no: int
    token: bytes | None


async def changed(driver: Driver, after_no: int, limit: int) -> list[tuple[int, Head]]:
    """(last number, head) of records that have entries with higher numbers, in that order."""
    rows = await driver.query_long(
        "SELECT last_no, record_id, entries, head FROM records WHERE last_no > $1 AND entries > 0"
        " ORDER BY last_no LIMIT $2",
        after_no,
        limit,
    )
    return [(row[0], Head(row[1], row[2], row[3])) for row in rows]


def insert(write: Write, signed: Signed, heads: Sequence[Head]) -> None:
    """A new checkpoint; fails where there is one of that number."""
    write.add(
        "INSERT INTO record_checkpoints (number, checkpoint, signature, key_id, upto_no, token)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        *signed,
        rows=1,
    )
    for head in heads:
        write.add(
            "INSERT INTO record_checkpoint_heads (number, record_id, seq, head) VALUES ($1, $2, $3, $4)",
            signed.number,
            *head,
            rows=1,
            append=True,
        )


async def newest(reader: Reader) -> Signed | None:
    """The last one."""
    row = await reader.query_one(
        "SELECT number, checkpoint, signature, key_id, upto_no, token FROM record_checkpoints"
        " ORDER BY number DESC LIMIT 1"
    )
    return Signed(*row) if row else None


async def after(reader: Reader, number: int, limit: int) -> list[Signed]:
    """Those after a number, in order."""
    rows = await reader.query(
        "SELECT number, checkpoint, signature, key_id, upto_no, token FROM record_checkpoints"
        " WHERE number > $1 ORDER BY number LIMIT $2",
        number,
        limit,
    )
    return [Signed(*row) for row in rows]


async def counted(driver: Driver, limit: int) -> list[tuple[bytes, int]]:
    """(checkpoint, number of the last entry before it) of the newest ones, in order."""
    rows = await driver.query_long(
        "SELECT checkpoint, upto_no FROM record_checkpoints ORDER BY number DESC LIMIT $1", limit
    )
    return [(row[0], row[1]) for row in reversed(rows)]


async def heads_in(driver: Driver, number: int) -> list[Head]:
    """The heads in a checkpoint, in the order of its leaves."""
    rows = await driver.query_long("SELECT record_id, seq, head FROM record_checkpoint_heads WHERE number = $1", number)
    # Databases sort texts in orders of their own.
    return sorted((Head(*row) for row in rows), key=lambda head: head.record_id.encode())


async def of_record(reader: Reader, record_id: str, after_number: int, limit: int) -> list[tuple[int, Head]]:
    """(number, head) of the checkpoints in which a record is."""
    rows = await reader.query(
        "SELECT number, record_id, seq, head FROM record_checkpoint_heads WHERE record_id = $1 AND number > $2"
        " ORDER BY number LIMIT $3",
        record_id,
        after_number,
        limit,
    )
    return [(row[0], Head(*row[1:])) for row in rows]


def set_token(write: Write, number: int, token: bytes) -> None:
    """What a timestamping service has said."""
    write.add("UPDATE record_checkpoints SET token = $2 WHERE number = $1", number, token, rows=1)


class Target(NamedTuple):
    """Up to which checkpoint a place has them; why it has no more, and since when (milliseconds)."""

    target: str
    delivered: int
    error: str
    failing_ts: int | None


async def targets(reader: Reader) -> dict[str, Target]:
    """All places that ever had one: few."""
    rows = await reader.query("SELECT target, delivered, error, failing_ts FROM record_targets")
    return {row[0]: Target(*row) for row in rows}


def put_target(write: Write, target: Target) -> None:
    """How far a place is."""
    write.add(
        "INSERT INTO record_targets (target, delivered, error, failing_ts) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (target) DO UPDATE SET delivered = $2, error = $3, failing_ts = $4",
        *target,
        rows=1,
    )
