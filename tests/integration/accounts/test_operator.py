"""The operator API."""

from __future__ import annotations

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.accounts.operator import operator

PASSWORD = "correct horse battery"


async def test_it_needs_the_operators_token(server: Server) -> None:
    alice = await server.register("alice")
    for token, errcode in ((None, "M_MISSING_TOKEN"), ("x", "M_UNKNOWN_TOKEN"), (alice.token, "M_FORBIDDEN")):
        status, answer = await server.request("GET", "/_roomkeeper/v1/users", token=token)
        assert (status, answer["errcode"]) == (403 if errcode == "M_FORBIDDEN" else 401, errcode)


@pytest.mark.parametrize("name", ["alice", "@alice:example.org"])
async def test_creating_a_user(server: Server, name: str) -> None:
    status, answer = await operator(server, "POST", "/users", {"user": name, "password": PASSWORD})
    assert (status, answer) == (200, {"user_id": "@alice:example.org"})
    await server.login("alice", PASSWORD)


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"user": "taken", "password": PASSWORD}, "M_USER_IN_USE"),
        ({"user": "No!", "password": PASSWORD}, "M_INVALID_USERNAME"),
        ({"user": "@alice:elsewhere.org", "password": PASSWORD}, "M_INVALID_PARAM"),
        ({"user": "@alice", "password": PASSWORD}, "M_INVALID_PARAM"),
        ({"user": "alice", "password": "short"}, "M_WEAK_PASSWORD"),
        ({"user": "alice"}, "M_BAD_JSON"),
    ],
)
async def test_users_that_cannot_be_created(server: Server, body: dict[str, object], errcode: str) -> None:
    await server.register("taken")
    status, answer = await operator(server, "POST", "/users", body)
    assert (status, answer["errcode"]) == (400, errcode)


async def test_resetting_a_password_signs_all_devices_out(server: Server) -> None:
    alice = await server.register("alice")
    body = {"password": "another good one"}
    assert (await operator(server, "POST", f"/users/{alice.user_id}/password", body))[0] == 200
    assert (await alice.attempt("GET", "/account/whoami"))[0] == 401
    await server.login("alice", "another good one")


async def test_resetting_a_password_can_leave_the_devices(server: Server) -> None:
    alice = await server.register("alice")
    body = {"password": "another good one", "logout_devices": False}
    assert (await operator(server, "POST", "/users/alice/password", body))[0] == 200
    await alice.get("/account/whoami")
    assert (await operator(server, "POST", "/users/nobody/password", body))[1]["errcode"] == "M_NOT_FOUND"


async def test_the_list_of_users_comes_in_pages(server: Server) -> None:
    for number in range(5):
        await server.register(f"user{number}")
    await server.register("per%cent".replace("%", "_"))
    found: list[str] = []
    start = ""
    while True:
        _, page = await operator(server, "GET", "/users", limit=2, search="user", **{"from": start})
        found += [user["user_id"] for user in page["users"]]
        assert len(page["users"]) <= 2
        if "next_batch" not in page:
            break
        start = page["next_batch"]
    assert found == [f"@user{number}:example.org" for number in range(5)]
    _, page = await operator(server, "GET", "/users", search="r_c")
    assert [user["user_id"] for user in page["users"]] == ["@per_cent:example.org"]
    assert (await operator(server, "GET", "/users", search="%"))[1]["users"] == []
    assert (await operator(server, "GET", "/users", limit=0))[1]["errcode"] == "M_INVALID_PARAM"
    assert (await operator(server, "GET", "/users", limit=10**30))[1]["errcode"] == "M_INVALID_PARAM"


async def test_registration_tokens(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock)
    status, made = await operator(server, "POST", "/registration_tokens", {})
    assert status == 200
    assert made["uses_allowed"] is None
    refused: list[dict[str, object]] = [
        {"token": made["token"]},
        {"token": "not opaque!"},
        {"token": ""},
        {"token": "x" * 65},
        {"expiry_time": clock.now_ms()},
    ]
    for body in refused:
        assert (await operator(server, "POST", "/registration_tokens", body))[1]["errcode"] == "M_INVALID_PARAM"
    malformed: list[dict[str, object]] = [{"uses_allowed": -1}, {"uses_allowed": 2**63}, {"expiry_time": "soon"}]
    for body in malformed:
        assert (await operator(server, "POST", "/registration_tokens", body))[1]["errcode"] == "M_BAD_JSON"
    await operator(server, "POST", "/registration_tokens", {"token": "~last"})
    _, page = await operator(server, "GET", "/registration_tokens", limit=1)
    assert page["registration_tokens"] == [made]
    _, page = await operator(server, "GET", "/registration_tokens", **{"from": page["next_batch"]})
    assert [token["token"] for token in page["registration_tokens"]] == ["~last"]


async def test_each_action_is_in_the_audit_log(server: Server) -> None:
    await operator(server, "POST", "/users", {"user": "alice", "password": PASSWORD, "admin": True})
    await operator(server, "POST", "/users", {"user": "alice", "password": PASSWORD})
    await operator(server, "POST", "/users/alice/password", {"password": PASSWORD})
    await operator(server, "POST", "/registration_tokens", {"token": "winter"})
    await operator(server, "GET", "/users", search="ali")
    _, log = await operator(server, "GET", "/audit")
    entries = [(entry["actor"], entry["permission"], entry["object"], entry["reason"]) for entry in log["entries"]]
    # Newest first; the second alice could not be made, so there is no entry of her.
    assert entries == [
        ("operator", "audit.read", "*", ""),
        ("operator", "users.list", "ali", ""),
        ("operator", "registration_tokens.create", "winter", ""),
        ("operator", "users.reset_password", "@alice:example.org", ""),
        ("operator", "users.create", "@alice:example.org", "as administrator"),
    ]
    _, page = await operator(server, "GET", "/audit", limit=2)
    _, page = await operator(server, "GET", "/audit", limit=100, **{"from": page["next_batch"]})
    assert page["entries"][-1]["permission"] == "users.create"
