"""Signing in and out with a password."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Answer, Server

PASSWORD = "correct horse battery"


async def log_in(server: Server, user: object, password: object = PASSWORD, **more: Any) -> Answer:
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": password}
    return await server.request("POST", "/login", {**body, **more})


async def test_the_flows(server: Server) -> None:
    assert await server.request("GET", "/login") == (
        200,
        {"flows": [{"type": "m.login.password"}, {"type": "m.login.token", "get_login_token": True}]},
    )


@pytest.mark.parametrize("name", ["alice", "@alice:example.org", "Alice", "@ALICE:example.org"])
async def test_login_by_name_and_by_id(server: Server, name: str) -> None:
    alice = await server.register("alice")
    status, answer = await log_in(server, name)
    assert status == 200
    assert answer["user_id"] == "@alice:example.org"
    assert answer["device_id"] != alice.device_id
    assert "refresh_token" not in answer


async def test_the_older_way_of_naming_the_user(server: Server) -> None:
    await server.register("alice")
    body = {"type": "m.login.password", "user": "alice", "password": PASSWORD}
    assert (await server.request("POST", "/login", body))[0] == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong"),
        ("nobody", PASSWORD),
        ("@alice:elsewhere.org", PASSWORD),
        ("@alice", PASSWORD + "x"),
        ("", PASSWORD),
        ("a\0b", PASSWORD),
        ("@" + "x" * 300 + ":example.org", PASSWORD),
    ],
)
async def test_wrong_names_and_passwords_look_alike(server: Server, name: str, password: str) -> None:
    await server.register("alice")
    status, answer = await log_in(server, name, password)
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert answer["error"] == "The user name or the password is wrong."


async def test_an_unknown_user_costs_a_verification_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from roomkeeper.core.accounts.passwords import Passwords

    verified: list[str | None] = []
    verify = Passwords.verify

    async def noting(self: Passwords, password_hash: str | None, password: str) -> bool:
        verified.append(password_hash)
        return await verify(self, password_hash, password)

    monkeypatch.setattr(Passwords, "verify", noting)
    await log_in(server, "nobody")
    assert verified == [None]


@pytest.mark.parametrize(
    ("body", "status", "errcode"),
    [
        ({"type": "m.login.sso", "token": "x"}, 400, "M_UNKNOWN"),
        ({"type": "m.login.token", "token": "x"}, 403, "M_FORBIDDEN"),
        ({"type": "m.login.token"}, 400, "M_MISSING_PARAM"),
        ({"type": "m.login.password"}, 400, "M_MISSING_PARAM"),
        ({"type": "m.login.password", "user": "alice"}, 400, "M_MISSING_PARAM"),
        ({"type": "m.login.password", "user": "alice", "password": 5}, 400, "M_BAD_JSON"),
        ({"type": "m.login.password", "user": "alice", "password": "x" * 513}, 400, "M_INVALID_PARAM"),
        ({"type": "m.login.password", "identifier": {"type": "m.id.user"}, "password": "x"}, 400, "M_MISSING_PARAM"),
        (
            {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": 5}, "password": "x"},
            400,
            "M_INVALID_PARAM",
        ),
        (
            {"type": "m.login.password", "identifier": {"type": "m.id.thirdparty"}, "password": "x"},
            403,
            "M_FORBIDDEN",
        ),
        ({}, 400, "M_BAD_JSON"),
        ([], 400, "M_BAD_JSON"),
    ],
)
async def test_malformed_logins(server: Server, body: Any, status: int, errcode: str) -> None:
    assert_ = await server.request("POST", "/login", body)
    assert (assert_[0], assert_[1]["errcode"]) == (status, errcode)


async def test_a_device_that_signs_in_again_keeps_its_name_and_loses_its_old_token(server: Server) -> None:
    alice = await server.register("alice", device_id="PHONE", initial_device_display_name="first")
    again = await server.login("alice", device_id="PHONE", initial_device_display_name="second")
    assert again.device_id == "PHONE"
    status, answer = await alice.attempt("GET", "/account/whoami")
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert [(device["device_id"], device["display_name"]) for device in (await again.get("/devices"))["devices"]] == [
        ("PHONE", "first")
    ]


async def test_logout_ends_one_device(server: Server) -> None:
    phone, laptop = await server.register("alice"), await server.login("alice")
    await phone.post("/logout")
    status, answer = await phone.attempt("GET", "/account/whoami")
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert "soft_logout" not in answer
    assert [device["device_id"] for device in (await laptop.get("/devices"))["devices"]] == [laptop.device_id]


async def test_logout_everywhere(server: Server) -> None:
    phone, laptop = await server.register("alice"), await server.login("alice")
    bob = await server.register("bob")
    await phone.post("/logout/all")
    assert (await phone.attempt("GET", "/account/whoami"))[0] == 401
    assert (await laptop.attempt("GET", "/account/whoami"))[0] == 401
    await bob.get("/account/whoami")
    assert (await (await server.login("alice")).get("/devices"))["devices"] != []


async def test_tokens_survive_a_restart_and_logouts_too(server: Server) -> None:
    phone, laptop = await server.register("alice"), await server.login("alice")
    await phone.post("/logout")
    await server.restart()
    assert (await phone.attempt("GET", "/account/whoami"))[0] == 401
    await laptop.get("/account/whoami")


@pytest.mark.parametrize("token", ["x", "ü", "a b", "A" * 10_000, "\x7f"])
async def test_forged_tokens(server: Server, token: str) -> None:
    status, answer = await server.request("GET", "/account/whoami", token=token)
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_missing_tokens(server: Server) -> None:
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Basic YTpi"}):
        status, answer = await server.request("GET", "/account/whoami", headers=headers)
        assert (status, answer["errcode"]) == (401, "M_MISSING_TOKEN")


async def test_logins_are_limited_by_address(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_RATE_LIMITS="on")
    await server.register("alice")
    for _ in range(10):
        assert (await log_in(server, "alice"))[0] == 200
    status, answer = await log_in(server, "alice")
    assert (status, answer["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    clock.advance(answer["retry_after_ms"])
    assert (await log_in(server, "alice"))[0] == 200


async def test_failed_logins_are_limited_by_account_from_wherever_they_come(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_RATE_LIMITS="on")
    await server.register("alice")
    await server.register("bob")

    async def attempt(number: int, name: str, password: str) -> int:
        body = {"type": "m.login.password", "user": name, "password": password}
        return (await server.request("POST", "/login", body, address=f"198.51.100.{number}"))[0]

    assert [await attempt(number, "alice", "wrong") for number in range(6)] == [403] * 5 + [429]
    # The right password is not let through either: guessing must not pay.
    assert await attempt(10, "alice", PASSWORD) == 429
    assert await attempt(11, "bob", PASSWORD) == 200
    clock.advance(10_000)
    assert await attempt(12, "alice", PASSWORD) == 200


async def test_a_password_is_the_same_however_its_characters_are_composed(server: Server) -> None:
    await server.register("alice", password="cafe\u0301 cafe\u0301")
    assert (await log_in(server, "alice", "café café"))[0] == 200


async def test_there_is_a_most_of_devices(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_ACCOUNTS_MAX_DEVICES="2")
    alice = await server.register("alice", device_id="ONE")
    await server.login("alice")
    status, answer = await log_in(server, "alice")
    assert (status, answer["errcode"]) == (403, "M_USER_LIMIT_EXCEEDED")
    assert answer["info_uri"]
    await server.login("alice", device_id="ONE")
    assert (await alice.attempt("GET", "/account/whoami"))[0] == 401
