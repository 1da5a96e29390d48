"""What is submitted for identification, who may be in it, and what of people's features is compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.capabilities.safety.identification.models import CandidateState, Details, Identification, State
from roomkeeper.platform.database import Reader, Row, Write

IDENTIFICATION = "identification_id, event_id, requested_by, media_id, state, created_ts, details"
CANDIDATE = "identification_id, event_id, user_id, state, score, sealed, decided_by, decided_ts, reason"

# ------------------------------------------------------------ templates


def delete_templates(write: Write, user_id: str) -> None:
    """All of somebody."""
    write.add("DELETE FROM safety_templates WHERE user_id = $1", user_id)


def delete_template(write: Write, feature_id: str) -> None:
    """That of one feature."""
    write.add("DELETE FROM safety_templates WHERE feature_id = $1", feature_id)


def put_template(write: Write, feature_id: str, user_id: str, kind: str, version: str, sealed: bytes) -> None:
    """What is compared of a feature; nothing where the feature is gone meanwhile."""
    write.add(
        "INSERT INTO safety_templates (feature_id, user_id, kind, version, sealed)"
        " SELECT feature_id, user_id, kind, $2, $3 FROM safety_features WHERE feature_id = $1 AND user_id = $4"
        " AND kind = $5 ON CONFLICT (feature_id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
        feature_id,
        version,
        sealed,
        user_id,
        kind,
    )


class Known(msgspec.Struct, frozen=True):
    """Something of somebody that is compared, sealed. Without a `version`: a text, which is compared as it is."""

    feature_id: str
    user_id: str
    kind: str
    version: str
    sealed: bytes
    wrapped: bytes


async def templates_after(reader: Reader, after: str, limit: int) -> list[Known]:
    """What was made of pictures and recordings, in the order of the features' ids."""
    sql = (
        "SELECT t.feature_id, t.user_id, t.kind, t.version, t.sealed, k.wrapped FROM safety_templates t"
        " JOIN safety_keys k ON k.user_id = t.user_id WHERE t.feature_id > $1 ORDER BY t.feature_id LIMIT $2"
    )
    return [_known(row) for row in await reader.query(sql, after, limit)]


async def texts_after(reader: Reader, after: str, limit: int) -> list[Known]:
    """Texts, in the order of their ids."""
    sql = (
        "SELECT f.feature_id, f.user_id, f.kind, '', f.sealed, k.wrapped FROM safety_features f"
        " JOIN safety_keys k ON k.user_id = f.user_id WHERE f.feature_id > $1 AND f.file IS NULL"
        " ORDER BY f.feature_id LIMIT $2"
    )
    return [_known(row) for row in await reader.query(sql, after, limit)]


def _known(row: Row) -> Known:
    return Known(row[0], row[1], row[2], row[3], bytes(row[4]), bytes(row[5]))


async def without_template(reader: Reader, kind: str, version: str, after: str, limit: int) -> list[tuple[str, str]]:
    """Files of a kind of which nothing, or something of another version, is compared: feature id and person."""
    sql = (
        "SELECT f.feature_id, f.user_id FROM safety_features f LEFT JOIN safety_templates t"
        " ON t.feature_id = f.feature_id AND t.version = $2 WHERE f.kind = $1 AND f.file IS NOT NULL"
        " AND t.feature_id IS NULL AND f.feature_id > $3 ORDER BY f.feature_id LIMIT $4"
    )
    return [(row[0], row[1]) for row in await reader.query(sql, kind, version, after, limit)]


# ------------------------------------------------------------ submissions


def insert_identification(write: Write, identification: Identification) -> None:
    """A new one."""
    write.add(
        f"INSERT INTO safety_identifications ({IDENTIFICATION}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        identification.identification_id,
        identification.event_id,
        identification.requested_by,
        identification.media_id,
        identification.state,
        identification.created_ts,
        msgspec.json.encode(identification.details).decode(),
        rows=1,
    )


def update_identification(write: Write, before: State, identification: Identification) -> None:
    """What may change of one; fails where it is not in the state `before`, or gone."""
    write.add(
        "UPDATE safety_identifications SET state = $3, details = $4 WHERE identification_id = $1 AND state = $2",
        identification.identification_id,
        before,
        identification.state,
        msgspec.json.encode(identification.details).decode(),
        rows=1,
    )


