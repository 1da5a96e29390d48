"""All SQL of sessions, links, rules and queues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from roomkeeper.core.organisation.sessions.models import (
    Candidate,
    Link,
    Queue,
    RoutingRule,
    Session,
    SessionCount,
    SessionsQuery,
    State,
    Strategy,
    Target,
)
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = (
    "room_id, customer_id, staff_id, department_id, state, language, topic, created_ts, updated_ts, waiting_ts,"
    " closed_ts, predecessor, voice"
)
LINK_COLUMNS = "code, staff_id, department_id, created_by, created_ts, expires_ts, uses_allowed, uses"

# ------------------------------------------------------------ sessions


def insert(write: Write, session: Session) -> None:
    """A new session."""
    write.add(
        f"INSERT INTO sessions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        session.room_id,
        session.customer_id,
        session.staff_id,
        session.department_id,
        session.state,
        session.language,
        session.topic,
        session.created_ts,
        session.updated_ts,
        session.waiting_ts,
        session.closed_ts,
        session.predecessor,
        session.voice,
        rows=1,
    )


def update(write: Write, session: Session) -> None:
    """What may change of a session."""
    write.add(
        "UPDATE sessions SET staff_id = $2, department_id = $3, state = $4, updated_ts = $5, waiting_ts = $6,"
        " closed_ts = $7 WHERE room_id = $1",
        session.room_id,
        session.staff_id,
        session.department_id,
        session.state,
        session.updated_ts,
        session.waiting_ts,
        session.closed_ts,
        rows=1,
    )


async def find(reader: Reader, room_id: str) -> Session | None:
    """The session of a room."""
    return await _one(reader, "room_id = $1", room_id)


async def of_pair(reader: Reader, customer_id: str, staff_id: str) -> Session | None:
    """The session of two people: the one under way, or else the newest that is closed."""
    return await _one(
        reader,
        "customer_id = $1 AND staff_id = $2 ORDER BY CASE WHEN state = 'closed' THEN 1 ELSE 0 END, created_ts DESC,"
        " room_id LIMIT 1",
        customer_id,
        staff_id,
    )


async def of_department(reader: Reader, customer_id: str, department_id: str) -> Session | None:
    """The session of a customer with a department that is under way (what is only offered is not)."""
    return await _one(
        reader,
        "customer_id = $1 AND department_id = $2 AND state IN ('waiting', 'open') ORDER BY created_ts, room_id LIMIT 1",
        customer_id,
        department_id,
    )


async def for_direct(reader: Reader, user_id: str, limit: int) -> list[Session]:
    """The sessions that are to be in somebody's m.direct, the newest first."""
    found: list[Session] = []
    for condition in ("customer_id = $1 AND state IN ('waiting', 'open')", "staff_id = $1 AND state = 'open'"):
        found += await _all(reader, f"{condition} ORDER BY created_ts DESC, room_id LIMIT $2", user_id, limit)
    return found


async def of_staff(reader: Reader, staff_id: str, states: Sequence[State], after: str, limit: int) -> list[Session]:
    """The sessions of somebody of the staff, by room id, after one."""
    found: list[Session] = []
    for state in states:
        # One after the other, each in the order of an index: together they would be sorted for each page.
        where = "staff_id = $1 AND state = $2 AND room_id > $3 ORDER BY room_id LIMIT $4"
        found += await _all(reader, where, staff_id, state, after, limit)
    return sorted(found, key=lambda session: session.room_id)[:limit]


async def among(reader: Reader, room_ids: Sequence[str]) -> set[str]:
    """Those of some rooms that are sessions."""
    places = ", ".join(f"${number}" for number in range(1, len(room_ids) + 1)) or "NULL"
    return {
        row[0] for row in await reader.query(f"SELECT room_id FROM sessions WHERE room_id IN ({places})", *room_ids)
    }


SORTED_BY = {"created": "created_ts", "waiting": "waiting_ts", "updated": "updated_ts"}


