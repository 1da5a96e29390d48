"""A kind of job, a chunk of its work, and a job as it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from roomkeeper.platform.database import Write

State = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Order = Literal["created", "-created", "updated", "-updated", "name", "-name", "state", "-state"]
"""How a list is sorted; with a minus the other way round."""
Id = Annotated[str, Meta(min_length=1, max_length=64)]

Parameters = TypeVar("Parameters", bound=msgspec.Struct)


class Chunk(msgspec.Struct, kw_only=True):
    """One chunk of work, done or ready to be written.

    - `cursor`: where the next chunk begins, of a type that JSON has; `None`: that was the last one.
    - `write`: the chunk's effects. They become durable together with the cursor, so that they happen once; what a chunk
      does in other ways must do no harm when it is done again. Where it shows changes to sync, taking their positions
      is the last thing that the step does: it is submitted at once.
    - `done`, `total`: in units of the job; `total` is `None` while it is not known.
    - `after`: called when all is durable.
    """

    cursor: Any
    done: int
    total: int | None = None
    message: str = ""
    write: Write | None = None
    after: Callable[[], None] | None = None


class Job(msgspec.Struct, Generic[Parameters], frozen=True, kw_only=True):
    """A kind of job: what an area contributes.

    `step` does one chunk (a second of work at most) from `cursor` on, which is `None` at the beginning. Where it
    raises, it is called again with the same cursor, later and later, some times; then the job has failed. `unit` is
    what `done` and `total` count, in the plural ("rooms"). `ended` is called when a job has ended, in whatever way.
    """

    parameters: type[Parameters]
    step: Callable[[Parameters, Any], Awaitable[Chunk]]
    unit: str
    ended: Callable[[Parameters], None] | None = None


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it stands. Times are in milliseconds since the epoch.

    `version` grows with every change; `run` counts how often the job was begun or resumed.
    """

    job_id: str
    name: str
    key: str
    parameters: msgspec.Raw
    state: State
    run: int
    cursor: bytes | None
    done: int
    total: int | None
    unit: str
    message: str
    started_by: str
    created_ts: int
    started_ts: int | None
    finished_ts: int | None
    updated_ts: int
    version: int

    @property
    def is_finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ("succeeded", "failed", "cancelled")
