"""The most similar vectors are found, whatever was added, replaced and removed before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.safety.identification.vectors import VectorIndex


def random_vectors(count: int, dimensions: int = 16, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)


def test_each_finds_itself_first() -> None:
    vectors = random_vectors(500)
    index: VectorIndex[int] = VectorIndex(16)
    for key, vector in enumerate(vectors):
        index.put(key, vector * (key + 1))
    for key, found in enumerate(index.search(vectors, 0.2, 5)):
        assert found[0][0] == key
        assert found[0][1] == pytest.approx(1, abs=1e-5)
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert len(found) <= 5


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=200))
def test_it_is_a_dictionary(steps: list[tuple[bool, int]]) -> None:
    vectors = random_vectors(200, 4)
    index: VectorIndex[int] = VectorIndex(4)
    model: dict[int, np.ndarray] = {}
    for number, (is_put, key) in enumerate(steps):
        if is_put:
            index.put(key, vectors[number])
            model[key] = vectors[number]
        else:
            assert index.remove(key) == (model.pop(key, None) is not None)
    assert len(index) == len(model)
    for key, vector in model.items():
        found = dict(index.search(vector[None, :], 0.999, 100)[0])
        assert found[key] == pytest.approx(1, abs=1e-5)
        assert set(found) <= set(model)


def test_what_is_no_vector() -> None:
    index: VectorIndex[str] = VectorIndex(3)
    for wrong in ([1, 2], [0, 0, 0], [1, float("nan"), 0]):
        with pytest.raises(ValueError, match="no vector"):
            index.put("it", np.array(wrong, np.float32))
    assert index.search(np.zeros((1, 3), np.float32), 0.5, 3) == [[]]


def test_wiped_it_has_nothing() -> None:
    index: VectorIndex[str] = VectorIndex(3)
    index.put("it", np.array([1, 2, 3], np.float32))
    index.wipe()
    assert len(index) == 0
    assert index.search(np.ones((1, 3), np.float32), 0.1, 3) == [[]]
