"""# spec: appendices §Identifier Grammar"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomkeeper.wire import identifiers as ids
from roomkeeper.wire.errors import ProtocolViolation

SERVER_NAMES = [
    "matrix.org",
    "matrix.org:8888",
    "1.2.3.4",
    "1.2.3.4:1234",
    "[1234:5678::abcd]",
    "[1234:5678::abcd]:5678",
    "localhost",
    "MATRIX.org",
    "[::ffff:1.2.3.4]",
]
NO_SERVER_NAMES = [
    "",
    ":80",
    "matrix.org:",
    "matrix.org:123456",
    "matrix.org:80a",
    "mat_rix.org",
    "mätrix.org",
    "1.2.3.256",
    "[1234",
    "[1.2.3.4]",
    "[::12345]",
    "[]",
    "matrix.org\n",
    "a/b",
    "a" * 256,
    "٣.org",
]


@pytest.mark.parametrize("name", SERVER_NAMES)
def test_server_names(name: str) -> None:
    assert ids.parse_server_name(name) == name


@pytest.mark.parametrize("name", NO_SERVER_NAMES)
def test_no_server_names(name: str) -> None:
    with pytest.raises(ProtocolViolation):
        ids.parse_server_name(name)


@pytest.mark.parametrize(
    ("user_id", "parts"),
    [
        ("@alice:example.org", ("alice", "example.org")),
        ("@alice:example.org:8448", ("alice", "example.org:8448")),
        ("@:example.org", ("", "example.org")),
        ("@Älice Smith!:[::1]:80", ("Älice Smith!", "[::1]:80")),
    ],
)
def test_user_ids_with_historical_ones(user_id: str, parts: tuple[str, str]) -> None:
    assert ids.parse_user_id(user_id) == parts
    assert str(ids.parse_user_id(user_id)) == user_id


@pytest.mark.parametrize("text", ["", "@", "alice", "@alice", "!alice:example.org", "@al\0ice:example.org", "@a:b c"])
def test_no_user_ids(text: str) -> None:
    assert not ids.is_user_id(text)
    with pytest.raises(ProtocolViolation) as raised:
        ids.parse_user_id(text)
    assert raised.value.errcode == "M_INVALID_PARAM"


def test_ids_are_measured_in_bytes() -> None:
    room_for_localpart = 255 - len("@:example.org")
    assert ids.is_user_id(f"@{'a' * room_for_localpart}:example.org")
    assert not ids.is_user_id(f"@{'a' * (room_for_localpart + 1)}:example.org")
    assert not ids.is_user_id(f"@{'é' * (room_for_localpart // 2 + 1)}:example.org")


@pytest.mark.parametrize("localpart", ["alice", "a.b_c=d-e/f+1", "0"])
def test_names_for_new_users(localpart: str) -> None:
    assert ids.is_valid_new_localpart(localpart)


@pytest.mark.parametrize("localpart", ["", "Alice", "a b", "ä", "a:b", "a\n", "a@b", "a" * 255])
def test_names_that_no_new_user_gets(localpart: str) -> None:
    assert not ids.is_valid_new_localpart(localpart)


def test_room_ids_of_either_form() -> None:
    hashed = "!" + "aB3-_" * 8 + "abc"
    assert ids.parse_room_id(hashed) == (hashed[1:], None)
    assert ids.parse_room_id("!abc:example.org") == ("abc", "example.org")
    assert [str(ids.parse_room_id(text)) for text in (hashed, "!a:b")] == [hashed, "!a:b"]


@pytest.mark.parametrize("text", ["!", "!abc", "!:example.org", "!" + "a" * 44, "!" + "+" * 43, "#a:example.org"])
def test_no_room_ids(text: str) -> None:
    with pytest.raises(ProtocolViolation):
        ids.parse_room_id(text)


def test_aliases_and_event_ids() -> None:
    assert ids.parse_room_alias("#ä room:example.org") == ("ä room", "example.org")
    assert ids.parse_event_id("$" + "a" * 43) == "$" + "a" * 43
    assert ids.is_event_id("$old:example.org")
    assert not any(map(ids.is_room_alias, ["#:example.org", "#a", "a:b", "#a\0:b", "#a:b:c:d"]))
    assert not any(map(ids.is_event_id, ["$", "a", "", "$a\0", "$" + "a" * 255, "$\ud800"]))


def test_content_uris_cannot_leave_their_folder() -> None:
    assert ids.parse_mxc_uri("mxc://example.org:80/aB_-9") == ("example.org:80", "aB_-9")
    for text in [
        "mxc://example.org/",
        "mxc://example.org/../a",
        "mxc:///a",
        "mxc://a/b/c",
        "http://a/b",
        "mxc://a/b?c",
    ]:
        assert not ids.is_mxc_uri(text)


def test_opaque_and_namespaced_ids() -> None:
    assert ids.parse_opaque_id("aZ9-._~") == "aZ9-._~"
    assert not any(map(ids.is_opaque_id, ["", "a b", "a/b", "ä", "a" * 256, "a\n"]))
    assert ids.is_namespaced_id("m.room.name")
    assert not any(map(ids.is_namespaced_id, ["", "M.room", "1a", "a b", "a" * 256]))


def test_the_server_of_any_id() -> None:
    assert ids.server_name_of("@a:example.org:80") == "example.org:80"
    with pytest.raises(ProtocolViolation):
        ids.server_name_of("!hash")


PARSERS = [
    ids.parse_server_name,
    ids.parse_user_id,
    ids.parse_room_id,
    ids.parse_room_alias,
    ids.parse_event_id,
    ids.parse_opaque_id,
    ids.parse_mxc_uri,
]
_SURROGATES = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=["Cs"])
_LIKE_IDS = st.lists(
    st.sampled_from(["@", "!", "#", "$", ":", "a", ".org", "[", "]", "::1", "1.2.3.", "9", "/", "mxc://", "\0"])
    | st.text(max_size=3)
    | _SURROGATES,
    max_size=8,
).map("".join)


@pytest.mark.parametrize("parse", PARSERS)
@given(text=_LIKE_IDS)
@settings(max_examples=40)
def test_any_text_is_an_id_or_refused(parse: Callable[[str], Any], text: str) -> None:
    try:
        parsed = parse(text)
    except ProtocolViolation:
        return
    assert str(parsed) == text
