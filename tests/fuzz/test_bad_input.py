"""What is wrong with a request, and the status and error code that say so, as one table for each kind of mistake.

spec: client-server §Standard error response, §Size limits, §Using access tokens; appendices §Canonical JSON
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.consistency import check_data_dir
from tests.fuzz.values import MALFORMED_BODIES
from tests.fuzz.world import Attack, World, with_root, world_of
from tests.harness import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

MESSAGE = "PUT /rooms/{room}/send/m.room.message/bad"
STATE = "PUT /rooms/{room}/state/org.example.state"
KIB = 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Alice and Bob in a room. All tests share it, since what is refused changes nothing."""
    server = await Server(tmp_path_factory.mktemp("fuzz") / "data").start()
    with world_of(server) as world:
        await world.renew()
        yield world
    await server.stop()
    check_data_dir(server.data_dir)


async def check(world: World, request: str, body: bytes, status: int, errcode: str, token: str | None = None) -> str:
    """Send, as Alice, and compare; the message of the error. Nothing may have been written."""
    method, _, path = request.partition(" ")
    alice, room = world.alice, world.parameters["roomId"].replace("!", "%21")
    path = path.format(room=room, alice=alice.user_id, event=world.parameters["eventId"].replace("$", "%24"))
    path, _, query = with_root(path).partition("?")
    before = world.rows()
    answer = await world.send(Attack(method, path.encode(), query.encode(), body), token or alice.token)
    assert (answer.status, answer.json.get("errcode")) == (status, errcode), answer
    assert world.rows() == before
    return str(answer.json["error"])


def content(**members: Any) -> bytes:
    """A body with these members."""
    return json.dumps(members).encode()


# ------------------------------------------------------------------ not JSON


JSON_ENDPOINTS = [
    MESSAGE,
    STATE,
    "POST /createRoom",
    "POST /login",
    "POST /register",
    "POST /join/{room}",
    "POST /rooms/{room}/invite",
    "POST /user/{alice}/filter",
    "PUT /profile/{alice}/displayname",
    "PUT /user/{alice}/account_data/org.example.data",
    "PUT /rooms/{room}/typing/{alice}",
    "PUT /sendToDevice/m.test/bad",
]


@pytest.mark.parametrize("request_", JSON_ENDPOINTS)
@pytest.mark.parametrize("body", MALFORMED_BODIES.values(), ids=MALFORMED_BODIES.keys())
async def test_not_json(world: World, request_: str, body: bytes) -> None:
    await check(world, request_, body, 400, "M_NOT_JSON")


# ------------------------------------------------------------------ JSON of the wrong shape


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (MESSAGE, b"[]"),
        (MESSAGE, b'"text"'),
        (MESSAGE, b"null"),
        (STATE, b"1"),
        ("POST /createRoom", b"[]"),
        ("POST /createRoom", content(name=5)),
        ("POST /createRoom", content(invite="@bob:example.org")),
        ("POST /createRoom", content(invite=[1])),
        ("POST /createRoom", content(preset="no such preset")),
        ("POST /createRoom", content(visibility=True)),
        ("POST /createRoom", content(is_direct="yes")),
        ("POST /createRoom", content(creation_content=[])),
        ("POST /createRoom", content(initial_state={})),
        ("POST /createRoom", content(initial_state=[{"type": 1, "content": {}}])),
        ("POST /createRoom", content(initial_state=[{"type": "m.room.name", "content": []}])),
        ("POST /createRoom", content(initial_state=[{"type": "m.room.name", "content": {}, "state_key": 1}])),
        ("POST /createRoom", content(power_level_content_override=1)),
        ("POST /rooms/{room}/invite", content(user_id=1)),
        ("POST /rooms/{room}/kick", content(user_id=["@bob:example.org"])),
        ("POST /rooms/{room}/ban", content(user_id="@bob:example.org", reason=1)),
        ("POST /login", content(type=1)),
        ("POST /login", content(type="m.login.password", identifier="alice")),
        ("POST /register", content(username=1)),
        ("POST /register", content(auth="m.login.dummy")),
        ("PUT /rooms/{room}/redact/{event}/bad", content(reason=1)),
        ("PUT /rooms/{room}/typing/{alice}", content(typing="yes")),
        ("PUT /rooms/{room}/typing/{alice}", content(typing=True, timeout="1000")),
        ("PUT /presence/{alice}/status", content(presence="asleep")),
        ("PUT /user/{alice}/account_data/org.example.data", b"[]"),
        ("PUT /directory/room/%23new:example.org", content(room_id=1)),
        ("PUT /sendToDevice/m.test/bad", content(messages=[])),
        ("PUT /devices/X", content(display_name=1)),
    ],
)
async def test_wrong_types(world: World, request_: str, body: bytes) -> None:
    await check(world, request_, body, 400, "M_BAD_JSON")


