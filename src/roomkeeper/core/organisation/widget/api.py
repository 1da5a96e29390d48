"""The endpoints of the widget, and the widget itself. They are open to pages of other origins."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import msgspec

from roomkeeper.core.organisation.sessions.models import Language
from roomkeeper.core.organisation.widget.models import Appearance, Opened, Opening
from roomkeeper.core.organisation.widget.service import Widget
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.http import Request, Response, Routes

FILE = Path(__file__).parent / "static" / "widget.js"
HEADERS = [
    (b"cache-control", b"public, max-age=300"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"accept-encoding"),
]
SCRIPT = b"text/javascript; charset=utf-8"


class AppearanceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """In which language."""

    language: Language = ""


class WidgetApi:
    """``/_roomkeeper/v1/widget/…``, ``/widget.js``."""

    def __init__(self, widget: Widget, own_origin: str) -> None:
        self._widget = widget
        self._own_origin = own_origin
        self._script: tuple[int, bytes, bytes, bytes] | None = None
        """When the file was written, its tag, itself, itself compressed."""

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = "/_roomkeeper/v1/widget"
        routes.add("GET", f"{root}/sites/{{key}}", self.appearance, access="public")
        routes.add("POST", f"{root}/sessions", self.open, access="public", limit="widget", max_body=32_768)
        routes.add("GET", "/widget.js", self.script, access="public")

    async def appearance(self, request: Request, query: AppearanceQuery) -> Appearance:
        """How the widget shows itself on a site."""
        # Browsers say no Origin with a GET to where the page itself came from. Others' pages cannot leave it out.
        origin = request.header(b"origin") or self._own_origin
        site = self._widget.site(request.parameters["key"], origin)
        return self._widget.appearance(site, query.language)

    async def open(self, request: Request, body: Opening) -> Opened:
        """A session for a visitor of a page, with an account of their own."""
        return await self._widget.open(self._widget.site(body.site, request.header(b"origin")), body)

    async def script(self, request: Request) -> Response:
        """The widget, one file."""
        tag, plain, packed = self._read()
        headers = [*HEADERS, (b"etag", tag)]
        asked = (request.header(b"if-none-match") or "").replace("W/", "")
        if tag.decode() in (each.strip() for each in asked.split(",")):
            return Response(b"", 304, headers, SCRIPT)
        if "gzip" in (request.header(b"accept-encoding") or ""):
            return Response(packed, 200, [*headers, (b"content-encoding", b"gzip")], SCRIPT)
        return Response(plain, 200, headers, SCRIPT)

    def _read(self) -> tuple[bytes, bytes, bytes]:
        """The file, read again where it was built anew. Raises `NotFound`."""
        try:
            written = FILE.stat().st_mtime_ns
        except FileNotFoundError:
            raise NotFound("The widget has not been built: run `make widget`.") from None
        if self._script is None or self._script[0] != written:
            plain = FILE.read_bytes()
            tag = f'"{hashlib.sha256(plain).hexdigest()[:24]}"'.encode()
            self._script = (written, tag, plain, gzip.compress(plain, 9, mtime=0))
        return self._script[1:]
