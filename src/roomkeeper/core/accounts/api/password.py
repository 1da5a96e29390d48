"""Changing one's password, closing one's account; third-party identifiers, of which this server keeps none.

spec: client-server §Account management
"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.accounts.api.stages import password_stages
from roomkeeper.core.accounts.interactive import Auth
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import EMPTY, Request, Response


class PasswordRequest(msgspec.Struct):
    """Body of ``POST /account/password``."""

    new_password: str
    logout_devices: bool = True
    auth: Auth | None = None


class DeactivateRequest(msgspec.Struct):
    """Body of ``POST /account/deactivate``."""

    auth: Auth | None = None
    erase: bool = False


def install(app: Application, accounts: Accounts) -> None:
    """Serve them."""

    async def change(request: Request) -> Response:
        body, user = request.json(PasswordRequest), request.user
        accounts.check_new_password(body.new_password)
        operation = f"password {user.user_id}"
        session = await accounts.interactive.require(operation, body.auth, password_stages(accounts, user))
        await accounts.set_password(user.user_id, body.new_password, log_out=body.logout_devices, keep=user.device_id)
        accounts.interactive.finish(session)
        return EMPTY

    async def deactivate(request: Request) -> dict[str, Any]:
        body, user = request.json(DeactivateRequest), request.user
        operation = f"deactivate {user.user_id}"
        session = await accounts.interactive.require(operation, body.auth, password_stages(accounts, user))
        await accounts.deactivate(user.user_id)
        accounts.interactive.finish(session)
        return {"id_server_unbind_result": "no-support"}

    async def third_party_identifiers(_request: Request) -> dict[str, Any]:
        return {"threepids": []}

    app.routes.add("POST", "/_matrix/client/v3/account/password", change, limit="write", max_body=65_536)
    app.routes.add("POST", "/_matrix/client/v3/account/deactivate", deactivate, limit="write", max_body=65_536)
    app.routes.add("GET", "/_matrix/client/v3/account/3pid", third_party_identifiers)
