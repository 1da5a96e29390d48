"""A service is asked for users and rooms that are not there yet, and the look-up goes on."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest

from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.appservices.bridge import Bridge


@pytest.fixture
async def alice(bridged: Server) -> Client:
    return await bridged.register("alice")


@pytest.fixture
def making(bridged: Server, bridge: Bridge) -> list[str]:
    """The service makes what it is asked for; what that was."""
    asked: list[str] = []

    async def make(path: str) -> bool:
        kind, _, name = path[1:].partition("/")
        name = unquote(name)
        asked.append(name)
        if "missing" in name:
            return False
        if kind == "users":
            await bridge.ghost(bridged, name[1:].partition(":")[0])
        else:
            bot = bridge.client(bridged)
            await bot.create_room(preset="public_chat", room_alias_name=name[1:].partition(":")[0])
        return True

    bridge.on_query = make
    return asked


async def test_an_unknown_ghost_can_be_invited_and_looked_at(
    bridged: Server, bridge: Bridge, alice: Client, making: list[str]
) -> None:
    room_id = await alice.create_room()
    await alice.invite(room_id, "@_irc_bob:example.org")
    await alice.create_room(invite=["@_irc_carol:example.org"])
    assert await alice.get("/profile/@_irc_dave:example.org") == {}
    content = {"membership": "invite"}
    await alice.set_state(room_id, "m.room.member", content, "@_irc_eve:example.org")
    assert making == [f"@_irc_{name}:example.org" for name in ("bob", "carol", "dave", "eve")]
    status, answer = await alice.attempt("GET", "/profile/@_irc_missing:example.org")
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    assert (await alice.attempt("GET", "/profile/@nobody:example.org"))[0] == 404
    assert "@nobody:example.org" not in making


async def test_an_unknown_alias_can_be_joined(bridged: Server, alice: Client, making: list[str]) -> None:
    await alice.join("#_irc_lounge:example.org")
    found = await alice.get(f"/directory/room/{quote('#_irc_other:example.org')}")
    assert found["room_id"].startswith("!")
    assert making == ["#_irc_lounge:example.org", "#_irc_other:example.org"]
    assert (await alice.attempt("POST", f"/join/{quote('#_irc_missing:example.org')}"))[0] == 404
    assert (await alice.attempt("POST", f"/join/{quote('#other:example.org')}"))[0] == 404


async def test_who_looks_is_told_when_the_service_does_not_answer(
    bridged: Server, bridge: Bridge, alice: Client
) -> None:
    asked = []

    async def broken(path: str) -> Any:
        asked.append(path)
        raise RuntimeError("broken")

    bridge.on_query = broken
    status, _ = await alice.attempt("POST", f"/join/{quote('#_irc_lounge:example.org')}")
    assert status == 408
    assert len(asked) == 3
    await bridge.stop()
    assert (await alice.attempt("POST", f"/join/{quote('#_irc_lounge:example.org')}"))[0] == 408
    assert (await alice.attempt("POST", f"/join/{quote('#lounge:example.org')}"))[0] == 404


async def test_older_services_are_asked_on_the_older_path(bridged: Server, bridge: Bridge, alice: Client) -> None:
    bridge.is_legacy = True

    async def make(path: str) -> bool:
        assert path == "/users/%40_irc_bob%3Aexample.org"
        await bridge.ghost(bridged, "_irc_bob")
        return True

    bridge.on_query = make
    await alice.invite(await alice.create_room(), "@_irc_bob:example.org")
    assert bridge.queries[-1].endswith("?access_token=hs-irc")


async def test_a_server_without_services_asks_nobody(make_server: MakeServer) -> None:
    server = await make_server()
    alice = await server.register("alice")
    assert (await alice.attempt("GET", "/profile/@_irc_bob:example.org"))[0] == 404
    assert await alice.get("/thirdparty/protocols") == {}
    assert (await alice.attempt("GET", "/thirdparty/protocol/irc"))[0] == 404
    status, answer = await alice.attempt("POST", "/_matrix/client/v1/appservice/irc/ping", {})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    body = {"type": "m.login.application_service", "identifier": {"type": "m.id.user", "user": "x"}}
    assert (await server.request("POST", "/login", body))[1]["errcode"] == "M_MISSING_TOKEN"