def settle(write: Write, identification_id: str) -> None:
    """That there is nothing to decide about one any more, where that is so."""
    write.add(
        "UPDATE safety_identifications SET state = 'decided' WHERE identification_id = $1 AND state = 'review' AND NOT"
        " EXISTS (SELECT 1 FROM safety_candidates WHERE identification_id = $2 AND state = 'waiting')",
        identification_id,
        identification_id,
    )


async def find_identification(reader: Reader, identification_id: str) -> Identification | None:
    """One of them."""
    found = await _identifications(reader, "identification_id = $1", identification_id)
    return found[0] if found else None


async def waiting(reader: Reader, limit: int) -> list[Identification]:
    """Those at which nobody has looked, the oldest first."""
    return await _identifications(reader, "state = 'waiting' ORDER BY identification_id LIMIT $1", limit)


async def page_of_event(
    reader: Reader, event_id: str, requested_by: str | None, before: str, limit: int
) -> list[Identification]:
    """Those of an event (and one person's alone), the newest first."""
    where, parameters = "event_id = $1 AND ($2 = '' OR identification_id < $3)", [event_id, before, before]
    if requested_by is not None:
        where += " AND requested_by = $5"
    order = f"{where} ORDER BY identification_id DESC LIMIT $4"
    return await _identifications(reader, order, *parameters, limit, *([requested_by] if requested_by else []))


async def page_in_state(reader: Reader, state: State, before: str, limit: int) -> list[Identification]:
    """Those in a state, of all events, the newest first."""
    where = "state = $1 AND ($2 = '' OR identification_id < $3) ORDER BY identification_id DESC LIMIT $4"
    return await _identifications(reader, where, state, before, before, limit)


async def count_requested(reader: Reader, user_id: str, since_ts: int) -> int:
    """How many somebody has submitted since then."""
    sql = "SELECT count(*) FROM safety_identifications WHERE requested_by = $1 AND created_ts >= $2"
    return await _count(reader, sql, user_id, since_ts)


async def count_of_event(reader: Reader, event_id: str) -> int:
    """How many there are of an event."""
    return await _count(reader, "SELECT count(*) FROM safety_identifications WHERE event_id = $1", event_id)


async def count_in_state(reader: Reader, state: State) -> int:
    """How many are in a state."""
    return await _count(reader, "SELECT count(*) FROM safety_identifications WHERE state = $1", state)


async def media_of(reader: Reader, event_id: str) -> list[tuple[str, str]]:
    """What was submitted for an event: the media, and by whom. They are bounded as they are taken."""
    sql = "SELECT media_id, requested_by FROM safety_identifications WHERE event_id = $1"
    return [(row[0], row[1]) for row in await reader.query(sql, event_id)]


async def media_kept(reader: Reader, media_ids: Sequence[str]) -> set[str]:
    """Those of some media (500 at most) that were submitted for an event that goes on."""
    names = ", ".join(f"${number}" for number in range(1, 1 + len(media_ids)))
    sql = f"SELECT media_id FROM safety_identifications WHERE media_id IN ({names})"
    return {row[0] for row in await reader.query(sql, *media_ids)} if media_ids else set()


def delete_of_event(write: Write, event_id: str) -> None:
    """All of an event that is over."""
    write.add("DELETE FROM safety_candidates WHERE event_id = $1", event_id)
    write.add("DELETE FROM safety_identifications WHERE event_id = $1", event_id)


def delete_requested(write: Write, user_id: str) -> None:
    """All that somebody has submitted."""
    write.add(
        "DELETE FROM safety_candidates WHERE identification_id IN"
        " (SELECT identification_id FROM safety_identifications WHERE requested_by = $1)",
        user_id,
    )
    write.add("DELETE FROM safety_identifications WHERE requested_by = $1", user_id)


async def has_requested(reader: Reader, user_id: str) -> bool:
    """Whether there is any of that."""
    sql = "SELECT 1 FROM safety_identifications WHERE requested_by = $1 LIMIT 1"
    return await reader.query_one(sql, user_id) is not None


