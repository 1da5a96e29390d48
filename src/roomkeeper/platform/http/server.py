"""The ASGI application: finds the route, checks who asks and how often, calls the endpoint, renders what it answers.

Plain ASGI with our own route tree, since routing must not scan and this runs for every message (docs/adr/0002).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from prometheus_client import Counter, Histogram

from roomkeeper.platform import logs
from roomkeeper.platform.audit import MOST_REASON, actor, stated_reason
from roomkeeper.platform.database import DatabaseError
from roomkeeper.platform.errors import (
    Forbidden,
    Interrupted,
    MatrixError,
    MissingToken,
    NotJson,
    StorageFull,
    TooLarge,
    Unavailable,
    Unexpected,
    UnknownToken,
)
from roomkeeper.platform.http.limits import RateLimits
from roomkeeper.platform.http.request import (
    Receive,
    Request,
    Requester,
    Response,
    StreamedResponse,
    check_body_size,
)
from roomkeeper.platform.http.routes import Route, Routes
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation

log = get_logger(area="http")

Scope = dict[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Authenticator = Callable[[str, Request], Awaitable[Requester]]

# spec: client-server §Web Browser Clients, which wants these three with every answer
CORS_HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"X-Requested-With, Content-Type, Authorization, Content-Digest, X-Request-ID",
    ),
]
PREFLIGHT_HEADERS = [(b"access-control-max-age", b"86400")]
LIMITED_HEADERS = [(b"access-control-expose-headers", b"Retry-After")]
PROCESS = secrets.token_hex(4)
"""Begins the request ids of this process, so that they differ from those of the one before."""
_counter = itertools.count()
SUCCESS = 200
NOT_MODIFIED = 304
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where nothing more can be written."""
MOST_INCIDENTS = 1000
"""Incidents of which the time is remembered."""
STATUS_OF_VIOLATION = {"M_FORBIDDEN": 403, "M_NOT_FOUND": 404, "M_TOO_LARGE": 413}

