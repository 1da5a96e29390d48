"""HTTP: routes, requests, rate limits, and the one place where errors become answers."""

from roomkeeper.platform.http.limits import RateLimits
from roomkeeper.platform.http.request import (
    EMPTY,
    OPERATOR,
    Request,
    Requester,
    Response,
    StreamedResponse,
    decode_body,
)
from roomkeeper.platform.http.routes import Route, Routes
from roomkeeper.platform.http.server import HttpServer

__all__ = [
    "EMPTY",
    "OPERATOR",
    "HttpServer",
    "RateLimits",
    "Request",
    "Requester",
    "Response",
    "Route",
    "Routes",
    "StreamedResponse",
    "decode_body",
]
