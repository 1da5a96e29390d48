"""What the server is and can do.

spec: client-server §API Versions, §Well-known URIs, §Capabilities negotiation, §Authentication API discovery
"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.accounts import rules
from roomkeeper.core.accounts.models import User
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.core.accounts.settings import DiscoverySettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import NotFound, Unrecognized
from roomkeeper.platform.http import Request
from roomkeeper.wire.room_versions import ROOM_VERSIONS

VERSIONS = [f"v1.{minor}" for minor in range(1, 20)]


def install(app: Application, accounts: Accounts, settings: DiscoverySettings, *, default_room_version: str) -> None:
    """Serve versions, capabilities and the well-known files."""
    base_url = app.settings.effective_base_url
    contacts = rules.support_contacts(settings.support_contacts)

    async def versions(_request: Request) -> dict[str, Any]:
        return {"versions": VERSIONS, "unstable_features": {}}

    async def well_known(_request: Request) -> dict[str, Any]:
        identity = {"m.identity_server": {"base_url": settings.identity_server}} if settings.identity_server else {}
        return {"m.homeserver": {"base_url": base_url}, **identity}

    async def support(_request: Request) -> dict[str, Any]:
        found: dict[str, Any] = {"contacts": contacts} if contacts else {}
        if settings.support_page:
            found["support_page"] = settings.support_page
        if not found:
            raise NotFound("The administrator of this server has not said whom to ask for help.")
        return found

    async def policy_server(_request: Request) -> None:
        raise NotFound("This server is no policy server: it has no key for an m.room.policy event.")

    async def get_capabilities(request: Request) -> dict[str, Any]:
        user = await accounts.user(request.user.user_id)
        return {"capabilities": capabilities_of(user, default_room_version)}

    async def auth_metadata(_request: Request) -> None:
        raise Unrecognized("This server does not offer OAuth 2.0: sign in with /login.")

    app.routes.add("GET", "/_matrix/client/versions", versions, access="public")
    app.routes.add("GET", "/.well-known/matrix/client", well_known, access="public")
    app.routes.add("GET", "/.well-known/matrix/support", support, access="public")
    app.routes.add("GET", "/.well-known/matrix/policy_server", policy_server, access="public")
    app.routes.add("GET", "/_matrix/client/v3/capabilities", get_capabilities)
    app.routes.add("GET", "/_matrix/client/v1/auth_metadata", auth_metadata, access="public")


def capabilities_of(user: User, default_room_version: str) -> dict[str, Any]:
    """All capabilities that the specification names, as they are for this user."""
    may_change = {"enabled": not user.is_suspended}
    has_password = {"enabled": user.password_hash is not None}
    capabilities: dict[str, Any] = {
        "m.room_versions": {
            "default": default_room_version,
            "available": {version.identifier: version.stability for version in ROOM_VERSIONS.values()},
        },
        "m.change_password": {"enabled": user.password_hash is not None and not user.is_suspended},
        "m.forget_forced_upon_leave": {"enabled": False},
        "m.profile_fields": may_change,
        "m.set_displayname": may_change,
        "m.set_avatar_url": may_change,
        "m.3pid_changes": {"enabled": False},
        "m.get_login_token": has_password,
    }
    if user.is_admin:
        capabilities["m.account_moderation"] = {"lock": True, "suspend": True}
    return capabilities
