"""The trees of checkpoints, for who asks for many paths in few of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from roomkeeper.capabilities.records import chain
from roomkeeper.capabilities.records.store import checkpoints as store
from roomkeeper.capabilities.records.store.checkpoints import Head
from roomkeeper.platform.database import Driver

MOST_LEAVES: Final = 200_000
"""Leaves of the trees that are remembered together, unless one has more."""


class Tree(NamedTuple):
    """That of a checkpoint, and at which leaf each record's head is."""

    levels: list[list[bytes]]
    places: dict[str, int]

    def path_to(self, record_id: str) -> list[tuple[str, str]]:
        """See `chain.path_to`."""
        return chain.path_to(self.levels, self.places[record_id])


class Trees:
    """Remembers the last of those that it was asked for."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._trees: dict[int, Tree] = {}

    async def of(self, number: int) -> Tree:
        """The tree of a checkpoint."""
        if number not in self._trees:
            heads = await store.heads_in(self._driver, number)
            while self._trees and sum(len(tree.places) for tree in self._trees.values()) + len(heads) > MOST_LEAVES:
                self._trees.pop(next(iter(self._trees)))
            self._trees[number] = await asyncio.to_thread(_tree_of, heads)
        return self._trees[number]

    def clear(self) -> None:
        """Forget them."""
        self._trees.clear()


def _tree_of(heads: Sequence[Head]) -> Tree:
    places = {head.record_id: place for place, head in enumerate(heads)}
    return Tree(chain.levels_of([chain.leaf_of(*head) for head in heads]), places)
