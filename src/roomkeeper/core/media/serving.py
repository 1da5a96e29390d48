"""How a file is answered: headers that keep it from being run, ranges, and what has not changed.

spec: client-server §Content repository, §Serving inline content; RFC 9110, RFC 6266, RFC 9530
"""

from __future__ import annotations

import msgspec

from roomkeeper.core.media import ranges, rules
from roomkeeper.platform.blobs import Blobs
from roomkeeper.platform.http import Request, Response, StreamedResponse

POLICY = (
    b"sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline';"
    b" object-src 'self';"
)
"""The one that the specification recommends."""
HEADERS = [
    (b"content-security-policy", POLICY),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"private, max-age=31536000, immutable"),
    (b"accept-ranges", b"bytes"),
    (
        b"access-control-expose-headers",
        b"Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Repr-Digest",
    ),
]


class Content(msgspec.Struct, frozen=True):
    """A blob, and what it is answered as."""

    sha256: str
    size: int
    content_type: str
    disposition: bytes


def answer(request: Request, blobs: Blobs, content: Content) -> Response | StreamedResponse:
    """The whole, a part (206), nothing new (304), or that there is no such part (416)."""
    etag = f'"{content.sha256}"'
    headers = [
        *HEADERS,
        (b"etag", etag.encode()),
        (b"repr-digest", rules.digest_header(content.sha256)),
        (b"content-disposition", content.disposition),
    ]
    if ranges.matches(request.header(b"if-none-match"), etag):
        return Response(b"", 304, headers)
    try:
        part = _part(request, content, etag)
    except ranges.Unsatisfiable:
        headers.append((b"content-range", f"bytes */{content.size}".encode()))
        return Response(b'{"errcode":"M_UNKNOWN","error":"The file has no such range of bytes."}', 416, headers)
    start, end = part or (0, content.size)
    if part is not None:
        headers.append((b"content-range", f"bytes {start}-{end - 1}/{content.size}".encode()))
    return StreamedResponse(
        blobs.get(content.sha256, start, end),
        end - start,
        200 if part is None else 206,
        headers,
        content.content_type.encode(),
    )


def _part(request: Request, content: Content, etag: str) -> tuple[int, int] | None:
    if request.scope["method"] != "GET" or request.header(b"if-range") not in (None, etag):
        return None
    return ranges.parse(request.header(b"range"), content.size)
