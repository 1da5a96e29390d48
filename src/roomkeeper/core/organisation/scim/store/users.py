"""The SQL of users: which people SCIM tells of, and what is kept of them for it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.organisation.scim.models import Details, Resource
from roomkeeper.core.organisation.scim.store.conditions import SORTED_BY, Condition
from roomkeeper.platform.database import Driver, Reader, Write

PROVISIONED = "p.user_name_key IS NOT NULL AND p.kind <> 'customer' AND p.user_id > ''"
"""As in the index `people_provisioned`; the last term lets SQLite choose it."""


def put_details(write: Write, user_id: str, details: Details, *, append: bool = False) -> None:
    """Keep what is told of somebody. `append`: they are new."""
    if not append:
        delete_details(write, user_id)
    sql = (
        "INSERT INTO person_details (user_id, content, given_name, family_name, formatted_name, employee_number)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
    )
    write.add(
        sql,
        user_id,
        msgspec.json.encode(details.content).decode(),
        details.given_name,
        details.family_name,
        details.formatted_name,
        details.employee_number,
        rows=1,
        append=append,
    )
    for email in details.emails:
        write.add("INSERT INTO person_emails (email_key, user_id) VALUES ($1, $2)", email, user_id, append=append)


def delete_details(write: Write, user_id: str) -> None:
    """Forget what was told of somebody."""
    write.add("DELETE FROM person_details WHERE user_id = $1", user_id)
    write.add("DELETE FROM person_emails WHERE user_id = $1", user_id)


async def contents_of(reader: Reader, user_ids: Sequence[str]) -> dict[str, Resource]:
    """What is kept of some people, by user id."""
    if not user_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(user_ids) + 1))
    rows = await reader.query(f"SELECT user_id, content FROM person_details WHERE user_id IN ({places})", *user_ids)
    return {row[0]: msgspec.json.decode(row[1], type=Resource) for row in rows}


async def page(
    driver: Driver, condition: Condition, order: str, limit: int, offset: int, *, descending: bool
) -> list[str]:
    """The user ids of those to whom a condition applies, in the order of a path in `SORTED_BY`."""
    column, count = SORTED_BY[order], len(condition.parameters)
    direction = "DESC" if descending else "ASC"
    joined = _joined(needs_details=condition.needs_details or column.startswith("d."))
    ordered = f"{column} {direction}" if column == "p.user_id" else f"{column} {direction}, p.user_id {direction}"
    sql = (
        f"SELECT p.user_id FROM people p{joined} WHERE {PROVISIONED} AND ({condition.sql})"
        f" ORDER BY {ordered} LIMIT ${count + 1} OFFSET ${count + 2}"
    )
    query = driver.query if column == "p.user_id" and condition.sql == "1 = 1" else driver.query_long
    return [row[0] for row in await query(sql, *condition.parameters, limit, offset)]


async def count(driver: Driver, condition: Condition) -> int:
    """To how many people a condition applies."""
    joined = _joined(needs_details=condition.needs_details)
    sql = f"SELECT count(*) FROM people p{joined} WHERE {PROVISIONED} AND ({condition.sql})"
    query = driver.query if condition.sql == "1 = 1" else driver.query_long
    return int((await query(sql, *condition.parameters))[0][0])


def _joined(*, needs_details: bool) -> str:
    return " LEFT JOIN person_details d ON d.user_id = p.user_id" if needs_details else ""