async def _identifications(reader: Reader, where: str, *parameters: Any) -> list[Identification]:
    rows = await reader.query(f"SELECT {IDENTIFICATION} FROM safety_identifications WHERE {where}", *parameters)
    return [
        Identification(
            identification_id=row[0],
            event_id=row[1],
            requested_by=row[2],
            media_id=row[3],
            state=row[4],
            created_ts=row[5],
            details=msgspec.json.decode(row[6], type=Details),
        )
        for row in rows
    ]


async def _count(reader: Reader, sql: str, *parameters: Any) -> int:
    row = await reader.query_one(sql, *parameters)
    return 0 if row is None else int(row[0])


# ------------------------------------------------------------ candidates


class StoredCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate; `sealed`: the evidence, under the key of the candidate."""

    identification_id: str
    event_id: str
    user_id: str
    state: CandidateState
    score: float
    sealed: bytes
    decided_by: str | None = None
    decided_ts: int | None = None
    reason: str = ""


def insert_candidate(write: Write, candidate: StoredCandidate) -> None:
    """A new one; nothing where that person has withdrawn what identifies them meanwhile."""
    write.add(
        f"INSERT INTO safety_candidates ({CANDIDATE}) SELECT $1, $2, user_id, $4, $5, $6, NULL, NULL, ''"
        " FROM safety_keys WHERE user_id = $3",
        candidate.identification_id,
        candidate.event_id,
        candidate.user_id,
        candidate.state,
        candidate.score,
        candidate.sealed,
    )


def decide_candidate(write: Write, candidate: StoredCandidate) -> None:
    """What the human in charge says; fails where somebody has said it, or the candidate is gone."""
    write.add(
        "UPDATE safety_candidates SET state = $3, decided_by = $4, decided_ts = $5, reason = $6"
        " WHERE identification_id = $1 AND user_id = $2 AND state = 'waiting'",
        candidate.identification_id,
        candidate.user_id,
        candidate.state,
        candidate.decided_by,
        candidate.decided_ts,
        candidate.reason,
        rows=1,
    )


async def candidates_of(reader: Reader, identification_id: str) -> list[StoredCandidate]:
    """Those of a submission, the likeliest first. They are bounded as they are found."""
    return await _candidates(reader, "identification_id = $1 ORDER BY score DESC, user_id", identification_id)


async def find_candidate(reader: Reader, identification_id: str, user_id: str) -> StoredCandidate | None:
    """One of them."""
    found = await _candidates(reader, "identification_id = $1 AND user_id = $2", identification_id, user_id)
    return found[0] if found else None


async def times_candidate(reader: Reader, user_id: str, limit: int) -> list[tuple[str, CandidateState]]:
    """Of which submissions somebody is a candidate, and what was decided, the newest first."""
    sql = (
        "SELECT identification_id, state FROM safety_candidates WHERE user_id = $1"
        " ORDER BY identification_id DESC LIMIT $2"
    )
    return [(row[0], row[1]) for row in await reader.query(sql, user_id, limit)]


def delete_candidate(write: Write, user_id: str) -> None:
    """That somebody is a candidate of anything, who withdraws what made them one."""
    write.add(
        "UPDATE safety_identifications SET state = 'decided' WHERE state = 'review' AND identification_id IN"
        " (SELECT identification_id FROM safety_candidates WHERE user_id = $1) AND NOT EXISTS"
        " (SELECT 1 FROM safety_candidates c WHERE c.identification_id = safety_identifications.identification_id"
        " AND c.state = 'waiting' AND c.user_id <> $2)",
        user_id,
        user_id,
    )
    write.add("DELETE FROM safety_candidates WHERE user_id = $1", user_id)


async def _candidates(reader: Reader, where: str, *parameters: Any) -> list[StoredCandidate]:
    rows = await reader.query(f"SELECT {CANDIDATE} FROM safety_candidates WHERE {where}", *parameters)
    return [
        StoredCandidate(
            identification_id=row[0],
            event_id=row[1],
            user_id=row[2],
            state=row[3],
            score=float(row[4]),
            sealed=bytes(row[5]),
            decided_by=row[6],
            decided_ts=row[7],
            reason=row[8],
        )
        for row in rows
    ]
