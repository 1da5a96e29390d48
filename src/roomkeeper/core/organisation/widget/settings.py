"""Settings of the widget, and the files that describe the sites."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.widget.models import Site
from roomkeeper.platform.settings import Settings, SettingsError

MIN_SECRET = 32
"""Characters: a shorter one could be guessed from a token. spec: RFC 7518 §3.2"""


class WidgetSettings(Settings, frozen=True):
    """The chat on your own web pages."""

    section = "widget"

    sites: Annotated[
        tuple[str, ...],
        Meta(
            description="Files (TOML), one for each site that shows the widget: key, origins, department, title, "
            "greeting, notice, accent, identity, identity_secret. See the operator's guide."
        ),
    ] = ()
    token_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days without use after which a visitor's browser is signed out.")
    ] = 90
    silent_days: Annotated[
        int, Meta(ge=1, le=365, description="Days after which accounts of visitors who never wrote are removed.")
    ] = 7
    max_silent: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Accounts of visitors who have not written that there may be at a time; beyond that nobody "
            "new is let in.",
        ),
    ] = 10_000


def load_sites(files: Iterable[str]) -> Mapping[str, Site]:
    """The sites by key. Raises `SettingsError`, which names the file and what is wrong."""
    sites: dict[str, Site] = {}
    for name in files:
        site = _load(Path(name))
        if site.key in sites:
            raise SettingsError(f"{name}: there is another site with the key {site.key}.")
        sites[site.key] = site
    return sites


def _load(file: Path) -> Site:
    try:
        site = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Site)
    except OSError as error:
        raise SettingsError(f"The widget's site {file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"The widget's site {file} cannot be used: {error}.") from None
    if site.identity != "off" and len(site.identity_secret) < MIN_SECRET:
        raise SettingsError(f"{file}: identity_secret needs {MIN_SECRET} characters at least.")
    return site
