"""All SQL of pushers."""

from __future__ import annotations

import msgspec

from roomkeeper.core.push.models import Pusher
from roomkeeper.platform.database import Reader, Write

COLUMNS = "user_id, device_id, app_id, pushkey, kind, app_display_name, device_display_name, profile_tag, lang, data"


def upsert(write: Write, pusher: Pusher) -> None:
    """Set a pusher: a user has one for each app and pushkey."""
    write.add(
        f"INSERT INTO pushers ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (app_id, pushkey, user_id) DO UPDATE SET device_id = $2, kind = $5, app_display_name = $6,"
        " device_display_name = $7, profile_tag = $8, lang = $9, data = $10",
        pusher.user_id,
        pusher.device_id,
        pusher.app_id,
        pusher.pushkey,
        pusher.kind,
        pusher.app_display_name,
        pusher.device_display_name,
        pusher.profile_tag,
        pusher.lang,
        msgspec.json.encode(pusher.data),
        rows=1,
    )


def delete(write: Write, user_id: str, app_id: str, pushkey: str) -> None:
    """Delete a user's pusher, if it is there."""
    write.add("DELETE FROM pushers WHERE user_id = $1 AND app_id = $2 AND pushkey = $3", user_id, app_id, pushkey)


def delete_of_others(write: Write, user_id: str, app_id: str, pushkey: str) -> None:
    """Delete other users' pushers for the same app and pushkey."""
    write.add("DELETE FROM pushers WHERE user_id <> $1 AND app_id = $2 AND pushkey = $3", user_id, app_id, pushkey)


def delete_of_device(write: Write, user_id: str, device_id: str) -> None:
    """Delete the pushers that a device has set."""
    write.add("DELETE FROM pushers WHERE user_id = $1 AND device_id = $2", user_id, device_id)


async def of_user(reader: Reader, user_id: str, limit: int) -> list[Pusher]:
    """A user's pushers."""
    rows = await reader.query(
        f"SELECT {COLUMNS} FROM pushers WHERE user_id = $1 ORDER BY app_id, pushkey LIMIT $2", user_id, limit
    )
    return [Pusher(*(*row[:-1], msgspec.json.decode(row[-1]))) for row in rows]
