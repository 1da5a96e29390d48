"""The web pages: what `make web` built into ``web_dist``, served with a strict Content-Security-Policy.

Built files have a hash of their content in their names and are kept by browsers for good; the pages themselves are
never kept, so that a new build is there with the next load. Files are read when they are asked for: a build that is
made while the server runs counts at once.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path
from typing import NamedTuple

from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Unrecognized
from roomkeeper.platform.http import Request, Response

FOLDER = Path(__file__).resolve().parents[1] / "web_dist"
PAGES = {"/app": "index.html", "/console": "console.html", "/record": "record.html"}
"""Where each page is served, and its file. All paths below are the page's own, which reads them itself."""
NONCE_PLACE = b"CSP-NONCE"
"""Stands in the pages where the nonce of the answer belongs."""
PLAIN_NAME = re.compile(r"(assets/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\Z")
CONTENT_TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".wasm": b"application/wasm",
    ".webmanifest": b"application/manifest+json",
    ".woff2": b"font/woff2",
}
HTML = b"text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
    "img-src {images}; media-src 'self' blob:; font-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""`wasm-unsafe-eval` lets the page compile WebAssembly alone, which the cryptography of encrypted rooms is."""
IMAGES = ("'self'", "blob:", "data:")
"""From where pictures are shown; `Application.page_images` adds to it."""
SAFETY = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
WORKER = "sw.js"
"""The service worker, which looks after the page itself and all below."""
FOR_GOOD = b"public, max-age=31536000, immutable"
NOT_KEPT = b"no-store"
ASKED_ANEW = b"no-cache"

NOT_BUILT = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Not built yet</title>
<h1>The web pages are not built yet</h1>
<p>Run <code>make web</code> in the folder with the source, and load this page again. It needs nothing but Python.</p>
<p>Any Matrix client works with this server already.</p>
"""


class Built(NamedTuple):
    """A file as it is sent: its bytes, and whether they are compressed with gzip."""

    body: bytes
    is_compressed: bool


def install(app: Application, folder: Path = FOLDER) -> None:
    """Serve the pages of the folder that `make web` writes."""
    for path, name in PAGES.items():
        _serve(app, folder, path, name)


def _serve(app: Application, folder: Path, path: str, page: str) -> None:
    async def get_page(_request: Request) -> Response:
        return await asyncio.to_thread(_page, folder / page, " ".join((*IMAGES, *app.page_images.values())))

    async def get_file(request: Request) -> Response:
        name = request.parameters["path"]
        if "." not in name:
            return await get_page(request)
        file = await asyncio.to_thread(_file, folder, name, _takes_gzip(request))
        if name == WORKER:
            file.headers.append((b"service-worker-allowed", path.encode()))
        return file

    app.routes.add("GET", path, get_page, access="public", limit=None)
    app.routes.add("GET", f"{path}/{{path*}}", get_file, access="public", limit=None)


def _page(file: Path, images: str) -> Response:
    """A page, with a nonce of its own in it and in its policy."""
    nonce = secrets.token_urlsafe(16)
    try:
        body, status = file.read_bytes().replace(NONCE_PLACE, nonce.encode()), 200
    except FileNotFoundError:
        body, status = NOT_BUILT, 404
    policy = POLICY.format(nonce=nonce, images=images).encode()
    headers = [(b"content-security-policy", policy), (b"cache-control", NOT_KEPT), *SAFETY]
    return Response(body, status, headers, HTML)


def _file(folder: Path, name: str, takes_gzip: bool) -> Response:
    """A built file. Raises `Unrecognized` where there is none of that name."""
    content_type = CONTENT_TYPES.get(Path(name).suffix)
    if content_type is None or not PLAIN_NAME.match(name):
        raise Unrecognized
    try:
        built = _read(folder / name, takes_gzip)
    except OSError:
        raise Unrecognized from None
    kept = FOR_GOOD if name.startswith("assets/") else ASKED_ANEW
    headers = [(b"cache-control", kept), (b"vary", b"accept-encoding"), *SAFETY]
    if built.is_compressed:
        headers.append((b"content-encoding", b"gzip"))
    return Response(built.body, 200, headers, content_type)


def _read(file: Path, takes_gzip: bool) -> Built:
    if takes_gzip:
        compressed = file.with_name(f"{file.name}.gz")
        if compressed.is_file():
            return Built(compressed.read_bytes(), True)
    return Built(file.read_bytes(), False)


def _takes_gzip(request: Request) -> bool:
    """Whether the answer may come compressed. RFC 9110 §12.5.3"""
    accepted = (request.header_list(b"accept-encoding") or "").replace(" ", "").lower().split(",")
    return "gzip" in accepted or any(part.startswith("gzip;q=") and part != "gzip;q=0" for part in accepted)
