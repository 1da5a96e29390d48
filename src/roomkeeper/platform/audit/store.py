"""All SQL of the audit log. Entries are in the order of their times, then of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from roomkeeper.platform.audit.models import AuditEntry, AuditFilter
from roomkeeper.platform.database import Driver, Row, Write

COLUMNS = "id, ts, actor, permission, object, reason"
LOOKED_THROUGH = 50_000
"""Entries that are looked through for a text at a time; what one looks at next goes on from there."""
MOST_PERMISSIONS = 500

Direction = Literal["older", "newer"]
Place = tuple[int, int]
"""Time and id of an entry."""


class _Query:
    """Conditions, with their parameters."""

    def __init__(self, wanted: AuditFilter) -> None:
        self.parameters: list[Any] = []
        columns = {"actor": wanted.actor, "object": wanted.target, "permission": wanted.permission}
        self.conditions = [f"{column} = {self.place(value)}" for column, value in columns.items() if value]
        if wanted.since_ts is not None:
            self.conditions.append(f"ts >= {self.place(wanted.since_ts)}")
        if wanted.upto_ts is not None:
            self.conditions.append(f"ts < {self.place(wanted.upto_ts)}")

    def place(self, value: Any) -> str:
        """The name of a new parameter."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def from_place(self, place: Place, direction: Direction) -> None:
        """Only what is older, or newer, than that entry."""
        sign = "<" if direction == "older" else ">"
        self.conditions.append(f"(ts, id) {sign} ({self.place(place[0])}, {self.place(place[1])})")

    @property
    def where(self) -> str:
        """All of them."""
        return " AND ".join(self.conditions) or "1 = 1"


def _order(direction: Direction) -> str:
    return "ORDER BY ts DESC, id DESC" if direction == "older" else "ORDER BY ts, id"


def insert(write: Write, *, ts: int, actor: str, permission: str, target: str, reason: str, append: bool) -> None:
    """A new entry."""
    write.add(
        "INSERT INTO audit_log (ts, actor, permission, object, reason) VALUES ($1, $2, $3, $4, $5)",
        ts,
        actor,
        permission,
        target,
        reason,
        rows=1,
        append=append,
    )


async def place_of(driver: Driver, entry_id: int) -> Place | None:
    """Where an entry stands."""
    row = await driver.query_one("SELECT ts, id FROM audit_log WHERE id = $1", entry_id)
    return None if row is None else (row[0], row[1])


async def newest(driver: Driver) -> int:
    """The highest id."""
    row = await driver.query_one("SELECT COALESCE(MAX(id), 0) FROM audit_log")
    return 0 if row is None else int(row[0])


async def page(
    driver: Driver, wanted: AuditFilter, place: Place | None, direction: Direction, limit: int
) -> tuple[list[AuditEntry], int | None]:
    """Entries from a place on, in that direction; and the id from which to go on where there may be more."""
    query = _Query(wanted)
    if place is not None:
        query.from_place(place, direction)
    if wanted.text:
        return await _with_text(driver, query, wanted.text, direction, limit)
    sql = f"SELECT {COLUMNS} FROM audit_log WHERE {query.where} {_order(direction)} LIMIT {query.place(limit)}"
    found = _entries(await driver.query_long(sql, *query.parameters))
    return found, found[-1].id if len(found) == limit else None


async def _with_text(
    driver: Driver, query: _Query, text: str, direction: Direction, limit: int
) -> tuple[list[AuditEntry], int | None]:
    """Reasons have no index: so many entries are looked through, and no more."""
    given = f"FROM audit_log WHERE {query.where} {_order(direction)}"
    # The last entry that is looked at, where there are so many.
    last = f"SELECT id {given} LIMIT 1 OFFSET ${len(query.parameters) + 1}"
    ends = await driver.query_long(last, *query.parameters, LOOKED_THROUGH - 1)
    window = f"SELECT {COLUMNS} {given} LIMIT {query.place(LOOKED_THROUGH)}"
    pattern = query.place(f"%{escaped(text)}%")
    sql = (
        f"SELECT {COLUMNS} FROM ({window}) AS looked WHERE LOWER(reason) LIKE LOWER({pattern}) ESCAPE '\\'"
        f" {_order(direction)} LIMIT {query.place(limit)}"
    )
    found = _entries(await driver.query_long(sql, *query.parameters))
    if len(found) == limit:
        return found, found[-1].id
    return found, ends[0][0] if ends else None


def escaped(text: str) -> str:
    """A text in which LIKE sees no signs of its own."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def permissions(driver: Driver) -> list[str]:
    """The names of permissions that there are entries of; each is found by the index, not by looking at all entries."""
    rows = await driver.query_long(
        "WITH RECURSIVE names(name) AS (SELECT MIN(permission) FROM audit_log UNION ALL"
        " SELECT (SELECT MIN(permission) FROM audit_log WHERE permission > names.name) FROM names"
        " WHERE names.name IS NOT NULL) SELECT name FROM names WHERE name IS NOT NULL LIMIT $1",
        MOST_PERMISSIONS,
    )
    return [row[0] for row in rows]


def _entries(rows: Sequence[Row]) -> list[AuditEntry]:
    return [AuditEntry(*row) for row in rows]