async def page(reader: Reader, query: SessionsQuery, after: tuple[int, str] | None, limit: int) -> list[Session]:
    """Sessions in their order; after a time and room id."""
    conditions: list[str] = ["1 = 1"]
    parameters: list[Any] = []

    def place(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    own: list[str] = []
    if query.own is not None:
        own.append(f"customer_id = {place(query.own)} OR staff_id = {place(query.own)}")
    if query.within:
        own.append(_of_departments(", ".join(place(each) for each in sorted(query.within))))
    if query.department_ids is not None:
        wanted_names = ", ".join(place(each) for each in sorted(query.department_ids)) or "NULL"
        conditions.append(f"({_of_departments(wanted_names)})")
    if own:
        conditions.append(f"({' OR '.join(own)})")
    wanted = {"state": query.state, "staff_id": query.staff_id, "customer_id": query.customer_id}
    conditions += [f"{column} = {place(value)}" for column, value in wanted.items() if value is not None]
    column, is_falling = SORTED_BY[query.order.removeprefix("-")], query.order.startswith("-")
    conditions += [
        f"{column} {operator} {place(value)}"
        for operator, value in (("<", query.before_ts), (">=", query.after_ts))
        if value is not None
    ]
    if after is not None:
        conditions.append(f"({column}, room_id) {'<' if is_falling else '>'} ({place(after[0])}, {place(after[1])})")
    direction = " DESC" if is_falling else ""
    where = f"{' AND '.join(conditions)} ORDER BY {column}{direction}, room_id{direction} LIMIT {place(limit)}"
    return await _all(reader, where, *parameters)


def _of_departments(names: str) -> str:
    """The condition that a session is one of these departments (SQL), or of somebody in them."""
    members = f"SELECT user_id FROM department_members WHERE department_id IN ({names})"
    return f"department_id IN ({names}) OR staff_id IN ({members})"


async def count(reader: Reader, within: Iterable[str] | None, late_before: int) -> SessionCount:
    """Sessions under way, of all or of some departments and their people; late: those that wait since before then."""
    names = [] if within is None else sorted(within)
    listed = ", ".join(f"${number}" for number in range(2, len(names) + 2))
    row = await reader.query_one(
        "SELECT COALESCE(SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END), 0),"
        " COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0),"
        " MIN(CASE WHEN state = 'waiting' THEN waiting_ts END),"
        " COALESCE(SUM(CASE WHEN state = 'waiting' AND waiting_ts < $1 THEN 1 ELSE 0 END), 0)"
        " FROM sessions WHERE state IN ('open', 'waiting')"
        f"{f' AND ({_of_departments(listed)})' if names else ''}",
        late_before,
        *names,
    )
    assert row is not None
    return SessionCount(int(row[0]), int(row[1]), row[2], int(row[3]))


async def _one(reader: Reader, where: str, *parameters: Any) -> Session | None:
    found = await _all(reader, where, *parameters)
    return found[0] if found else None


async def _all(reader: Reader, where: str, *parameters: Any) -> list[Session]:
    rows = await reader.query(f"SELECT {COLUMNS} FROM sessions WHERE {where}", *parameters)
    return [_session(row) for row in rows]


def _session(row: Row) -> Session:
    return Session(
        room_id=row[0],
        customer_id=row[1],
        staff_id=row[2],
        department_id=row[3],
        state=row[4],
        language=row[5],
        topic=row[6],
        created_ts=row[7],
        updated_ts=row[8],
        waiting_ts=row[9],
        closed_ts=row[10],
        predecessor=row[11],
        voice=row[12],
    )


async def clear_topics(reader: Reader, write: Write, user_id: str, limit: int) -> int:
    """See `rooms.UserCleaner`: what a customer said that they wanted."""
    found = "SELECT room_id FROM sessions WHERE customer_id = $1 AND topic <> '' ORDER BY room_id LIMIT $2"
    rows = await reader.query(found, user_id, limit)
    if rows:
        write.add(f"UPDATE sessions SET topic = '' WHERE room_id IN ({found})", user_id, limit)
    return len(rows)


# ------------------------------------------------------------ who gets it


async def open_sessions(reader: Reader, staff_id: str) -> int:
    """How many sessions somebody has."""
    row = await reader.query_one("SELECT count(*) FROM sessions WHERE staff_id = $1 AND state = 'open'", staff_id)
    return int(row[0]) if row else 0


async def loads(reader: Reader, staff_ids: Sequence[str]) -> dict[str, int]:
    """How many sessions some of the staff have, or are offered for; who has none is left out."""
    places = ", ".join(f"${number}" for number in range(1, len(staff_ids) + 1)) or "NULL"
    rows = await reader.query(
        f"SELECT staff_id, count(*) FROM sessions WHERE staff_id IN ({places}) AND state IN ('open', 'offered')"
        " GROUP BY staff_id",
        *staff_ids,
    )
    return {row[0]: row[1] for row in rows}


async def candidates(reader: Reader, department_ids: Iterable[str], customer_id: str) -> list[Candidate]:
    """The staff of some departments who are there."""
    wanted = sorted(department_ids)
    places = ", ".join(f"${number}" for number in range(2, len(wanted) + 2))
    rows = await reader.query(
        "SELECT p.user_id, p.language, p.session_limit,"
        " (SELECT count(*) FROM sessions s WHERE s.staff_id = p.user_id AND s.state = 'open'),"
        " (SELECT count(*) FROM sessions c WHERE c.customer_id = $1 AND c.staff_id = p.user_id AND c.state <> 'closed')"
        " FROM people p WHERE p.kind = 'staff' AND p.state = 'active' AND p.user_id IN"
        f" (SELECT user_id FROM department_members WHERE department_id IN ({places})) ORDER BY p.user_id",
        customer_id,
        *wanted,
    )
    return [Candidate(row[0], row[1], row[2], row[3], row[4] > 0) for row in rows]


async def waiting_for(reader: Reader) -> list[Target]:
    """Those for whom sessions wait."""
    rows = await reader.query(
        "SELECT DISTINCT staff_id, CASE WHEN staff_id IS NULL THEN department_id END FROM sessions"
        " WHERE state = 'waiting'"
    )
    return [Target(row[0], row[1]) for row in rows]


async def waiting(reader: Reader, target: Target, after: tuple[int, str], limit: int) -> list[Session]:
    """Sessions that wait for one of these, those that have waited for longest first."""
    if target.staff_id is not None:
        condition, named = "staff_id = $1", target.staff_id
    elif target.department_id is not None:
        condition, named = "staff_id IS NULL AND department_id = $1", target.department_id
    else:
        condition, named = "staff_id IS NULL AND department_id IS NULL AND room_id <> $1", ""
    where = (
        f"state = 'waiting' AND {condition} AND (waiting_ts, room_id) > ($2, $3) ORDER BY waiting_ts, room_id LIMIT $4"
    )
    return await _all(reader, where, named, *after, limit)


async def queue(reader: Reader, department_id: str) -> Queue:
    """How a department gives its sessions to its people."""
    sql = "SELECT strategy, last_staff_id FROM department_queues WHERE department_id = $1"
    row = await reader.query_one(sql, department_id)
    return Queue() if row is None else Queue(row[0], row[1])


def put_strategy(write: Write, department_id: str, strategy: Strategy) -> None:
    """How a department gives its sessions to its people from now on."""
    write.add(
        "INSERT INTO department_queues (department_id, strategy, last_staff_id) VALUES ($1, $2, '')"
        " ON CONFLICT (department_id) DO UPDATE SET strategy = excluded.strategy",
        department_id,
        strategy,
        rows=1,
    )


def put_last(write: Write, department_id: str, strategy: Strategy, staff_id: str) -> None:
    """Who got the last session of a department."""
    write.add(
        "INSERT INTO department_queues (department_id, strategy, last_staff_id) VALUES ($1, $2, $3)"
        " ON CONFLICT (department_id) DO UPDATE SET last_staff_id = excluded.last_staff_id",
        department_id,
        strategy,
        staff_id,
        rows=1,
    )


# ------------------------------------------------------------ rules


async def rules(reader: Reader) -> list[RoutingRule]:
    """The rules, in order."""
    rows = await reader.query("SELECT content FROM routing_rules ORDER BY number LIMIT 1000")
    return [msgspec.json.decode(row[0], type=RoutingRule) for row in rows]


def put_rules(write: Write, wanted: Sequence[RoutingRule]) -> None:
    """All rules, instead of those that there were."""
    write.add("DELETE FROM routing_rules")
    for number, rule in enumerate(wanted):
        content = msgspec.json.encode(rule).decode()
        write.add("INSERT INTO routing_rules (number, content) VALUES ($1, $2)", number, content, rows=1)


# ------------------------------------------------------------ links


def insert_link(write: Write, link: Link) -> None:
    """A new link."""
    write.add(
        f"INSERT INTO session_links ({LINK_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        link.code,
        link.staff_id,
        link.department_id,
        link.created_by,
        link.created_ts,
        link.expires_ts,
        link.uses_allowed,
        link.uses,
        rows=1,
    )


def use_link(write: Write, code: str) -> None:
    """Count that a link was used; fails where it is used up."""
    write.add(
        "UPDATE session_links SET uses = uses + 1 WHERE code = $1 AND (uses_allowed IS NULL OR uses < uses_allowed)",
        code,
        rows=1,
    )


def delete_link(write: Write, code: str) -> None:
    """Take a link back; fails where it is not there."""
    write.add("DELETE FROM session_links WHERE code = $1", code, rows=1)


async def find_link(reader: Reader, code: str) -> Link | None:
    """One link."""
    row = await reader.query_one(f"SELECT {LINK_COLUMNS} FROM session_links WHERE code = $1", code)
    return None if row is None else _link(row)


async def links(
    reader: Reader, staff_id: str, department_ids: Iterable[str] | None, after: str, limit: int
) -> list[Link]:
    """The links to somebody, and those to some departments (`None`: all that there are), by code."""
    if department_ids is None:
        sql = f"SELECT {LINK_COLUMNS} FROM session_links WHERE code > $1 ORDER BY code LIMIT $2"
        return [_link(row) for row in await reader.query(sql, after, limit)]
    wanted = sorted(department_ids)
    places = ", ".join(f"${number}" for number in range(4, len(wanted) + 4)) or "NULL"
    sql = (
        f"SELECT {LINK_COLUMNS} FROM session_links WHERE (staff_id = $1 OR department_id IN ({places})) AND code > $2"
        " ORDER BY code LIMIT $3"
    )
    return [_link(row) for row in await reader.query(sql, staff_id, after, limit, *wanted)]


async def count_links(reader: Reader, created_by: str) -> int:
    """How many links somebody has made that are there."""
    row = await reader.query_one("SELECT count(*) FROM session_links WHERE created_by = $1", created_by)
    return int(row[0]) if row else 0


def _link(row: Row) -> Link:
    return Link(
        code=row[0],
        staff_id=row[1],
        department_id=row[2],
        created_by=row[3],
        created_ts=row[4],
        expires_ts=row[5],
        uses_allowed=row[6],
        uses=row[7],
    )


# ------------------------------------------------------------ accounts


def insert_account(write: Write, user_id: str) -> None:
    """An account that makes the rooms of sessions."""
    write.add("INSERT INTO session_accounts (user_id) VALUES ($1)", user_id, rows=1)


async def accounts(reader: Reader) -> list[str]:
    """The accounts that make, or have made, the rooms of sessions."""
    return [row[0] for row in await reader.query("SELECT user_id FROM session_accounts LIMIT 1000")]
