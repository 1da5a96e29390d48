"""The SQL of roles."""

from __future__ import annotations

from roomkeeper.core.organisation.models import Grant, GrantsQuery
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "user_id, role, department_id, granted_by, granted_ts"


def insert(write: Write, grant: Grant) -> None:
    """Give a role; who has it already keeps it as it was given."""
    write.add(
        f"INSERT INTO role_grants ({COLUMNS}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        grant.user_id,
        grant.role,
        grant.department_id,
        grant.granted_by,
        grant.granted_ts,
    )


def delete(write: Write, user_id: str, role: str, department_id: str) -> None:
    """Take a role; fails where they do not have it."""
    write.add(
        "DELETE FROM role_grants WHERE user_id = $1 AND role = $2 AND department_id = $3",
        user_id,
        role,
        department_id,
        rows=1,
    )


async def of_user(reader: Reader, user_id: str) -> list[Grant]:
    """The roles that somebody was given."""
    sql = f"SELECT {COLUMNS} FROM role_grants WHERE user_id = $1 ORDER BY role, department_id"
    return [_grant(row) for row in await reader.query(sql, user_id)]


async def page(reader: Reader, query: GrantsQuery, after: tuple[str, str, str], limit: int) -> list[Grant]:
    """Roles that were given, in order of user id, role, department, after such a triple."""
    conditions, parameters = ["(user_id, role, department_id) > ($1, $2, $3)"], [*after]
    for column, value in (("role", query.role), ("department_id", query.department_id)):
        if value is not None:
            parameters.append(value)
            conditions.append(f"{column} = ${len(parameters)}")
    sql = (
        f"SELECT {COLUMNS} FROM role_grants WHERE {' AND '.join(conditions)} ORDER BY user_id, role, department_id"
        f" LIMIT ${len(parameters) + 1}"
    )
    return [_grant(row) for row in await reader.query(sql, *parameters, limit)]


async def count_owners(reader: Reader) -> int:
    """How many owners there are who have not left."""
    row = await reader.query_one(
        "SELECT count(*) FROM role_grants g JOIN people p ON p.user_id = g.user_id"
        " WHERE g.role = 'owner' AND g.department_id = '' AND p.state <> 'departed'"
    )
    return int(row[0]) if row else 0


def _grant(row: Row) -> Grant:
    return Grant(user_id=row[0], role=row[1], department_id=row[2], granted_by=row[3], granted_ts=row[4])
