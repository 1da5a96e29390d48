"""What every scenario shares."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import asyncpg

from bench import fill
from bench.outcome import Outcome
from bench.servers import RoomkeeperOnPostgreSQL, Target


class Scenario(Protocol):
    """A piece of work done with every target."""

    @property
    def name(self) -> str: ...

    async def run(self, targets: Sequence[Target]) -> Outcome: ...


@contextmanager
def started(target: Target) -> Iterator[Target]:
    """The target runs on fresh data within the block, and leaves nothing behind."""
    target.remove_data()
    try:
        target.start()
        yield target
    finally:
        target.stop()
        target.remove_data()


async def stored_bytes(target: Target) -> float:
    """Bytes of the database; of PostgreSQL's without its log."""
    if not isinstance(target, RoomkeeperOnPostgreSQL):
        return fill.stored_bytes(target.data_dir)
    database = await asyncpg.connect(target.database_url)
    try:
        return float(await database.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await database.close()


def cpu(target: Target) -> float:
    """Seconds that the server and its database have used."""
    return target.tree.cpu() + (target.database.cpu() if target.database else 0.0)
