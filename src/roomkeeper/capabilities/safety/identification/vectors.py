"""Vectors of faces or voices, in memory, compared all at once: a product of a matrix and a vector. Pure.

100,000 faces are 51 MB and some milliseconds (`python -m bench --only identification`).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Key = TypeVar("Key", bound=Hashable)

LEAST_ROWS: Final = 64


class VectorIndex(Generic[Key]):
    """Vectors of one length under keys. All are brought to length 1, so that the product of two is their cosine."""

    def __init__(self, dimensions: int) -> None:
        self._rows: Floats = np.zeros((LEAST_ROWS, dimensions), np.float32)
        self._keys: list[Key] = []
        self._row_of: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def dimensions(self) -> int:
        """How long the vectors are."""
        return int(self._rows.shape[1])

    def put(self, key: Key, vector: Floats) -> None:
        """Add one, or replace it. `ValueError` where it has another length, or none at all."""
        if vector.shape != (self.dimensions,) or not np.isfinite(vector).all() or not vector.any():
            raise ValueError(f"this is no vector of {self.dimensions} numbers")
        row = self._row_of.get(key)
        if row is None:
            row = len(self._keys)
            if row == len(self._rows):
                self._grow()
            self._keys.append(key)
            self._row_of[key] = row
        self._rows[row] = vector / np.linalg.norm(vector)

    def _grow(self) -> None:
        larger = np.zeros((2 * len(self._rows), self.dimensions), np.float32)
        larger[: len(self._rows)] = self._rows
        self._rows.fill(0)
        self._rows = larger

    def remove(self, key: Key) -> bool:
        """Whether there was one. The last one takes its place."""
        row = self._row_of.pop(key, None)
        if row is None:
            return False
        last = len(self._keys) - 1
        if row != last:
            self._rows[row] = self._rows[last]
            self._keys[row] = self._keys[last]
            self._row_of[self._keys[row]] = row
        self._rows[last] = 0
        self._keys.pop()
        return True

    def search(self, vectors: Floats, least: float, most: int) -> list[list[tuple[Key, float]]]:
        """For each of the vectors (a matrix of rows) those that are at least so similar, the most similar first."""
        if not self._keys or not len(vectors):
            return [[] for _ in vectors]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        wanted = vectors / np.maximum(lengths, np.float32(1e-12))
        rows = self._rows[: len(self._keys)]
        # Not by `@`: the threads of its library wait for one another by spinning, which takes longer on a busy machine.
        return [self._best(np.einsum("ij,j->i", rows, each), least, most) for each in wanted]

    def _best(self, cosines: Floats, least: float, most: int) -> list[tuple[Key, float]]:
        rows = np.flatnonzero(cosines >= least)
        if len(rows) > most:
            rows = rows[np.argpartition(-cosines[rows], most)[:most]]
        rows = rows[np.argsort(-cosines[rows], kind="stable")]
        return [(self._keys[row], float(cosines[row])) for row in rows.tolist()]

    def wipe(self) -> None:
        """Let nothing of it stay in memory."""
        self._rows.fill(0)
        self._rows = self._rows[:0]
        self._keys.clear()
        self._row_of.clear()
