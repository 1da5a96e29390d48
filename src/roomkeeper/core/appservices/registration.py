"""Reading registration files, as bridges generate them. What cannot be used stops the start with a message that says
what to change, since a bridge that half works is worse than none.

spec: application-service §Registration
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import re2
import yaml

from roomkeeper.core.appservices.models import Appservice, Matcher, Namespaces
from roomkeeper.platform.settings import SettingsError
from roomkeeper.wire.identifiers import is_user_id

MAX_FILE: Final = 1024 * 1024
MAX_SERVICES: Final = 200
MAX_NAMESPACES: Final = 500
"""Of each kind, in one file."""
MAX_PATTERN: Final = 2_000
PATTERN_MEMORY: Final = 4 * 1024 * 1024
"""Bytes that matching one pattern may use; RE2 refuses those that would need more."""
MAX_PROTOCOLS: Final = 50
KINDS: Final = {"users": "@", "aliases": "#", "rooms": "!"}
REQUIRED: Final = ("id", "url", "as_token", "hs_token", "sender_localpart", "namespaces")
EPHEMERAL: Final = ("receive_ephemeral", "de.sorunome.msc2409.push_ephemeral", "push_ephemeral")
"""The setting, and its names from before it was specified, which bridges still write."""
_ID: Final = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,1024}")
"""What a bearer token can be. RFC 6750 §2.1"""


def load_all(files: Sequence[str], server_name: str) -> list[Appservice]:
    """The services of all files. Raises `SettingsError`, also where two have an id or a token in common."""
    if len(files) > MAX_SERVICES:
        raise SettingsError(
            f"There are {len(files)} registration files of application services; {MAX_SERVICES} at most."
        )
    services = [load(file, server_name) for file in files]
    check_distinct(services)
    return services


def load(file: str, server_name: str) -> Appservice:
    """The service of one file. Raises `SettingsError`."""
    try:
        return parse(_read(file), file, server_name)
    except ValueError as error:
        raise SettingsError(f"The registration file {file}: {error}") from None


def check_distinct(services: Iterable[Appservice]) -> None:
    """Raises `SettingsError` where services could be mistaken for one another."""
    seen: dict[tuple[str, str], str] = {}
    for service in services:
        for name, value in (
            ("id", service.id),
            ("as_token", service.as_token),
            ("hs_token", service.hs_token),
            ("sender_localpart", service.sender),
        ):
            if (other := seen.get((name, value))) is not None:
                raise SettingsError(
                    f"The registration files {other} and {service.file} have the same {name}:"
                    " each service needs its own."
                )
            seen[name, value] = service.file


def _read(file: str) -> object:
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}.") from None
    if len(data) > MAX_FILE:
        raise ValueError(f"it is larger than {MAX_FILE} bytes.")
    try:
        return yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ValueError(f"it is not valid YAML: {error}") from None


def parse(document: object, file: str, server_name: str) -> Appservice:
    """The service that a document describes. Raises `ValueError` with what is wrong."""
    if not isinstance(document, dict):
        raise ValueError("it must be a mapping with id, url, as_token, ….")
    for name in REQUIRED:
        if name not in document:
            raise ValueError(f"`{name}` is missing.")
    sender = f"@{_text(document, 'sender_localpart')}:{server_name}"
    if not is_user_id(sender):
        raise ValueError("`sender_localpart` must be the part of a user id between @ and the colon.")
    return Appservice(
        id=_matching(document, "id", _ID, "1 to 255 characters, none of them a control character"),
        url=_url(document["url"]),
        as_token=_matching(document, "as_token", _TOKEN, "letters, digits and . _ ~ + / = -"),
        hs_token=_matching(document, "hs_token", _TOKEN, "letters, digits and . _ ~ + / = -"),
        sender=sender,
        namespaces=_namespaces(document["namespaces"]),
        rate_limited=_boolean(document, "rate_limited", default=True),
        receive_ephemeral=any(_boolean(document, name, default=False) for name in EPHEMERAL),
        protocols=_protocols(document.get("protocols")),
        file=file,
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document[name]
    if not isinstance(value, str):
        raise ValueError(f"`{name}` must be a text: put it in quotation marks.")
    return value


def _matching(document: Mapping[str, Any], name: str, pattern: re.Pattern[str], means: str) -> str:
    value = _text(document, name)
    if pattern.fullmatch(value) is None:
        raise ValueError(f"`{name}` must consist of {means}.")
    return value


def _boolean(document: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be true or false.")
    return value


def _url(value: object) -> str | None:
    # Some generators write an empty text where they mean none.
    if value is None or value == "":
        return None
    message = "`url` must be an http or https URL, such as http://localhost:29328, or null."
    if (
        not isinstance(value, str)
        or len(value) > 2048
        or not value.isascii()
        or not value.isprintable()
        or " " in value
    ):
        raise ValueError(message)
    parts = urlsplit(value)
    try:
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_usable = False
    if not is_usable or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(message)
    return value.rstrip("/")


def _protocols(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(name, str) and _ID.fullmatch(name) for name in value):
        raise ValueError("`protocols` must be a list of texts.")
    if len(value) > MAX_PROTOCOLS:
        raise ValueError(f"`protocols` may have {MAX_PROTOCOLS} entries at most.")
    return tuple(dict.fromkeys(value))


def _namespaces(value: object) -> Namespaces:
    if value is None:
        return Namespaces()
    if not isinstance(value, dict):
        raise ValueError("`namespaces` must be a mapping with users, aliases and rooms.")
    unknown = sorted(set(map(str, value)) - set(KINDS))
    if unknown:
        raise ValueError(f"`namespaces` has {unknown[0]!r}: only users, aliases and rooms are known.")
    return Namespaces(**{kind: tuple(_matchers(value.get(kind), kind)) for kind in KINDS})


def _matchers(value: object, kind: str) -> Iterable[Matcher]:
    if value is None:
        return
    if not isinstance(value, list) or len(value) > MAX_NAMESPACES:
        raise ValueError(f"`namespaces.{kind}` must be a list of at most {MAX_NAMESPACES} entries.")
    for number, entry in enumerate(value):
        where = f"`namespaces.{kind}` entry {number + 1}"
        if not isinstance(entry, dict) or not isinstance(entry.get("regex"), str):
            raise ValueError(f"{where} needs `regex`, a text.")
        exclusive = entry.get("exclusive")
        if not isinstance(exclusive, bool):
            raise ValueError(f"{where} needs `exclusive`: true or false.")
        yield Matcher(entry["regex"], exclusive, compile_pattern(entry["regex"], where))


def compile_pattern(text: str, where: str) -> Any:
    """A pattern whose matching takes time in proportion to the text, and no more. Raises `ValueError`."""
    if not 0 < len(text) <= MAX_PATTERN:
        raise ValueError(f"{where}: an expression has 1 to {MAX_PATTERN} characters.")
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if isinstance(error, re2.error) else str(error)
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise ValueError(
            f"{where}: the expression {text!r} cannot be used: {reason}."
            " Look-around and back-references are not supported, since matching them can take for ever."
        ) from None
