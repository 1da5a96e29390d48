"""All SQL of relations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from roomkeeper.core.relations.models import REFERENCE, REPLACE, THREAD, Relation, Scope, Summary
from roomkeeper.core.rooms import TimelineEvent
from roomkeeper.core.rooms.visibility import FOREVER
from roomkeeper.platform.database import Driver, Reader, Write

MOST_REFERENCES = 500
"""References to one event that are listed with it; of more, the newest."""
DEPTH = 3
"""How many relations may lie between an event and one that relates to it indirectly."""


def insert(write: Write, entry: TimelineEvent, relation: Relation) -> None:
    """What an event says of its parent. The database refuses an annotation that is there already."""
    event = entry.event
    write.add(
        "INSERT INTO event_relations (position, room_id, event_id, parent, rel_type, type, sender, key,"
        " origin_server_ts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.position,
        event.room_id,
        event.event_id,
        relation.parent,
        relation.rel_type,
        event.type,
        event.sender,
        relation.key,
        event.origin_server_ts,
        rows=1,
        append=True,
    )


def delete(write: Write, position: int) -> None:
    """The event at that position relates to nothing any more."""
    write.add("DELETE FROM event_relations WHERE position = $1", position)


async def has_annotation(reader: Reader, room_id: str, sender: str, event_type: str, relation: Relation) -> bool:
    """Whether the sender has annotated the parent like that."""
    row = await reader.query_one(
        "SELECT 1 FROM event_relations WHERE room_id = $1 AND parent = $2 AND sender = $3 AND type = $4 AND key = $5"
        " AND rel_type = 'm.annotation'",
        room_id,
        relation.parent,
        sender,
        event_type,
        relation.key,
    )
    return row is not None


# ---------------------------------------------------------------- what relations amount to


async def summaries(
    reader: Reader, scope: Scope, user_id: str, parents: Sequence[str], editable: Sequence[tuple[str, str, str]]
) -> list[Summary]:
    """What some events' threads, edits and references amount to.

    `editable` has those events that can be edited, each with who can and the type that edits must have.
    """
    query = _Query()
    where = _in_scope(query, scope)
    where.append(f"r.parent IN ({query.several(parents)})")
    types = f"r.rel_type IN ('{THREAD}', '{REFERENCE}')"
    if editable:
        tuples = ", ".join(f"({query.several(members)})" for members in editable)
        types = f"({types} OR (r.rel_type = '{REPLACE}' AND (r.parent, r.sender, r.type) IN (VALUES {tuples})))"
    where.append(types)
    group = "OVER (PARTITION BY r.parent, r.rel_type)"
    rows = await reader.query(
        "SELECT parent, rel_type, event_id, position, total, own FROM (SELECT r.parent, r.rel_type, r.event_id,"
        f" r.position, count(*) {group} AS total, max(CASE WHEN r.sender = {query.one(user_id)} THEN 1 ELSE 0 END)"
        f" {group} AS own, row_number() OVER (PARTITION BY r.parent, r.rel_type ORDER BY CASE WHEN"
        f" r.rel_type = '{REPLACE}' THEN r.origin_server_ts ELSE r.position END DESC, r.event_id DESC) AS place"
        f" FROM event_relations r WHERE {' AND '.join(where)}) s"
        f" WHERE place = 1 OR (rel_type = '{REFERENCE}' AND place <= {MOST_REFERENCES}) ORDER BY position",
        *query.parameters,
    )
    return [Summary(*row) for row in rows]


# ---------------------------------------------------------------- children, threads


async def children(
    driver: Driver,
    scope: Scope,
    parent: str,
    kind: tuple[str | None, str | None],
    after: int,
    limit: int,
    *,
    backwards: bool,
    recurse: bool,
) -> list[int]:
    """Positions of the events that relate to `parent`, those after position `after` and within the scope.

    `kind` has the type of relation and that of event, where only such are wanted, also on the way to those that relate
    indirectly. Sorted, from the end or from the start.
    """
    query = _Query()
    room, wanted = query.one(scope.room_id), ""
    for column, value in zip(("rel_type", "type"), kind, strict=True):
        wanted += "" if value is None else f" AND c.{column} = {query.one(value)}"
    deeper = (
        " UNION SELECT c.event_id, c.position, c.sender, d.depth + 1 FROM descendants d JOIN event_relations c"
        f" ON c.room_id = {room} AND c.parent = d.event_id WHERE d.depth < {DEPTH}{wanted}"
    )
    where = [f"r.position > {query.one(after)}", *_in_scope(query, scope, with_room=False)]
    rows = await driver.query_long(
        "WITH RECURSIVE descendants (event_id, position, sender, depth) AS (SELECT c.event_id, c.position, c.sender, 1"
        f" FROM event_relations c WHERE c.room_id = {room} AND c.parent = {query.one(parent)}{wanted}"
        f"{deeper if recurse else ''}) SELECT r.position FROM descendants r WHERE {' AND '.join(where)}"
        f" ORDER BY r.position {'DESC' if backwards else 'ASC'} LIMIT {query.one(limit)}",
        *query.parameters,
    )
    return [row[0] for row in rows]


async def threads(driver: Driver, scope: Scope, limit: int) -> list[tuple[str, int]]:
    """Threads by their newest events, newest first: the root's id and the position of the newest event.

    `scope.upto` is where to begin.
    """
    query = _Query()
    where = [f"r.rel_type = '{THREAD}'", *_in_scope(query, scope)]
    newer = [f"n.rel_type = '{THREAD}'", "n.room_id = r.room_id", "n.parent = r.parent", "n.position > r.position"]
    newer += _in_scope(query, msgspec.structs.replace(scope, upto=FOREVER), alias="n", with_room=False)
    where.append(f"NOT EXISTS (SELECT 1 FROM event_relations n WHERE {' AND '.join(newer)})")
    rows = await driver.query_long(
        f"SELECT r.parent, r.position FROM event_relations r WHERE {' AND '.join(where)}"
        f" ORDER BY r.position DESC LIMIT {query.one(limit)}",
        *query.parameters,
    )
    return [(row[0], row[1]) for row in rows]


async def threads_with(reader: Reader, room_id: str, user_id: str, roots: Sequence[str]) -> set[str]:
    """Those of some threads that a user has written in."""
    query = _Query()
    rows = await reader.query(
        f"SELECT DISTINCT parent FROM event_relations WHERE room_id = {query.one(room_id)} AND rel_type = '{THREAD}'"
        f" AND sender = {query.one(user_id)} AND parent IN ({query.several(roots)})",
        *query.parameters,
    )
    return {row[0] for row in rows}


async def related_among(
    reader: Reader, room_id: str, event_ids: Sequence[str], senders: Sequence[str] | None, types: Sequence[str] | None
) -> set[str]:
    """Those of some events that an event relates to, of one of the senders and by one of the types (`None`: any)."""
    query = _Query()
    where = [f"room_id = {query.one(room_id)}", f"parent IN ({query.several(event_ids)})"]
    for column, wanted in (("sender", senders), ("rel_type", types)):
        if wanted is not None:
            where.append(f"{column} IN ({query.several(wanted)})" if wanted else "1 = 0")
    rows = await reader.query(
        f"SELECT DISTINCT parent FROM event_relations WHERE {' AND '.join(where)}", *query.parameters
    )
    return {row[0] for row in rows}


# ---------------------------------------------------------------- putting queries together


class _Query:
    """The parameters of a query that is being put together."""

    def __init__(self) -> None:
        self.parameters: list[Any] = []

    def one(self, value: object) -> str:
        """The place of a parameter."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def several(self, values: Iterable[object]) -> str:
        """Places with commas between them."""
        return ", ".join(self.one(value) for value in values)


def _in_scope(query: _Query, scope: Scope, *, alias: str = "r", with_room: bool = True) -> list[str]:
    where = [f"{alias}.room_id = {query.one(scope.room_id)}"] if with_room else []
    where.append(f"{alias}.position <= {query.one(scope.upto)}")
    if scope.ignored:
        where.append(f"{alias}.sender NOT IN ({query.several(sorted(scope.ignored))})")
    if scope.ranges is not None:
        within = [f"{alias}.position BETWEEN {query.one(first)} AND {query.one(last)}" for first, last in scope.ranges]
        where.append(f"({' OR '.join(within) or '1 = 0'})")
    return where
