"""The counter that numbers every change that sync shows, one for each writer slot.

What is not durable (typing) takes numbers too, so a restart must not hand a number out twice: numbers are reserved in
blocks ahead of use, and the counter starts past the last block.
"""

from __future__ import annotations

from roomkeeper.platform.database.driver import Reader
from roomkeeper.platform.database.models import Statement, Write

RESERVE = 100_000
LOW = 20_000


class Positions:
    """Hands out positions, and knows up to which everything is committed."""

    def __init__(self, slot: int = 0) -> None:
        self.slot = slot
        self.last = 0
        self.committed = 0
        self._reserved = 0
        self._gaps: list[tuple[int, int]] = []

    async def load(self, reader: Reader) -> None:
        """Start past everything that was ever handed out."""
        row = await reader.query_one("SELECT reserved FROM stream_positions WHERE writer_slot = $1", self.slot)
        self.last = self.committed = self._reserved = row[0] if row else 0
        sql = "SELECT after, before FROM stream_gaps WHERE writer_slot = $1"
        self._gaps = [(row[0], row[1]) for row in await reader.query(sql, self.slot)]

    def knows(self, position: int) -> bool:
        """Whether this database knows what was before `position`.

        It does not where that was handed out after the backup from which the database was restored.
        """
        if position > self.last:
            return False
        return not self._gaps or not any(after < position < before for after, before in self._gaps)

    def next(self) -> int:
        """The next position."""
        self.last += 1
        return self.last

    def reservation(self) -> Write | None:
        """The write that reserves the next block, when it is time for it."""
        if self._reserved - self.last > LOW:
            return None
        self._reserved = self.last + RESERVE
        return Write([self.reserve_statement()])

    def reserve_statement(self) -> Statement:
        """Make the block that is in use durable."""
        sql = "UPDATE stream_positions SET reserved = $2 WHERE writer_slot = $1"
        return Statement(sql, (self.slot, self._reserved), rows=1)

    def advance(self, position: int) -> Statement:
        """Note that all changes up to `position` are in the database, in the transaction that puts them there."""
        sql = "UPDATE stream_positions SET position = $2 WHERE writer_slot = $1 AND position <= $2"
        return Statement(sql, (self.slot, position), rows=1)


async def snapshot_position(reader: Reader, slot: int = 0) -> int:
    """Up to where the changes are in what `reader` sees."""
    row = await reader.query_one("SELECT position FROM stream_positions WHERE writer_slot = $1", slot)
    assert row is not None, "the migration inserts a row for each writer slot"
    return int(row[0])
