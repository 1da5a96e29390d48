"""Hypothesis strategies for what may stand in an event."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from roomkeeper.wire.canonical_json import MAX_INTEGER

TEXT = st.text(max_size=12)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OBJECTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(TEXT, VALUES, max_size=4)
