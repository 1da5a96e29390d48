"""Registration. spec: client-server §Account registration, §Token-authenticated registration"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.accounts.fallback import MAX_FORM, Fallback
from roomkeeper.core.accounts.models import SignedIn
from roomkeeper.core.accounts.registration import GuestRequest, RegisterRequest, Registration, SharedSecretRequest
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.http import Request, Response


def install(app: Application, registration: Registration, accounts: Accounts) -> None:
    """Serve it."""

    async def register(request: Request) -> SignedIn | Response:
        if request.query_choice("kind", ("user", "guest"), "user") == "guest":
            return await registration.register_guest(request.json(GuestRequest))
        body = request.json(RegisterRequest)
        other = None if body.type is None else accounts.register_types.get(body.type)
        return await registration.register(body) if other is None else await other(request)

    async def available(request: Request) -> dict[str, Any]:
        await accounts.check_available(request.query_required("username"))
        return {"available": True}

    async def validity(request: Request) -> dict[str, Any]:
        if accounts.settings.registration == "closed":
            raise Forbidden("Registration is closed on this server.")
        return {"valid": await registration.is_valid(request.query_required("token"))}

    async def nonce(_request: Request) -> dict[str, Any]:
        return {"nonce": registration.new_nonce()}

    async def register_with_secret(_request: Request, body: SharedSecretRequest) -> dict[str, Any]:
        """Register with the secret of the settings."""
        signed_in = await registration.register_with_secret(body)
        answer = {"user_id": signed_in.user_id, "home_server": accounts.server_name}
        if signed_in.access_token:
            answer |= {"access_token": signed_in.access_token, "device_id": signed_in.device_id}
        return answer

    limit: Any = {"access": "public", "limit": "register", "max_body": 65_536}
    app.routes.add("POST", "/_matrix/client/v3/register", register, **limit)
    app.routes.add("GET", "/_matrix/client/v3/register/available", available, access="public")
    path = "/_matrix/client/v1/register/m.login.registration_token/validity"
    app.routes.add("GET", path, validity, **limit)
    # The web pages of interactive authentication.
    fallback = Fallback(accounts.interactive)
    path = "/_matrix/client/v3/auth/{authType}/fallback/web"
    app.routes.add("GET", path, fallback.get, access="public")
    app.routes.add("POST", path, fallback.post, access="public", limit="login", max_body=MAX_FORM)
    # The path and body that existing administration tools know.
    app.routes.add("GET", "/_synapse/admin/v1/register", nonce, access="public")
    app.routes.add("POST", "/_synapse/admin/v1/register", register_with_secret, access="public", limit="write")
