"""Guests: what they may, what not, and how they become users. spec: client-server §Guest Access"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.accounts.confirming import eventually
from tests.integration.rooms.paths import room_path

FORBIDDEN = (403, "M_GUEST_ACCESS_FORBIDDEN")


@pytest.fixture
async def server(make_server: MakeServer) -> Server:
    return await make_server(ROOMKEEPER_ACCOUNTS_GUESTS="on")


async def guest_of(server: Server, body: Any = None) -> Client:
    status, answer = await server.request("POST", "/register?kind=guest", body or {})
    assert status == 200, answer
    return Client(server, answer["user_id"], answer["device_id"], answer["access_token"], "")


async def open_room(owner: Client, **extra: Any) -> str:
    state = [{"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "can_join"}}]
    return await owner.create_room(preset="public_chat", initial_state=state, **extra)


async def test_they_are_a_setting(make_server: MakeServer) -> None:
    server = await make_server()
    status, answer = await server.request("POST", "/register?kind=guest", {})
    assert (status, answer["errcode"]) == FORBIDDEN


async def test_registering_ignores_what_else_is_asked_for(server: Server) -> None:
    body = {"username": 5, "password": [], "device_id": "MINE", "initial_device_display_name": "Phone"}
    guest = await guest_of(server, body)
    assert guest.device_id != "MINE"
    assert (await guest.get(f"/devices/{guest.device_id}"))["display_name"] == "Phone"
    assert (await guest.get("/account/whoami"))["is_guest"] is True
    login = {"type": "m.login.password", "user": guest.user_id, "password": ""}
    assert (await server.request("POST", "/login", login))[0] == 403


async def test_what_a_guest_may_and_may_not(server: Server) -> None:
    alice, guest = await server.register("alice"), await guest_of(server)
    room_id = await open_room(alice)
    await guest.post(room_path(room_id, "join"))
    await guest.send(room_id, "hello from a guest")
    await guest.put(f"/profile/{guest.user_id}/displayname", {"displayname": "Visitor"})
    for path in ("state", "messages?dir=b", "members"):
        await guest.get(room_path(room_id) + "/" + path)
    await guest.sync()
    await guest.get("/devices")
    refused: list[tuple[str, str, Any]] = [
        ("POST", "/createRoom", {}),
        ("POST", f"/join/{room_id}", {}),
        ("POST", room_path(room_id, "invite"), {"user_id": alice.user_id}),
        ("PUT", f"/profile/{guest.user_id}/avatar_url", {"avatar_url": "mxc://example.org/x"}),
        ("GET", "/capabilities", None),
        ("GET", "/joined_rooms", None),
        ("GET", "/voip/turnServer", None),
        ("POST", "/account/password", {"new_password": "correct horse"}),
        ("POST", "/search", {"search_categories": {}}),
    ]
    for method, path, body in refused:
        status, answer = await guest.attempt(method, path, body)
        assert (status, answer["errcode"]) == FORBIDDEN, path
    await guest.post(room_path(room_id, "leave"))
    await guest.post("/logout")


async def test_a_room_must_admit_guests(server: Server) -> None:
    alice, guest = await server.register("alice"), await guest_of(server)
    closed = await alice.create_room(preset="public_chat")
    status, answer = await guest.attempt("POST", room_path(closed, "join"), {})
    assert (status, answer["errcode"]) == FORBIDDEN
    status, answer = await guest.attempt(
        "PUT", room_path(closed, "state", "m.room.member", guest.user_id), {"membership": "join"}
    )
    assert (status, answer["errcode"]) == FORBIDDEN


async def test_guests_go_when_a_room_admits_them_no_more(server: Server) -> None:
    alice, bob, guest = await server.register("alice"), await server.register("bob"), await guest_of(server)
    room_id = await open_room(alice)
    for client in (bob, guest):
        await client.post(room_path(room_id, "join"))
    await alice.set_state(room_id, "m.room.guest_access", {"guest_access": "forbidden"})

    async def gone() -> bool:
        members = (await alice.get(room_path(room_id, "joined_members")))["joined"]
        return set(members) == {alice.user_id, bob.user_id}

    await eventually(gone)


async def test_a_guest_becomes_a_user(server: Server) -> None:
    guest, stranger = await guest_of(server), await server.register("bob")
    name = guest.user_id[1:].partition(":")[0]
    body = {"password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
    for wrong in (
        {"username": "another", "guest_access_token": guest.token},
        {"guest_access_token": guest.token},
    ):
        assert (await server.request("POST", "/register", {**body, **wrong}))[1]["errcode"] == "M_INVALID_PARAM"
    for token in ("x", stranger.token):
        wrong = {"username": "bob", "guest_access_token": token}
        assert (await server.request("POST", "/register", {**body, **wrong}))[1]["errcode"] == "M_FORBIDDEN"
    right = {**body, "username": name, "guest_access_token": guest.token}
    status, answer = await server.request("POST", "/register", right)
    assert (status, answer["user_id"], answer["device_id"]) == (200, guest.user_id, guest.device_id)
    user = Client(server, answer["user_id"], answer["device_id"], answer["access_token"], "")
    assert (await user.get("/account/whoami"))["is_guest"] is False
    await user.create_room()
    await server.login(name)
    assert (await server.request("POST", "/register", right))[1]["errcode"] == "M_FORBIDDEN"
