"""Settings of jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class JobSettings(Settings, frozen=True):
    """Durable jobs."""

    section: ClassVar[str] = "jobs"

    database_url: Annotated[
        str,
        Meta(
            description="Where the engine of jobs keeps what it works on; empty: jobs.db in the data directory.",
        ),
    ] = ""
    concurrency: Annotated[int, Meta(ge=1, le=16, description="Jobs that are worked on at a time; the rest wait.")] = 2
    kept_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days after which a job that has ended is no longer listed.")
    ] = 90

    def effective_database_url(self, data_dir: Path) -> str:
        """The database URL with its default filled in."""
        return self.database_url or f"sqlite:///{data_dir.resolve() / 'jobs.db'}"
