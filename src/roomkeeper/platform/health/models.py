"""What the endpoints of the health answer. Times are in milliseconds since the epoch."""

from __future__ import annotations

import msgspec

from roomkeeper.platform.figures import State, Unit


class CheckBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found, and since when that is so; see `figures.Finding`."""

    name: str
    state: State
    code: str
    text: str
    advice: str
    values: dict[str, str | int | float]
    since_ts: int


class FigureBody(msgspec.Struct, frozen=True):
    """A figure as it is now; null while it is not known yet."""

    unit: Unit
    value: float | None


class DatabaseBody(msgspec.Struct, frozen=True):
    """The database: `sqlite` or `postgresql`, and which version of it."""

    kind: str
    version: str


class HealthBody(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is, as a whole and in parts."""

    state: State
    ts: int
    started_ts: int
    server_name: str
    version: str
    python: str
    database: DatabaseBody
    figures: dict[str, FigureBody]
    checks: list[CheckBody]


class SeriesBody(msgspec.Struct, frozen=True):
    """A figure over time; null where there was none."""

    unit: Unit
    values: list[float | None]


class HistoryBody(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over time: at each of `ts`, each series has a value. A value is that of the `resolution` seconds from
    then on, but with a resolution of 10 that of the moment."""

    resolution: int
    ts: list[int]
    figures: dict[str, SeriesBody]
