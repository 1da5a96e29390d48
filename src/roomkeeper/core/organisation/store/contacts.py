"""The SQL of contacts."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.organisation.models import Contact
from roomkeeper.core.organisation.rules import cursor_of
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "customer_id, staff_id, since_ts, until_ts, reason, end_reason"


def insert(write: Write, contact: Contact) -> None:
    """Make two people contacts."""
    write.add(
        f"INSERT INTO contacts ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)",
        contact.customer_id,
        contact.staff_id,
        contact.since_ts,
        contact.until_ts,
        contact.reason,
        contact.end_reason,
        rows=1,
    )


def end(write: Write, customer_id: str, staff_id: str, until_ts: int, reason: str) -> None:
    """End that two people are contacts; fails where they are not."""
    write.add(
        "UPDATE contacts SET until_ts = $3, end_reason = $4 WHERE customer_id = $1 AND staff_id = $2"
        " AND until_ts IS NULL",
        customer_id,
        staff_id,
        until_ts,
        reason,
        rows=1,
    )


async def current(reader: Reader, customer_id: str, staff_id: str) -> Contact | None:
    """The relation of two people, where they are contacts now."""
    row = await reader.query_one(
        f"SELECT {COLUMNS} FROM contacts WHERE customer_id = $1 AND staff_id = $2 AND until_ts IS NULL",
        customer_id,
        staff_id,
    )
    return None if row is None else _contact(row)


async def ever(reader: Reader, customer_id: str, staff_id: str) -> bool:
    """Whether the two are contacts, or were."""
    sql = "SELECT 1 FROM contacts WHERE customer_id = $1 AND staff_id = $2 LIMIT 1"
    return await reader.query_one(sql, customer_id, staff_id) is not None


async def page(reader: Reader, user_id: str, after: tuple[str, int], limit: int, *, past: bool) -> list[Contact]:
    """The contacts of somebody, a customer's or the staff's, by the other's user id and time; after such a pair."""
    found: list[Contact] = []
    for own, other in (("customer_id", "staff_id"), ("staff_id", "customer_id")):
        rows = await reader.query(
            f"SELECT {COLUMNS} FROM contacts WHERE {own} = $1 AND ({other}, since_ts) > ($2, $3)"
            f"{'' if past else ' AND until_ts IS NULL'} ORDER BY {other}, since_ts LIMIT $4",
            user_id,
            *after,
            limit,
        )
        found += [_contact(row) for row in rows]
    return sorted(found, key=lambda contact: cursor_of(contact, user_id))[:limit]


async def count_of_staff(reader: Reader, staff_ids: Sequence[str]) -> dict[str, int]:
    """How many customers each of some staff has."""
    if not staff_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(staff_ids) + 1))
    rows = await reader.query(
        f"SELECT staff_id, count(*) FROM contacts WHERE staff_id IN ({places}) AND until_ts IS NULL GROUP BY staff_id",
        *staff_ids,
    )
    return {row[0]: row[1] for row in rows}


def _contact(row: Row) -> Contact:
    return Contact(
        customer_id=row[0],
        staff_id=row[1],
        since_ts=row[2],
        until_ts=row[3],
        reason=row[4],
        end_reason=row[5],
    )


def ensure(write: Write, contact: Contact) -> None:
    """Make two people contacts, where they are not."""
    write.add(
        f"INSERT INTO contacts ({COLUMNS}) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), NULL,"
        " CAST($4 AS TEXT), '' WHERE NOT EXISTS (SELECT 1 FROM contacts o WHERE o.customer_id = $1 AND o.staff_id = $2"
        " AND o.until_ts IS NULL) ON CONFLICT (customer_id, staff_id, since_ts) DO UPDATE SET until_ts = NULL,"
        " end_reason = ''",
        contact.customer_id,
        contact.staff_id,
        contact.since_ts,
        contact.reason,
    )


def end_any(write: Write, customer_id: str, staff_id: str, until_ts: int, reason: str) -> None:
    """End that two people are contacts, where they are."""
    write.add(
        "UPDATE contacts SET until_ts = $3, end_reason = $4 WHERE customer_id = $1 AND staff_id = $2"
        " AND until_ts IS NULL",
        customer_id,
        staff_id,
        until_ts,
        reason,
    )
