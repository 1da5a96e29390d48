"""Login tokens and OpenID tokens."""

from __future__ import annotations

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.accounts.confirming import confirmed

GET_TOKEN = "/_matrix/client/v1/login/get_token"
USERINFO = "/_matrix/federation/v1/openid/userinfo"


async def test_a_login_token_signs_in_once(server: Server) -> None:
    alice = await server.register("alice")
    status, made = await confirmed(alice, "POST", GET_TOKEN)
    assert (status, made["expires_in_ms"]) == (200, 120_000)
    body = {"type": "m.login.token", "token": made["login_token"], "device_id": "TABLET"}
    status, answer = await server.request("POST", "/login", body)
    assert (status, answer["user_id"], answer["device_id"]) == (200, alice.user_id, "TABLET")
    status, answer = await server.request("POST", "/login", body)
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    # Each token needs a confirmation of its own.
    assert (await alice.attempt("POST", GET_TOKEN, {}))[0] == 401


async def test_login_tokens_expire_are_few_and_go_with_the_devices(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_RATE_LIMITS="on")
    alice = await server.register("alice")
    _, made = await confirmed(alice, "POST", GET_TOKEN)
    clock.advance(120_000)
    body = {"type": "m.login.token", "token": made["login_token"]}
    assert (await server.request("POST", "/login", body))[0] == 403
    for _ in range(3):
        status, made = await confirmed(alice, "POST", GET_TOKEN)
        assert status == 200
    assert (await confirmed(alice, "POST", GET_TOKEN))[0] == 429
    await alice.post("/logout/all")
    body = {"type": "m.login.token", "token": made["login_token"]}
    assert (await server.request("POST", "/login", body))[0] == 403


async def test_openid(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock)
    alice, bob = await server.register("alice"), await server.register("bob")
    made = await alice.post(f"/user/{alice.user_id}/openid/request_token", {})
    assert (made["token_type"], made["matrix_server_name"], made["expires_in"]) == ("Bearer", "example.org", 3600)
    assert await server.request("GET", f"{USERINFO}?access_token={made['access_token']}") == (
        200,
        {"sub": alice.user_id},
    )
    path = f"/user/{alice.user_id}/openid/request_token"
    assert (await bob.attempt("POST", path, {}))[1]["errcode"] == "M_FORBIDDEN"
    # It opens nothing else, nor does an access token open this; it is stored as a hash.
    assert (await server.request("GET", "/account/whoami", token=made["access_token"]))[0] == 401
    rows = await server.app.driver.query("SELECT token_hash FROM short_tokens")
    assert made["access_token"].encode() not in bytes(rows[0][0])
    for token in ("x", alice.token, ""):
        status, _ = await server.request("GET", f"{USERINFO}?access_token={token}")
        assert status == 401
    clock.advance(3_600_000)
    status, answer = await server.request("GET", f"{USERINFO}?access_token={made['access_token']}")
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_openid_tokens_are_bounded(server: Server) -> None:
    alice = await server.register("alice")
    for _ in range(55):
        await alice.post(f"/user/{alice.user_id}/openid/request_token", {})
    assert await server.app.driver.query_one("SELECT count(*) FROM short_tokens") == (50,)
