"""What may stand in a profile."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.profiles import rules
from roomkeeper.platform.errors import InvalidParameter, KeyTooLarge, ProfileTooLarge


@pytest.mark.parametrize("key", ["displayname", "avatar_url", "m.tz", "org.example.my-field_1", "x" * 255])
def test_names_of_fields(key: str) -> None:
    assert rules.check_key(key) == key


@given(st.text())
def test_other_names_are_refused(key: str) -> None:
    try:
        rules.check_key(key)
    except (KeyTooLarge, InvalidParameter):
        return
    assert key.isascii()
    assert key == key.lower()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_a_custom_value_is_kept_as_it_is_or_refused(value: Any) -> None:
    try:
        encoded = rules.encode_value("org.example.field", value)
    except InvalidParameter:
        return
    assert encoded is not None
    assert json.loads(encoded) == value


def test_the_size_is_that_of_the_profile_as_json() -> None:
    fields = {f"org.example.f{number}": msgspec.json.encode("x" * 1000) for number in range(64)}
    profile = {key: json.loads(value) for key, value in fields.items()}
    size = len(json.dumps(profile, separators=(",", ":")))
    assert rules.MAX_PROFILE > size > rules.MAX_PROFILE - 5000
    rules.check_size(fields)
    with pytest.raises(ProfileTooLarge):
        rules.check_size({**fields, "org.example.last": msgspec.json.encode("x" * 2000)})
