"""SQL of feeds."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.capabilities.safety.models import Feed
from roomkeeper.platform.database import Reader, Write


def put_feed(write: Write, feed: Feed) -> None:
    """A feed as it is now."""
    write.add(
        "INSERT INTO safety_feeds (feed_id, name, feed) VALUES ($1, $2, $3)"
        " ON CONFLICT (feed_id) DO UPDATE SET name = excluded.name, feed = excluded.feed",
        feed.feed_id,
        feed.name,
        msgspec.json.encode(feed).decode(),
        rows=1,
    )


def delete_feed(write: Write, feed_id: str) -> None:
    """That it is fetched no more."""
    write.add("DELETE FROM safety_feeds WHERE feed_id = $1", feed_id)


async def feeds(reader: Reader, limit: int) -> list[Feed]:
    """All of them, by name."""
    return [
        _feed(row) for row in await reader.query("SELECT feed FROM safety_feeds ORDER BY name, feed_id LIMIT $1", limit)
    ]


async def find_feed(reader: Reader, feed_id: str) -> Feed | None:
    """One of them."""
    row = await reader.query_one("SELECT feed FROM safety_feeds WHERE feed_id = $1", feed_id)
    return None if row is None else _feed(row)


def _feed(row: Any) -> Feed:
    return msgspec.json.decode(row[0], type=Feed)
