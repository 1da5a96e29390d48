"""A page's address, what was found in it, a preview as it is kept, and why there may be none."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound


class Target(msgspec.Struct, frozen=True):
    """A URL that may be asked for: normalised, without a fragment; its host in lower case, as it is in the DNS."""

    url: str
    host: str


class StoredPreview(msgspec.Struct, frozen=True):
    """A preview of a page as it was at `fetched_ts`, in milliseconds; `fresh_until_ts` is when to look again.

    `url_hash` is the SHA-256 (hexadecimal) of the URL; `content` is the answer (JSON).
    """

    url_hash: str
    fetched_ts: int
    fresh_until_ts: int
    content: bytes


Properties = dict[str, Any]
"""``og:title`` and the like, and ``matrix:image:size``."""


class UnusableUrl(InvalidParameter):
    """This URL cannot have a preview."""


class HostDenied(Forbidden):
    """The server's administrator does not want previews of this host."""


class NoPreview(NotFound):
    """There is no preview: the server cannot get this page."""
