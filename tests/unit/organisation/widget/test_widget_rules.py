"""Pure decisions of the widget."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.organisation.widget import rules
from roomkeeper.core.organisation.widget.models import Claims, Site
from roomkeeper.platform.errors import Forbidden
from roomkeeper.wire.identifiers import is_valid_new_localpart

SITE = Site(key="shop", origins=("https://Shop.example.org",), identity="optional", identity_secret="s" * 32)
TEXTS = {"de-CH": "Grüezi", "en": "Hello", "zh": "您好"}


@pytest.mark.parametrize(
    ("language", "text"),
    [("de-CH", "Grüezi"), ("de", "Grüezi"), ("zh-TW", "您好"), ("EN-gb", "Hello"), ("fr", "Hello"), ("", "Hello")],
)
def test_words(language: str, text: str) -> None:
    assert rules.words(TEXTS, language) == text


def test_words_where_there_are_none() -> None:
    assert rules.words({}, "en") == ""
    assert rules.words({"fr": "Bonjour"}, "en") == "Bonjour"


def test_origins() -> None:
    rules.check_origin(SITE, "https://shop.example.org")
    for origin in (None, "", "null", "https://shop.example.org:444", "https://shop.example.org.evil.org"):
        with pytest.raises(Forbidden):
            rules.check_origin(SITE, origin)


def test_names() -> None:
    names = {rules.new_localpart() for _ in range(100)}
    assert len(names) == 100
    assert all(is_valid_new_localpart(name) and rules.is_visitor(f"@{name}:example.org") for name in names)
    assert not rules.is_visitor("@desk:example.org")


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(st.text(), st.binary(), st.binary(), st.binary())
def test_whatever_a_page_sends_is_refused_in_order(text: str, header: bytes, claims: bytes, signature: bytes) -> None:
    with pytest.raises(rules.InvalidIdentity):
        rules.identity(text, SITE, 0)
    with pytest.raises(rules.InvalidIdentity):
        rules.identity(f"{_part(header)}.{_part(claims)}.{_part(signature)}", SITE, 0)
    with pytest.raises(rules.InvalidIdentity):
        rules.identity(f"{_part(b'[' * 100_000)}.{text}.x", SITE, 0)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_claims_of_any_type_raise_nothing_else(value: object) -> None:
    with contextlib.suppress(rules.InvalidIdentity):
        rules._decoded(_part(repr(value).encode("utf-8", "surrogatepass")), Claims, "claims")
