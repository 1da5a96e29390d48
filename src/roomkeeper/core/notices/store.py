"""All SQL of server notices."""

from __future__ import annotations

from roomkeeper.platform.database import Reader, Write


async def find_room(reader: Reader, user_id: str) -> str | None:
    """The room in which a user gets notices."""
    row = await reader.query_one("SELECT room_id FROM server_notice_rooms WHERE user_id = $1", user_id)
    return row[0] if row else None


def put_room(write: Write, user_id: str, room_id: str) -> None:
    """The room in which a user gets notices from now on."""
    sql = (
        "INSERT INTO server_notice_rooms (user_id, room_id) VALUES ($1, $2)"
        " ON CONFLICT (user_id) DO UPDATE SET room_id = $2"
    )
    write.add(sql, user_id, room_id, rows=1)


def insert_account(write: Write, user_id: str) -> None:
    """An account that is the server's own."""
    write.add("INSERT INTO server_notice_accounts (user_id) VALUES ($1)", user_id, rows=1)


async def accounts(reader: Reader) -> list[str]:
    """The accounts that are, or have been, the server's own."""
    return [row[0] for row in await reader.query("SELECT user_id FROM server_notice_accounts LIMIT 1000")]
