"""URLs that may be asked for, and texts in short."""

from __future__ import annotations

import pytest

from roomkeeper.core.previews import rules
from roomkeeper.core.previews.models import HostDenied, UnusableUrl
from roomkeeper.core.previews.texts import decoded, tidy

PORTS = (80, 443)


@pytest.mark.parametrize(
    ("url", "normal", "host"),
    [
        ("https://example.org", "https://example.org", "example.org"),
        ("HTTPS://Example.ORG:443/a#part", "https://example.org/a", "example.org"),
        ("http://example.org/ü?q=a b", "http://example.org/%C3%BC?q=a+b", "example.org"),
        ("http://example.org/a%2Fb", "http://example.org/a%2Fb", "example.org"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://[2606:4700::1]/", "https://[2606:4700::1]/", "2606:4700::1"),
        ("https://192.0.2.1/", "https://192.0.2.1/", "192.0.2.1"),
    ],
)
def test_urls(url: str, normal: str, host: str) -> None:
    target = rules.target_of(url, PORTS)
    assert target.url.replace("%20", "+") == normal
    assert target.host == host


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "/path",
        "//example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://:secret@example.org/",
        "http://example.org:22/",
        "http://example.org:8008/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.0.0.0x1/",
        "http://1.1.1.1.1/",
        "http://example.0x1/",
        "http://256.1.1.1/",
        "http://[::1/",
        "http://[::1]x/",
        "http://exa mple.org/",
        "http://example.org\\@127.0.0.1/",
        "http://exam\r\nple.org/",
        "http://a" + "a" * 5000,
        "http://" + "a" * 300 + ".org/",
        "http://\ud800/",
        "http://%00/",
        "http://a%2eb/",
    ],
)
def test_urls_that_are_not_asked_for(url: str) -> None:
    with pytest.raises(UnusableUrl):
        rules.target_of(url, PORTS)


def test_numbers_in_other_scripts_are_numbers() -> None:
    # Resolvers would take the letters for the digits that they look like.
    for url in ("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/"):
        try:
            target = rules.target_of(url, PORTS)
        except UnusableUrl:
            continue
        assert rules.literal_address(target.host) == "127.0.0.1"


def test_redirects_are_relative_to_where_they_come_from() -> None:
    base = "https://example.org/a/b"
    assert rules.target_of("c?d", PORTS, base).url == "https://example.org/a/c?d"
    assert rules.target_of("//other.example/", PORTS, base).url == "https://other.example/"
    with pytest.raises(UnusableUrl):
        rules.target_of("//127.1/", PORTS, base)


def test_hosts() -> None:
    rules.check_host("www.example.org", ["*.example.org"], ["bad.example.org"])
    for host in ("example.org", "bad.example.org", "example.com", "notexample.org"):
        with pytest.raises(HostDenied):
            rules.check_host(host, ["*.example.org"], ["bad.example.org"])
    with pytest.raises(HostDenied):
        rules.check_host("a.b.example.org", [], ["*.Example.org."])


def test_short_texts() -> None:
    assert tidy(" a\n\t b\x00\u202e ", 10) == "a b"
    assert tidy("one two three four", 14) == "one two three…"
    assert tidy("x" * 100, 10) == "x" * 9 + "…"
    assert len(tidy("x " * 10**6, 500)) <= 500


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode(), "", "Grüße"),
        ("Grüße".encode("latin-1"), "", "Grüße"),
        ("Grüße".encode("latin-1"), "ISO-8859-1", "Grüße"),
        ("“Grüße”".encode("cp1252"), "iso-8859-1", "“Grüße”"),
        ("привет".encode("koi8-r"), "KOI8-R", "привет"),
        ("日本".encode("shift_jis"), "Shift_JIS", "日本"),
        ("中文".encode("gb18030"), "gb2312", "中文"),
        (b"\xef\xbb\xbf" + "Grüße".encode(), "latin-1", "Grüße"),
        ("Grüße".encode("utf-16"), "", "Grüße"),
        (b'<meta charset="koi8-r">' + "привет".encode("koi8-r"), "", '<meta charset="koi8-r">привет'),
        ("Grüße".encode(), "no such charset", "Grüße"),
        ("Grüße".encode(), "hex", "Grüße"),
        ("Grüße".encode(), "unicode_escape", "Grüße"),
        ("Grüße".encode(), "utf-16", "Grüße"),
        ("Grüße".encode(), "\x00", "Grüße"),
        ("Grüß".encode() + "e…".encode()[:-1], "", "Grüße"),
    ],
)
def test_character_sets(data: bytes, charset: str, text: str) -> None:
    assert decoded(data, charset) == text
