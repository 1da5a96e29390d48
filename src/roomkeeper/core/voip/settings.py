"""Settings of calls."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class VoipSettings(Settings, frozen=True):
    """The TURN server that relays calls between clients that cannot reach one another."""

    section = "voip"

    turn_uris: Annotated[
        tuple[str, ...],
        Meta(
            description='Addresses of the TURN server, as "turn:turn.example.org?transport=udp"; empty: there is none.'
        ),
    ] = ()
    turn_shared_secret: Annotated[
        str,
        Meta(
            max_length=1024,
            description="The secret that the TURN server shares (coturn: static-auth-secret): every user gets "
            "credentials of their own, for a time.",
        ),
    ] = ""
    turn_username: Annotated[
        str, Meta(max_length=255, description="The user name for a TURN server without a shared secret.")
    ] = ""
    turn_password: Annotated[
        str, Meta(max_length=1024, description="The password for a TURN server without a shared secret.")
    ] = ""
    turn_lifetime_s: Annotated[
        int, Meta(ge=60, le=604_800, description="Seconds that credentials are good for; clients then ask again.")
    ] = 86_400
