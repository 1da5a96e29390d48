"""What areas tell of how the server is: figures that are charted, and checks with advice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

Unit = Literal["count", "bytes", "seconds", "per_second", "share"]
"""`share`: 1 is all of one processor."""
State = Literal["well", "warning", "failing"]
STATES: tuple[State, ...] = ("well", "warning", "failing")
"""The better first."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that is sampled every few seconds, so that `read` is quick and waits for nothing.

    `grows`: `read` gives a total, and the figure is by how much of it there is more per second. `keeps`: what stands
    for many samples in the charts of days, their mean or the highest.
    """

    unit: Unit
    read: Callable[[], float]
    grows: bool = False
    keeps: Literal["mean", "most"] = "mean"


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that takes longer to find: it is looked for every few minutes."""

    unit: Unit
    read: Callable[[], Awaitable[float]]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the running server found.

    `code` stands for `text` and `advice` where they are told in other languages, with `values` in them; `advice` is
    what to do where it is not well.
    """

    state: State
    code: str
    text: str
    advice: str = ""
    values: dict[str, str | int | float] = msgspec.field(default_factory=dict)


HealthCheck = Callable[[], Awaitable[Finding]]
"""Asked while people look, at most every few seconds; it must be quick and change nothing."""


def worst(states: list[State]) -> State:
    """What a whole is like that has these parts."""
    return max(states, key=STATES.index, default="well")
