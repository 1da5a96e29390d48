"""Refreshing access tokens. spec: client-server §Refreshing access tokens"""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Answer, Server

HOUR_MS = 3_600_000


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def server(make_server: MakeServer, clock: FixedClock) -> Server:
    return await make_server(clock)


async def sign_in(server: Server) -> dict[str, Any]:
    body = {"username": "alice", "password": "correct horse", "refresh_token": True, "auth": {"type": "m.login.dummy"}}
    status, answer = await server.request("POST", "/register", body)
    assert status == 200
    return answer


async def refresh(server: Server, token: object) -> Answer:
    return await server.request("POST", "/refresh", {"refresh_token": token})


async def refreshed(server: Server, token: object) -> dict[str, Any]:
    status, answer = await refresh(server, token)
    assert status == 200, answer
    return answer


async def status_of(server: Server, token: str) -> int:
    return (await server.request("GET", "/account/whoami", token=token))[0]


async def test_an_expired_token_is_a_soft_logout_until_it_is_refreshed(server: Server, clock: FixedClock) -> None:
    first = await sign_in(server)
    clock.advance(HOUR_MS - 1)
    assert await status_of(server, first["access_token"]) == 200
    clock.advance(1)
    status, answer = await server.request("GET", "/account/whoami", token=first["access_token"])
    assert (status, answer["errcode"], answer["soft_logout"]) == (401, "M_UNKNOWN_TOKEN", True)
    second = await refreshed(server, first["refresh_token"])
    assert set(second) == {"access_token", "refresh_token", "expires_in_ms"}
    _, me = await server.request("GET", "/account/whoami", token=second["access_token"])
    assert (me["user_id"], me["device_id"]) == (first["user_id"], first["device_id"])


async def test_an_expired_token_stays_expired_after_a_restart(server: Server, clock: FixedClock) -> None:
    first = await sign_in(server)
    clock.advance(HOUR_MS)
    await server.restart()
    status, answer = await server.request("GET", "/account/whoami", token=first["access_token"])
    assert (status, answer["soft_logout"]) == (401, True)


async def test_the_old_tokens_are_valid_until_the_new_are_used(server: Server) -> None:
    first = await sign_in(server)
    second = await refreshed(server, first["refresh_token"])
    assert await status_of(server, first["access_token"]) == 200
    assert await status_of(server, second["access_token"]) == 200
    assert await status_of(server, first["access_token"]) == 401
    status, answer = await refresh(server, first["refresh_token"])
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_a_client_that_lost_the_answer_refreshes_again(server: Server) -> None:
    first = await sign_in(server)
    lost = await refreshed(server, first["refresh_token"])
    second = await refreshed(server, first["refresh_token"])
    assert await status_of(server, lost["access_token"]) == 401
    assert (await refresh(server, lost["refresh_token"]))[0] == 401
    assert await status_of(server, second["access_token"]) == 200
    assert (await refresh(server, first["refresh_token"]))[0] == 401


async def test_the_new_refresh_token_revokes_the_old_ones_too(server: Server) -> None:
    first = await sign_in(server)
    second = await refreshed(server, first["refresh_token"])
    third = await refreshed(server, second["refresh_token"])
    assert await status_of(server, first["access_token"]) == 401
    assert (await refresh(server, first["refresh_token"]))[0] == 401
    assert await status_of(server, second["access_token"]) == 200
    assert await status_of(server, third["access_token"]) == 200
    assert await status_of(server, second["access_token"]) == 401


async def test_many_refreshes_leave_one_pair_behind(server: Server) -> None:
    tokens = await sign_in(server)
    for _ in range(10):
        tokens = await refreshed(server, tokens["refresh_token"])
        assert await status_of(server, tokens["access_token"]) == 200
    for table in ("access_tokens", "refresh_tokens"):
        assert await server.app.driver.query(f"SELECT count(*) FROM {table}") == [(1,)]


@pytest.mark.parametrize("ending", ["/logout", "/logout/all"])
async def test_logout_revokes_the_refresh_token(server: Server, ending: str) -> None:
    first = await sign_in(server)
    await server.request("POST", ending, {}, token=first["access_token"])
    status, answer = await refresh(server, first["refresh_token"])
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")


@pytest.mark.parametrize("token", ["", "x", "ü", "a\0b"])
async def test_forged_refresh_tokens(server: Server, token: str) -> None:
    first = await sign_in(server)
    assert (await refresh(server, token))[0] == 401
    assert (await refresh(server, first["access_token"]))[0] == 401


async def test_malformed_refreshes(server: Server) -> None:
    for body in ({}, {"refresh_token": 5}, {"refresh_token": None}):
        status, answer = await server.request("POST", "/refresh", body)
        assert (status, answer["errcode"]) == (400, "M_BAD_JSON")


async def test_a_refresh_token_is_no_access_token(server: Server) -> None:
    first = await sign_in(server)
    assert await status_of(server, first["refresh_token"]) == 401


async def test_the_lifetime_is_a_setting(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_ACCOUNTS_ACCESS_TOKEN_LIFETIME_S="60")
    assert (await sign_in(server))["expires_in_ms"] == 60_000
