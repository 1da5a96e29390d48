"""All SQL of device lists: for each user the newest position at which theirs has changed."""

from __future__ import annotations

from roomkeeper.platform.database import Reader, Write


def set_changed(write: Write, user_id: str, position: int) -> None:
    """A user's device list has changed; that is told by now."""
    write.add(
        "INSERT INTO device_lists (user_id, position) VALUES ($1, $2)"
        " ON CONFLICT (user_id) DO UPDATE SET position = $2",
        user_id,
        position,
        rows=1,
    )
    write.add("DELETE FROM device_lists_untold WHERE user_id = $1", user_id)


def note_untold(write: Write, user_id: str, device_id: str) -> None:
    """A device is being removed: that is to be told, if it has keys. Comes before they are deleted."""
    write.add(
        "INSERT INTO device_lists_untold (user_id) SELECT user_id FROM device_keys"
        " WHERE user_id = $1 AND device_id = $2 ON CONFLICT (user_id) DO NOTHING",
        user_id,
        device_id,
    )


async def is_untold(reader: Reader, user_id: str) -> bool:
    """Whether the user's devices have changed, and nobody was told yet."""
    return await reader.query_one("SELECT 1 FROM device_lists_untold WHERE user_id = $1", user_id) is not None


async def changed_after(reader: Reader, position: int, after: str, limit: int) -> list[str]:
    """Users whose device list has changed after a position, in order of their ids, after the id `after`."""
    sql = "SELECT user_id FROM device_lists WHERE position > $1 AND user_id > $2 ORDER BY user_id LIMIT $3"
    return [row[0] for row in await reader.query(sql, position, after, limit)]
