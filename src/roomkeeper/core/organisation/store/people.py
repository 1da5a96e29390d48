"""The SQL of people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.core.organisation.models import PeopleOrder, PeopleQuery, Person
from roomkeeper.core.organisation.rules import search_text
from roomkeeper.core.organisation.store.departments import departments_of
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = (
    "user_id, kind, state, user_name, display_name, email, title, language, skills, session_limit, external_id,"
    " created_ts, updated_ts, version"
)


def put(write: Write, person: Person, *, append: bool = False) -> None:
    """Insert or change a person, without their departments; fails where somebody changed them meanwhile.

    `append`: they are new, and nothing else in `write` touches their row.
    """
    write.add(
        "INSERT INTO people (user_id, kind, state, user_name, display_name, email, title, language, skills,"
        " session_limit, external_id, search_text, created_ts, updated_ts, version, user_name_key, email_key,"
        " display_name_key)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
        " ON CONFLICT (user_id) DO UPDATE SET kind = excluded.kind, state = excluded.state,"
        " user_name = excluded.user_name, user_name_key = excluded.user_name_key,"
        " display_name = excluded.display_name, display_name_key = excluded.display_name_key,"
        " email = excluded.email, email_key = excluded.email_key,"
        " title = excluded.title, language = excluded.language, skills = excluded.skills,"
        " session_limit = excluded.session_limit, external_id = excluded.external_id,"
        " search_text = excluded.search_text, updated_ts = excluded.updated_ts, version = excluded.version"
        " WHERE people.version = excluded.version - 1",
        person.user_id,
        person.kind,
        person.state,
        person.user_name,
        person.display_name,
        person.email,
        person.title,
        person.language,
        json.dumps(person.skills),
        person.session_limit,
        person.external_id,
        search_text(person),
        person.created_ts,
        person.updated_ts,
        person.version,
        None if person.user_name is None else person.user_name.casefold(),
        person.email.casefold(),
        person.display_name.casefold(),
        rows=1,
        append=append,
    )


def touch(write: Write, user_id: str, now: int) -> None:
    """Count a change of a person that is in another table."""
    sql = "UPDATE people SET version = version + 1, updated_ts = $2 WHERE user_id = $1"
    write.add(sql, user_id, now, rows=1)


def forget(write: Write, user_id: str) -> None:
    """Forget a person who is known, or is not."""
    write.add("DELETE FROM people WHERE user_id = $1", user_id)


def delete(write: Write, user_id: str) -> None:
    """Forget a person, with their departments and roles."""
    write.add("DELETE FROM people WHERE user_id = $1", user_id, rows=1)
    write.add("DELETE FROM department_members WHERE user_id = $1", user_id)
    write.add("DELETE FROM role_grants WHERE user_id = $1", user_id)


async def find(reader: Reader, user_id: str) -> Person | None:
    """One person."""
    found = await find_several(reader, [user_id])
    return found.get(user_id)


async def find_several(reader: Reader, user_ids: Sequence[str]) -> dict[str, Person]:
    """Those of some people who are known, by user id."""
    if not user_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(user_ids) + 1))
    rows = await reader.query(f"SELECT {COLUMNS} FROM people WHERE user_id IN ({places})", *user_ids)
    return {person.user_id: person for person in await _with_departments(reader, rows)}


async def find_by(reader: Reader, column: str, value: str) -> list[Person]:
    """Those with a value in `user_name` (which is unique; without regard to case) or `external_id`."""
    assert column in ("user_name", "external_id"), "these have an index"
    if column == "user_name":
        column, value = "user_name_key", value.casefold()
    rows = await reader.query(f"SELECT {COLUMNS} FROM people WHERE {column} = $1 ORDER BY user_id LIMIT 100", value)
    return await _with_departments(reader, rows)


async def named(reader: Reader, user_names: Sequence[str]) -> list[Person]:
    """Those who have one of these user names, without regard to case."""
    if not user_names:
        return []
    places = ", ".join(f"${number}" for number in range(1, len(user_names) + 1))
    sql = f"SELECT {COLUMNS} FROM people WHERE user_name_key IN ({places})"
    return await _with_departments(reader, await reader.query(sql, *(name.casefold() for name in user_names)))


async def page(reader: Reader, query: PeopleQuery, after: str, limit: int, *, offset: int = 0) -> list[Person]:
    """People after a user id, in order; `offset` passes over as many of them."""
    where, parameters = _where(query)
    count = len(parameters)
    rows = await reader.query(
        f"SELECT {COLUMNS} FROM people WHERE {where} AND user_id > ${count + 1} ORDER BY user_id"
        f" LIMIT ${count + 2} OFFSET ${count + 3}",
        *parameters,
        after,
        limit,
        offset,
    )
    return await _with_departments(reader, rows)


SORTED_BY = {"name": "display_name_key", "updated": "updated_ts"}


async def sorted_page(
    reader: Reader, query: PeopleQuery, order: PeopleOrder, after: tuple[str | int, str] | None, limit: int
) -> list[tuple[str | int, Person]]:
    """People in another order than that of their ids, after what one was sorted by and their id; each with that."""
    column, is_falling = SORTED_BY[order.removeprefix("-")], order.startswith("-")
    where, parameters = _where(query)
    if after is not None:
        parameters += after
        where += f" AND ({column}, user_id) {'<' if is_falling else '>'} (${len(parameters) - 1}, ${len(parameters)})"
    direction = " DESC" if is_falling else ""
    rows = await reader.query(
        f"SELECT {COLUMNS}, {column} FROM people WHERE {where} ORDER BY {column}{direction}, user_id{direction}"
        f" LIMIT ${len(parameters) + 1}",
        *parameters,
        limit,
    )
    people = await _with_departments(reader, rows)
    return [(row[-1], person) for row, person in zip(rows, people, strict=True)]


async def count(reader: Reader, query: PeopleQuery) -> int:
    """How many people a query finds."""
    where, parameters = _where(query)
    row = await reader.query_one(f"SELECT count(*) FROM people WHERE {where}", *parameters)
    return int(row[0]) if row else 0


def _where(query: PeopleQuery) -> tuple[str, list[Any]]:
    conditions: list[str] = ["1 = 1"]
    parameters: list[Any] = []
    for column, value in (("kind", query.kind), ("state", query.state)):
        if value is not None:
            parameters.append(value)
            conditions.append(f"{column} = ${len(parameters)}")
    if query.within is not None:
        places = []
        for department_id in sorted(query.within):
            parameters.append(department_id)
            places.append(f"${len(parameters)}")
        members = f"SELECT user_id FROM department_members WHERE department_id IN ({', '.join(places)})"
        conditions.append(f"user_id IN ({members})" if places else "1 = 0")
    for word in query.text.casefold().split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parameters.append(f"%{escaped}%")
        conditions.append(f"search_text LIKE ${len(parameters)} ESCAPE '\\'")
    return " AND ".join(conditions), parameters


async def _with_departments(reader: Reader, rows: Sequence[Row]) -> list[Person]:
    departments = await departments_of(reader, [row[0] for row in rows])
    return [_person(row, departments.get(row[0], ())) for row in rows]


def _person(row: Row, departments: tuple[str, ...]) -> Person:
    return Person(
        user_id=row[0],
        kind=row[1],
        state=row[2],
        user_name=row[3],
        display_name=row[4],
        email=row[5],
        title=row[6],
        language=row[7],
        skills=msgspec.json.decode(row[8], type=tuple[str, ...]),
        session_limit=row[9],
        external_id=row[10],
        departments=departments,
        created_ts=row[11],
        updated_ts=row[12],
        version=row[13],
    )


async def departed(reader: Reader) -> list[str]:
    """Those who have left."""
    return [row[0] for row in await reader.query("SELECT user_id FROM people WHERE state = 'departed'")]
