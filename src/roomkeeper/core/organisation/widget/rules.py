"""Pure decisions of the widget: which page may ask, who a signed token says somebody is, which words are shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from roomkeeper.core.organisation.widget.models import Claims, Site
from roomkeeper.platform.errors import Forbidden

PREFIX = "visitor-"
"""Begins the name of every visitor's account; nobody else gets such a name."""
Shape = TypeVar("Shape", bound=msgspec.Struct)
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
NAME_LETTERS = 20
MAX_VALID_S = 24 * 3600
"""Seconds for which a token may be valid at most: one that leaks is of no use for long."""
LEEWAY_S = 60
"""How far the clocks of the two servers may differ."""


class InvalidIdentity(Forbidden):
    """The signed identity of this page cannot be used."""


class _Header(msgspec.Struct, frozen=True):
    alg: str
    crit: object = None


def is_visitor(user_id: str) -> bool:
    """Whether an account of this server is a visitor's."""
    return user_id.startswith(f"@{PREFIX}")


def new_localpart() -> str:
    """A name that says nothing: 100 random bits."""
    return PREFIX + "".join(secrets.choice(LETTERS) for _ in range(NAME_LETTERS))


def check_origin(site: Site, origin: str | None) -> None:
    """Raises `Forbidden` for a page that is not one of the site's."""
    if origin is None or origin.lower() not in {each.lower() for each in site.origins}:
        whom = origin or "requests without an Origin"
        raise Forbidden(
            f"The chat of the site {site.key} is not for {whom}: it is for the pages that its `origins` name."
        )


def words(texts: Mapping[str, str], language: str) -> str:
    """The text in that language, or in one like it, or in the first that there is."""
    wanted = language.lower()
    by_tag = {tag.lower(): text for tag, text in texts.items()}
    if wanted in by_tag:
        return by_tag[wanted]
    short = wanted.partition("-")[0]
    for tag, text in by_tag.items():
        if tag.partition("-")[0] == short:
            return text
    return by_tag.get("en", next(iter(by_tag.values()), ""))


def identity(token: str, site: Site, now_s: float) -> Claims:
    """Who a page says that somebody is: a JWT signed with HS256 and the site's secret.

    Raises `InvalidIdentity`, which says to the page's author what to mend. spec: RFC 7515, RFC 7519
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidIdentity("The identity must be a signed JWT of three parts.")
    header = _decoded(parts[0], _Header, "header")
    # Before anything else: the token must not say itself how it is to be checked.
    if header.alg != "HS256" or header.crit is not None:
        raise InvalidIdentity("The identity must be signed with HS256, without critical extensions.")
    signed = f"{parts[0]}.{parts[1]}".encode()
    expected = hmac.new(site.identity_secret.encode(), signed, hashlib.sha256).digest()
    if not hmac.compare_digest(expected, _bytes(parts[2], "signature")):
        raise InvalidIdentity("The signature of the identity is wrong: is it the secret of this site?")
    claims = _decoded(parts[1], Claims, "claims")
    _check_times(claims, now_s)
    audience = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
    if site.key not in audience:
        raise InvalidIdentity(f"The identity is for another site: `aud` must be {site.key}.")
    return claims


def _check_times(claims: Claims, now_s: float) -> None:
    if claims.exp <= now_s:
        raise InvalidIdentity("The identity has expired: the page must be given a new one.")
    if claims.exp > now_s + MAX_VALID_S + LEEWAY_S:
        raise InvalidIdentity(f"The identity is valid for too long: `exp` may be {MAX_VALID_S} seconds ahead.")
    if claims.nbf > now_s + LEEWAY_S:
        raise InvalidIdentity("The identity is not valid yet (`nbf`).")


def _bytes(part: str, what: str) -> bytes:
    try:
        return base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise InvalidIdentity(f"The {what} of the identity is not Base64 for URLs.") from None


def _decoded(part: str, shape: type[Shape], what: str) -> Shape:
    try:
        return msgspec.json.decode(_bytes(part, what), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidIdentity(f"The {what} of the identity cannot be read: {error}.") from None
