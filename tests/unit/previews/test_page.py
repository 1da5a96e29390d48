"""What is read in pages, good and bad."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from roomkeeper.core.previews.page import MAX_BYTES, Page, PageAnalyser, PageParameters, read

URL = "https://example.org/a/page.html"


def test_open_graph() -> None:
    page = read(
        """<html><head><title>Other</title><meta property="og:title" content="A &amp; B">
        <meta property="og:title" content="second"><meta property=og:description content='What it is'>
        <meta name="og:site_name" content="Site"><meta property="og:image:width" content="5">
        <meta property="og:video:secure_url" content="https://example.org/v"><meta property="og:image" content="i.png">
        <meta property="og:<script>" content="x"><meta property="article:author" content="x"></head>""",
        URL,
    )
    assert page == Page(
        {
            "og:title": "A & B",
            "og:description": "What it is",
            "og:site_name": "Site",
            "og:video:secure_url": "https://example.org/v",
        },
        ["https://example.org/a/i.png"],
    )


def test_without_open_graph() -> None:
    page = read(
        """<!doctype html><html><head><title>The
        title</title><style>p { color: red }</style><meta name=description content="Described"></head><body>
        <header>Menu</header><script>alert("<p>no</p>")</script><p>First</p></body>""",
        URL,
    )
    assert page.properties == {"og:title": "The title", "og:description": "Described"}
    page = read("<body><nav>Menu</nav><h1>Heading</h1><p>First</p><p>second</p><svg><title>x</title></svg>", URL)
    assert page.properties == {"og:title": "Heading", "og:description": "First second"}
    page = read('<meta name="twitter:title" content="T"><meta name="twitter:image" content="/t.png">', URL)
    assert page == Page({"og:title": "T"}, ["https://example.org/t.png"])
    assert read("", URL) == Page({}, [])


def test_images() -> None:
    page = read(
        """<base href="/static/"><link rel="image_src" href="linked.png"><img width=1 height=1 src="pixel.gif">
        <img src="data:image/png;base64,xx"><img src="javascript:x"><img src=first.png><img src="first.png">
        <img src="//cdn.example/second.png"><img src="http://[bad/x.png"><img>""",
        URL,
    )
    assert page.images == [
        "https://example.org/static/linked.png",
        "https://example.org/static/first.png",
        "https://cdn.example/second.png",
    ]


def test_bounds() -> None:
    page = read(
        "".join(f'<meta property="og:x{n}" content="{"y" * 5000}">' for n in range(500))
        + '<meta property="og:title" content="late">'
        + "<title>" + "t " * 5000 + "</title>"
        + "word " * 100_000
        + "<img src=x>" * 1000,
        URL,
    )  # fmt: skip
    assert len(page.properties) <= 32
    assert all(len(value) <= 1000 for value in page.properties.values())
    assert len(page.properties["og:title"]) <= 300
    assert len(page.properties["og:description"]) <= 500


@pytest.mark.parametrize(
    "text",
    [
        "<" * 500_000,
        "<a " * 300_000,
        "<![foo[" * 100,
        "<!DOCTYPE [" * 100,
        "<?" * 1000,
        "<!--" * 200_000,
        "&#xD800;&#0;&#99999999999;" * 100,
        "<div>" * 60_000,
        "</nav>" * 1000,
        "<svg>" * 1000 + "</svg>" * 2000,
        "<title>",
        "<script>",
        "<meta property=og:title content='",
        "\x00" * 100 + "<title>x</title>",
        "a='" * 100_000,
        "<a b=" * 100_000,
        "<a b='x" * 100_000,
        "</script " * 100_000,
        "<title><" * 100_000,
        "<script></" * 100_000,
        "&" * 500_000,
        "<p " + "a=1 " * 200_000,
        "<" + "a" * 900_000,
    ],
)
def test_bad_markup(text: str) -> None:
    page = read("<title>Good</title>" + text, URL)
    assert page.properties["og:title"] == "Good"
    page.properties["og:title"].encode()


def test_noise(tmp_path: Path) -> None:
    source = random.Random(1)
    pieces = [
        "<",
        ">",
        "</",
        "<!",
        "--",
        "[",
        "]",
        "=",
        '"',
        "'",
        "meta",
        "title",
        "script",
        "&#",
        "\x00",
        "é",
        " ",
        "/",
    ]
    for _ in range(300):
        text = "".join(source.choice(pieces) for _ in range(200))
        for value in read(text, URL).properties.values():
            value.encode()
    analyser, file = PageAnalyser(), tmp_path / "page"
    for _ in range(20):
        file.write_bytes(b"<title>x</title>" + b" " * 1000 + source.randbytes(2000))
        assert analyser.run(file, PageParameters(URL)).properties["og:title"] == "x"


def test_only_so_much_is_read(tmp_path: Path) -> None:
    file = tmp_path / "page"
    file.write_bytes(b" " * MAX_BYTES + b"<title>late</title>")
    assert PageAnalyser().run(file, PageParameters(URL)).properties == {}
