"""All SQL of presence: what of it survives a restart."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.ephemeral.presence.models import OFFLINE, Status
from roomkeeper.platform.database import Reader, Write


def upsert(write: Write, status: Status) -> None:
    """Keep the message and the time; after a restart everyone is offline at first."""
    sql = (
        "INSERT INTO presence (user_id, status_msg, last_active_ts) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id) DO UPDATE SET status_msg = $2, last_active_ts = $3"
    )
    write.add(sql, status.user_id, status.status_msg, status.last_active_ts, rows=1)


async def find(reader: Reader, user_ids: Sequence[str]) -> list[Status]:
    """What is kept of some users (a few hundred at most)."""
    places = ", ".join(f"${index}" for index in range(1, len(user_ids) + 1))
    sql = f"SELECT user_id, status_msg, last_active_ts FROM presence WHERE user_id IN ({places})"
    return [Status(row[0], OFFLINE, row[1], row[2]) for row in await reader.query(sql, *user_ids)]
