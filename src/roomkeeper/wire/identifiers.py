"""The grammar of user, room, event and alias ids, server names, opaque ids and mxc URIs.

Every `is_…` answers, every `parse_…` raises ProtocolViolation (M_INVALID_PARAM) with a hint.
# spec: appendices §Identifier Grammar; client-server §Matrix Content (mxc://) URIs
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple, NoReturn

from roomkeeper.wire.errors import ProtocolViolation

MAX_ID_BYTES: Final = 255
"""The longest id, in bytes of UTF-8, with its sigil and server name."""

MAX_SERVER_NAME: Final = 255

_SERVER_NAME: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,255})(?P<port>:[0-9]{1,5})?")
_DOTTED_QUAD: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_NEW_LOCALPART: Final = re.compile(r"[a-z0-9._=/+-]+")
_FORBIDDEN_IN_LOCALPART: Final = re.compile("[:\0\ud800-\udfff]")
_HASH: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_OPAQUE: Final = re.compile(r"[0-9A-Za-z._~-]{1,255}")
_NAMESPACED: Final = re.compile(r"[a-z][a-z0-9._-]{0,254}")
_MEDIA_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


class UserID(NamedTuple):
    """`@localpart:server_name`, taken apart."""

    localpart: str
    server_name: str

    def __str__(self) -> str:
        return f"@{self.localpart}:{self.server_name}"


class RoomAlias(NamedTuple):
    """`#localpart:server_name`, taken apart."""

    localpart: str
    server_name: str

    def __str__(self) -> str:
        return f"#{self.localpart}:{self.server_name}"


class RoomID(NamedTuple):
    """`!opaque:server_name`, or `!opaque` with `server_name` None where the id is a hash."""

    opaque: str
    server_name: str | None

    def __str__(self) -> str:
        return f"!{self.opaque}" if self.server_name is None else f"!{self.opaque}:{self.server_name}"


class MxcURI(NamedTuple):
    """`mxc://server_name/media_id`, taken apart."""

    server_name: str
    media_id: str

    def __str__(self) -> str:
        return f"mxc://{self.server_name}/{self.media_id}"


def is_server_name(text: str) -> bool:
    """Whether this is a DNS name, an IPv4 address or an IPv6 address in brackets, with or without a port."""
    # The length comes first: what is remembered must be small.
    return len(text) <= MAX_SERVER_NAME and _is_server_name(text)


@lru_cache(maxsize=4096)
def _is_server_name(text: str) -> bool:
    found = _SERVER_NAME.fullmatch(text)
    if found is None:
        return False
    host = found["host"]
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        elif _DOTTED_QUAD.fullmatch(host):
            # Leading zeros are digits like any other in the Matrix grammar.
            IPv4Address(".".join(str(int(part)) for part in host.split(".")))
    except AddressValueError:
        return False
    return True


def is_user_id(text: str) -> bool:
    """Whether this is a user id, historical ones included: any localpart without `:` and NUL, even none."""
    return _split(text, "@") is not None


def is_room_id(text: str) -> bool:
    """Whether this is a room id of any room version: `!opaque:server` or `!` and a hash."""
    if text.startswith("!") and _HASH.fullmatch(text, 1):
        return True
    parts = _split(text, "!")
    return parts is not None and parts[0] != ""


def is_room_alias(text: str) -> bool:
    parts = _split(text, "#")
    return parts is not None and parts[0] != ""


def is_event_id(text: str) -> bool:
    """Whether this can be an event id in some room version; the versions that we speak use `$` and a hash."""
    opaque = text[1:].partition(":")[0]
    return text.startswith("$") and opaque != "" and not _FORBIDDEN_IN_LOCALPART.search(opaque) and _fits(text)


def is_opaque_id(text: str) -> bool:
    """Whether this follows the opaque grammar (room ids of third parties, transaction tokens, device ids …)."""
    return _OPAQUE.fullmatch(text) is not None


def is_namespaced_id(text: str) -> bool:
    """Whether this follows the common namespaced grammar, such as `m.room.name` or `com.example.thing`."""
    return _NAMESPACED.fullmatch(text) is not None


def is_valid_new_localpart(text: str) -> bool:
    """Whether a new user may be called so: only a-z, 0-9 and `._=-/+`. Length is the whole user id's matter."""
    return _NEW_LOCALPART.fullmatch(text) is not None and len(text) < MAX_ID_BYTES


def parse_server_name(text: str) -> str:
    """The server name itself, once it is known to be one."""
    if not is_server_name(text):
        _refuse(text, "server name", "write a host name or an address, and a port if need be: example.org:8448")
    return text


def parse_user_id(text: str) -> UserID:
    parts = _split(text, "@")
    if parts is None:
        _refuse(text, "user id", "write it as @name:example.org, in at most 255 bytes")
    return UserID(*parts)


def parse_room_alias(text: str) -> RoomAlias:
    if not is_room_alias(text):
        _refuse(text, "room alias", "write it as #name:example.org, in at most 255 bytes")
    localpart, _, server_name = text[1:].partition(":")
    return RoomAlias(localpart, server_name)


def parse_room_id(text: str) -> RoomID:
    if not is_room_id(text):
        _refuse(text, "room id", "write it as !id:example.org, or as ! and 43 characters of a hash")
    opaque, _, server_name = text[1:].partition(":")
    return RoomID(opaque, server_name or None)


def parse_event_id(text: str) -> str:
    """The event id itself, once it is known to be one."""
    if not is_event_id(text):
        _refuse(text, "event id", "it starts with $ and has at most 255 bytes")
    return text


def parse_opaque_id(text: str) -> str:
    """The id itself, once it is known to follow the opaque grammar."""
    if not is_opaque_id(text):
        _refuse(text, "opaque id", "use 1 to 255 of the characters 0-9 A-Z a-z . _ ~ -")
    return text


def parse_mxc_uri(text: str) -> MxcURI:
    """Take an mxc URI apart; both parts are safe to stand in a path."""
    server_name, _, media_id = text.removeprefix("mxc://").partition("/")
    if not (text.startswith("mxc://") and is_server_name(server_name) and _MEDIA_ID.fullmatch(media_id)):
        _refuse(text, "content URI", "write it as mxc://example.org/mediaid")
    return MxcURI(server_name, media_id)


def is_mxc_uri(text: str) -> bool:
    try:
        parse_mxc_uri(text)
    except ProtocolViolation:
        return False
    return True


def server_name_of(identifier: str) -> str:
    """The server name after the first colon of any id that has one, without checking the rest of it."""
    _, colon, server_name = identifier.partition(":")
    if not colon:
        _refuse(identifier, "id with a server name", "a colon and the server name must follow the local part")
    return server_name


def _split(text: str, sigil: str) -> tuple[str, str] | None:
    """Localpart and server name of `<sigil>localpart:server_name`, or None if it is no such id."""
    localpart, _, server_name = text[1:].partition(":")
    if not text.startswith(sigil) or not is_server_name(server_name):
        return None
    if _FORBIDDEN_IN_LOCALPART.search(localpart) or not _fits(text):
        return None
    return localpart, server_name


def _fits(text: str) -> bool:
    return len(text) <= MAX_ID_BYTES and len(text.encode(errors="surrogatepass")) <= MAX_ID_BYTES


def _refuse(text: str, what: str, hint: str) -> NoReturn:
    shown = text if len(text) <= 80 else f"{text[:80]}…"
    raise ProtocolViolation(f"{shown!r} is not a valid {what}; {hint}.", "M_INVALID_PARAM")
