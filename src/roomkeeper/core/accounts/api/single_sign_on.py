"""Single sign-on, which this server does not offer: browsers are told so, and programs as well.

spec: client-server §SSO client login; ``m.login.sso`` is not among the flows of ``GET /login``
"""

from __future__ import annotations

from roomkeeper.core.accounts.fallback import HEADERS, PAGE
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Unrecognized
from roomkeeper.platform.http import Request, Response

REFUSAL = "There is no single sign-on on this server. Sign in with your user name and password."


def install(app: Application) -> None:
    """Serve it."""

    async def redirect(request: Request) -> Response:
        if "text/html" not in (request.header(b"accept") or ""):
            raise Unrecognized(REFUSAL)
        page = PAGE.format(title="Not available", content=f'<p class="error">{REFUSAL}</p>')
        return Response(page.encode(), Unrecognized.status, HEADERS, b"text/html; charset=utf-8")

    path = "/_matrix/client/v3/login/sso/redirect"
    app.routes.add("GET", path, redirect, access="public")
    app.routes.add("GET", f"{path}/{{idpId}}", redirect, access="public")
