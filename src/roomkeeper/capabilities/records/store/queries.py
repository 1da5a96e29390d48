"""Which records somebody sees and wants: as conditions of SQL, and as a list where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.records.models import Record
from roomkeeper.capabilities.records.store.records import RECORD, record_of
from roomkeeper.platform.database import Driver

HELD: Final = (
    "SELECT 1 FROM record_holds h WHERE h.released_ts IS NULL AND ((h.what = 'record' AND h.who = r.record_id)"
    " OR (h.what = 'person' AND h.who IN (SELECT person FROM record_people p WHERE p.record_id = r.record_id))"
    " OR (h.what = 'department'"
    " AND h.who IN (SELECT department_id FROM record_departments d WHERE d.record_id = r.record_id)))"
)
FEW: Final = 200
"""Records that are looked at one by one, and asked for by their names in the index."""


class RecordsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which records; `None` lets all through. Who asks sees those `within` departments, those that they take part in
    or have uploaded (`own`), and those that they were shown (`shown`)."""

    own: str | None = None
    within: frozenset[str] | None = None
    rooms_within: bool = True
    shown: tuple[str, ...] = ()
    record_ids: tuple[str, ...] = ()
    person: str | None = None
    departments: frozenset[str] | None = None
    program: str | None = None
    kind: str | None = None
    since_ts: int | None = None
    before_ts: int | None = None
    held: bool | None = None

    @property
    def is_open(self) -> bool:
        """Whether it lets all records through."""
        narrowed = (self.within, self.person, self.departments, self.held)
        return not (self.record_ids or self.is_narrowed_by_columns) and all(each is None for each in narrowed)

    @property
    def is_narrowed_by_columns(self) -> bool:
        """Whether it is about what a record is, of which program and when."""
        return any(each is not None for each in (self.program, self.kind, self.since_ts, self.before_ts))


