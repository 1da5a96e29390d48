"""What the server is and can do.

spec: client-server §API Versions, §Well-known URIs, §Capabilities negotiation
"""

from __future__ import annotations

from typing import Any

from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request
from roomkeeper.wire.room_versions import ROOM_VERSIONS

VERSIONS = [f"v1.{minor}" for minor in range(1, 20)]


def install(app: Application, *, default_room_version: str) -> None:
    """Serve versions, capabilities and the well-known file."""
    base_url = app.settings.effective_base_url
    capabilities = {"capabilities": capabilities_of(default_room_version)}

    async def versions(_request: Request) -> dict[str, Any]:
        return {"versions": VERSIONS, "unstable_features": {}}

    async def well_known(_request: Request) -> dict[str, Any]:
        return {"m.homeserver": {"base_url": base_url}}

    async def get_capabilities(_request: Request) -> dict[str, Any]:
        return capabilities

    app.routes.add("GET", "/_matrix/client/versions", versions, access="public")
    app.routes.add("GET", "/.well-known/matrix/client", well_known, access="public")
    app.routes.add("GET", "/_matrix/client/v3/capabilities", get_capabilities)


def capabilities_of(default_room_version: str) -> dict[str, Any]:
    """All capabilities that the specification names."""
    return {
        "m.room_versions": {
            "default": default_room_version,
            "available": {version.identifier: version.stability for version in ROOM_VERSIONS.values()},
        },
        "m.change_password": {"enabled": True},
        "m.forget_forced_upon_leave": {"enabled": False},
        "m.profile_fields": {"enabled": True},
        "m.set_displayname": {"enabled": True},
        "m.set_avatar_url": {"enabled": True},
        "m.3pid_changes": {"enabled": False},
        "m.get_login_token": {"enabled": False},
    }
