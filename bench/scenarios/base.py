"""What every scenario shares."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from bench.outcome import Outcome
from bench.servers import Target


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