class Conditions:
    """Conditions of one statement, and its parameters. Each is about a row `r` of records, and is cheap for one."""

    def __init__(self, *parameters: Any) -> None:
        self.parameters: list[Any] = list(parameters)
        self.parts: list[str] = []

    def place(self, value: Any) -> str:
        """Where a value stands."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def places(self, values: Sequence[Any]) -> str:
        """Where some values stand, at least one."""
        return ", ".join(self.place(value) for value in values) or "NULL"

    @property
    def where(self) -> str:
        """All of them."""
        return " AND ".join(self.parts) or "1 = 1"

    def let_through(self, query: RecordsQuery) -> None:
        """Only those records that whoever asks may see, and that are wanted."""
        if query.within is not None:
            self._let_see(query, query.within)
        if query.person is not None:
            self.parts.append(self._with_person(query.person))
        if query.departments is not None:
            self.parts.append(self._of_departments(query.departments))
        if query.held is not None:
            self.parts.append(f"{'' if query.held else 'NOT '}EXISTS ({HELD})")
        if query.record_ids:
            self.parts.append(f"r.record_id IN ({self.places(query.record_ids)})")
        self.let_through_by_columns(query)

    def let_through_by_columns(self, query: RecordsQuery) -> None:
        """Of what is wanted, that which the index `records_last` tells."""
        for condition, value in (
            ("program =", query.program),
            ("kind =", query.kind),
            ("last_ts >=", query.since_ts),
            ("first_ts <", query.before_ts),
        ):
            if value is not None:
                self.parts.append(f"r.{condition} {self.place(value)}")

    def _let_see(self, query: RecordsQuery, within: frozenset[str]) -> None:
        may: list[str] = []
        if query.own is not None:
            may += [self._with_person(query.own), f"r.owner = {self.place(query.own)}"]
        if within:
            kinds = "" if query.rooms_within else " AND r.kind <> 'room'"
            may.append(f"({self._of_departments(within)}{kinds})")
        if query.shown:
            may.append(f"r.record_id IN ({self.places(query.shown)})")
        self.parts.append(f"({' OR '.join(may) or '1 = 0'})")

    def _with_person(self, person: str) -> str:
        return (
            "EXISTS (SELECT 1 FROM record_people p"
            f" WHERE p.person = {self.place(person)} AND p.record_id = r.record_id)"
        )

    def _of_departments(self, departments: frozenset[str]) -> str:
        """Of a record, which has few: "|| ''" keeps each of those that are asked for from being looked up."""
        inside = self.places(sorted(departments))
        return (
            "EXISTS (SELECT 1 FROM record_departments d"
            f" WHERE d.record_id = r.record_id AND (d.department_id || '') IN ({inside}))"
        )


async def page(driver: Driver, query: RecordsQuery, before: int, limit: int) -> list[Record]:
    """Records, that first in which something was said last; those before a number, where that is not 0."""
    few = await few_of(driver, query)
    if few is not None:
        found = [record for record in few if 0 < record.last_no < (before or 2**62)]
        return sorted(found, key=lambda record: -record.last_no)[:limit]
    given = Conditions()
    given.let_through(query)
    given.parts.append(f"r.last_no > 0 AND r.last_no < {given.place(before or 2**62)}")
    sql = f"SELECT {RECORD} FROM records r WHERE {given.where} ORDER BY r.last_no DESC LIMIT {given.place(limit)}"
    return [record_of(row) for row in await driver.query_long(sql, *given.parameters)]


async def page_by_id(driver: Driver, query: RecordsQuery, after: str, limit: int) -> list[Record]:
    """Records in the order of their ids, after one."""
    given = Conditions()
    given.let_through(query)
    given.parts.append(f"r.entries > 0 AND r.record_id > {given.place(after)}")
    sql = f"SELECT {RECORD} FROM records r WHERE {given.where} ORDER BY r.record_id LIMIT {given.place(limit)}"
    return [record_of(row) for row in await driver.query_long(sql, *given.parameters)]


async def visible_among(driver: Driver, query: RecordsQuery, record_ids: Sequence[str]) -> dict[str, Record]:
    """Those of some records (1,000 at most) that a query lets through."""
    if not record_ids:
        return {}
    given = Conditions()
    given.let_through(query)
    given.parts.append(f"r.record_id IN ({given.places(record_ids)})")
    rows = await driver.query_long(f"SELECT {RECORD} FROM records r WHERE {given.where}", *given.parameters)
    return {row[0]: record_of(row) for row in rows}


async def last_number(driver: Driver, query: RecordsQuery) -> int:
    """A number above which no entry of what a query lets through is."""
    given = Conditions()
    given.let_through_by_columns(query)
    sql = f"SELECT r.last_no FROM records r WHERE {given.where} ORDER BY r.last_no DESC LIMIT 1"
    rows = await driver.query_long(sql, *given.parameters)
    return rows[0][0] if rows else 0


# ---------------------------------------------------------------- few

OF_PERSON: Final = "SELECT record_id FROM record_people WHERE person = $1 LIMIT $2"
OF_OWNER: Final = "SELECT record_id FROM records WHERE owner = $1 LIMIT $2"


async def few_of(driver: Driver, query: RecordsQuery) -> list[Record] | None:
    """The records that a query lets through, where it is easily seen that they are `FEW`, or none."""
    ids = await _few_ids(driver, query)
    return None if ids is None else list((await visible_among(driver, query, ids)).values())


async def _few_ids(driver: Driver, query: RecordsQuery) -> list[str] | None:
    """What contains them, of whatever narrows the query: that first of which there are few."""
    if query.record_ids:
        return list(query.record_ids)
    if query.person is not None and (found := await _some(driver, OF_PERSON, query.person)) is not None:
        return found
    if query.is_narrowed_by_columns and (found := await _by_columns(driver, query)) is not None:
        return found
    if query.departments is not None and (found := await _of_departments(driver, query.departments)) is not None:
        return found
    if query.within is None:
        return None
    ids = list(query.shown)
    for sql in (OF_PERSON, OF_OWNER) if query.own is not None else ():
        if (found := await _some(driver, sql, query.own)) is None:
            return None
        ids += found
    found = await _of_departments(driver, query.within)
    if found is None or len(ids := list(dict.fromkeys([*ids, *found]))) > FEW:
        return None
    return ids


async def _by_columns(driver: Driver, query: RecordsQuery) -> list[str] | None:
    given = Conditions()
    given.let_through_by_columns(query)
    sql = f"SELECT r.record_id FROM records r WHERE r.last_no > 0 AND {given.where} LIMIT {given.place(FEW + 1)}"
    found = [row[0] for row in await driver.query_long(sql, *given.parameters)]
    return found if len(found) <= FEW else None


async def _some(driver: Driver, sql: str, *parameters: Any) -> list[str] | None:
    found = [row[0] for row in await driver.query(sql, *parameters, FEW + 1)]
    return found if len(found) <= FEW else None


async def _of_departments(driver: Driver, departments: frozenset[str]) -> list[str] | None:
    if not departments:
        return []
    places = ", ".join(f"${number}" for number in range(1, len(departments) + 1))
    sql = f"SELECT record_id FROM record_departments WHERE department_id IN ({places}) LIMIT ${len(departments) + 1}"
    return await _some(driver, sql, *sorted(departments))
