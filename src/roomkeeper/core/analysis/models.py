"""What a plug-in is, what its worker may use, and how its work can fail."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec

IMAGES = "images"
"""The kind of worker that decodes images."""

Reason = Literal["unreadable", "too_large", "timeout", "memory", "crashed", "busy", "stopped", "absent"]
"""Why there is no result:

- unreadable: the file is of no kind that the plug-in reads, or broken; too_large: more than it may decode.
- timeout, memory, crashed: its worker was ended, or ended itself, over this job.
- busy: too many jobs wait; stopped: the server stops; absent: what the plug-in needs is not there.
"""

Parameters = TypeVar("Parameters", bound=msgspec.Struct)
Result = TypeVar("Result", bound=msgspec.Struct)
AnyAnalyser = Any
"""An `Analyser` of any parameters and result."""


class AnalysisFailed(Exception):
    """There is no result; `reason` says why."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Refused(Exception):
    """Raised by a plug-in that cannot, or may not, read the file."""

    def __init__(self, reason: Literal["unreadable", "too_large"], message: str) -> None:
        super().__init__(message)
        self.reason: Literal["unreadable", "too_large"] = reason


class Priority(enum.IntEnum):
    """Who waits for it: a person now, or nobody. Everything interactive comes before anything in the background."""

    INTERACTIVE = 0
    BACKGROUND = 1


class WorkerKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of worker process: how many there may be, and the bytes of memory that each may use."""

    name: str
    processes: int
    memory: int


class Analyser(Generic[Parameters, Result]):
    """A plug-in: it reads one file and answers with a struct. It runs in a worker process of its `kind`.

    Subclasses set the class variables and `run`. The module is imported by the server, too, which only wants to know
    about it: heavy libraries are imported in `load`. Every registered plug-in must pass
    `tests/integration/analysis/test_contract.py`.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    """Changed whenever results change: what is kept of them is kept under it."""
    kind: ClassVar[str] = IMAGES
    seconds: ClassVar[float] = 20.0
    """Seconds of processor time that one file may take; four times as many in all, where others use the processor."""
    parameters: ClassVar[type[Any]]
    result: ClassVar[type[Any]]

    @property
    def reference(self) -> str:
        """How a worker finds the plug-in: ``module:class``."""
        return f"{type(self).__module__}:{type(self).__qualname__}"

    def absence(self) -> str | None:
        """Why it cannot work here (what it needs is not installed), `None` where it can. Cheap to ask."""
        return None

    def load(self) -> None:
        """Import libraries and load models; called once in each worker, before the first `run`."""

    def run(self, path: Path, parameters: Parameters) -> Result:
        """Look into the file at `path`. Raises `Refused`; anything else that it raises counts as unreadable."""
        raise NotImplementedError
