"""The spool: what was read stays here until the server has it, through crashes, full disks and days without a network.

`database` is one SQLite file, durable with each transaction; `files` has copies of what belongs to entries; `intake`
takes in what sources found, `outbox` is what the upload asks for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from roomkeeper_agent.spool.database import Database, NoSpace
from roomkeeper_agent.spool.files import Files
from roomkeeper_agent.spool.intake import Full, Intake, Reason, Rule, Stored
from roomkeeper_agent.spool.outbox import Outbox, Upload

__all__ = ["MOST_BYTES", "Full", "NoSpace", "Reason", "Rule", "Spool", "Stored", "Upload"]

MOST_BYTES: Final = 1024 * 1024 * 1024


class Spool:
    """Both sides of it, over one folder."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.database = Database(folder)
        self.files = Files(folder / "files")
        self.intake = Intake(self.database, self.files, most_bytes)
        self.outbox = Outbox(self.database, self.files, self.intake)

    def clear_up(self) -> None:
        """At the start of the agent: remove copies that a crash has left over."""
        wanted = {sha256 for (sha256,) in self.database.rows("SELECT sha256 FROM files WHERE sha256 IS NOT NULL")}
        self.files.keep_only(wanted)

    def is_empty(self) -> bool:
        """Whether nothing is in it that the server does not have."""
        return self.database.number("SELECT count(*) FROM entries") == 0

    def close(self) -> None:
        """Close it."""
        self.database.close()
