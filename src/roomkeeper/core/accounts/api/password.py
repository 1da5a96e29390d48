"""Changing one's password, closing one's account. spec: client-server §Account management"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.accounts.closing import Closing
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


def install(app: Application, accounts: Accounts, closing: Closing) -> None:
    """Serve them."""

    async def change(request: Request, body: PasswordRequest) -> Response:
        """Set a new password; needs the old one."""
        user = request.user
        accounts.check_new_password(body.new_password)
        async with accounts.confirmed(request, body.auth):
            await accounts.set_password(
                user.user_id, body.new_password, log_out=body.logout_devices, keep=user.device_id
            )
        return EMPTY

    async def deactivate(request: Request, body: DeactivateRequest) -> dict[str, Any]:
        """Close the account; needs the password."""
        async with accounts.confirmed(request, body.auth):
            await closing.deactivate(request.user.user_id, erase=body.erase)
        # There is no identifier that an identity server could know of.
        return {"id_server_unbind_result": "success"}

    app.routes.add("POST", "/_matrix/client/v3/account/password", change, limit="write", max_body=65_536)
    app.routes.add("POST", "/_matrix/client/v3/account/deactivate", deactivate, limit="write", max_body=65_536)
