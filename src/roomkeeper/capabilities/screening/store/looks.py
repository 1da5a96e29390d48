"""The SQL of what was seen in files."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.capabilities.screening.detectors.interface import Scores
from roomkeeper.capabilities.screening.rules import Look
from roomkeeper.platform.database import Reader, Write

Key = tuple[str, str, str, str]
"""The file's SHA-256; the detector's name and version; the variant."""


def put(write: Write, key: Key, look: Look, now: int) -> None:
    """Keep what a detector saw, or that it cannot look into the file."""
    write.add(
        "INSERT INTO screening_scores (sha256, detector, version, variant, outcome, scores, message, looked_ts)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sha256, detector, version, variant) DO NOTHING",
        *key,
        look.outcome,
        msgspec.json.encode(look.scores).decode(),
        look.message,
        now,
    )


def forget(write: Write, key: Key) -> None:
    """Forget what one detector saw."""
    sql = "DELETE FROM screening_scores WHERE sha256 = $1 AND detector = $2 AND version = $3 AND variant = $4"
    write.add(sql, *key)


async def of_file(reader: Reader, sha256: str) -> dict[Key, Look]:
    """All that is kept of a file: a row for each detector, version and variant, so few."""
    rows = await reader.query(
        "SELECT sha256, detector, version, variant, outcome, scores, message FROM screening_scores WHERE sha256 = $1",
        sha256,
    )
    return {
        (row[0], row[1], row[2], row[3]): Look(
            detector=row[1], outcome=row[4], scores=msgspec.json.decode(row[5], type=Scores), message=row[6]
        )
        for row in rows
    }


async def files_after(reader: Reader, sha256: str, limit: int) -> list[str]:
    """The files of which something is kept, in order, after that one."""
    rows = await reader.query(
        "SELECT DISTINCT sha256 FROM screening_scores WHERE sha256 > $1 ORDER BY sha256 LIMIT $2", sha256, limit
    )
    return [row[0] for row in rows]


def forget_file(write: Write, sha256: str) -> None:
    """The file is gone."""
    write.add("DELETE FROM screening_scores WHERE sha256 = $1", sha256)


def forget_versions(write: Write, sha256: str, current: Sequence[tuple[str, str]]) -> None:
    """Forget what other versions of these detectors saw in a file."""
    for detector, version in current:
        write.add(
            "DELETE FROM screening_scores WHERE sha256 = $1 AND detector = $2 AND version <> $3",
            sha256,
            detector,
            version,
        )
