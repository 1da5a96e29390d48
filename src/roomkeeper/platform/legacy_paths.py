"""Paths and ways from before version 1.1 of the specification, for clients from that time."""

from __future__ import annotations

from roomkeeper.platform.application import Application

ALIASES = (
    ("/_matrix/client/r0", "/_matrix/client/v3"),
    ("/_matrix/media/r0", "/_matrix/media/v3"),
    ("/_matrix/media/v1", "/_matrix/media/v3"),
    ("/_matrix/media/r0/preview_url", "/_matrix/client/v1/media/preview_url"),
    ("/_matrix/media/v1/preview_url", "/_matrix/client/v1/media/preview_url"),
    ("/_matrix/media/v3/preview_url", "/_matrix/client/v1/media/preview_url"),
)
"""An old path, and the one that is served at it."""


def install(app: Application) -> None:
    """Let them be found. Call it when all routes are there."""
    for path, known in ALIASES:
        app.routes.alias(path, known)
    app.http.query_tokens = True
