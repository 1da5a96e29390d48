"""Devices, and what needs the password once more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.core.accounts import DeviceRemoved
from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Answer, Client, Server


async def confirmed(
    client: Client, method: str, path: str, body: dict[str, Any], password: str | None = None
) -> Answer:
    """The request, sent again with the password."""
    status, challenge = await client.attempt(method, path, body)
    assert status == 401
    assert challenge["flows"] == [{"stages": ["m.login.password"]}]
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": client.user_id},
        "password": password or client.password,
        "session": challenge["session"],
    }
    return await client.attempt(method, path, {**body, "auth": auth})


async def device_ids(client: Client) -> set[str]:
    return {device["device_id"] for device in (await client.get("/devices"))["devices"]}


async def test_names(server: Server) -> None:
    alice = await server.register("alice", device_id="PHONE")
    await alice.put("/devices/PHONE", {"display_name": "Alice's phone"})
    await alice.put("/devices/PHONE", {})
    assert (await alice.get("/devices/PHONE"))["display_name"] == "Alice's phone"
    status, answer = await alice.attempt("PUT", "/devices/PHONE", {"display_name": "x" * 256})
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize("device_id", ["OTHER", "a%00b", "%F0%9F%98%80", "x" * 300])
async def test_devices_that_are_not_there(server: Server, device_id: str) -> None:
    alice = await server.register("alice")
    await server.register("bob", device_id="OTHER")
    for method in ("GET", "PUT"):
        status, answer = await alice.attempt(method, f"/devices/{device_id}", {} if method == "PUT" else None)
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_last_seen(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock)
    alice = await server.register("alice", device_id="PHONE")
    clock.advance(1000)
    first_seen = clock.now_ms()

    async def seen_from(address: str) -> tuple[int, str]:
        _, device = await server.request("GET", "/devices/PHONE", token=alice.token, address=address)
        return device["last_seen_ts"], device["last_seen_ip"]

    assert await seen_from("198.51.100.1") == (first_seen, "198.51.100.1")
    clock.advance(60_000)
    # Noted every few minutes only.
    assert await seen_from("198.51.100.2") == (first_seen, "198.51.100.1")
    clock.advance(300_000)
    last_seen = (clock.now_ms(), "198.51.100.3")
    assert await seen_from("198.51.100.3") == last_seen
    await server.restart()
    rows = await server.app.driver.query("SELECT last_seen_ts, last_seen_ip FROM devices")
    assert rows == [last_seen]


async def test_deleting_a_device_needs_the_password(server: Server) -> None:
    phone, laptop = await server.register("alice"), await server.login("alice")
    status, _ = await confirmed(laptop, "DELETE", f"/devices/{phone.device_id}", {})
    assert status == 200
    assert (await phone.attempt("GET", "/account/whoami"))[0] == 401
    assert await device_ids(laptop) == {laptop.device_id}


async def test_a_wrong_password_may_be_tried_again_in_the_session(server: Server) -> None:
    phone, laptop = await server.register("alice"), await server.login("alice")
    path = f"/devices/{phone.device_id}"
    status, answer = await confirmed(laptop, "DELETE", path, {}, "wrong")
    assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")
    auth = {"type": "m.login.password", "password": laptop.password, "session": answer["session"]}
    assert (await laptop.attempt("DELETE", path, {"auth": auth}))[0] == 200


async def test_one_user_cannot_confirm_for_another(server: Server) -> None:
    alice, bob = await server.register("alice", password="alice's own"), await server.register("bob")
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "bob"},
        "password": bob.password,
    }
    status, answer = await alice.attempt("DELETE", f"/devices/{alice.device_id}", {"auth": auth})
    assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")
    # And a session is good for the operation that it was made for.
    status, challenge = await bob.attempt("DELETE", f"/devices/{bob.device_id}", {})
    status, answer = await alice.attempt(
        "DELETE", f"/devices/{alice.device_id}", {"auth": {"session": challenge["session"]}}
    )
    assert status == 401
    assert answer["session"] != challenge["session"]


async def test_deleting_several_devices(server: Server) -> None:
    one, two, three = await server.register("alice"), await server.login("alice"), await server.login("alice")
    devices = [one.device_id, two.device_id, two.device_id, "gone already", "a\0b"]
    assert (await confirmed(three, "POST", "/delete_devices", {"devices": devices}))[0] == 200
    assert await device_ids(three) == {three.device_id}
    status, answer = await three.attempt("POST", "/delete_devices", {"devices": ["x"] * 1001})
    assert (status, answer["errcode"]) == (400, "M_BAD_JSON")


async def test_one_cannot_delete_the_devices_of_others(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    assert (await confirmed(bob, "DELETE", f"/devices/{alice.device_id}", {}))[0] == 200
    await alice.get("/account/whoami")


async def test_each_removed_device_is_a_fact(server: Server) -> None:
    told: asyncio.Queue[DeviceRemoved] = asyncio.Queue()
    server.app.facts.handle(DeviceRemoved, told.put)
    phone, laptop = await server.register("alice"), await server.login("alice")
    await phone.post("/logout")
    await laptop.post("/logout/all")
    async with asyncio.timeout(5):
        facts = [await told.get(), await told.get()]
    assert {fact.device_id for fact in facts} == {phone.device_id, laptop.device_id}


@pytest.mark.parametrize("logout_devices", [True, False])
async def test_changing_the_password(server: Server, logout_devices: bool) -> None:
    phone, laptop = await server.register("alice"), await server.login("alice")
    body = {"new_password": "another good one", "logout_devices": logout_devices}
    assert (await confirmed(laptop, "POST", "/account/password", body))[0] == 200
    await laptop.get("/account/whoami")
    assert (await phone.attempt("GET", "/account/whoami"))[0] == (401 if logout_devices else 200)
    old = {"type": "m.login.password", "user": "alice", "password": phone.password}
    assert (await server.request("POST", "/login", old))[0] == 403
    await server.login("alice", password="another good one")


async def test_weak_new_passwords(server: Server) -> None:
    alice = await server.register("alice")
    status, answer = await alice.attempt("POST", "/account/password", {"new_password": "short"})
    assert (status, answer["errcode"]) == (400, "M_WEAK_PASSWORD")


async def test_deactivating_an_account(server: Server) -> None:
    alice = await server.register("alice")
    status, answer = await confirmed(alice, "POST", "/account/deactivate", {})
    assert (status, answer) == (200, {"id_server_unbind_result": "success"})
    assert (await alice.attempt("GET", "/account/whoami"))[0] == 401
    body = {"type": "m.login.password", "user": "alice", "password": alice.password}
    assert (await server.request("POST", "/login", body))[1]["errcode"] == "M_FORBIDDEN"
    status, answer = await server.request("GET", "/register/available", query={"username": "alice"})
    assert answer["errcode"] == "M_USER_IN_USE"


async def test_no_third_party_identifiers(server: Server) -> None:
    alice = await server.register("alice")
    assert await alice.get("/account/3pid") == {"threepids": []}