@pytest.mark.parametrize("request_", [MESSAGE, STATE])
@pytest.mark.parametrize(
    "value",
    ["1.5", "1e-2", "-0.5", "1E400", "9007199254740992", "-9007199254740992", "1" + "0" * 30, "[1.5]", '{"b":1.5}'],
)
async def test_numbers_that_no_event_may_hold(world: World, request_: str, value: str) -> None:
    body = b'{"a":' + value.encode() + b"}"
    errcode = "M_NOT_JSON" if value == "1E400" else "M_BAD_JSON"
    await check(world, request_, body, 400, errcode)


@pytest.mark.parametrize("value", ["9007199254740991", "-9007199254740991", "0", "1e3"])
async def test_numbers_that_an_event_may_hold(world: World, value: str) -> None:
    path = f"/rooms/{world.parameters['roomId']}/send/m.room.message/ok"
    body = b'{"a":' + value.encode() + b"}"
    assert (await world.send(Attack("PUT", with_root(path).encode(), body=body), world.alice.token)).status == 200


@pytest.mark.parametrize("request_", [MESSAGE, STATE, "POST /createRoom", "PUT /user/{alice}/account_data/a.b"])
@pytest.mark.parametrize("depth", [100, 1_000, 10_000])
async def test_nested_too_deep(world: World, request_: str, depth: int) -> None:
    await check(world, request_, b'{"a":' * depth + b"1" + b"}" * depth, 400, "M_BAD_JSON")


# ------------------------------------------------------------------ too large


@pytest.mark.parametrize(
    ("request_", "size"),
    [
        (MESSAGE, 64 * KIB),
        (MESSAGE, 200 * KIB),
        (MESSAGE, 2 * KIB * KIB),
        (STATE, 64 * KIB),
        (STATE, 2 * KIB * KIB),
        ("POST /createRoom", 2 * KIB * KIB),
        ("POST /login", 2 * KIB * KIB),
        ("PUT /user/{alice}/account_data/org.example.data", 2 * KIB * KIB),
        ("PUT /sendToDevice/m.test/bad", 2 * KIB * KIB),
    ],
)
async def test_too_large(world: World, request_: str, size: int) -> None:
    await check(world, request_, content(a="x" * size), 413, "M_TOO_LARGE")


async def test_an_event_of_just_under_64_kib(world: World) -> None:
    path = with_root(f"/rooms/{world.parameters['roomId']}/send/m.room.message/large").encode()
    body = content(body="x" * (63 * KIB))
    assert (await world.send(Attack("PUT", path, body=body), world.alice.token)).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        "PUT /rooms/{room}/send/" + "t" * 256 + "/bad",
        "PUT /rooms/{room}/state/" + "t" * 256 + "/",
        "PUT /rooms/{room}/state/org.example.state/" + "k" * 256,
        "PUT /rooms/{room}/state/org.example.state/" + "%C3%A9" * 128,
    ],
)
async def test_keys_of_events_over_255_bytes(world: World, request_: str) -> None:
    await check(world, request_, b"{}", 413, "M_TOO_LARGE")


# ------------------------------------------------------------------ what does not exist


@pytest.mark.parametrize(
    ("request_", "status", "errcode"),
    [
        ("GET /rooms/!no:example.org/messages?dir=b", 404, "M_NOT_FOUND"),
        ("GET /rooms/!no:example.org/state", 404, "M_NOT_FOUND"),
        ("GET /rooms/!no:example.org/members", 404, "M_NOT_FOUND"),
        ("GET /rooms/!no:example.org/event/$x", 404, "M_NOT_FOUND"),
        ("PUT /rooms/!no:example.org/send/m.room.message/bad", 404, "M_NOT_FOUND"),
        ("PUT /rooms/!no:example.org/state/m.room.name", 404, "M_NOT_FOUND"),
        ("POST /join/!no:example.org", 404, "M_NOT_FOUND"),
        ("POST /join/%23no:example.org", 404, "M_NOT_FOUND"),
        ("POST /join/%23", 400, "M_INVALID_PARAM"),
        ("POST /rooms/!no:example.org/leave", 404, "M_NOT_FOUND"),
        ("POST /rooms/!no:example.org/forget", 404, "M_NOT_FOUND"),
        ("GET /rooms/{room}/event/$nothing", 404, "M_NOT_FOUND"),
        ("GET /rooms/{room}/context/$nothing", 404, "M_NOT_FOUND"),
        ("GET /rooms/{room}/state/m.room.nothing", 404, "M_NOT_FOUND"),
        ("PUT /rooms/{room}/redact/$nothing/bad", 404, "M_NOT_FOUND"),
        ("GET /directory/room/%23no:example.org", 404, "M_NOT_FOUND"),
        ("GET /directory/room/no-alias", 400, "M_INVALID_PARAM"),
        ("GET /profile/@no:example.org", 404, "M_NOT_FOUND"),
        ("GET /devices/NOTHING", 404, "M_NOT_FOUND"),
        ("GET /user/{alice}/filter/nothing", 404, "M_NOT_FOUND"),
        ("GET /user/{alice}/account_data/org.example.nothing", 404, "M_NOT_FOUND"),
        ("GET /user/@other:example.org/account_data/org.example.data", 403, "M_FORBIDDEN"),
        ("PUT /profile/@other:example.org/displayname", 403, "M_FORBIDDEN"),
        ("GET /no/such/endpoint", 404, "M_UNRECOGNIZED"),
        ("PATCH /sync", 405, "M_UNRECOGNIZED"),
        ("GET /rooms/{room}/state/%ff", 400, "M_INVALID_PARAM"),
        ("GET /rooms/%ED%A0%80/state", 400, "M_INVALID_PARAM"),
    ],
)
async def test_what_does_not_exist(world: World, request_: str, status: int, errcode: str) -> None:
    await check(world, request_, b"" if request_.startswith("GET") else b"{}", status, errcode)


