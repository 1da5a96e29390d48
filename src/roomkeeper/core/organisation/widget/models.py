"""Sites that have the widget, and who comes from them. Times are in milliseconds."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.sessions.models import PLAIN, Language

Key = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
Texts = dict[Language, Annotated[str, Meta(max_length=1000, pattern=r"\A[^\x00]*\Z")]]
"""A text in some languages, by language tag."""


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One site, as its file in the settings says.

    - `origins`: of the pages that may show the widget, as browsers write them: ``https://shop.example.org``.
    - `department`: who answers, by id, external id or name; empty: the rules decide.
    - `identity`: whether a page may, or must, say with a signed token who somebody is.
    """

    key: Key
    origins: Annotated[
        tuple[Annotated[str, Meta(pattern=r"\Ahttps?://[^/\s?#@]+\Z")], ...], Meta(min_length=1, max_length=100)
    ]
    department: Annotated[str, Meta(max_length=200)] = ""
    title: Texts = {}
    greeting: Texts = {}
    notice: Texts = {}
    accent: Annotated[str, Meta(pattern=r"\A(#[0-9A-Fa-f]{6})?\Z")] = ""
    identity: Literal["off", "optional", "required"] = "off"
    identity_secret: Annotated[str, Meta(max_length=1024)] = ""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed token says. spec: RFC 7519 §4.1"""

    sub: Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN)]
    exp: int | float
    aud: str | tuple[str, ...]
    nbf: int | float = 0
    name: Annotated[str, Meta(max_length=200, pattern=PLAIN)] = ""
    email: Annotated[str, Meta(max_length=200, pattern=PLAIN)] = ""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a page asks for. `resume`: only where there is a session already; `anew`: not one that is closed."""

    site: Key
    language: Language = ""
    name: Annotated[str, Meta(max_length=100, pattern=PLAIN)] = ""
    topic: Annotated[str, Meta(max_length=1000, pattern=r"\A[^\x00]*\Z")] = ""
    identity: Annotated[str, Meta(min_length=1, max_length=8192)] | None = None
    resume: bool = False
    anew: bool = False


class Opened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A visitor's account, signed in, and their session. `expires_after_ms`: of disuse."""

    user_id: str
    device_id: str
    access_token: str
    room_id: str
    state: str
    expires_after_ms: int


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """How the widget shows itself on a site, in one language; empty: as it comes."""

    title: str
    greeting: str
    notice: str
    accent: str
    identity: str


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who came from a site; `subject` is who the site says they are, where it does."""

    user_id: str
    site: str
    subject: str | None
    created_ts: int
