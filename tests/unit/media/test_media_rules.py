"""Types, names, digests, ranges, sizes, mentions."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.media import ranges, rules
from roomkeeper.platform.errors import InvalidParameter
from tests import samples

PNG, HTML, ZIP = samples.png(), samples.broken()["html"], samples.zipped()
SVG = samples.broken()["svg"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("image/png", "image/png"),
        ("IMAGE/PNG", "image/png"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ('audio/ogg; codecs="opus, vorbis"', 'audio/ogg; codecs="opus, vorbis"'),
        (None, rules.UNKNOWN),
        ("", rules.UNKNOWN),
        ("png", rules.UNKNOWN),
        ("image/png\r\nx-evil: 1", rules.UNKNOWN),
        ("image/png; x", rules.UNKNOWN),
        ("image/" + "x" * 300, rules.UNKNOWN),
        ("image/p\u00e9ng", rules.UNKNOWN),
    ],
)
def test_claimed_types(header: str | None, expected: str) -> None:
    assert rules.claimed_type(header) == expected


@pytest.mark.parametrize(
    ("claimed", "head", "served", "inline"),
    [
        ("image/png", PNG, "image/png", True),
        ("image/jpeg", PNG, "image/png", True),
        ("text/html", PNG, "image/png", True),
        ("image/jpg", samples.jpeg(), "image/jpeg", True),
        (rules.UNKNOWN, PNG, rules.UNKNOWN, False),
        ("image/png", HTML, rules.UNKNOWN, False),
        ("image/png", SVG, rules.UNKNOWN, False),
        ("image/svg+xml", SVG, "image/svg+xml", False),
        ("text/html", HTML, "text/html; charset=utf-8", False),
        ("text/plain", HTML, "text/plain; charset=utf-8", False),
        ("text/plain", b"hello", "text/plain; charset=utf-8", True),
        ("text/plain; charset=latin1", b"hello", "text/plain; charset=latin1", True),
        ("text/plain", bytes(50), rules.UNKNOWN, False),
        ("application/json", b"{}", "application/json", True),
        ("application/json", ZIP, rules.UNKNOWN, False),
        ("image/png", ZIP, rules.UNKNOWN, False),
        ("image/png", samples.broken()["noise"], rules.UNKNOWN, False),
        ("video/mp4", b"\x00\x00\x00\x18ftypmp42", "video/mp4", True),
        ("audio/mp4", b"\x00\x00\x00\x18ftypmp42", "audio/mp4", True),
        ("audio/webm", b"\x1aE\xdf\xa3webm", "audio/webm", True),
        ("application/vnd.oasis.opendocument.text", ZIP, "application/vnd.oasis.opendocument.text", False),
        ("application/pdf", samples.broken()["pdf"], "application/pdf", False),
        ("application/pdf", b"no pdf", rules.UNKNOWN, False),
        ("application/x-something", b"\x01\x02\x03", "application/x-something", False),
        ("image/gif", samples.broken()["program"], rules.UNKNOWN, False),
    ],
)
def test_served_types(claimed: str, head: bytes, served: str, inline: bool) -> None:
    content_type, sniffed = rules.served_type(claimed, head)
    assert content_type == served
    assert rules.is_inline(content_type, sniffed) is inline


@given(st.binary(max_size=200), st.sampled_from(sorted(rules.INLINE)), st.sampled_from([b"<html>", b"<svg>", b""]))
def test_nothing_that_runs_is_ever_inline(data: bytes, claimed: str, start: bytes) -> None:
    content_type, sniffed = rules.served_type(claimed, start + data)
    if start:
        assert not rules.is_inline(content_type, sniffed)
    assert "\n" not in content_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("a\r\nx-evil: 1.png", "ax-evil: 1.png"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\x00b", "ab"),
        ("", None),
        (" \t", None),
        (None, None),
        ("你好.png", "你好.png"),
    ],
)
def test_file_names(name: str | None, expected: str | None) -> None:
    assert rules.file_name(name) == expected


def test_long_file_names_are_refused() -> None:
    with pytest.raises(InvalidParameter):
        rules.file_name("x" * 1001)


def test_dispositions() -> None:
    assert rules.disposition("inline", None) == b"inline"
    assert rules.disposition("inline", "cat.png") == b'inline; filename="cat.png"'
    assert rules.disposition("attachment", 'a"b\\c') == b'attachment; filename="a\\"b\\\\c"'
    value = rules.disposition("attachment", "grüße; 你.txt")
    assert value == b"attachment; filename=\"gr__e; _.txt\"; filename*=UTF-8''gr%C3%BC%C3%9Fe%3B%20%E4%BD%A0.txt"


@given(st.text(max_size=50))
def test_no_name_breaks_the_header(name: str) -> None:
    value = rules.disposition("attachment", rules.file_name(name))
    assert value.isascii()
    assert not any(byte < 32 or byte == 127 for byte in value)


def digest_of(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def test_digests() -> None:
    expected = hashlib.sha256(b"x").hexdigest()
    assert rules.promised_digest(digest_of(b"x")) == expected
    assert rules.promised_digest(f"sha-512=:AAAA:, {digest_of(b'x')}") == expected
    assert rules.promised_digest(digest_of(b"x").upper().replace("SHA-256", "SHA-256")[:8] + digest_of(b"x")[8:]) == (
        expected
    )
    assert rules.promised_digest(None) is None
    assert rules.promised_digest("sha-512=:AAAA:") is None
    assert rules.promised_digest("nonsense") is None
    assert rules.digest_header(expected).decode() == digest_of(b"x")


def test_several_digests() -> None:
    both = f"{digest_of(b'x')}, {digest_of(b'x')}"
    assert rules.promised_digest(both) == hashlib.sha256(b"x").hexdigest()
    assert rules.promised_digest(f"md5=:AAAA:, sha-512=:AAAA:;q=1, {digest_of(b'x')};q=0") is not None
    for header in (f"{digest_of(b'x')}, {digest_of(b'y')}", f"{digest_of(b'x')}, sha-256=:AAAA:"):
        with pytest.raises(InvalidParameter):
            rules.promised_digest(header)


@pytest.mark.parametrize("value", ["sha-256=", "sha-256=::", "sha-256=abc", "sha-256=:!!!!:", "sha-256=:AAAA:"])
def test_digests_that_cannot_be(value: str) -> None:
    with pytest.raises(InvalidParameter):
        rules.promised_digest(value)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-9", (0, 10)),
        ("bytes=0-", (0, 100)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("BYTES=5-5", (5, 6)),
        ("bytes=0-1,3-4", None),
        ("bytes=9-5", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=--5", None),
        ("lines=0-5", None),
        ("bytes=0-9" + "9" * 40, None),
        ("bytes=\u0661-\u0662", None),
    ],
)
def test_ranges(header: str | None, expected: tuple[int, int] | None) -> None:
    assert ranges.parse(header, 100) == expected


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=200-300", 100), ("bytes=-0", 100)])
def test_ranges_that_are_not_there(header: str, size: int) -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.parse(header, size)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=0-0"])
def test_an_empty_file_has_no_ranges(header: str) -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.parse(header, 0)


@given(st.text(max_size=30), st.integers(0, 1000))
def test_any_range_header(text: str, size: int) -> None:
    for header in (text, f"bytes={text}"):
        try:
            part = ranges.parse(header, size)
        except ranges.Unsatisfiable:
            continue
        assert part is None or 0 <= part[0] < part[1] <= size


def test_entity_tags() -> None:
    assert ranges.matches('"a"', '"a"')
    assert ranges.matches('"b", W/"a"', '"a"')
    assert ranges.matches("*", '"a"')
    assert not ranges.matches('"b"', '"a"')
    assert not ranges.matches(None, '"a"')


@pytest.mark.parametrize(
    ("asked", "method", "box"),
    [
        ((1, 1), "scale", (32, 32)),
        ((33, 1), "scale", (96, 96)),
        ((320, 240), "scale", (320, 240)),
        ((640, 480), "scale", (640, 480)),
        ((800, 600), "scale", (800, 600)),
        ((1200, 900), "scale", (1600, 1200)),
        ((2000, 10), "scale", None),
        ((32, 32), "crop", (32, 32)),
        ((96, 96), "crop", (96, 96)),
        ((320, 240), "crop", (320, 240)),
        ((300, 40), "crop", (320, 96)),
        ((900, 10), "crop", None),
    ],
)
def test_boxes(asked: tuple[int, int], method: str, box: tuple[int, int] | None) -> None:
    assert rules.thumbnail_box(*asked, method) == box


def test_mentions() -> None:
    mentions = rules.Mentions("example.org")
    content = {
        "url": "mxc://example.org/plain",
        "file": {"url": "mxc://example.org/in-a_file"},
        "info": {"thumbnail_url": "mxc://example.org/small", "thumbnail_file": {"url": "mxc://example.org/small2"}},
        "formatted_body": '<img src="mxc://example.org/html"> mxc://elsewhere.org/no <img src=mxc://example.org/html2>',
        "list": [["mxc://example.org/deep"], "mxc://example.org/plain", 1, None, True],
        "other": "mxc://example.org.evil/no mxc://example.org/",
        "mxc://example.org/key": 1,
        "dots": "mxc://example.org/../../etc",
    }
    assert set(mentions.media_ids(content)) == {
        "plain", "in-a_file", "small", "small2", "html", "html2", "deep", "key",
    }  # fmt: skip
    assert mentions.media_ids("mxc://example.org/" + "x" * 300) == []
    assert mentions.media_ids(None) == []
