"""A request and its answer, as thin as they can be over ASGI: these are on the path of every message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from roomkeeper.platform.errors import BadJson, Interrupted, InvalidParameter, MissingParameter, NotJson, TooLarge

if TYPE_CHECKING:
    from roomkeeper.platform.http.routes import Route

Body = TypeVar("Body")

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_PARAMETERS = 200
IDLE_SECONDS = 60.0
"""How long the next piece of a streamed body may take."""
SLOWEST = 1024
"""Bytes per second that a streamed body must have on average, after the first `IDLE_SECONDS`."""


class Requester(msgspec.Struct, frozen=True):
    """Who asks: a user, with the device whose access token came with the request.

    `appservice` is the id of the application service that asks in the user's name; then `device_id` may be empty, for
    none. Rate limits are for those who are `is_limited`.
    """

    user_id: str
    device_id: str
    appservice: str | None = None
    is_limited: bool = True
    is_guest: bool = False


OPERATOR = "operator"
"""The actor who has the operator token: the machine's own administrator."""


class Request:
    """One HTTP request; route, parameters, body and requester are filled in before the endpoint sees it."""

    __slots__ = (
        "_max_body",
        "_query",
        "_receive",
        "body",
        "client_address",
        "id",
        "parameters",
        "requester",
        "route",
        "scope",
    )

    def __init__(self, scope: dict[str, Any], request_id: str, client_address: str) -> None:
        self.scope = scope
        self.id = request_id
        self.client_address = client_address
        self.parameters: dict[str, str] = {}
        self.body = b""
        self.requester: Requester | None = None
        self.route: Route | None = None
        self._query: dict[str, list[str]] | None = None
        self._receive: Receive | None = None
        self._max_body = 0

    @property
    def user(self) -> Requester:
        """The requester of an endpoint that needs one."""
        assert self.requester is not None, "a route with access=user has a requester"
        return self.requester

    @property
    def actor(self) -> str:
        """Who asks for something privileged: a user id, or `OPERATOR`."""
        return OPERATOR if self.requester is None else self.requester.user_id

    @property
    def raw_path(self) -> bytes:
        """The path as it was sent, without the query."""
        return self.scope["raw_path"]  # type: ignore[no-any-return]

    def header(self, name: bytes) -> str | None:
        """The first header of that (lower-case) name."""
        for key, value in self.scope["headers"]:
            if key == name:
                return value.decode("latin-1")  # type: ignore[no-any-return]
        return None

    def header_list(self, name: bytes) -> str | None:
        """All headers of that (lower-case) name, as the one list that they are. RFC 9110 §5.3"""
        values = [value.decode("latin-1") for key, value in self.scope["headers"] if key == name]
        return ", ".join(values) if values else None

    def query_all(self, name: str) -> list[str]:
        """All values of a query parameter."""
        if self._query is None:
            self._query = _parse_query(self.scope["query_string"])
        return self._query.get(name, [])

    def query(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query_all(name)
        return values[0] if values else None

    def query_required(self, name: str) -> str:
        """The value of a parameter that must be there."""
        value = self.query(name)
        if value is None:
            raise MissingParameter(f"The query parameter {name} is required.")
        return value

    def query_integer(self, name: str, default: int, *, minimum: int = 0, maximum: int) -> int:
        """An integer; above `maximum` it is taken as `maximum`, below `minimum` or not a number is an error."""
        value = self.query(name)
        if value is None:
            return default
        if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20) or int(value) < minimum:
            raise InvalidParameter(f"The query parameter {name} must be an integer of at least {minimum}.")
        return min(int(value), maximum)

    def query_boolean(self, name: str, *, default: bool = False) -> bool:
        """``true`` or ``false``."""
        value = self.query(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise InvalidParameter(f"The query parameter {name} must be true or false.")
        return value == "true"

    def query_choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str | None:
        """One of `choices`."""
        value = self.query(name)
        if value is not None and value not in choices:
            raise InvalidParameter(f"The query parameter {name} must be one of: {', '.join(choices)}.")
        return default if value is None else value

    @property
    def declared_length(self) -> int | None:
        """The ``Content-Length``, in bytes; `None` where the request does not say, or says no number."""
        declared = self.header(b"content-length")
        if declared is None or not (declared.isascii() and declared.isdecimal()):
            return None
        return int(declared[:20])

    def open_stream(self, receive: Receive, max_body: int) -> None:
        """Let `stream` read the body. Raises `TooLarge` where it is declared to be longer than `max_body`."""
        check_body_size(self.declared_length or 0, max_body)
        self._receive, self._max_body = receive, max_body

    async def stream(self) -> AsyncIterator[bytes]:
        """The body of a route that streams, piece by piece, once.

        Raises `TooLarge` as soon as it is, and `Interrupted` where the client goes away, falls silent, or drips.
        """
        assert self._receive is not None, "only a route with streams=True has a stream"
        receive, self._receive = self._receive, None
        length, more, loop = 0, True, asyncio.get_running_loop()
        begun = loop.time()
        while more:
            patience = begun + IDLE_SECONDS + length / SLOWEST - loop.time()
            try:
                async with asyncio.timeout(min(IDLE_SECONDS, patience)):
                    message = await receive()
            except TimeoutError:
                raise Interrupted from None
            if message["type"] == "http.disconnect":
                raise Interrupted
            piece: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            length += len(piece)
            check_body_size(length, self._max_body)
            if piece:
                yield piece
        if self.declared_length not in (None, length):
            raise Interrupted

    def json(self, shape: type[Body]) -> Body:
        """The body as a `shape`. An absent body counts as ``{}``, which clients send interchangeably."""
        return decode_body(self.body or b"{}", shape)


class Response(msgspec.Struct):
    """An answer that is not a JSON object with status 200."""

    body: bytes
    status: int = 200
    headers: list[tuple[bytes, bytes]] = msgspec.field(default_factory=list)
    content_type: bytes = b"application/json"


class StreamedResponse(msgspec.Struct):
    """An answer whose body of `length` bytes is not held in memory. The iterator must yield exactly that many.

    Where the length is not known (`None`), the client sees by the encoding whether it got everything.
    It is closed when the answer is sent, or the client has gone.
    """

    chunks: AsyncIterator[bytes]
    length: int | None
    status: int = 200
    headers: list[tuple[bytes, bytes]] = msgspec.field(default_factory=list)
    content_type: bytes = b"application/octet-stream"


class Empty(msgspec.Struct, frozen=True):
    """``{}``: done, nothing to say."""


EMPTY = Response(b"{}")


def decode_body(body: bytes, shape: type[Body]) -> Body:
    """Decode JSON into a `shape`. `NotJson` where it is none, `BadJson` where it is another shape."""
    try:
        # Members that the shape does not name are skipped unread, so that the bytes are looked at here.
        body.decode()
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        if shape is not Any:
            decode_body(body, Any)  # what is no JSON at all is refused as that, wherever in it the mistake is
        raise BadJson(f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJson(f"The body is not valid JSON: {error}.") from None
    except RecursionError:
        raise BadJson("The body is nested too deeply.") from None


def check_body_size(length: int, maximum: int) -> None:
    """`TooLarge` where a body is."""
    if length > maximum:
        raise TooLarge(f"The body may have {maximum} bytes at most.")


def _parse_query(query_string: bytes) -> dict[str, list[str]]:
    """The values of each parameter. By hand, since the library's way costs more than finding the route does."""
    values: dict[str, list[str]] = {}
    if not query_string:
        return values
    fields = query_string.split(b"&")
    if len(fields) > MAX_PARAMETERS:
        raise InvalidParameter(f"The query string has more than {MAX_PARAMETERS} parameters.")
    try:
        for field in fields:
            name, _, value = field.partition(b"=")
            if b"%" in field or b"+" in field:
                name, value = (unquote_to_bytes(part.replace(b"+", b" ")) for part in (name, value))
            values.setdefault(name.decode(), []).append(value.decode())
    except UnicodeDecodeError:
        raise InvalidParameter("The query string is not valid UTF-8.") from None
    return values
