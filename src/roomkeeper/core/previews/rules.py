"""Pure decisions: which URLs are asked for, what a preview says."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import unquote

from yarl import URL

from roomkeeper.core.previews.models import HostDenied, Properties, Target, UnusableUrl
from roomkeeper.core.previews.texts import CONTROL, tidy

MAX_URL = 4096
"""Characters."""
MAX_HOST = 253
MAX_NAME = 200
"""Characters of a file's name."""
_BREAK = re.compile(r"[\t\r\n]")
_NUMERIC = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


def target_of(text: str, ports: Collection[int], base: str | None = None) -> Target:
    """The target that a URL names, relative to `base` where there is one. Raises `UnusableUrl`.

    What looks like a number is an address only as a dotted quad: `127.1`, `0x7f.1` and `2130706433` are refused.
    """
    text = text.strip()
    if len(text) > MAX_URL or CONTROL.search(text) or _BREAK.search(text):
        raise UnusableUrl(f"A URL has {MAX_URL} characters at most, and no control characters.")
    try:
        url = URL(text)
        if base is not None:
            url = URL(base).join(url)
        url = url.with_fragment(None)
        host, port = (url.raw_host or "").rstrip(".").lower(), url.port
        normal = str(url)
    except (ValueError, TypeError):
        raise UnusableUrl("This is no URL.") from None
    if url.scheme not in ("http", "https") or not host:
        raise UnusableUrl("Only http and https URLs can have a preview.")
    if url.raw_user is not None or url.raw_password is not None:
        raise UnusableUrl("A URL with a user name or a password in it cannot have a preview.")
    if port is None or port not in ports:
        raise UnusableUrl("URLs with this port cannot have a preview.")
    _check_host(host)
    return Target(normal, host)


def _check_host(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # Resolvers take numbers in many notations for addresses.
        if _NUMERIC.fullmatch(host.rpartition(".")[2]) or len(host) > MAX_HOST or not _HOST.fullmatch(host):
            raise UnusableUrl("The host of this URL is neither a name nor an address.") from None


def literal_address(host: str) -> str | None:
    """The host, where it is an address itself."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def check_host(host: str, allowed: Iterable[str], denied: Iterable[str]) -> None:
    """Raises `HostDenied` for what the lists do not let through."""
    allowed = list(allowed)
    if _listed(host, denied) or (allowed and not _listed(host, allowed)):
        raise HostDenied


def _listed(host: str, patterns: Iterable[str]) -> bool:
    for pattern in patterns:
        name = pattern.strip().lower().rstrip(".")
        if host == name or (name.startswith("*.") and host.endswith(name[1:])):
            return True
    return False


def url_hash(target: Target) -> str:
    """Under which a URL's previews are kept."""
    return hashlib.sha256(target.url.encode()).hexdigest()


def file_name_of(url: str) -> str:
    """The last part of a URL's path, or its host: a title for what has none."""
    parsed = URL(url, encoded=True)
    name = unquote(parsed.raw_path.rstrip("/").rpartition("/")[2], errors="replace")
    return tidy(name, MAX_NAME) or parsed.host or ""


def media_type(header: str | None) -> str:
    """The type in a ``Content-Type``, in lower case, without its parameters; empty where there is none."""
    return (header or "").partition(";")[0].strip().lower()[:100]


def charset_of(header: str | None) -> str:
    """The ``charset`` of a ``Content-Type``, empty where it has none."""
    for parameter in (header or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")[:50]
    return ""


def of_image(uri: str, size: int, content_type: str, width: int, height: int) -> Properties:
    """What a preview says of its image."""
    return {
        "og:image": uri,
        "og:image:type": content_type,
        "og:image:width": width,
        "og:image:height": height,
        "matrix:image:size": size,
    }


def of_page(url: str, found: Mapping[str, str]) -> Properties:
    """What a preview says of a page, but for its image."""
    properties: Properties = {name: value for name, value in found.items() if value}
    properties.setdefault("og:title", file_name_of(url))
    return properties


def of_file(url: str, content_type: str) -> Properties:
    """What a preview says of a file that is no page."""
    kind = content_type.partition("/")[0]
    properties: Properties = {"og:title": file_name_of(url)}
    if kind == "video":
        properties["og:type"] = "video.other"
        properties["og:video:type"] = content_type
    elif kind == "audio":
        properties["og:type"] = "music.song"
        properties["og:audio:type"] = content_type
    return properties
