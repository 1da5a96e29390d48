"""# spec: appendices §Canonical JSON"""

from __future__ import annotations

import json
from typing import Any

import canonicaljson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roomkeeper.wire.canonical_json import canonical, check_canonical, decode, decode_object
from roomkeeper.wire.errors import ProtocolViolation

from .json_values import VALUES

PUBLISHED = [
    ("{}", "{}"),
    ('{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'),
    ('{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'),
    ('{"b":"2","a":"1"}', '{"a":"1","b":"2"}'),
    (
        """{"auth": {"success": true, "mxid": "@john.doe:example.com", "profile": {
            "display_name": "John Doe", "three_pids": [
                {"medium": "email", "address": "john.doe@example.org"},
                {"medium": "msisdn", "address": "123456789"}]}}}""",
        """{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":\
[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},\
"success":true}}""",
    ),
    ('{"a": "日本語"}', '{"a":"日本語"}'),
    ('{"本": 2, "日": 1}', '{"日":1,"本":2}'),
    (r'{"a": "\u65E5"}', '{"a":"日"}'),
    ('{"a": null}', '{"a":null}'),
    ('{"a": -0, "b": 1e10}', '{"a":0,"b":10000000000}'),
]


@pytest.mark.parametrize(("text", "expected"), PUBLISHED)
def test_the_published_examples(text: str, expected: str) -> None:
    value = decode(text.encode())
    check_canonical(value)
    assert canonical(value) == expected.encode()


@given(VALUES)
@settings(max_examples=100)
# The order of code points is not that of UTF-16, and the escapes are the shortest.
@example({"\uffff": 1, "\U00010000": 2, "": 3, "é": 4, "Z": 5, "a": 6})
@example("".join(map(chr, [*range(0x20), 0x22, 0x5C, 0x2F, 0x7F, 0x2028])))
def test_bytes_are_those_of_the_reference_library(value: Any) -> None:
    check_canonical(value)
    assert canonical(value) == canonicaljson.encode_canonical_json(value)
    assert decode(canonical(value)) == value


def test_every_character_is_encoded_as_by_the_reference_library() -> None:
    text = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert canonical(text) == canonicaljson.encode_canonical_json(text)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        9007199254740992,
        -9007199254740992,
        "\ud800",
        {"\udfff": 1},
        {1: "a"},
        ("tuple",),
        b"bytes",
        [[[{"deep": [1.5]}]]],
        {"text": "ascii", "list": ["é", "\ud83d"]},
    ],
)
def test_what_no_event_may_hold(value: Any) -> None:
    with pytest.raises(ProtocolViolation) as raised:
        check_canonical(value)
    assert raised.value.errcode == "M_BAD_JSON"


def test_integers_may_be_left_unbounded() -> None:
    check_canonical({"a": 2**60}, strict_integers=False)
    check_canonical([9007199254740991, -9007199254740991])


def test_depth_is_bounded() -> None:
    check_canonical(_nested(64))
    with pytest.raises(ProtocolViolation, match="deeper"):
        check_canonical(_nested(65))


def _nested(depth: int) -> object:
    value: object = "bottom"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [1, 5, 64])
def test_decode_allows_just_the_depth(depth: int) -> None:
    siblings = ",[]" * 200
    decode(b"[" * depth + b"]" * depth, max_depth=depth)
    decode(f"[[]{siblings}]".encode(), max_depth=2)
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        deeper = (opened * (depth + 1) + "1" + closed * (depth + 1)).encode()
        with pytest.raises(ProtocolViolation, match="deeper"):
            decode(deeper, max_depth=depth)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_bottomless_json_is_refused_and_crashes_nothing(opening: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        decode(opening * 200_000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"NaN",
        b"Infinity",
        b"1e999",
        b"01",
        b"{'a':1}",
        b'{"a":1,}',
        b"1 2",
        b"\xff",
        b'"\xed\xa0\x80"',
        rb'"\ud800"',
        rb'"\udc00x"',
        rb'"\ud800\ud800"',
        b"\xef\xbb\xbf{}",
        b"1" * 5000,
    ],
)
def test_what_is_no_json(data: bytes) -> None:
    with pytest.raises(ProtocolViolation) as raised:
        decode(data)
    assert raised.value.errcode == "M_NOT_JSON"


def test_numbers_with_a_fraction_stay_floats() -> None:
    assert [type(decode(data)) for data in (b"1.0", b"1.5", b"1e-3", b"1e300")] == [float] * 4


def test_of_a_repeated_key_the_last_counts() -> None:
    assert decode(b'{"a":1,"a":2}') == {"a": 2}


def test_an_object_is_asked_for() -> None:
    assert decode_object(b'{"a":[]}') == {"a": []}
    with pytest.raises(ProtocolViolation, match="object"):
        decode_object(b"[]")


_FRAGMENTS = st.sampled_from(["{", "}", "[", "]", ":", ",", '"', "\\", "\\u", "d800", "1", "-", "e5", ".", "true", " "])


@given(st.binary(max_size=40) | st.lists(_FRAGMENTS, max_size=25).map(lambda parts: "".join(parts).encode()))
@settings(max_examples=200)
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except ProtocolViolation:
        return
    assert json.loads(data) == value