@pytest.mark.parametrize(
    ("request_", "errcode"),
    [
        ("GET /rooms/{room}/messages", "M_MISSING_PARAM"),
        ("GET /rooms/{room}/messages?dir=x", "M_INVALID_PARAM"),
        ("GET /rooms/{room}/messages?dir=b&limit=0", "M_INVALID_PARAM"),
        ("GET /rooms/{room}/messages?dir=b&limit=--5", "M_INVALID_PARAM"),
        ("GET /rooms/{room}/messages?dir=b&limit=1.5", "M_INVALID_PARAM"),
        ("GET /rooms/{room}/messages?dir=b&from=forged", "M_INVALID_PARAM"),
        ("GET /rooms/{room}/messages?dir=b&filter=%7B", "M_INVALID_PARAM"),
        ("GET /rooms/{room}/members?membership=x", "M_INVALID_PARAM"),
        ("GET /sync?since=forged", "M_INVALID_PARAM"),
        ("GET /sync?since=s1.5", "M_INVALID_PARAM"),
        ("GET /sync?timeout=-1", "M_INVALID_PARAM"),
        ("GET /sync?full_state=maybe", "M_INVALID_PARAM"),
        ("GET /sync?set_presence=asleep", "M_INVALID_PARAM"),
        ("GET /sync?filter=%7B%22room%22:1%7D", "M_INVALID_PARAM"),
        ("GET /sync?since=%ff", "M_INVALID_PARAM"),
        ("GET /register/available", "M_MISSING_PARAM"),
    ],
)
async def test_queries(world: World, request_: str, errcode: str) -> None:
    await check(world, request_, b"", 400, errcode)


@pytest.mark.parametrize(
    "user_id", ["nobody", "@nobody", "@no\0body:example.org", "!room:example.org", "@a:" + "b" * 300]
)
async def test_user_ids_that_are_none(world: World, user_id: str) -> None:
    for action in ("invite", "ban"):
        await check(world, f"POST /rooms/{{room}}/{action}", content(user_id=user_id), 400, "M_INVALID_PARAM")


# ------------------------------------------------------------------ tokens


@pytest.mark.parametrize(
    ("authorization", "errcode"),
    [
        (None, "M_MISSING_TOKEN"),
        (b"", "M_MISSING_TOKEN"),
        (b"Bearer ", "M_MISSING_TOKEN"),
        (b"Basic YTpi", "M_MISSING_TOKEN"),
        (b"Bearer forged", "M_UNKNOWN_TOKEN"),
        (b"Bearer " + b"x" * 10_000, "M_UNKNOWN_TOKEN"),
        (b"Bearer \xff\xfe", "M_UNKNOWN_TOKEN"),
    ],
)
async def test_tokens(world: World, authorization: bytes | None, errcode: str) -> None:
    for path in ("/sync", "/account/whoami", "/joined_rooms"):
        headers = [] if authorization is None else [(b"authorization", authorization)]
        answer = await world.send(Attack("GET", with_root(path).encode(), headers=headers), None)
        assert (answer.status, answer.json["errcode"]) == (401, errcode)


async def test_a_token_in_the_query_counts_for_nothing(world: World) -> None:
    # spec: client-server §Using access tokens: the query parameter was removed in v1.11.
    query = f"access_token={world.alice.token}".encode()
    answer = await world.send(Attack("GET", with_root("/account/whoami").encode(), query), None)
    assert (answer.status, answer.json["errcode"]) == (401, "M_MISSING_TOKEN")


async def test_the_last_of_equal_keys_counts(world: World) -> None:
    path = with_root(f"/rooms/{world.parameters['roomId']}/send/m.room.message/twice").encode()
    answer = await world.send(Attack("PUT", path, body=b'{"body":"first","body":"last"}'), world.alice.token)
    assert answer.status == 200
    assert (await world.alice.timeline(world.parameters["roomId"]))[-1] == "last"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
async def test_the_content_type_does_not_matter(world: World, content_type: str) -> None:
    path = with_root(f"/rooms/{world.parameters['roomId']}/send/m.room.message/typed").encode()
    headers = [(b"content-type", content_type.encode())]
    answer = await world.send(Attack("PUT", path, body=b'{"body":"x"}', headers=headers), world.alice.token)
    assert answer.status == 200
