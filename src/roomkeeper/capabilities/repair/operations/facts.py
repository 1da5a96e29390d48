"""What is to be known of operations."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class RunEnded(Fact, frozen=True):
    """A run is over: what it was for goes on."""

    run_id: str


class OperationStored(Fact, frozen=True):
    """There is a new version of an operation: reports that wait for one of their kind can be looked at again."""

    kind: str
