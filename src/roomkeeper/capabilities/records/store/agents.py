"""Agents on desktops, and their policies."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.records.agent_models import Agent, AgentPolicy, AgentReport
from roomkeeper.platform.database import Reader, Row, Write

AGENT = "user_id, device_id, report, has_problems, clock_offset_ms, first_ts, seen_ts, gone_ts, revoked_by"


def _agent(row: Row) -> Agent:
    values = dict(zip(Agent.__struct_fields__, row, strict=True))
    report = msgspec.json.decode(values["report"], type=AgentReport)
    return Agent(**{**values, "report": report, "has_problems": bool(values["has_problems"])})


def put_policy(write: Write, policy: AgentPolicy) -> None:
    """Say what holds for a department."""
    write.add(
        "INSERT INTO record_agent_policies (department_id, policy) VALUES ($1, $2)"
        " ON CONFLICT (department_id) DO UPDATE SET policy = $2",
        policy.department_id,
        msgspec.json.encode(policy).decode(),
        rows=1,
    )


def delete_policy(write: Write, department_id: str) -> None:
    """Let what holds above hold again; fails where there is none."""
    write.add("DELETE FROM record_agent_policies WHERE department_id = $1", department_id, rows=1)


async def policies(reader: Reader) -> list[AgentPolicy]:
    """All that were given: one for a department at most."""
    rows = await reader.query("SELECT policy FROM record_agent_policies ORDER BY department_id")
    return [msgspec.json.decode(row[0], type=AgentPolicy) for row in rows]


def put(write: Write, user_id: str, device_id: str, report: AgentReport, *, has_problems: bool, now: int) -> None:
    """An agent has said how it is."""
    write.add(
        f"INSERT INTO record_agents ({AGENT}) VALUES ($1, $2, $3, $4, $5, $6, $6, NULL, NULL)"
        " ON CONFLICT (user_id, device_id) DO UPDATE SET report = $3, has_problems = $4, clock_offset_ms = $5,"
        " seen_ts = $6, gone_ts = NULL, revoked_by = NULL",
        user_id,
        device_id,
        msgspec.json.encode(report).decode(),
        int(has_problems),
        report.now_ts - now,
        now,
        rows=1,
    )


def mark_gone(write: Write, user_id: str, device_id: str, now: int) -> None:
    """Its device is signed out."""
    write.add(
        "UPDATE record_agents SET gone_ts = $3 WHERE user_id = $1 AND device_id = $2 AND gone_ts IS NULL",
        user_id,
        device_id,
        now,
    )


def mark_revoked(write: Write, user_id: str, device_id: str, actor: str) -> None:
    """Somebody has signed it out."""
    write.add(
        "UPDATE record_agents SET revoked_by = $3 WHERE user_id = $1 AND device_id = $2", user_id, device_id, actor
    )


def delete_old(write: Write, user_id: str, before: int) -> None:
    """Forget those of somebody that were signed out before then."""
    write.add("DELETE FROM record_agents WHERE user_id = $1 AND gone_ts < $2", user_id, before)


def delete_of_user(write: Write, user_id: str) -> None:
    """Forget those of somebody whose account is erased."""
    write.add("DELETE FROM record_agents WHERE user_id = $1", user_id)


async def find(reader: Reader, user_id: str, device_id: str) -> Agent | None:
    """One agent."""
    sql = f"SELECT {AGENT} FROM record_agents WHERE user_id = $1 AND device_id = $2"
    row = await reader.query_one(sql, user_id, device_id)
    return _agent(row) if row else None


async def page(
    reader: Reader, after: tuple[str, str], limit: int, *, user_id: str | None, problems: bool, silent_since: int | None
) -> list[Agent]:
    """Agents, ordered by user and device: somebody's, those with problems, those not heard of since then."""
    conditions, values = ["(user_id > $1 OR (user_id = $1 AND device_id > $2))"], [*after, limit]
    if user_id is not None:
        values.append(user_id)
        conditions.append(f"user_id = ${len(values)}")
    if problems:
        conditions.append("has_problems = 1")
    if silent_since is not None:
        values.append(silent_since)
        conditions.append(f"gone_ts IS NULL AND seen_ts < ${len(values)}")
    rows = await reader.query(
        f"SELECT {AGENT} FROM record_agents WHERE {' AND '.join(conditions)} ORDER BY user_id, device_id LIMIT $3",
        *values,
    )
    return [_agent(row) for row in rows]
