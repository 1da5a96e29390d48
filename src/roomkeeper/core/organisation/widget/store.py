"""All SQL of the widget."""

from __future__ import annotations

from roomkeeper.core.organisation.widget.models import Visitor
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "user_id, site, subject, created_ts"


def insert(write: Write, visitor: Visitor) -> None:
    """Somebody new; fails where the site's person has an account already."""
    write.add(
        f"INSERT INTO widget_visitors ({COLUMNS}, wrote) VALUES ($1, $2, $3, $4, $5)",
        visitor.user_id,
        visitor.site,
        visitor.subject,
        visitor.created_ts,
        False,
        rows=1,
    )


def note_wrote(write: Write, user_id: str) -> None:
    """They have written something."""
    write.add("UPDATE widget_visitors SET wrote = $2 WHERE user_id = $1", user_id, True)


def delete(write: Write, user_id: str) -> None:
    """Forget somebody."""
    write.add("DELETE FROM widget_visitors WHERE user_id = $1", user_id)


async def find_person(reader: Reader, site: str, subject: str) -> str | None:
    """The user id of a person of a site."""
    sql = "SELECT user_id FROM widget_visitors WHERE site = $1 AND subject = $2"
    row = await reader.query_one(sql, site, subject)
    return None if row is None else str(row[0])


async def silent(reader: Reader, after: str, limit: int) -> list[str]:
    """Those who have never written, by user id."""
    sql = "SELECT user_id FROM widget_visitors WHERE wrote = $3 AND user_id > $1 ORDER BY user_id LIMIT $2"
    return [row[0] for row in await reader.query(sql, after, limit, False)]


async def silent_since(reader: Reader, before_ts: int, after: str, limit: int) -> list[Visitor]:
    """Those who came before a time and have never written, by user id."""
    sql = (
        f"SELECT {COLUMNS} FROM widget_visitors WHERE wrote = $4 AND created_ts < $1 AND user_id > $2"
        " ORDER BY user_id LIMIT $3"
    )
    return [_visitor(row) for row in await reader.query(sql, before_ts, after, limit, False)]


def _visitor(row: Row) -> Visitor:
    return Visitor(user_id=row[0], site=row[1], subject=row[2], created_ts=row[3])
