"""Settings of identity servers."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class IdentitySettings(Settings, frozen=True):
    """Identity servers, by which users are invited by their e-mail addresses."""

    section: ClassVar[str] = "identity"

    servers: Annotated[
        tuple[str, ...],
        Meta(
            description="The identity servers that are trusted, by name (`id.example.org`), with where they are "
            "reached if that is elsewhere (`id.example.org=http://10.0.0.5:8090`); empty: nobody is invited by address."
        ),
    ] = ()
