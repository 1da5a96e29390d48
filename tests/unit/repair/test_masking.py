"""Personal data are masked, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.repair.masking import MASKED, is_personal_key, known_as, mask, mask_text


@pytest.mark.parametrize(
    "name",
    ["email", "userEmail", "e_mail", "first_name", "firstName", "phoneNumber", "phone_number", "password",
     "accessToken",
     "message", "body", "search_query", "ip", "cardNumber", "location", "postal_code"],
)  # fmt: skip
def test_names_of_personal_properties(name: str) -> None:
    assert is_personal_key(name)
    assert mask({name: "anything"}) == {name: MASKED}


@pytest.mark.parametrize(
    "name", ["room_id", "message_id", "txn_id", "event_id", "errcode", "attachments", "card_count", "status", "size"]
)
def test_names_of_others(name: str) -> None:
    assert mask({name: "!abc:example.org"}) == {name: "!abc:example.org"}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to alice.b@mail.example.org now", "write to [email] now"),
        ("call +49 170 1234567", "call [phone]"),
        ("13912345678", "[phone]"),
        ("4111 1111 1111 1111", "[card]"),
        ("from 192.168.1.20", "from [ip]"),
        ("Bearer abcdefghijklmnop", "[token]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "[token]"),
        ("x" * 300, MASKED),
        ("@alice:example.org", "@alice:example.org"),
        ("m1763894400000.5", "m1763894400000.5"),
        ("1.12.0", "1.12.0"),
    ],
)
def test_values(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_digits_in_an_id_are_no_telephone_number() -> None:
    assert mask({"order_id": "13912345678", "order": "13912345678"}) == {"order_id": "13912345678", "order": "[phone]"}


def test_who_is_known_by_something_personal_is_kept_as_its_digest() -> None:
    assert known_as("@alice:example.org") == "@alice:example.org"
    assert known_as("crm-1") == "crm-1"
    assert known_as("Alice@example.org").startswith("hashed:")
    assert known_as("Alice@example.org") == known_as("alice@example.org") == known_as(known_as("alice@example.org"))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), _json))
def test_whatever_comes_is_masked_and_stays_json(properties: dict[str, object]) -> None:
    masked = mask(properties)
    json.dumps(masked)
    assert mask(masked) == masked or len(masked) <= len(properties)
