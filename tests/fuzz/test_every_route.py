"""Each route of the server, with each kind of wrong path, query, body and token, one at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from roomkeeper.platform.http import Route
from tests.conftest import MakeServer
from tests.consistency import check_data_dir
from tests.fuzz.bodies import BODIES
from tests.fuzz.values import MALFORMED_BODIES, ODD_BODIES, PATH_SEGMENTS, QUERY_NAMES, QUERY_VALUES, WRONG_VALUES
from tests.fuzz.world import Attack, World, world_of
from tests.harness import Server

CONTENT_TYPES = (b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data", b"\xff", b"")
QUERIES_OF = {
    "/_matrix/client/v3/sync": ("since", "filter", "full_state", "use_state_after", "set_presence", "timeout"),
    "/_matrix/client/v3/rooms/{roomId}/messages": ("from", "to", "dir", "limit", "filter"),
    "/_matrix/client/v3/rooms/{roomId}/context/{eventId}": ("limit", "filter"),
    "/_matrix/client/v3/rooms/{roomId}/members": ("at", "membership", "not_membership"),
    "/_matrix/client/v3/rooms/{roomId}/state/{eventType}": ("format",),
    "/_matrix/client/v3/notifications": ("from", "limit", "only"),
    "/_matrix/client/v3/pushrules/global/{kind}/{ruleId}": ("before", "after"),
    "/_matrix/client/v3/register": ("kind",),
    "/_matrix/client/v3/register/available": ("username",),
    "/_matrix/client/v1/register/m.login.registration_token/validity": ("token",),
    "/_matrix/client/v3/publicRooms": ("limit", "since", "server"),
    "/_matrix/client/v3/search": ("next_batch",),
    "/_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}": (
        "width",
        "height",
        "method",
        "animated",
        "timeout_ms",
    ),
    "/_matrix/client/v1/media/download/{serverName}/{mediaId}": ("timeout_ms",),
    "/_matrix/client/v1/media/preview_url": ("url", "ts"),
    "/_matrix/client/v3/events": ("from", "timeout", "room_id"),
    "/_matrix/client/v3/initialSync": ("limit", "archived"),
    "/_matrix/client/v3/rooms/{roomId}/initialSync": ("limit",),
    "/_matrix/media/v3/upload": ("filename",),
    "/_roomkeeper/v1/users": ("from", "search", "limit"),
    "/_roomkeeper/v1/registration_tokens": ("from", "limit"),
    "/_roomkeeper/v1/audit": ("from", "limit"),
    "/_roomkeeper/v1/audit/mine": ("from", "limit"),
    "/_roomkeeper/v1/sessions": ("from", "limit", "state", "staff", "customer"),
    "/_roomkeeper/v1/links": ("from", "limit"),
    "/_roomkeeper/v1/records": ("from", "limit", "person", "department", "program", "kind", "since", "until"),
    "/_roomkeeper/v1/records/search": ("q", "from", "limit"),
    "/_roomkeeper/v1/records/uploads/{uploadId}": ("offset",),
}
"""Queries that are tried by themselves, since one wrong value hides the others."""


@pytest.fixture
async def world(server: Server) -> AsyncIterator[World]:
    """A world, whose data must be consistent in the end."""
    with world_of(server) as world:
        await world.renew()
        yield world
    check_data_dir(server.data_dir)


async def throw(world: World, attacks_on: Any) -> list[str]:
    """Throw at every route what `attacks_on` makes of it; all that went wrong."""
    found: list[str] = []
    for route in world.server.app.routes.all:
        for attack in attacks_on(world, route):
            found += await world.attempt(attack, world.token_for(route))
            if route.method != "GET" and not await world.is_signed_in():
                await world.renew()
    return found


def paths(world: World, route: Route) -> Iterator[Attack]:
    """Each parameter of the path, with each odd value."""
    body = json.dumps(BODIES.get((route.method, route.path), {})).encode()
    names = [part.strip("{}?*") for part in route.path.split("/") if part.startswith("{")]
    for name in names:
        for value in PATH_SEGMENTS.values():
            yield Attack(route.method, world.path(route, {name: value}), body=body)
    for value in PATH_SEGMENTS.values():
        yield Attack(route.method, world.path(route) + b"/" + value, body=body)


def queries(world: World, route: Route) -> Iterator[Attack]:
    """Each query parameter by itself where it is known to be read, and all of them at once."""
    path = world.path(route)
    needed = b"dir=b&" if route.path.endswith("/messages") else b""
    if route.path.endswith("/media/preview_url"):
        needed = b"url=x&"
    if "/thumbnail/" in route.path:
        needed = b"width=32&height=32&"
    for value in QUERY_VALUES.values():
        for name in QUERIES_OF.get(route.path, ()):
            start = b"" if name in ("dir", "width", "height", "url") else needed
            yield Attack(route.method, path, start + name.encode() + b"=" + value)
        yield Attack(route.method, path, b"&".join(name.encode() + b"=" + value for name in QUERY_NAMES))
    yield Attack(route.method, path, b"a=1&" * 1000)
    yield Attack(route.method, path, b"&&=&==&%=%")


def whole_bodies(world: World, route: Route) -> Iterator[Attack]:
    """Bodies that are no JSON, or JSON of another kind."""
    path = world.path(route)
    for body in [*MALFORMED_BODIES.values(), *ODD_BODIES.values()]:
        yield Attack(route.method, path, body=body)
    good = json.dumps(BODIES.get((route.method, route.path), {})).encode()
    for content_type in CONTENT_TYPES:
        yield Attack(route.method, path, body=good, headers=[(b"content-type", content_type)])


def fields(world: World, route: Route) -> Iterator[Attack]:
    """Each field of the body, at every depth, with each value of another kind, and without it."""
    template = BODIES.get((route.method, route.path), {})
    path = world.path(route)
    for where in places(template):
        for value in WRONG_VALUES.values():
            yield Attack(route.method, path, body=json.dumps(replaced(template, where, value)).encode())
        yield Attack(route.method, path, body=json.dumps(without(template, where)).encode())
    for value in WRONG_VALUES.values():
        yield Attack(route.method, path, body=json.dumps(dict.fromkeys(template, value)).encode())


def places(value: Any, prefix: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all members of a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*prefix, key)
        yield from places(member, (*prefix, key))


def replaced(template: Any, where: tuple[str | int, ...], value: Any) -> Any:
    """The template with another value in one place."""
    changed = copy.deepcopy(template)
    inner = changed
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    return changed


def without(template: Any, where: tuple[str | int, ...]) -> Any:
    """The template with one place left out."""
    changed = copy.deepcopy(template)
    inner = changed
    for key in where[:-1]:
        inner = inner[key]
    del inner[where[-1]]
    return changed


@pytest.mark.parametrize("attacks_on", [paths, queries, whole_bodies, fields])
async def test_every_route(world: World, attacks_on: Any) -> None:
    found = await throw(world, attacks_on)
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:40])


async def test_old_endpoints(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_LEGACY_CLIENTS="on")
    old = ("/events", "/events/{eventId}", "/initialSync")
    with world_of(server) as world:
        await world.renew()
        for route in server.app.routes.all:
            if route.path.endswith(old) or (route.path.startswith("/_matrix/media/") and route.access == "public"):
                for attack in (*paths(world, route), *queries(world, route)):
                    if b"timeout=" not in attack.query:  # that it waits is no fault
                        assert await world.attempt(attack, world.token_for(route)) == []


TOKENS = {
    "nothing": b"",
    "no scheme": b"syt_something",
    "another scheme": b"Basic YTpi",
    "an empty token": b"Bearer ",
    "a forged token": b"Bearer " + b"x" * 43,
    "a long token": b"Bearer " + b"x" * 70_000,
    "NUL": b"Bearer \x00",
    "not ASCII": b"Bearer \xff\xfe",
    "two words": b"Bearer a b",
}


@pytest.mark.parametrize("authorization", TOKENS.values(), ids=TOKENS.keys())
async def test_forged_tokens_open_nothing(world: World, authorization: bytes) -> None:
    for route in world.server.app.routes.all:
        body = json.dumps(BODIES.get((route.method, route.path), {})).encode()
        attack = Attack(route.method, world.path(route), body=body, headers=[(b"authorization", authorization)])
        assert await world.attempt(attack, None) == []
        if route.access in ("user", "operator"):
            answer = await world.send(attack, None)
            assert answer.status == 401, f"{attack}: {answer}"
            assert answer.json["errcode"] in ("M_MISSING_TOKEN", "M_UNKNOWN_TOKEN")


async def test_other_methods_are_refused(world: World) -> None:
    patched = {route.path for route in world.server.app.routes.all if route.method == "PATCH"}
    for route in world.server.app.routes.all:
        for method in ("TRACE", "CONNECT", "BREW", "", *(() if route.path in patched else ("PATCH",))):
            attack = Attack(method, world.path(route))
            assert await world.attempt(attack, world.token_for(route)) == []
            assert (await world.send(attack, world.token_for(route))).status == 405


@pytest.mark.parametrize("length", [b"-1", b"\xb2", b"x", b"", b"1" * 30, b"+1", b"0x10"])
async def test_content_lengths_that_lie(world: World, length: bytes) -> None:
    # The server in front of the application refuses most of these; the application must not rely on it.
    for route in world.server.app.routes.all:
        attack = Attack(route.method, world.path(route), body=b"{}", headers=[(b"content-length", length)])
        assert await world.attempt(attack, world.token_for(route)) == []
        if route.method != "GET" and not await world.is_signed_in():
            await world.renew()
