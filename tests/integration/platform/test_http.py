"""What every endpoint has in common: routing, methods, headers, sizes, limits, health and metrics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roomkeeper.platform import logs
from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.errors import InvalidParameter, MethodNotAllowed, Unrecognized
from roomkeeper.platform.http import Request, Routes
from roomkeeper.platform.http.limits import RATES
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.rooms.paths import room_path

VERSIONS = "/_matrix/client/versions"


async def nothing(_request: Request) -> dict[str, str]:
    """An endpoint."""
    return {}


def routes() -> Routes:
    """A few routes of every shape."""
    made = Routes()
    made.add("GET", "/a/{one}/b/{two?}", nothing)
    made.add("GET", "/a/{one}/b", nothing)
    made.add("GET", "/a/literal/b", nothing)
    made.add("PUT", "/a/literal/b", nothing)
    made.add("GET", "/files/{rest*}", nothing)
    return made


@pytest.mark.parametrize(
    ("path", "pattern", "parameters"),
    [
        (b"/a/x/b/y", "/a/{one}/b/{two?}", {"one": "x", "two": "y"}),
        (b"/a/x/b/", "/a/{one}/b/{two?}", {"one": "x", "two": ""}),
        (b"/a/x/b", "/a/{one}/b", {"one": "x"}),
        (b"/a/literal/b", "/a/literal/b", {}),
        (b"/a/%2F%25/b/%C3%A9", "/a/{one}/b/{two?}", {"one": "/%", "two": "é"}),
        (b"/files/a/b%2Fc", "/files/{rest*}", {"rest": "a/b/c"}),
    ],
)
def test_routes(path: bytes, pattern: str, parameters: dict[str, str]) -> None:
    route, found = routes().find("GET", path)
    assert (route.path, found) == (pattern, parameters)


def test_paths_without_a_route() -> None:
    for path in (b"/", b"/a", b"/a//b", b"/b", b"/a/x/b/y/z"):
        with pytest.raises(Unrecognized):
            routes().find("GET", path)
    with pytest.raises(MethodNotAllowed):
        routes().find("DELETE", b"/a/literal/b")
    with pytest.raises(InvalidParameter):
        routes().find("GET", b"/a/%FF/b")
    with pytest.raises(ValueError, match="twice"):
        routes().add("GET", "/a/{one}/b", nothing)
    with pytest.raises(ValueError, match="two names"):
        routes().add("GET", "/a/{other}/c", nothing)


async def test_unknown_paths_and_methods(server: Server) -> None:
    assert (await server.request("GET", "/_matrix/client/v3/nothing"))[1]["errcode"] == "M_UNRECOGNIZED"
    assert (await server.request("GET", "/nothing"))[0] == 404
    status, answer = await server.request("DELETE", VERSIONS)
    assert (status, answer["errcode"]) == (405, "M_UNRECOGNIZED")


async def test_browsers_may_ask(server: Server) -> None:
    for path in (VERSIONS, "/_matrix/client/v3/sync", "/nothing"):
        status, headers, _ = await server.raw("OPTIONS", path)
        assert status == 200
        assert headers["access-control-allow-origin"] == "*"
        assert "PUT" in headers["access-control-allow-methods"]
        assert "Authorization" in headers["access-control-allow-headers"]
    _, headers, _ = await server.raw("GET", "/nothing")
    assert headers["access-control-allow-origin"] == "*", "errors, too"


async def test_head(server: Server) -> None:
    status, headers, body = await server.raw("HEAD", VERSIONS)
    assert (status, body) == (200, b"")
    assert headers["content-type"] == "application/json"
    assert (await server.raw("HEAD", "/_matrix/client/v3/account/whoami"))[0] == 401
    assert (await server.raw("HEAD", "/nothing"))[0] == 404


async def test_request_ids(server: Server) -> None:
    _, headers, _ = await server.raw("GET", VERSIONS, headers={"x-request-id": "abc123"})
    assert headers["x-request-id"] == "abc123"
    for wrong in ("a b", "x" * 65, 'a"'):
        _, headers, _ = await server.raw("GET", VERSIONS, headers={"x-request-id": wrong})
        assert headers["x-request-id"] not in ("", wrong)


async def test_body_sizes(server: Server) -> None:
    ann = await server.register("ann")
    authorization = {"authorization": f"Bearer {ann.token}"}
    path = "/_matrix/client/v3/createRoom"
    status, _, body = await server.raw("POST", path, b"{}", {**authorization, "content-length": str(10**9)})
    assert status == 413, "before anything is read"
    assert b"M_TOO_LARGE" in body
    status, _, _ = await server.raw("POST", path, b" " * (2 * 1024 * 1024), authorization)
    assert status == 413
    filter_path = f"/_matrix/client/v3/user/{ann.user_id}/filter"
    status, _, _ = await server.raw("POST", filter_path, b" " * 70_000, authorization)
    assert status == 413, "some endpoints take less"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic x", "x", "Bearer wrong", "bearer wrong"])
async def test_authorization(server: Server, value: str) -> None:
    status, _, body = await server.raw("GET", "/_matrix/client/v3/account/whoami", headers={"authorization": value})
    assert status == 401
    assert (b"M_UNKNOWN_TOKEN" if "wrong" in value else b"M_MISSING_TOKEN") in body


async def test_rate_limits(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_RATE_LIMITS="on")
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    rate = RATES["send"]
    for number in range(rate.burst):
        await ann.send(room_id, f"message {number}")
    path = room_path(room_id, "send", "m.room.message", "one-more")
    body = {"msgtype": "m.text", "body": "one more"}
    status, answer = await ann.attempt("PUT", path, body)
    assert (status, answer["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert 0 < answer["retry_after_ms"] <= 1000 / rate.per_second + 1
    _, headers, _ = await server.raw(
        "PUT", f"/_matrix/client/v3{path}", b"{}", {"authorization": f"Bearer {ann.token}"}
    )
    assert headers["retry-after"] == "1"
    await ben.send(room_id, "others are not concerned")
    await ann.get("/joined_rooms")
    clock.advance(answer["retry_after_ms"])
    await ann.put(path, body)
    assert (await ann.attempt("PUT", path + "2", body))[0] == 429
    clock.advance(3_600_000)
    for number in range(rate.burst):
        await ann.send(room_id, f"again {number}")
    assert (await ann.attempt("PUT", path + "3", body))[0] == 429, "a long pause fills no more than the burst"


async def test_limits_by_address_behind_a_proxy(make_server: MakeServer) -> None:
    server = await make_server(FixedClock(), ROOMKEEPER_RATE_LIMITS="on", ROOMKEEPER_TRUSTED_PROXIES="10.0.0.1")

    async def status(address: str, forwarded: str | None = None) -> int:
        headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
        path = "/_matrix/client/v3/login"
        return (await server.raw("POST", path, b"{}", headers, address))[0]

    burst = RATES["login"].burst
    assert {await status("10.0.0.1", "1.2.3.4") for _ in range(burst)} == {400}
    assert await status("10.0.0.1", "1.2.3.4") == 429
    assert await status("10.0.0.1", "evil, 1.2.3.5") == 400
    assert {await status("6.6.6.6", f"7.7.7.{number}") for number in range(burst)} == {400}
    assert await status("6.6.6.6", "7.7.7.77") == 429, "who is no trusted proxy is not believed"


async def test_health(server: Server) -> None:
    assert await server.request("GET", "/healthz") == (200, {})
    assert await server.request("GET", "/readyz") == (200, {})
    server.app.begin_stop()
    assert (await server.request("GET", "/healthz"))[0] == 200
    status, answer = await server.request("GET", "/readyz")
    assert (status, answer["errcode"]) == (503, "M_UNKNOWN")


async def test_metrics(make_server: MakeServer) -> None:
    server = await make_server()
    status, headers, body = await server.raw("GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    assert b"roomkeeper_http_request_seconds" in body
    assert (await server.raw("GET", "/metrics", address="10.0.0.5"))[0] == 403
    assert (await server.raw("GET", "/metrics", headers={"x-forwarded-for": "1.1.1.1"}))[0] == 403
    assert (await server.raw("GET", "/metrics", address="::1"))[0] == 200


async def test_metrics_for_who_has_no_ip_address(server: Server) -> None:
    assert (await server.raw("GET", "/metrics", address="unknown"))[0] == 403


async def test_metrics_with_a_token(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_METRICS_TOKEN="secret")
    assert (await server.raw("GET", "/metrics"))[0] == 403
    for token, status in (("wrong", 403), ("secret", 200)):
        headers = {"authorization": f"Bearer {token}"}
        assert (await server.raw("GET", "/metrics", headers=headers, address="10.0.0.5"))[0] == status


async def test_metrics_tell_no_names(server: Server) -> None:
    ann = await server.register("verysecretname")
    room_id = await ann.create_room()
    await ann.send(room_id)
    _, _, body = await server.raw("GET", "/metrics")
    assert b"verysecretname" not in body
    assert room_id.encode() not in body


async def test_the_landing_page(server: Server) -> None:
    status, headers, body = await server.raw("GET", "/")
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert b"example.org" in body


async def test_queries_that_are_not_right(server: Server) -> None:
    ann = await server.register("ann")
    for query in ("timeout=x", "timeout=-1", "full_state=yes", "set_presence=dancing", "filter=unknown", "since=%FF"):
        status, _, body = await server.raw(
            "GET", f"/_matrix/client/v3/sync?{query}", headers={"authorization": f"Bearer {ann.token}"}
        )
        assert status in (400, 404), (query, body)


async def test_a_body_that_breaks_off_is_not_taken_for_the_whole(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    path = f"/_matrix/client/v3/rooms/{room_id}/send/m.room.message/broken"
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"body":"half"}', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "PUT",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {ann.token}".encode()), (b"content-length", b"100")],
        "client": ("127.0.0.1", 1),
    }
    await server.app.http(scope, receive, send)
    assert sent[0]["status"] == 400
    assert await ann.timeline(room_id) == []


async def test_what_is_logged_during_a_request_carries_its_id(server: Server) -> None:
    async def logs_something(_request: object) -> dict[str, Any]:
        return dict(logs.add_request_id(None, "error", {"event": "said in the endpoint"}))

    server.app.routes.add("GET", "/_test/logs", logs_something, access="public")
    _, headers, body = await server.raw("GET", "/_test/logs", headers={"x-request-id": "abc123"})
    assert headers["x-request-id"] == "abc123"
    assert json.loads(body) == {"event": "said in the endpoint", "request_id": "abc123"}
