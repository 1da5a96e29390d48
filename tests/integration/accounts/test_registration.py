"""Registration in its three modes, and by tools that know the shared secret."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Answer, Server
from tests.integration.accounts.operator import operator

PASSWORD = "correct horse battery"
DUMMY = {"type": "m.login.dummy"}


async def register(server: Server, **body: Any) -> Answer:
    return await server.request("POST", "/register", {"password": PASSWORD, **body})


async def test_open_registration_in_one_step(server: Server) -> None:
    status, answer = await register(server, username="alice", auth=DUMMY)
    assert status == 200
    assert answer["user_id"] == "@alice:example.org"
    _, me = await server.request("GET", "/account/whoami", token=answer["access_token"])
    assert me == {"user_id": "@alice:example.org", "device_id": answer["device_id"], "is_guest": False}


async def test_open_registration_with_a_session(server: Server) -> None:
    status, challenge = await register(server, username="alice")
    assert status == 401
    assert challenge["flows"] == [{"stages": ["m.login.dummy"]}]
    assert "errcode" not in challenge
    auth = {**DUMMY, "session": challenge["session"]}
    status, answer = await register(server, username="alice", auth=auth)
    assert (status, answer["user_id"]) == (200, "@alice:example.org")


async def test_a_client_may_ask_for_the_flows_with_an_empty_body(server: Server) -> None:
    status, challenge = await server.request("POST", "/register", {})
    assert status == 401
    assert set(challenge) == {"flows", "params", "session"}


async def test_a_session_is_used_up_by_its_registration(server: Server) -> None:
    _, challenge = await register(server, username="alice")
    auth = {"session": challenge["session"]}
    assert (await register(server, username="alice", auth={**DUMMY, **auth}))[0] == 200
    status, again = await register(server, username="bob", auth=auth)
    assert status == 401
    assert again["session"] != challenge["session"]


async def test_registration_is_closed_unless_it_was_opened(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REGISTRATION="closed")
    for body in ({"username": "alice"}, {"username": "alice", "auth": DUMMY}, {}):
        status, answer = await register(server, **body)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    path = "/_matrix/client/v1/register/m.login.registration_token/validity"
    assert (await server.request("GET", path, query={"token": "x"}))[0] == 403


async def test_guests_are_refused(server: Server) -> None:
    status, answer = await server.request("POST", "/register", {}, query={"kind": "guest"})
    assert (status, answer["errcode"]) == (403, "M_GUEST_ACCESS_FORBIDDEN")
    status, answer = await server.request("POST", "/register", {}, query={"kind": "ghost"})
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize("name", ["Alice", "al ice", "älice", "", "a" * 250, "a:b", "a\0"])
async def test_names_that_no_user_may_have(server: Server, name: str) -> None:
    status, answer = await register(server, username=name, auth=DUMMY)
    assert (status, answer["errcode"]) == (400, "M_INVALID_USERNAME")
    status, answer = await server.request("GET", "/register/available", query={"username": name})
    assert (status, answer["errcode"]) == (400, "M_INVALID_USERNAME")


async def test_a_name_can_be_taken_once(server: Server) -> None:
    name = {"username": "alice"}
    assert await server.request("GET", "/register/available", query=name) == (200, {"available": True})
    await server.register("alice")
    status, answer = await server.request("GET", "/register/available", query=name)
    assert (status, answer["errcode"]) == (400, "M_USER_IN_USE")
    # The name is checked before anything else is asked for.
    status, answer = await register(server, username="alice")
    assert (status, answer["errcode"]) == (400, "M_USER_IN_USE")


async def test_a_user_without_a_name_gets_one(server: Server) -> None:
    status, answer = await register(server, auth=DUMMY)
    assert status == 200
    assert answer["user_id"].startswith("@")


async def test_weak_and_missing_passwords(server: Server) -> None:
    status, answer = await register(server, username="alice", password="short", auth=DUMMY)
    assert (status, answer["errcode"]) == (400, "M_WEAK_PASSWORD")
    status, answer = await register(server, username="alice", password="x" * 513, auth=DUMMY)
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    status, answer = await server.request("POST", "/register", {"username": "alice", "auth": DUMMY})
    assert (status, answer["errcode"]) == (400, "M_MISSING_PARAM")


async def test_what_the_client_may_choose(server: Server) -> None:
    alice = await server.register("alice", device_id="PHONE", initial_device_display_name="Alice's phone")
    assert alice.device_id == "PHONE"
    assert (await alice.get("/devices/PHONE"))["display_name"] == "Alice's phone"
    status, answer = await register(server, username="bob", inhibit_login=True, auth=DUMMY)
    assert (status, answer) == (200, {"user_id": "@bob:example.org"})
    status, answer = await register(server, username="carol", refresh_token=True, auth=DUMMY)
    assert answer["refresh_token"]
    assert answer["expires_in_ms"] == 3_600_000
    status, answer = await register(server, username="dave", device_id="a\nb", auth=DUMMY)
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize(
    "body",
    [
        b'{"username": 1}',
        b'{"auth": []}',
        b'{"auth": {"type": 5}}',
        b'{"auth": {"type": "m.login.dummy", "session": {}}, "password": {}}',
        b'{"username": "\\ud800"}',
        b"[" * 50_000,
        b'"text"',
        b"\xff",
        b'{"inhibit_login": "yes"}',
    ],
)
async def test_malformed_bodies(server: Server, body: bytes) -> None:
    status, _, answer = await server.raw("POST", "/_matrix/client/v3/register", body)
    assert status in (400, 401), answer


# With registration tokens


async def new_token(server: Server, **body: Any) -> str:
    status, answer = await operator(server, "POST", "/registration_tokens", body)
    assert status == 200, answer
    return str(answer["token"])


async def is_valid(server: Server, token: str) -> bool:
    path = "/_matrix/client/v1/register/m.login.registration_token/validity"
    return bool((await server.request("GET", path, query={"token": token}))[1]["valid"])


async def register_with_token(server: Server, name: str, token: object) -> Answer:
    _, challenge = await register(server, username=name)
    assert challenge["flows"] == [{"stages": ["m.login.registration_token"]}]
    auth = {"type": "m.login.registration_token", "token": token, "session": challenge["session"]}
    return await register(server, username=name, auth=auth)


async def test_registration_with_a_token(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REGISTRATION="token")
    token = await new_token(server, uses_allowed=1)
    assert await is_valid(server, token)
    assert (await register_with_token(server, "alice", token))[0] == 200
    assert not await is_valid(server, token)
    status, answer = await register_with_token(server, "bob", token)
    assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")
    assert answer["flows"]
    _, listed = await operator(server, "GET", "/registration_tokens")
    expected = {"token": token, "uses_allowed": 1, "completed": 1, "expiry_time": None, "pending": 0}
    assert listed["registration_tokens"] == [expected]


@pytest.mark.parametrize("token", ["no such token", "", "a\0b", None, 5, {"a": 1}, "ü"])
async def test_tokens_that_are_none(make_server: MakeServer, token: object) -> None:
    server = await make_server(ROOMKEEPER_REGISTRATION="token")
    status, answer = await register_with_token(server, "alice", token)
    assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")


async def test_the_dummy_stage_does_not_stand_in_for_the_token(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REGISTRATION="token")
    assert (await register(server, username="alice", auth=DUMMY))[0] == 401


async def test_a_token_expires(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_REGISTRATION="token")
    token = await new_token(server, token="winter", expiry_time=clock.now_ms() + 1000)
    assert await is_valid(server, token)
    clock.advance(1000)
    assert not await is_valid(server, token)
    assert (await register_with_token(server, "alice", token))[0] == 401


async def test_one_use_is_one_use_for_many_at_a_time(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REGISTRATION="token")
    token = await new_token(server, uses_allowed=2)
    answers = await asyncio.gather(*(register_with_token(server, f"user{number}", token) for number in range(8)))
    assert [status for status, _ in answers].count(200) == 2


# With the shared secret

SECRET = "a shared secret"
SECRET_PATH = "/_synapse/admin/v1/register"


def mac_of(secret: str, *parts: str) -> str:
    """Computed as the existing tools do, and without our code."""
    digest = hmac.new(key=secret.encode("utf8"), digestmod=hashlib.sha1)
    digest.update(b"\x00".join(part.encode("utf8") for part in parts))
    return digest.hexdigest()


async def shared_secret_body(server: Server, name: str, *, admin: bool = False, secret: str = SECRET) -> dict[str, Any]:
    status, answer = await server.request("GET", SECRET_PATH)
    assert status == 200
    nonce = answer["nonce"]
    mac = mac_of(secret, nonce, name, PASSWORD, "admin" if admin else "notadmin")
    return {"nonce": nonce, "username": name, "password": PASSWORD, "admin": admin, "mac": mac}


@pytest.fixture
async def secret_server(make_server: MakeServer) -> Server:
    return await make_server(
        FixedClock(), ROOMKEEPER_REGISTRATION="closed", ROOMKEEPER_REGISTRATION_SHARED_SECRET=SECRET
    )


async def test_registration_with_the_shared_secret(secret_server: Server) -> None:
    body = await shared_secret_body(secret_server, "alice")
    status, answer = await secret_server.request("POST", SECRET_PATH, body)
    assert status == 200, answer
    assert answer["user_id"] == "@alice:example.org"
    assert answer["home_server"] == "example.org"
    assert (await secret_server.request("GET", "/account/whoami", token=answer["access_token"]))[0] == 200
    await secret_server.login("alice", PASSWORD)


async def test_the_shared_secret_can_make_administrators(secret_server: Server) -> None:
    body = await shared_secret_body(secret_server, "root", admin=True)
    assert (await secret_server.request("POST", SECRET_PATH, body))[0] == 200
    _, listed = await operator(secret_server, "GET", "/users")
    assert listed["users"][0]["is_admin"] is True


async def test_the_user_type_is_part_of_the_mac(secret_server: Server) -> None:
    body = await shared_secret_body(secret_server, "bot")
    mac = mac_of(SECRET, body["nonce"], "bot", PASSWORD, "notadmin", "bot")
    status, _ = await secret_server.request("POST", SECRET_PATH, {**body, "user_type": "bot", "mac": mac})
    assert status == 200


async def test_a_wrong_secret_is_refused(secret_server: Server) -> None:
    body = await shared_secret_body(secret_server, "alice", secret="another")
    status, answer = await secret_server.request("POST", SECRET_PATH, body)
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")


async def test_one_cannot_become_administrator_with_the_mac_of_a_user(secret_server: Server) -> None:
    body = await shared_secret_body(secret_server, "alice")
    assert (await secret_server.request("POST", SECRET_PATH, {**body, "admin": True}))[0] == 403


async def test_a_nonce_is_good_once_and_for_a_minute(secret_server: Server, make_server: MakeServer) -> None:
    body = await shared_secret_body(secret_server, "alice")
    assert (await secret_server.request("POST", SECRET_PATH, body))[0] == 200
    again = await secret_server.request("POST", SECRET_PATH, body)
    assert (again[0], again[1]["errcode"]) == (400, "M_INVALID_PARAM")
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_REGISTRATION_SHARED_SECRET=SECRET)
    body = await shared_secret_body(server, "bob")
    clock.advance(60_000)
    assert (await server.request("POST", SECRET_PATH, body))[0] == 400


async def test_without_a_secret_there_is_no_such_endpoint(server: Server) -> None:
    status, answer = await server.request("GET", SECRET_PATH)
    assert (status, answer["errcode"]) == (404, "M_UNRECOGNIZED")
    body = {
        "nonce": "",
        "username": "alice",
        "password": PASSWORD,
        "mac": mac_of("", "", "alice", PASSWORD, "notadmin"),
    }
    assert (await server.request("POST", SECRET_PATH, body))[0] == 404


async def test_registration_is_limited_by_address(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_RATE_LIMITS="on")
    for number in range(10):
        await server.register(f"user{number}")
    status, answer = await register(server, username="another", auth=DUMMY)
    assert (status, answer["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    clock.advance(answer["retry_after_ms"])
    assert (await register(server, username="another", auth=DUMMY))[0] == 200