requests = Histogram(
    "roomkeeper_http_request_seconds",
    "Seconds from request to answer",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
incidents = Counter("roomkeeper_incidents", "Answers M_UNKNOWN with an incident id")


class _Stream(msgspec.Struct):
    """What of a streamed answer is still to be sent; `head`: nothing, it was only asked for the head."""

    chunks: AsyncIterator[bytes]
    length: int | None
    head: bool

    async def close(self) -> None:
        """Let go of what the iterator holds."""
        close = getattr(self.chunks, "aclose", None)
        if close is not None:
            await close()


class HttpServer:
    """The ASGI application of the server."""

    def __init__(self, routes: Routes, limits: RateLimits, *, trusted_proxies: frozenset[str]) -> None:
        self.routes = routes
        self._limits = limits
        self._trusted_proxies = trusted_proxies
        self._encode = msgspec.json.Encoder().encode
        self._observers: dict[tuple[Route, int], Any] = {}
        self.incidents = 0
        """Requests that failed for a reason that nobody foresaw."""
        self._incident_times: deque[float] = deque(maxlen=MOST_INCIDENTS)
        self.query_tokens = False
        """Whether access tokens may stand in the query, where they get into logs: for clients from long ago."""
        self.authenticate: Authenticator = _nobody
        self.recheck: Callable[[Requester], None] = _anybody
        """Raises what `authenticate` would raise by now, for requests that wait long."""
        self.is_operator: Callable[[str], bool] = _no_operator
        self.authorize: Callable[[Request, str], Awaitable[None]] = _nobody_may
        """Whether the requester has a permission. Raises `Forbidden`."""
        self.admit: dict[str, Callable[[Request, str | None], Awaitable[Requester]]] = {}
        """Further kinds of access: called with the bearer token, where there is one; who it is, or a `MatrixError`."""
        self.note_look: Callable[[Route, Request], Awaitable[None]] = _unnoticed
        """Writes down who looks at what, and why."""
        self.is_unlimited: Callable[[Request], bool] = _limits_apply
        """Whether a request without a requester (to register, say) is from somebody whom rate limits are not for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await _send(send, Response(b"{}", headers=PREFLIGHT_HEADERS), b"", head=False)
            return
        request = Request(scope, _request_id(scope), self._client_address(scope))
        logs.request_id.set(request.id)
        started, route, stream = time.perf_counter(), None, None
        try:
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            route, request.parameters = self.routes.find(method, scope["raw_path"])
            request.route = route
            await self._admit(route, request)
            answer = await _call(route, request, receive)
            if route.audited:
                await self.note_look(route, request)
            if type(answer) is StreamedResponse:
                response, stream = await _opened(answer, request)
            else:
                response = answer if type(answer) is Response else Response(self._encode(answer))
        except Exception as error:  # noqa: BLE001 - the one place where every error becomes an answer
            response = self._render(error, request)
            if route is not None and route.errors is not None:
                response = route.errors(error, response)
        if stream is None:
            await _send(send, response, request.id.encode(), head=scope["method"] == "HEAD")
        else:
            await _send_stream(send, receive, response, stream, request.id)
        if route is not None:
            seconds = time.perf_counter() - started
            self._observe(route, response.status, seconds)
            log.debug("answered", method=route.method, route=route.path, status=response.status, seconds=seconds)

    async def _admit(self, route: Route, request: Request) -> None:
        """Who asks, and how often."""
        if route.access == "operator":
            await self._admit_privileged(route, request)
        elif route.access in self.admit:
            request.requester = await self.admit[route.access](request, bearer_token(request))
            actor.set(request.actor)
            stated_reason.set(_reason(request))
        elif route.access != "public":
            token = bearer_token(request)
            if token is None and self.query_tokens:
                token = request.query("access_token")
            if token is not None:
                request.requester = await self.authenticate(token, request)
            elif route.access == "user":
                raise MissingToken
        if route.limit is None:
            return
        requester = request.requester
        if requester is None:
            if not self.is_unlimited(request):
                self._limits.take(route.limit, request.client_address)
        elif requester.is_limited:
            self._limits.take(route.limit, requester.user_id)

    async def _admit_privileged(self, route: Route, request: Request) -> None:
        token = bearer_token(request)
        if token is None:
            raise MissingToken
        if not self.is_operator(token):
            if route.permission is None:
                raise UnknownToken("This needs the operator token of the running server.")
            request.requester = await self.authenticate(token, request)
            await self.authorize(request, route.permission)
        actor.set(request.actor)
        stated_reason.set(_reason(request))

    def _client_address(self, scope: Scope) -> str:
        """The peer's address, or what a trusted proxy says that it forwards for."""
        peer: str = scope["client"][0] if scope.get("client") else "unknown"
        if peer not in self._trusted_proxies:
            return peer
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                return str(value.decode("latin-1").rsplit(",", 1)[-1].strip()[:64])
        return peer

    def _render(self, error: Exception, request: Request) -> Response:
        if isinstance(error, MatrixError):
            body, status = error.body, error.status
        elif isinstance(error, ProtocolViolation):
            body = {"errcode": error.errcode, "error": str(error)}
            status = STATUS_OF_VIOLATION.get(error.errcode, 400)
        elif isinstance(error, DatabaseError):
            log.error("the database refused", path=request.raw_path.decode(), exc_info=error)
            body, status = Unavailable().body, Unavailable.status
        elif isinstance(error, OSError) and error.errno in FULL:
            log.error("the disk is full", path=request.raw_path.decode(), exc_info=error)
            body, status = StorageFull().body, StorageFull.status
        else:
            incidents.inc()
            self.incidents += 1
            self._incident_times.append(time.monotonic())
            incident = secrets.token_hex(6)
            log.error("unexpected error", incident=incident, exc_info=error)
            body, status = Unexpected(f"{Unexpected()} Incident {incident}.").body, 500
        headers: list[tuple[bytes, bytes]] = []
        if "retry_after_ms" in body:
            headers += LIMITED_HEADERS
            headers.append((b"retry-after", str(-(-body["retry_after_ms"] // 1000)).encode()))
        if isinstance(error, TooLarge | Interrupted):
            headers.append((b"connection", b"close"))
        return Response(self._encode(body), status, headers)

    def incidents_since(self, seconds: float) -> int:
        """How many incidents there were in the last seconds, as far as they are remembered."""
        begin = time.monotonic() - seconds
        return sum(at >= begin for at in self._incident_times)

    def answered(self, method: str, path: str) -> float:
        """How many requests to a route succeeded: read from the histogram, which counts them anyway.

        The histogram is the process's, like all that Prometheus reads, and not this server's: it has begun before it.
        """
        metrics = requests.labels(method, path, SUCCESS).collect()
        return float(
            sum(sample.value for metric in metrics for sample in metric.samples if sample.name.endswith("_count"))
        )

    def _observe(self, route: Route, status: int, seconds: float) -> None:
        observer = self._observers.get((route, status))
        if observer is None:
            observer = self._observers[route, status] = requests.labels(route.method, route.path, status)
        observer.observe(seconds)


async def _call(route: Route, request: Request, receive: Receive) -> Any:
    """What the endpoint answers, once it has the body."""
    if route.streams:
        request.open_stream(receive, route.max_body)
    else:
        request.body = await _read_body(request, receive, route.max_body)
    if route.shapes is None:
        return await route.endpoint(request)
    return await route.endpoint(request, **route.shapes.of(request))


def bearer_token(request: Request) -> str | None:
    """The token of the ``Authorization: Bearer`` header. spec: client-server §Using access tokens"""
    header = request.header(b"authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise MissingToken
    return token.strip()


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and len(value) <= 64 and value.isalnum():
            return value.decode()  # type: ignore[no-any-return]
    return f"{PROCESS}{next(_counter):x}"


async def _read_body(request: Request, receive: Receive, maximum: int) -> bytes:
    declared = request.header(b"content-length")
    if declared is not None and declared.isdecimal():
        check_body_size(int(declared), maximum)
    elif (
        declared is None
        and request.scope["method"] in ("GET", "HEAD", "DELETE")
        and not request.header(b"transfer-encoding")
    ):
        return b""
    message = await _receive_part(receive)
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        check_body_size(len(body), maximum)
        return body
    chunks, length = [body], len(body)
    while message.get("more_body"):
        check_body_size(length, maximum)
        message = await _receive_part(receive)
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
    check_body_size(length, maximum)
    return b"".join(chunks)


async def _receive_part(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        # A body that broke off could still be valid JSON: it must not be taken for the whole.
        raise NotJson("The request ended before its body did.")
    return message


async def _send(send: Send, response: Response, request_id: bytes, *, head: bool) -> None:
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", b"%d" % len(response.body)),
        *CORS_HEADERS,
        *response.headers,
    ]
    if response.status == NOT_MODIFIED:
        del headers[:2]  # they would be those of the content that is not sent
    if request_id:
        headers.append((b"x-request-id", request_id))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})


async def _opened(answer: StreamedResponse, request: Request) -> tuple[Response, _Stream | None]:
    """The head of a streamed answer, and its body. The first piece is read here, while an error can still be told.

    Where that is all, there is nothing to stream.
    """
    head = request.scope["method"] == "HEAD"
    first = b"" if head else await anext(answer.chunks, b"")
    response = Response(first, answer.status, answer.headers, answer.content_type)
    stream = _Stream(answer.chunks, answer.length, head)
    if not head and len(first) == answer.length:
        await stream.close()
        return response, None
    return response, stream


async def _send_stream(send: Send, receive: Receive, response: Response, stream: _Stream, request_id: str) -> None:
    """Send a streamed answer. One that breaks off is left incomplete, which the client sees by its length."""
    headers = [
        (b"content-type", response.content_type),
        *([] if stream.length is None else [(b"content-length", b"%d" % stream.length)]),
        *CORS_HEADERS,
        *response.headers,
        (b"x-request-id", request_id.encode()),
    ]
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if not stream.head and response.body:
            await send({"type": "http.response.body", "body": response.body, "more_body": True})
            async for piece in stream.chunks:
                if gone.done() and gone.result():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except Exception as error:
        log.error("an answer broke off", request_id=request_id, exc_info=error)
    finally:
        gone.cancel()
        await stream.close()


async def _disconnected(receive: Receive) -> bool:
    """Whether the client has gone, as soon as it has; or whether that cannot be told."""
    with contextlib.suppress(Exception):
        while (await receive())["type"] != "http.disconnect":
            pass
        return True
    return False


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _nobody(_token: str, _request: Request) -> Requester:
    raise MissingToken


def _anybody(_requester: Requester) -> None:
    """Where nobody is signed in, nobody is signed out."""


def _no_operator(_token: str) -> bool:
    return False


async def _nobody_may(_request: Request, permission: str) -> None:
    raise Forbidden(f"This needs the permission {permission}.")


async def _unnoticed(_route: Route, _request: Request) -> None:
    """Where there is no audit log, nothing is written."""


def _limits_apply(_request: Request) -> bool:
    return False


def _reason(request: Request) -> str:
    """Why somebody does this, as they say; browsers send what is not ASCII as UTF-8."""
    said = request.header(b"x-reason") or ""
    with contextlib.suppress(UnicodeDecodeError):
        said = said.encode("latin-1").decode()
    return said[:MOST_REASON]
