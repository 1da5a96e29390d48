"""What happens to backups."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class BackupDeleted(Fact, frozen=True):
    """A backup was deleted; its keys can go."""

    user_id: str
    version: int
