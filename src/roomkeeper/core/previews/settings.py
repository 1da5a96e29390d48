"""Settings of previews."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class PreviewSettings(Settings, frozen=True):
    """Previews of the pages that messages link to: the server fetches these for its users."""

    section: ClassVar[str] = "previews"

    enabled: Annotated[
        Literal["on", "off"],
        Meta(description="Whether there are previews.", extra={"env": "ROOMKEEPER_PREVIEWS"}),
    ] = "on"
    allowed_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="The only hosts that are asked; empty: all. `*.example.org` stands for all below example.org."
        ),
    ] = ()
    denied_hosts: Annotated[
        tuple[str, ...], Meta(description="Hosts that are never asked, written in the same way.")
    ] = ()
    allowed_addresses: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses (CIDR) that may be asked though they are not public, such as those of an intranet. "
            "Users can reach what is there, through the server."
        ),
    ] = ()
    denied_addresses: Annotated[tuple[str, ...], Meta(description="Addresses (CIDR) that are never asked.")] = ()
    ports: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=65_535)], ...], Meta(description="The only ports that are asked.")
    ] = (80, 443)
    ca_file: Annotated[
        str, Meta(description="File (PEM) with certificates that are trusted besides those of the system; empty: none.")
    ] = ""
    timeout_s: Annotated[
        int, Meta(ge=1, le=120, description="Seconds that a page may take, with all redirects; the same for its image.")
    ] = 15
    max_image_size: Annotated[
        int, Meta(ge=1024, le=1024**3, description="Bytes that an image may have to become part of a preview.")
    ] = 10 * 1024 * 1024
    fresh_hours: Annotated[int, Meta(ge=1, le=24 * 365, description="Hours for which a page is not fetched anew.")] = 12
    kept_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days after which a preview, and its image, are removed.")
    ] = 30
    max_kept: Annotated[
        int, Meta(ge=1, le=10_000_000, description="Previews that are kept; the oldest go when there are more.")
    ] = 50_000
