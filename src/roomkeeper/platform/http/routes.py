"""Finding the endpoint of a request without scanning: a tree of path segments, matched on the raw path.

Identifiers contain ``/`` (percent-encoded), so a path is split before its segments are decoded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from roomkeeper.platform.errors import InvalidParameter, MethodNotAllowed, Unrecognized
from roomkeeper.platform.http.request import Response
from roomkeeper.platform.http.shapes import Shapes, shapes_of

Endpoint = Callable[..., Awaitable[Any]]
"""Called with the request, and with its `query` and `body` where it takes these; see `shapes`."""
ErrorShape = Callable[[Exception, Response], Response]
"""Makes of an error, and the Matrix answer to it, the answer in the form of another protocol."""

MAX_JSON_BODY = 1024 * 1024
"""Bytes that a body may have where the route says nothing else."""


class Route(msgspec.Struct, eq=False, kw_only=True):
    """An endpoint, and what the server checks before it is called.

    - `access`: "user" needs an access token, "public" does not, "optional" takes one if it comes, "operator" is for the
      machine's own administrator, and for whoever has the `permission`, where one is named. Areas have further kinds:
      see `HttpServer.admit`.
    - `limit`: the class of rate limit that it counts against; `None` counts nothing.
    - `max_body`: bytes.
    - `audited`: the server writes into the audit log who looks.
    - `shapes`: what the endpoint takes decoded.
    - `streams`: the body is not read ahead; the endpoint takes it from `request.stream()`.
    - `errors`: how errors are told, where not as Matrix does.
    """

    method: str
    path: str
    endpoint: Endpoint
    access: str = "user"
    limit: str | None = "read"
    max_body: int = MAX_JSON_BODY
    streams: bool = False
    shapes: Shapes | None = None
    permission: str | None = None
    audited: bool = False
    errors: ErrorShape | None = None


class _Node:
    __slots__ = ("literals", "parameter", "parameter_name", "rest_name", "routes")

    def __init__(self) -> None:
        self.literals: dict[bytes, _Node] = {}
        self.parameter: _Node | None = None
        self.parameter_name = ""
        self.rest_name = ""
        self.routes: dict[str, Route] = {}


class Routes:
    """All routes of the server.

    In a path, ``{name}`` takes one segment; ``{name?}`` may be empty (a trailing slash); ``{name*}`` takes the rest.
    """

    def __init__(self) -> None:
        self._root = _Node()
        self.all: list[Route] = []

    def add(
        self,
        method: str,
        path: str,
        endpoint: Endpoint,
        *,
        access: str = "user",
        limit: str | None = "read",
        max_body: int = MAX_JSON_BODY,
        streams: bool = False,
        permission: str | None = None,
        audited: bool = False,
        errors: ErrorShape | None = None,
    ) -> None:
        """Serve `path` with `endpoint`; see `Route`. `ValueError` where that is taken."""
        route = Route(
            method=method,
            path=path,
            endpoint=endpoint,
            access=access,
            limit=limit,
            max_body=max_body,
            streams=streams,
            shapes=shapes_of(endpoint),
            permission=permission,
            audited=audited,
            errors=errors,
        )
        node = self._node(path)
        if method in node.routes:
            raise ValueError(f"{method} {path} is routed twice")
        node.routes[method] = route
        self.all.append(route)

    def privileged(
        self,
        method: str,
        path: str,
        endpoint: Endpoint,
        permission: str,
        *,
        max_body: int = MAX_JSON_BODY,
        streams: bool = False,
        audited: bool = False,
    ) -> None:
        """Serve `path` to the machine's administrator, and to whoever has the permission."""
        self.add(
            method,
            path,
            endpoint,
            access="operator",
            limit="operator",
            max_body=max_body,
            streams=streams,
            permission=permission,
            audited=audited,
        )

    def alias(self, path: str, known: str) -> None:
        """Serve what is at `known`, or below it, at `path` too, but for what that has already.

        It is for all routes that were added so far, which stay as they are: they are found by two paths.
        """
        for route in self.all:
            if route.path == known or route.path.startswith(f"{known}/"):
                self._node(path + route.path.removeprefix(known)).routes.setdefault(route.method, route)

    def _node(self, path: str) -> _Node:
        node = self._root
        for segment in path.removeprefix("/").split("/"):
            node = self._descend(node, segment)
        return node

    def _descend(self, node: _Node, segment: str) -> _Node:
        if not segment.startswith("{"):
            return node.literals.setdefault(segment.encode(), _Node())
        name = segment[1:-1]
        if name.endswith("*"):
            node.rest_name = name
            node.parameter = node.parameter or _Node()
            return node.parameter
        if node.parameter is None:
            node.parameter, node.parameter_name = _Node(), name
        elif node.parameter_name != name:
            raise ValueError(f"a path parameter has two names: {node.parameter_name} and {name}")
        return node.parameter

    def find(self, method: str, raw_path: bytes) -> tuple[Route, dict[str, str]]:
        """The route and its decoded parameters. Raises `Unrecognized` or `MethodNotAllowed`."""
        node: _Node = self._root
        parameters: dict[str, str] = {}
        segments = raw_path[1:].split(b"/")
        for index, segment in enumerate(segments):
            literal = node.literals.get(segment)
            if literal is not None:
                node = literal
                continue
            descended = node.parameter
            if descended is None:
                raise Unrecognized
            if node.rest_name:
                parameters[node.rest_name[:-1]] = decode_segment(b"/".join(segments[index:]))
                node = descended
                break
            name = node.parameter_name
            if name.endswith("?"):
                name = name[:-1]
            elif not segment:
                raise Unrecognized
            parameters[name] = decode_segment(segment)
            node = descended
        if not node.routes:
            raise Unrecognized
        route = node.routes.get(method)
        if route is None:
            raise MethodNotAllowed
        return route, parameters


def decode_segment(segment: bytes) -> str:
    """Percent-decode one segment. `InvalidParameter` where that is not UTF-8."""
    try:
        return (unquote_to_bytes(segment) if b"%" in segment else segment).decode()
    except UnicodeDecodeError:
        raise InvalidParameter("The path is not valid UTF-8 after percent-decoding.") from None
