"""Pure decisions: how addresses are written and hashed, where identity servers are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.settings import SettingsError
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.identifiers import parse_server_name
from roomkeeper.wire.signing import encode_base64_url

_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,255}")
_MSISDN = re.compile(r"[1-9][0-9]{2,14}", re.ASCII)


def canonical_address(medium: str, address: str) -> str:
    """The address as it is hashed. Raises `InvalidParameter`. spec: appendices §3PID Types"""
    if medium == "email" and _EMAIL.fullmatch(address.strip()):
        return address.strip().casefold()
    if medium == "msisdn" and _MSISDN.fullmatch(address.strip().removeprefix("+")):
        return address.strip().removeprefix("+")
    if medium not in ("email", "msisdn"):
        raise InvalidParameter("The medium must be email or msisdn.")
    raise InvalidParameter(f"This is no address of the kind {medium}.")


def hashed(address: str, medium: str, pepper: str) -> str:
    """What is looked up in the place of an address. spec: identity service §sha256"""
    return encode_base64_url(hashlib.sha256(f"{address} {medium} {pepper}".encode()).digest())


def bases(entries: Iterable[str]) -> dict[str, str]:
    """Where each identity server is reached, by its name. Raises `SettingsError`."""
    found: dict[str, str] = {}
    for entry in entries:
        name, _, base = entry.partition("=")
        base = (base or f"https://{name}").strip().rstrip("/")
        try:
            parse_server_name(name.strip())
            usable = urlsplit(base).scheme in ("http", "https") and bool(urlsplit(base).hostname)
        except (ProtocolViolation, ValueError):
            usable = False
        if not usable:
            raise SettingsError(f"{entry} in section [identity] is neither a server's name nor name=URL.")
        found[name.strip()] = base
    return found


def url_at(url: str, servers: dict[str, str]) -> str | None:
    """The URL by which what an identity server calls `url` is reached; `None` where no trusted one is at that place."""
    for name, base in servers.items():
        for prefix in (base, f"https://{name}"):
            if url.startswith(f"{prefix}/"):
                return base + url.removeprefix(prefix)
    return None


def redacted(address: str) -> str:
    """An address so that it cannot be told from it."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain[:1]}…" if domain else f"…{address[-2:]}"
