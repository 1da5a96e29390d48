"""Writes ``baseline_0001.sql``, the first version's data; run once, when that version was made.

python -m tests.upgrade.baseline
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path

from tests.harness import Server

TARGET = Path(__file__).parent / "baseline_0001.sql"


async def make(folder: Path) -> None:
    """One user, one room, one message."""
    server = await Server(folder).start()
    ann = await server.register("ann")
    room_id = await ann.create_room(name="The first room")
    await ann.send(room_id, "from the first version")
    await ann.post("/logout")
    await server.stop()
    connection = sqlite3.connect(folder / "roomkeeper.db")
    TARGET.write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
    connection.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(make(Path(temporary)))
