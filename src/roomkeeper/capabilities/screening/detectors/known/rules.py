"""Pure: looking up similar hashes and features, and how sure a similarity is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

DISTANCE = 31
"""Bits of 256 that two PDQ hashes of the same picture may differ in."""
TABLES = 12
BITS = 18
"""Each table of `FeatureIndex` knows a feature by so many bits of its description."""
VOTES = 6
"""Features that a picture must have in common with another to be compared with it."""
SURE_INLIERS = 60
SAME_KEY = 50
"""Features of known pictures that share a key: one that more have says nothing."""
ROWS = 50_000
"""Descriptions that keys are made of at a time."""


def pdq_score(distance: int) -> float:
    """1 for the same hash, 0.75 for one that just counts."""
    return round(1 - distance / DISTANCE / 4, 3)


def inlier_score(inliers: int) -> float:
    """0.6 for what just counts, 0.9 where there is no doubt: parts of a picture can be in another for a good reason."""
    return round(min(0.9, 0.6 + 0.3 * max(0, inliers - 15) / (SURE_INLIERS - 15)), 3)


class HashIndex:
    """PDQ hashes in memory, all of which are compared with one that is looked up: some milliseconds for 100,000."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._bytes = bytearray()
        self._arrays: tuple[NDArray[Any], NDArray[Any]] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, item_id: int, pdq: str) -> None:
        """Add a hash (hexadecimal)."""
        self._ids.append(item_id)
        self._bytes += bytes.fromhex(pdq)
        self._arrays = None

    def near(self, hashes: Sequence[str]) -> list[tuple[int, int]]:
        """(item, distance) of all that are near any of these, the nearest first."""
        if not self._ids or not hashes:
            return []
        import numpy as np

        arrays = self._arrays
        if arrays is None:
            words = np.frombuffer(bytes(self._bytes), np.uint64).reshape(-1, 4)
            arrays = self._arrays = (np.array(self._ids, np.int64), np.ascontiguousarray(words.T))
        ids, words = arrays
        found: dict[int, int] = {}
        for text in hashes:
            wanted = np.frombuffer(bytes.fromhex(text), np.uint64)
            distances = np.zeros(len(ids), np.uint16)
            for word, column in zip(wanted, words, strict=True):
                distances += np.bitwise_count(column ^ word)
            for place in np.flatnonzero(distances <= DISTANCE):
                item_id, distance = int(ids[place]), int(distances[place])
                found[item_id] = min(distance, found.get(item_id, distance))
        return sorted(found.items(), key=lambda pair: (pair[1], pair[0]))


class FeatureIndex:
    """Which pictures have features in common with one that is looked up: candidates for a real comparison.

    Locality-sensitive hashing: a feature that was found again differs in some of its 256 bits, but seldom in all of
    the few that each table looks at. Built anew from all features, since they change seldom.
    """

    def __init__(self, features: Sequence[tuple[int, bytes]]) -> None:
        """`features`: items with the bytes of their features, see `features.RECORD`."""
        self._features = dict(features)
        self._tables: list[tuple[NDArray[Any], NDArray[Any]]] = []
        if self._features:
            self._build()

    def __len__(self) -> int:
        return len(self._features)

    def features(self, item_id: int) -> bytes:
        """The features of an item."""
        return self._features[item_id]

    def candidates(self, ways: Sequence[bytes], most: int) -> list[int]:
        """The items that have the most features in common with a picture, `most` at most."""
        import numpy as np

        votes: Counter[int] = Counter()
        for way in ways if self._features else ():
            if not way:
                continue
            keys = self._keys(_descriptions(way))
            for number, (known, owners) in enumerate(self._tables):
                first = np.searchsorted(known, keys[number], "left")
                behind = np.searchsorted(known, keys[number], "right")
                for start, end in zip(first, np.minimum(behind, first + SAME_KEY), strict=True):
                    votes.update(set(owners[start:end].tolist()))
        return [item_id for item_id, count in votes.most_common(most) if count >= VOTES]

    def _build(self) -> None:
        import numpy as np

        descriptions = [_descriptions(data) for data in self._features.values()]
        owners = np.repeat(np.array(list(self._features), np.int64), [len(rows) for rows in descriptions])
        rows = np.vstack(descriptions)
        pieces = [self._keys(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]
        for number in range(TABLES):
            keys = np.concatenate([piece[number] for piece in pieces])
            order = np.argsort(keys, kind="stable")
            self._tables.append((keys[order], owners[order]))

    @staticmethod
    def _keys(descriptions: Any) -> Any:
        """For each table, the bits of each description that it looks at, as one number."""
        import numpy as np

        bits = np.unpackbits(descriptions, axis=1)
        random = np.random.default_rng(1)
        weights = np.left_shift(1, np.arange(BITS, dtype=np.int32))
        return [bits[:, random.permutation(256)[:BITS]] @ weights for _ in range(TABLES)]


def _descriptions(data: bytes) -> Any:
    import numpy as np

    return np.frombuffer(data, np.uint8).reshape(-1, 36)[:, 4:]
