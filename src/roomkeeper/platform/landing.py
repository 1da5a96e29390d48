"""The page at ``/``: tells whoever opens the server's address in a browser that it is there, and how to use it."""

from __future__ import annotations

import html

from roomkeeper import __version__
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request, Response

SECURITY_HEADERS = [
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{name} · Roomkeeper</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }}
body {{ max-width: 40rem; margin: 12vh auto; padding: 0 1rem; }}
h1 {{ font-size: 28px; margin: 0 0 8px; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 24px 0; }}
dt {{ opacity: .7; }} dd {{ margin: 0; overflow-wrap: anywhere; }}
code {{ font-size: 14px; }}
</style>
<h1>This is {name}</h1>
<p><a href="/app">Open the chat</a> in this browser, or sign in with any Matrix client and this homeserver address:</p>
<dl>
<dt>Homeserver</dt><dd><code>{url}</code></dd>
<dt>User ids end with</dt><dd><code>:{name}</code></dd>
<dt>Software</dt><dd>Roomkeeper {version}</dd>
</dl>
"""


def install(app: Application) -> None:
    """Serve the page."""
    page = PAGE.format(
        name=html.escape(app.settings.server_name),
        url=html.escape(app.settings.effective_base_url),
        version=__version__,
    ).encode()

    async def get(request: Request) -> Response:
        if app.front_page is not None:
            return await app.front_page(request)
        return Response(page, headers=SECURITY_HEADERS, content_type=b"text/html; charset=utf-8")

    app.routes.add("GET", "/", get, access="public")
