"""Whether it works now: the client's log against the server's at the points of a kind, made after the operation ended.

1. Only what both sides logged after the end counts, of what the report is about (the same room, the same medium …).
2. Entries are joined by the plan's correlation. At each point that has a pair on the other side, the properties that
   the plan compares must be equal.
3. The newest attempt decides: a failure, or a difference, is ``failed``; the last pair of the plan, whole and equal, is
   ``success``; all else is ``unverified``, with the side of which the log is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from roomkeeper.capabilities.repair.flows.aggregating import correlation_of, differing
from roomkeeper.capabilities.repair.models import Kind, Point, Side, TrackedEvent

SUBJECTS: Final = ("room_id", "media_id")
"""Properties that say what an attempt is about."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One point on both sides. `fields`: the properties in which they differ."""

    correlation_id: str
    client_point: str
    server_point: str
    client: dict[str, Any] | None = None
    server: dict[str, Any] | None = None
    client_ts: int | None = None
    server_ts: int | None = None
    fields: tuple[str, ...] = ()


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `missing`: the sides that logged nothing at the deciding point; `failure`: the failing point."""

    outcome: Literal["success", "failed", "unverified"]
    since_ts: int
    compared: tuple[Compared, ...] = ()
    missing: tuple[Side, ...] = ()
    failure: str = ""
    fields: tuple[str, ...] = ()


def pairs_of(kind: Kind) -> list[tuple[Point, Point]]:
    """The points of both sides that tell of the same, client first, in the plan's order."""
    found = []
    for point in sorted(kind.points, key=lambda each: each.order):
        other = kind.point(point.pair) if point.pair else None
        if point.side == "client" and not point.failure and other is not None and other.side == "server":
            found.append((point, other))
    return found


def verify(kind: Kind, events: Sequence[TrackedEvent], since_ts: int, about: Mapping[str, str]) -> Verification:
    """Compare what was logged after `since_ts` (milliseconds); `about`: what the report says that it is about."""
    pairs = pairs_of(kind)
    attempts = _attempts(kind, [each for each in events if _counts(each, since_ts, about)])
    if not pairs:
        return Verification(outcome="unverified", since_ts=since_ts)
    compared = [
        _compare(correlation, client, server, entries)
        for correlation, entries in attempts
        for client, server in pairs
        if client.name in entries or server.name in entries
    ]
    for correlation, entries in attempts:
        decided = _decide(kind, pairs, correlation, entries, compared)
        if decided is not None:
            return msgspec.structs.replace(decided, since_ts=since_ts, compared=tuple(compared))
    last = pairs[-1]
    there = {name for _, entries in attempts for name in entries}
    missing = tuple(point.side for point in last if point.name not in there)
    return Verification(outcome="unverified", since_ts=since_ts, compared=tuple(compared), missing=missing)


def _counts(event: TrackedEvent, since_ts: int, about: Mapping[str, str]) -> bool:
    if event.ts <= since_ts or event.received_ts <= since_ts:
        return False
    own = event.properties
    return all(name not in own or str(own[name]) == about[name] for name in SUBJECTS if about.get(name))


def _attempts(kind: Kind, events: Sequence[TrackedEvent]) -> list[tuple[str, dict[str, TrackedEvent]]]:
    """The newest entry at each point, by correlation; the newest attempt first."""
    grouped: dict[str, dict[str, TrackedEvent]] = {}
    for event in sorted(events, key=lambda each: (each.ts, each.number)):
        if kind.point(event.name) is not None:
            grouped.setdefault(correlation_of(kind, event), {})[event.name] = event
    return sorted(grouped.items(), key=lambda item: max(each.ts for each in item[1].values()), reverse=True)


def _decide(
    kind: Kind,
    pairs: Sequence[tuple[Point, Point]],
    correlation: str,
    entries: Mapping[str, TrackedEvent],
    compared: Sequence[Compared],
) -> Verification | None:
    """What one attempt says; `None`: nothing that is sure."""
    client, server = pairs[-1]
    succeeded = entries.get(client.name)
    for name, event in entries.items():
        point = kind.point(name)
        assert point is not None
        if point.failure and (succeeded is None or event.ts > succeeded.ts):
            return Verification(outcome="failed", since_ts=0, failure=name)
    own = [each for each in compared if each.correlation_id == correlation]
    fields = tuple(dict.fromkeys(field for each in own for field in each.fields))
    if fields:
        return Verification(outcome="failed", since_ts=0, fields=fields)
    if client.name in entries and server.name in entries:
        return Verification(outcome="success", since_ts=0)
    return None


def _compare(correlation: str, client: Point, server: Point, entries: Mapping[str, TrackedEvent]) -> Compared:
    ours, theirs = entries.get(client.name), entries.get(server.name)
    fields: tuple[str, ...] = ()
    if ours is not None and theirs is not None:
        fields = tuple(dict.fromkeys((*differing(client, ours, theirs), *differing(server, theirs, ours))))
    return Compared(
        correlation_id=correlation,
        client_point=client.name,
        server_point=server.name,
        client=None if ours is None else ours.properties,
        server=None if theirs is None else theirs.properties,
        client_ts=None if ours is None else ours.ts,
        server_ts=None if theirs is None else theirs.ts,
        fields=fields,
    )
