"""What others may need to know about jobs."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class JobQueued(Fact, frozen=True):
    """A job was started or resumed, and waits to be worked on."""

    job_id: str
