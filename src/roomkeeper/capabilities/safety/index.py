"""Where people are, in memory: who is in an area, in about a millisecond among a million.

Rows of arrays hold the newest positions as unit vectors; people are found by H3 cell. `PointIndex` is one such index;
`Positions` keeps two, since positions that are exact to a few metres are compared as points, and those that are not
reach into an area from further away: those are in larger cells.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.geometry import Area, Vectors, chord_of
from roomkeeper.capabilities.safety.models import Mode, Position, Source

FINE: Final = 9
"""H3 resolution of exact positions: cells of some 0.1 km²."""
COARSE: Final = 7
"""Of approximate ones: some 5 km²."""
EXACT_M: Final = 100.0
"""A position that is this exact counts as a point."""
LEAST_EXACT_M: Final = 2_000.0
"""One that is less exact than this counts as exact to this."""
SMALLEST_EDGE: Final = 0.6
"""The shortest edge of a cell, relative to the average one of its resolution (by the pentagons)."""
LARGEST_REACH: Final = 1.5
"""The longest way from the centre of a cell to its corner, relative to the average edge."""
MOST_RINGS: Final = 24
"""Circles of more rings of cells than this are compared with everybody: that takes some milliseconds."""
FIRST_ROWS: Final = 1024

Rows = NDArray[np.int64]


def cell_of(latitude: float, longitude: float, resolution: int = FINE) -> int:
    """The H3 cell of a point."""
    return int(h3.latlng_to_cell(latitude, longitude, resolution))


def centre_of(cell: int) -> tuple[float, float]:
    """Latitude and longitude of the centre of a cell."""
    latitude, longitude = h3.cell_to_latlng(cell)
    return float(latitude), float(longitude)


def rings(radius: float, edge: float) -> int:
    """How many rings of cells around that of a point have all in them that is within `radius` metres of it."""
    return 1 + math.ceil(radius / (1.5 * SMALLEST_EDGE * edge))


def cover(area: Area) -> list[int] | None:
    """Fine cells that have everybody in them who may be in an area; `None` where they would be too many."""
    middle, radius = geometry.bounding(area)
    edge = float(h3.average_hexagon_edge_length(FINE, unit="m"))
    ring = rings(radius + LEAST_EXACT_M, edge)
    return None if ring > MOST_RINGS else [int(each) for each in h3.grid_disk(cell_of(*geometry.point(middle)), ring)]


class Found(NamedTuple):
    """Who is somewhere, and how many metres each is from the middle of it."""

    users: list[str]
    metres: NDArray[np.float64]


class PointIndex:
    """Positions by cell. A row that is free has the user id ``""``."""

    def __init__(self, resolution: int) -> None:
        self._resolution = resolution
        self._edge = float(h3.average_hexagon_edge_length(resolution, unit="m"))
        self._rows: dict[str, int] = {}
        self._users: list[str] = []
        self._free: list[int] = []
        self._cells: dict[int, array[int]] = {}
        self._grow(FIRST_ROWS)

    def _grow(self, size: int) -> None:
        def longer(old: NDArray[Any] | None, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
            made: NDArray[Any] = np.zeros(shape, dtype=kind)
            if old is not None:
                made[: len(old)] = old
            return made

        self.units: Vectors = longer(getattr(self, "units", None), (size, 3), np.float64)
        self.points: NDArray[np.float64] = longer(getattr(self, "points", None), (size, 2), np.float64)
        self.accuracies: NDArray[np.float64] = longer(getattr(self, "accuracies", None), (size,), np.float64)
        self.times: NDArray[np.int64] = longer(getattr(self, "times", None), (size,), np.int64)
        self.expiries: NDArray[np.int64] = longer(getattr(self, "expiries", None), (size,), np.int64)
        self._cell_of: NDArray[np.int64] = longer(getattr(self, "_cell_of", None), (size,), np.int64)
        self._place: NDArray[np.int32] = longer(getattr(self, "_place", None), (size,), np.int32)
        self._flags: NDArray[np.int8] = longer(getattr(self, "_flags", None), (size,), np.int8)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._rows

    # ------------------------------------------------------------ changing

    def put(self, user_id: str, position: Position) -> None:
        """Let somebody be there, and nowhere else."""
        cell = cell_of(position.latitude, position.longitude, self._resolution)
        row = self._rows.get(user_id)
        if row is None:
            row = self._new_row(user_id)
            self._enter(row, cell)
        elif self._cell_of[row] != cell:
            self._leave(row)
            self._enter(row, cell)
        phi, theta = math.radians(position.latitude), math.radians(position.longitude)
        across = math.cos(phi)
        self.units[row] = across * math.cos(theta), across * math.sin(theta), math.sin(phi)
        self.points[row] = position.latitude, position.longitude
        self.accuracies[row] = position.accuracy
        self.times[row] = position.ts
        self.expiries[row] = position.expires_ts
        is_live, is_beacon = position.mode == "live", position.source == "beacon"
        self._flags[row] = is_live + 2 * is_beacon + 4 * position.is_approximate

    def remove(self, user_id: str) -> bool:
        """Let somebody be nowhere; whether they were somewhere."""
        row = self._rows.pop(user_id, None)
        if row is None:
            return False
        self._leave(row)
        self._users[row] = ""
        self.units[row] = self.points[row] = 0
        self.expiries[row] = 0
        self._free.append(row)
        return True

    def _new_row(self, user_id: str) -> int:
        if self._free:
            row = self._free.pop()
            self._users[row] = user_id
        else:
            row = len(self._users)
            self._users.append(user_id)
            if row == len(self.expiries):
                self._grow(row * 2)
        self._rows[user_id] = row
        return row

    def _enter(self, row: int, cell: int) -> None:
        members = self._cells.get(cell)
        if members is None:
            members = self._cells[cell] = array("i")
        self._place[row] = len(members)
        self._cell_of[row] = cell
        members.append(row)

    def _leave(self, row: int) -> None:
        cell = int(self._cell_of[row])
        members, place = self._cells[cell], int(self._place[row])
        last = members.pop()
        if last != row:
            members[place] = last
            self._place[last] = place
        if not members:
            del self._cells[cell]

    # ------------------------------------------------------------ looking

    def get(self, user_id: str) -> Position | None:
        """Where somebody is, as they said last."""
        row = self._rows.get(user_id)
        if row is None:
            return None
        flags = int(self._flags[row])
        mode: Mode = "live" if flags & 1 else "once"
        source: Source = "beacon" if flags & 2 else "app"
        return Position(
            latitude=float(self.points[row, 0]),
            longitude=float(self.points[row, 1]),
            accuracy=float(self.accuracies[row]),
            ts=int(self.times[row]),
            expires_ts=int(self.expiries[row]),
            mode=mode,
            source=source,
            is_approximate=bool(flags & 4),
        )

    def expired(self, now: int, limit: int) -> list[str]:
        """Some of those whose positions count no more."""
        count = len(self._users)
        rows = np.nonzero((self.expiries[:count] <= now) & (self.expiries[:count] > 0))[0][:limit]
        return [self._users[row] for row in rows.tolist()]

    def users(self, rows: Rows) -> list[str]:
        """Who is in these rows."""
        names = self._users
        return [names[row] for row in rows.tolist()]

    def near(self, centre: Vectors, radius: float, now: int) -> Rows:
        """Rows within `radius` metres of a point whose positions still count, and perhaps some further away."""
        ring = rings(radius, self._edge)
        if ring > MOST_RINGS:
            count = len(self._users)
            difference = self.units[:count] - centre
            squares = np.einsum("ij,ij->i", difference, difference)
            return np.nonzero((squares <= chord_of(radius) ** 2) & (self.expiries[:count] > now))[0]
        parts = [np.frombuffer(members, dtype=np.int32) for members in self._members(centre, radius, ring)]
        if not parts:
            return np.empty(0, dtype=np.int64)
        rows = np.concatenate(parts)
        return np.asarray(rows[self.expiries[rows] > now], dtype=np.int64)

    def _members(self, centre: Vectors, radius: float, ring: int) -> Iterator[array[int]]:
        """The members of the cells that a circle may touch."""
        origin = cell_of(*geometry.point(centre), self._resolution)
        reach = chord_of(radius + LARGEST_REACH * self._edge) ** 2
        x, y, z = (float(each) for each in centre)
        for cell in h3.grid_disk(origin, ring):
            members = self._cells.get(cell)
            if members is None:
                continue
            latitude, longitude = h3.cell_to_latlng(cell)
            phi, theta = math.radians(latitude), math.radians(longitude)
            across = math.cos(phi)
            a, b, c = across * math.cos(theta) - x, across * math.sin(theta) - y, math.sin(phi) - z
            if a * a + b * b + c * c <= reach:
                yield members


class PositionIndex:
    """Where everybody is."""

    def __init__(self) -> None:
        self._fine = PointIndex(FINE)
        self._coarse = PointIndex(COARSE)

    def __len__(self) -> int:
        return len(self._fine) + len(self._coarse)

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._fine or user_id in self._coarse

    def put(self, user_id: str, position: Position) -> None:
        """Let somebody be there, and nowhere else."""
        if position.accuracy <= EXACT_M:
            self._coarse.remove(user_id)
            self._fine.put(user_id, position)
        else:
            self._fine.remove(user_id)
            self._coarse.put(user_id, position)

    def remove(self, user_id: str) -> bool:
        """Let somebody be nowhere; whether they were somewhere."""
        return self._fine.remove(user_id) or self._coarse.remove(user_id)

    def get(self, user_id: str) -> Position | None:
        """Where somebody is, as they said last; it may count no more."""
        return self._fine.get(user_id) or self._coarse.get(user_id)

    def expired(self, now: int, limit: int) -> list[str]:
        """Some of those whose positions count no more."""
        return self._fine.expired(now, limit) + self._coarse.expired(now, limit)

    def within(self, area: Area, now: int) -> Found:
        """Who is in an area, or may be by how exact their position is."""
        middle, radius = geometry.bounding(area)
        exact = self._exactly(area, middle, radius, now)
        if not len(self._coarse):
            return exact
        about = self._about(area, middle, radius, now)
        return Found(exact.users + about.users, np.concatenate((exact.metres, about.metres)))

    def _exactly(self, area: Area, middle: Vectors, radius: float, now: int) -> Found:
        index = self._fine
        rows = index.near(middle, radius, now)
        units = index.units[rows]
        metres = geometry.distances(units, middle)
        is_in = metres <= radius if is_one_circle(area) else geometry.inside(area, units)
        return Found(index.users(rows[is_in]), metres[is_in])

    def _about(self, area: Area, middle: Vectors, radius: float, now: int) -> Found:
        index = self._coarse
        rows = index.near(middle, radius + LEAST_EXACT_M, now)
        units = index.units[rows]
        is_in = geometry.reaching(area, units, np.minimum(index.accuracies[rows], LEAST_EXACT_M))
        return Found(index.users(rows[is_in]), geometry.distances(units[is_in], middle))


def is_one_circle(area: Area) -> bool:
    """Whether an area is its own bounding circle."""
    return len(area.circles) == 1 and not area.polygons
