"""What a file is by its first bytes."""

from __future__ import annotations

import pytest

from roomkeeper.core.analysis import sniff
from roomkeeper.core.analysis.analysers.types import ACTIVE, looks_like_text
from tests import samples

EXPECTED = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "avif": "image/avif",
    "moving png": "image/apng",
    "moving gif": "image/gif",
    "jpeg and zip": "image/jpeg",
    "png and html": "image/png",
    "tiff": "image/tiff",
    "icon": "image/x-icon",
    "zip": "application/zip",
    "pdf": "application/pdf",
    "program": "application/x-executable",
    "html": "text/html",
    "svg": "image/svg+xml",
    "shell script": "application/x-shellscript",
    "text": None,
    "noise": None,
    "nothing": None,
    "zeros": None,
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED.keys())
def test_files(name: str, expected: str | None) -> None:
    data = {**samples.good(), **samples.broken()}[name]
    assert sniff(data[:4096]) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x1cftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x1cftypheic", "image/heic"),
        (b"\x1aE\xdf\xa3" + b"\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3" + b"matroska", "video/x-matroska"),
        (b"OggS\x00\x02" + bytes(22) + b"OpusHead", "audio/ogg"),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora", "video/ogg"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00XXXX", None),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + bytes(100), "audio/mpeg"),
        (b"\xff\xf1\x50\x80" + bytes(100), "audio/aac"),
        (b"fLaC\x00", "audio/flac"),
        (b"MZ" + bytes(100), "application/vnd.microsoft.portable-executable"),
        (bytes(257) + b"ustar\x0000", "application/x-tar"),
    ],
)
def test_containers_and_sound(head: bytes, expected: str | None) -> None:
    assert sniff(head) == expected


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"  \r\n\t<HTML lang=en>",
        b"\xef\xbb\xbf<!doctype html>",
        b"<script>x</script>",
        b"<!-- a comment -->",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><rss/>",
        b"<x:svg xmlns:x='http://www.w3.org/2000/svg'>",
        b"<iframe src=x>",
        b"<IMG src=x onerror=alert(1)>",
        "<html><body>".encode("utf-16"),
        b"<!DOCTYPE foo><html>",
    ],
)
def test_what_browsers_run_is_never_missed(page: bytes) -> None:
    assert sniff(page) in ACTIVE


@pytest.mark.parametrize("text", [b"a < b", b"<3", b"hello", b"{}", b"MZ", b"BM", b"\xff"])
def test_ordinary_text_is_nothing_in_particular(text: bytes) -> None:
    assert sniff(text) is None


def test_text() -> None:
    assert looks_like_text("grüße, 你好".encode())
    assert looks_like_text("你好".encode()[:-1])
    assert looks_like_text(b"")
    assert not looks_like_text(b"\xff\xfe")
    assert not looks_like_text(b"a\x00b")
    assert not looks_like_text(b"\xe4\xbd hello, there is more")
