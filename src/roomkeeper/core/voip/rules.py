"""Pure: credentials for a TURN server."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from roomkeeper.core.voip.settings import VoipSettings
from roomkeeper.platform.settings import SettingsError


def check(settings: VoipSettings) -> None:
    """Raises `SettingsError` where the settings say nothing that clients could use."""
    for uri in settings.turn_uris:
        if not uri.startswith(("turn:", "turns:")):
            raise SettingsError(f"voip.turn_uris: {uri!r} does not begin with turn: or turns:")
    if settings.turn_uris and not (settings.turn_shared_secret or (settings.turn_username and settings.turn_password)):
        raise SettingsError("voip: turn_uris need turn_shared_secret, or turn_username and turn_password.")


def credentials(settings: VoipSettings, user_id: str, now_ms: int) -> dict[str, Any]:
    """What a client is told; empty where there is no TURN server.

    With a shared secret the name is the second at which it expires, with the user's id, and the password is an HMAC of
    it: what is known as the TURN REST API, which TURN servers check by themselves.
    """
    if not settings.turn_uris:
        return {}
    name, password = settings.turn_username, settings.turn_password
    if settings.turn_shared_secret:
        name = f"{now_ms // 1000 + settings.turn_lifetime_s}:{user_id}"
        digest = hmac.new(settings.turn_shared_secret.encode(), name.encode(), hashlib.sha1).digest()
        password = base64.b64encode(digest).decode()
    return {"username": name, "password": password, "uris": settings.turn_uris, "ttl": settings.turn_lifetime_s}
