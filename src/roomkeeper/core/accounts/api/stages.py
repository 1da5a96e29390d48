"""How a signed-in user confirms who they are."""

from __future__ import annotations

from roomkeeper.core.accounts.interactive import Auth, Stages
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.http import Requester


def password_stages(accounts: Accounts, requester: Requester) -> Stages:
    """With their password. spec: client-server §Password-based"""

    async def check(auth: Auth) -> None:
        await accounts.password_stage(requester, auth)

    return {"m.login.password": check}
