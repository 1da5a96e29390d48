"""The SQL of departments and who belongs to them."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.organisation.models import Department
from roomkeeper.platform.database import Reader, Write


async def all_departments(reader: Reader) -> list[Department]:
    """Every department."""
    rows = await reader.query(
        "SELECT department_id, parent_id, name, external_id, created_ts, updated_ts FROM departments"
    )
    return [
        Department(
            department_id=row[0],
            parent_id=row[1],
            name=row[2],
            external_id=row[3],
            created_ts=row[4],
            updated_ts=row[5],
        )
        for row in rows
    ]


def put(write: Write, department: Department) -> None:
    """Insert or change a department."""
    write.add(
        "INSERT INTO departments (department_id, parent_id, name, external_id, created_ts, updated_ts)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (department_id) DO UPDATE SET parent_id = excluded.parent_id,"
        " name = excluded.name, external_id = excluded.external_id, updated_ts = excluded.updated_ts",
        department.department_id,
        department.parent_id,
        department.name,
        department.external_id,
        department.created_ts,
        department.updated_ts,
        rows=1,
    )


def delete(write: Write, department_id: str) -> None:
    """Remove a department, with its members and the roles in it."""
    write.add("DELETE FROM departments WHERE department_id = $1", department_id, rows=1)
    write.add("DELETE FROM department_members WHERE department_id = $1", department_id)
    write.add("DELETE FROM role_grants WHERE department_id = $1", department_id)


def insert_member(write: Write, department_id: str, user_id: str, *, append: bool = False) -> None:
    """Let somebody belong to a department. `append`: they are new."""
    write.add(
        "INSERT INTO department_members (department_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        department_id,
        user_id,
        append=append,
    )


def delete_members(write: Write, user_id: str) -> None:
    """Let somebody belong to no department."""
    write.add("DELETE FROM department_members WHERE user_id = $1", user_id)


def delete_member(write: Write, department_id: str, user_id: str) -> None:
    """Let somebody not belong to a department any more."""
    write.add("DELETE FROM department_members WHERE department_id = $1 AND user_id = $2", department_id, user_id)


async def members(reader: Reader, department_id: str, after: str, limit: int) -> list[str]:
    """The user ids of those who belong to a department itself, after one, in order."""
    rows = await reader.query(
        "SELECT user_id FROM department_members WHERE department_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3",
        department_id,
        after,
        limit,
    )
    return [row[0] for row in rows]


async def departments_of(reader: Reader, user_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The departments of each of some people, sorted."""
    if not user_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(user_ids) + 1))
    rows = await reader.query(
        f"SELECT user_id, department_id FROM department_members WHERE user_id IN ({places}) ORDER BY department_id",
        *user_ids,
    )
    found: dict[str, tuple[str, ...]] = {}
    for user_id, department_id in rows:
        found[user_id] = (*found.get(user_id, ()), department_id)
    return found
