"""`/healthz` (the process answers), `/readyz` (it can serve), `/metrics` (Prometheus)."""

from __future__ import annotations

import hmac
import ipaddress

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, Unavailable
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.http.server import bearer_token


def install(app: Application) -> None:
    """Serve the three."""

    async def healthz(_request: Request) -> Response:
        return EMPTY

    async def readyz(_request: Request) -> Response:
        if not app.ready or await app.driver.query_one("SELECT 1") is None:
            raise Unavailable("The server is starting or stopping.")
        return EMPTY

    async def metrics(request: Request) -> Response:
        _check_metrics_access(request, app.settings.metrics_token)
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST.encode())

    app.routes.add("GET", "/healthz", healthz, access="public", limit=None)
    app.routes.add("GET", "/readyz", readyz, access="public", limit=None)
    app.routes.add("GET", "/metrics", metrics, access="public", limit=None)


def _check_metrics_access(request: Request, token: str) -> None:
    if token:
        if not hmac.compare_digest((bearer_token(request) or "").encode(), token.encode()):
            raise Forbidden("Send the metrics token as a bearer token.")
        return
    forwarded = request.header(b"x-forwarded-for") is not None or request.header(b"forwarded") is not None
    if forwarded or not _is_loopback(request.client_address):
        raise Forbidden("Set metrics_token to read the metrics from another machine.")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
