"""E-mail addresses and phone numbers, of which this server keeps none: the list is empty, the rest is refused.

spec: client-server §Adding Account Administrative Contact Information; ``m.3pid_changes`` is not enabled
"""

from __future__ import annotations

from typing import Any

from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import MatrixError, ThreepidDenied, ThreepidMediumNotSupported, ThreepidNotFound
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.routes import Endpoint

NO_RESET = (
    "Passwords cannot be reset by e-mail or phone on this server. Ask its administrator for a new one; "
    "/.well-known/matrix/support may say who that is."
)
MAX_BODY = 65_536


def install(app: Application) -> None:
    """Serve them."""

    async def third_party_identifiers(_request: Request) -> dict[str, Any]:
        return {"threepids": []}

    v3 = "/_matrix/client/v3"
    app.routes.add("GET", f"{v3}/account/3pid", third_party_identifiers)
    changes: list[tuple[str, MatrixError]] = [
        ("account/3pid", ThreepidDenied()),
        ("account/3pid/add", ThreepidDenied()),
        ("account/3pid/bind", ThreepidDenied()),
        ("account/3pid/delete", ThreepidNotFound()),
        ("account/3pid/unbind", ThreepidNotFound()),
    ]
    for path, error in changes:
        app.routes.add("POST", f"{v3}/{path}", refusing(error), limit="write", max_body=MAX_BODY)
    requests: list[tuple[str, MatrixError]] = [
        ("account/3pid", ThreepidMediumNotSupported()),
        ("register", ThreepidDenied()),
        ("account/password", ThreepidDenied(NO_RESET)),
    ]
    for medium in ("email", "msisdn"):
        for path, error in requests:
            # The specification lets all three be asked without an access token.
            app.routes.add(
                "POST",
                f"{v3}/{path}/{medium}/requestToken",
                refusing(error),
                access="public",
                limit="login",
                max_body=MAX_BODY,
            )


def refusing(error: MatrixError) -> Endpoint:
    """An endpoint that only refuses."""

    async def refuse(request: Request) -> None:
        request.json(dict[str, Any])
        raise type(error)(str(error))

    return refuse
