"""How the server gives out the web pages: the policy, what browsers may keep, and what is not there."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from roomkeeper.platform import web_files
from roomkeeper.platform.http import Routes
from tests.harness import Server

SCRIPT = b"export const answer = 42;" * 20


def serve(server: Server, folder: Path) -> None:
    """Let the server have no routes but the pages of a folder."""
    server.app.routes = server.app.http.routes = Routes()
    web_files.install(server.app, folder)


@pytest.fixture
async def pages(server: Server, tmp_path: Path) -> Server:
    """A server whose pages are these few files."""
    assets = tmp_path / "built" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "built" / "index.html").write_text('<meta name="csp-nonce" content="CSP-NONCE">')
    (assets / "index-1234.js").write_bytes(SCRIPT)
    (assets / "index-1234.js.gz").write_bytes(gzip.compress(SCRIPT))
    serve(server, tmp_path / "built")
    return server


async def test_a_page_has_a_nonce_of_its_own_and_is_never_kept(pages: Server) -> None:
    seen = set()
    for path in ("/app", "/app/", "/app/some/where"):
        status, headers, body = await pages.raw("GET", path)
        nonce = body.decode().split('content="')[1].split('"')[0]
        assert status == 200
        assert headers["cache-control"] == "no-store"
        assert f"'nonce-{nonce}'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        seen.add(nonce)
    assert len(seen) == 3


async def test_a_file_is_kept_for_good_and_comes_compressed(pages: Server) -> None:
    status, headers, body = await pages.raw("GET", "/app/assets/index-1234.js")
    assert (status, body) == (200, SCRIPT)
    assert "immutable" in headers["cache-control"]
    assert headers["content-type"].startswith("text/javascript")
    status, headers, body = await pages.raw("GET", "/app/assets/index-1234.js", headers={"accept-encoding": "br, gzip"})
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == SCRIPT


@pytest.mark.parametrize(
    "name",
    [
        "none.js",
        "../secret.json",
        "%2e%2e/secret.json",
        "assets/../../secret.json",
        "..%2fsecret.json",
        ".sources",
        "a%00.js",
    ],
)
async def test_nothing_else_is_given_out(pages: Server, name: str) -> None:
    status, _, _ = await pages.raw("GET", f"/app/{name}")
    assert status == 404


async def test_where_nothing_is_built_the_page_says_how(server: Server, tmp_path: Path) -> None:
    serve(server, tmp_path / "nothing")
    status, headers, body = await server.raw("GET", "/app")
    assert status == 404
    assert b"make web" in body
    assert headers["content-type"].startswith("text/html")


async def test_the_landing_page_leads_there(server: Server) -> None:
    _, _, body = await server.raw("GET", "/")
    assert b'href="/app"' in body
