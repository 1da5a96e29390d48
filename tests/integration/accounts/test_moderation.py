"""Suspension, whois, and what administrators are told they can do. spec: client-server §Account moderation"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.accounts.confirming import administrator, confirmed, eventually
from tests.integration.accounts.operator import operator
from tests.integration.rooms.paths import room_path

SUSPEND = "/_matrix/client/v1/admin/suspend"
LOCK = "/_matrix/client/v1/admin/lock"
SUSPENDED = (403, "M_USER_SUSPENDED")


@pytest.fixture
async def root(server: Server) -> Client:
    return await administrator(server)


async def test_what_a_suspended_user_may_not(server: Server, root: Client) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id, other = await bob.create_room(preset="public_chat"), await bob.create_room(preset="public_chat")
    await alice.join(room_id)
    theirs = await bob.send(room_id)
    await bob.set_state(room_id, "m.room.power_levels", {"users": {alice.user_id: 50}})
    assert await root.put(f"{SUSPEND}/{alice.user_id}", {"suspended": True}) == {"suspended": True}
    refused: list[tuple[str, str, Any]] = [
        ("PUT", room_path(room_id, "send", "m.room.message", "t1"), {"msgtype": "m.text", "body": "no"}),
        ("PUT", room_path(room_id, "state", "m.room.name", ""), {"name": "no"}),
        ("PUT", room_path(room_id, "redact", theirs, "t2"), {}),
        ("POST", room_path(other, "join"), {}),
        ("POST", f"/join/{other}", {}),
        ("POST", f"/knock/{other}", {}),
        ("POST", room_path(room_id, "invite"), {"user_id": root.user_id}),
        ("POST", room_path(room_id, "kick"), {"user_id": bob.user_id}),
        ("POST", "/createRoom", {}),
        ("PUT", f"/profile/{alice.user_id}/displayname", {"displayname": "x"}),
        ("PUT", f"/user/{alice.user_id}/account_data/org.example", {"a": 1}),
        ("POST", "/account/password", {"new_password": "correct horse"}),
        ("PUT", room_path(room_id, "typing", alice.user_id), {"typing": True}),
    ]
    for method, path, body in refused:
        status, answer = await alice.attempt(method, path, body)
        assert (status, answer["errcode"]) == SUSPENDED, path


async def test_what_a_suspended_user_may(server: Server, root: Client) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await bob.create_room(preset="public_chat")
    await alice.join(room_id)
    own = await alice.send(room_id, "mine")
    invited = await bob.create_room(invite=[alice.user_id])
    await root.put(f"{SUSPEND}/{alice.user_id}", {"suspended": True})
    await server.restart()

    laptop = await server.login("alice")
    await bob.send(room_id, "to everyone")
    assert (await laptop.timeline(room_id))[-1] == "to everyone"
    await laptop.sync()
    await laptop.put(f"/user/{alice.user_id}/account_data/m.cross_signing.master", {"encrypted": {}})
    await laptop.put(room_path(room_id, "redact", own, "t1"), {})
    await laptop.post(room_path(invited, "leave"))
    await laptop.post(room_path(room_id, "leave"))
    capabilities = (await laptop.get("/capabilities"))["capabilities"]
    assert capabilities["m.set_displayname"] == {"enabled": False}
    assert (await confirmed(laptop, "DELETE", f"/devices/{alice.device_id}"))[0] == 200
    await laptop.post("/logout")
    laptop = await server.login("alice")
    assert (await confirmed(laptop, "POST", "/account/deactivate"))[0] == 200


async def test_suspending_and_not_is_in_force_at_once(server: Server, root: Client) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    await alice.send(room_id)
    await root.put(f"{SUSPEND}/{alice.user_id}", {"suspended": True})
    assert await root.get(f"{SUSPEND}/{alice.user_id}") == {"suspended": True}
    status, _ = await alice.attempt("PUT", room_path(room_id, "send", "m.room.message", "t1"), {"body": "x"})
    assert status == 403
    # A lock comes and goes over it.
    await root.put(f"{LOCK}/{alice.user_id}", {"locked": True})
    await root.put(f"{LOCK}/{alice.user_id}", {"locked": False})
    assert await root.get(f"{SUSPEND}/{alice.user_id}") == {"suspended": True}
    await root.put(f"{SUSPEND}/{alice.user_id}", {"suspended": False})
    await alice.send(room_id)


async def test_a_suspended_user_hears_the_server(server: Server, root: Client) -> None:
    alice = await server.register("alice")
    await root.put(f"{SUSPEND}/{alice.user_id}", {"suspended": True})
    body = {"user_id": alice.user_id, "body": "Please read the rules."}
    status, sent = await operator(server, "POST", "/server_notices", body)
    assert status == 200
    await alice.join(sent["room_id"])
    assert await alice.timeline(sent["room_id"]) == ["Please read the rules."]


@pytest.mark.parametrize("kind", ["lock", "suspend"])
async def test_who_may_do_it(server: Server, root: Client, kind: str) -> None:
    alice, other = await server.register("alice"), await administrator(server, "second")
    path, body = f"/_matrix/client/v1/admin/{kind}", {f"{kind}ed" if kind == "lock" else "suspended": True}
    attempts = [
        (alice, "GET", root.user_id, 403, "M_FORBIDDEN"),
        # Who is no administrator does not learn whom there is.
        (alice, "GET", "@nobody:example.org", 403, "M_FORBIDDEN"),
        (alice, "PUT", root.user_id, 403, "M_FORBIDDEN"),
        (root, "PUT", root.user_id, 403, "M_FORBIDDEN"),
        (root, "PUT", other.user_id, 403, "M_FORBIDDEN"),
        (root, "GET", other.user_id, 403, "M_FORBIDDEN"),
        (root, "GET", "@nobody:example.org", 404, "M_NOT_FOUND"),
        (root, "PUT", "@bob:elsewhere.org", 400, "M_INVALID_PARAM"),
    ]
    for client, method, target, status, errcode in attempts:
        answer = await client.attempt(method, f"{path}/{target}", body if method == "PUT" else None)
        assert (answer[0], answer[1]["errcode"]) == (status, errcode), (method, target)
    capabilities = (await root.get("/capabilities"))["capabilities"]
    assert capabilities["m.account_moderation"] == {"lock": True, "suspend": True}
    assert "m.account_moderation" not in (await alice.get("/capabilities"))["capabilities"]


async def test_a_waiting_sync_ends_with_the_lock(server: Server, root: Client) -> None:
    alice = await server.register("alice")
    await alice.sync()
    for change, errcode in (("lock", "M_USER_LOCKED"), ("logout", "M_UNKNOWN_TOKEN")):
        waiting = asyncio.create_task(alice.attempt("GET", "/sync", since=alice.next_batch, timeout=60_000))
        await eventually(partial(_waits, _feeds(server)[alice.user_id]))
        if change == "lock":
            await root.put(f"{LOCK}/{alice.user_id}", {"locked": True})
        else:
            await alice.post("/logout")
        async with asyncio.timeout(30):
            status, answer = await waiting
        assert (status, answer["errcode"]) == (401, errcode)
        if change == "lock":
            assert answer["soft_logout"] is True
            await root.put(f"{LOCK}/{alice.user_id}", {"locked": False})


async def _waits(feed: Any) -> bool:
    return bool(feed.waiters)


def _feeds(server: Server) -> dict[str, Any]:
    route, _ = server.app.routes.find("GET", b"/_matrix/client/v3/sync")
    cells = getattr(route.endpoint, "__closure__")  # noqa: B009 - mypy knows of no closure
    sync = next(cell.cell_contents for cell in cells if hasattr(cell.cell_contents, "feeds"))
    feeds: dict[str, Any] = sync.feeds._feeds
    return feeds


async def test_whois(server: Server, root: Client) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    await alice.get("/account/whoami")
    for client in (alice, root):
        answer = await client.get(f"/admin/whois/{alice.user_id}")
        connection = answer["devices"][alice.device_id]["sessions"][0]["connections"][0]
        assert (answer["user_id"], connection["ip"]) == (alice.user_id, "127.0.0.1")
    assert (await bob.attempt("GET", f"/admin/whois/{alice.user_id}"))[1]["errcode"] == "M_FORBIDDEN"
    assert (await root.attempt("GET", "/admin/whois/@nobody:example.org"))[0] == 404
    _, log = await operator(server, "GET", "/audit")
    looks = [(entry["actor"], entry["object"]) for entry in log["entries"] if entry["permission"] == "users.whois"]
    assert looks == [(root.user_id, alice.user_id)]


async def test_the_operator_locks_and_suspends(server: Server) -> None:
    alice = await server.register("alice")
    for change, body, status in (
        ("lock", {"locked": True, "reason": "asked for it"}, 401),
        ("lock", {"locked": False}, 200),
        ("suspend", {"suspended": True}, 403),
        ("suspend", {"suspended": False}, 200),
    ):
        assert (await operator(server, "PUT", f"/users/alice/{change}", body))[0] == 200
        assert (await alice.attempt("POST", "/createRoom", {}))[0] == status
    assert (await operator(server, "PUT", "/users/nobody/lock", {"locked": True}))[1]["errcode"] == "M_NOT_FOUND"
    _, log = await operator(server, "GET", "/audit")
    entries = [(entry["permission"], entry["reason"]) for entry in reversed(log["entries"])]
    assert entries == [
        ("users.lock", "asked for it"),
        ("users.unlock", ""),
        ("users.suspend", ""),
        ("users.unsuspend", ""),
        ("audit.read", ""),
    ]
