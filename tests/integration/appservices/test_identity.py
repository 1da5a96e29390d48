"""Acting as users: whom a service may register, sign in, and ask as; and what is reserved for it."""

from __future__ import annotations

import json

import pytest

from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.appservices.bridge import Bridge
from tests.integration.appservices.conftest import MakeBridge

TYPE = "m.login.application_service"


async def test_the_sender_exists_and_the_service_is_it_by_itself(bridged: Server, bridge: Bridge) -> None:
    answer = await bridged.request("GET", "/account/whoami", token=bridge.as_token)
    assert answer == (200, {"user_id": "@ircbot:example.org", "is_guest": False})


async def test_ghosts_are_registered_without_a_device_or_with_one(bridged: Server, bridge: Bridge) -> None:
    body = {"type": TYPE, "username": "_irc_one", "inhibit_login": True}
    assert await bridged.request("POST", "/register", body, bridge.as_token) == (
        200,
        {"user_id": "@_irc_one:example.org"},
    )
    status, again = await bridged.request("POST", "/register", body, bridge.as_token)
    assert (status, again["errcode"]) == (400, "M_USER_IN_USE")
    body = {"type": TYPE, "username": "_irc_two", "device_id": "DEV"}
    status, answer = await bridged.request("POST", "/register", body, bridge.as_token)
    assert (status, answer["device_id"]) == (200, "DEV")
    status, me = await bridged.request("GET", "/account/whoami", token=answer["access_token"])
    assert me == {"user_id": "@_irc_two:example.org", "device_id": "DEV", "is_guest": False}


@pytest.mark.parametrize("path", ["/register", "/login"])
async def test_without_a_valid_token_nothing_is_registered_or_signed_in(
    bridged: Server, bridge: Bridge, path: str
) -> None:
    alice = await bridged.register("alice")
    body = {"type": TYPE, "username": "_irc_one", "identifier": {"type": "m.id.user", "user": "_irc_one"}}
    for token, errcode in (
        (None, "M_MISSING_TOKEN"),
        ("nonsense", "M_UNKNOWN_TOKEN"),
        (alice.token, "M_UNKNOWN_TOKEN"),
    ):
        # Not held against the schema of this answer, which knows interactive authentication alone.
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        full = f"/_matrix/client/v3{path}"
        status, _, answer = await bridged.raw("POST", full, json.dumps(body).encode(), headers)
        assert (status, json.loads(answer)["errcode"]) == (401, errcode)
    body = {"type": TYPE, "username": "bob", "identifier": {"type": "m.id.user", "user": "alice"}}
    status, refused = await bridged.request("POST", path, body, bridge.as_token)
    assert (status, refused["errcode"]) == (400, "M_EXCLUSIVE")


async def test_registration_by_services_works_where_it_is_closed_and_is_not_limited(
    make_server: MakeServer, bridge: Bridge
) -> None:
    server = await make_server(
        ROOMKEEPER_APPSERVICES=str(bridge.file), ROOMKEEPER_REGISTRATION="closed", ROOMKEEPER_RATE_LIMITS="on"
    )
    for number in range(40):
        await bridge.ghost(server, f"_irc_{number}")
    body = {"username": "x", "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
    statuses = {(await server.request("POST", "/register", body))[0] for _ in range(20)}
    assert statuses == {403, 429}


async def test_rate_limits_are_for_ghosts_of_services_that_want_them_and_not_for_the_sender(
    make_server: MakeServer, make_bridge: MakeBridge
) -> None:
    free, limited = await make_bridge("free"), await make_bridge("limited", rate_limited=True)
    server = await make_server(ROOMKEEPER_APPSERVICES=f"{free.file},{limited.file}", ROOMKEEPER_RATE_LIMITS="on")
    statuses = {}
    for bridge in (free, limited):
        ghost, bot = await bridge.ghost(server, f"_{bridge.name}_one"), bridge.client(server)
        for client in (ghost, bot):
            found = {(await client.attempt("POST", "/createRoom", {}))[0] for _ in range(30)}
            statuses[client.user_id] = found
    assert statuses == {
        "@_free_one:example.org": {200},
        "@freebot:example.org": {200},
        "@_limited_one:example.org": {200, 429},
        "@limitedbot:example.org": {200},
    }


async def test_a_service_signs_in_as_a_ghost(bridged: Server, bridge: Bridge) -> None:
    await bridge.ghost(bridged, "_irc_one")
    body = {"type": TYPE, "identifier": {"type": "m.id.user", "user": "_irc_one"}, "device_id": "DEV"}
    status, answer = await bridged.request("POST", "/login", body, bridge.as_token)
    assert (status, answer["user_id"], answer["device_id"]) == (200, "@_irc_one:example.org", "DEV")
    assert (await bridged.request("GET", "/account/whoami", token=answer["access_token"]))[0] == 200
    body["identifier"] = {"type": "m.id.user", "user": "_irc_nobody"}
    assert (await bridged.request("POST", "/login", body, bridge.as_token))[1]["errcode"] == "M_FORBIDDEN"
    flows = (await bridged.request("GET", "/login"))[1]["flows"]
    assert {"type": TYPE} in flows


async def test_a_service_acts_as_its_own_users_alone(bridged: Server, bridge: Bridge) -> None:
    alice = await bridged.register("alice")
    ghost = await bridge.ghost(bridged, "_irc_one")
    assert (await ghost.get("/account/whoami"))["user_id"] == ghost.user_id
    for user_id in (alice.user_id, "@_irc_one:elsewhere.org", "nonsense", "@_irc_two:example.org"):
        query = {"user_id": user_id}
        status, answer = await bridged.request("GET", "/account/whoami", token=bridge.as_token, query=query)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN"), user_id
    # An ordinary token is what it is, whatever the query says.
    assert (await alice.get("/account/whoami", user_id=ghost.user_id))["user_id"] == alice.user_id


async def test_a_locked_ghost_can_do_nothing_until_it_is_unlocked(bridged: Server, bridge: Bridge) -> None:
    ghost = await bridge.ghost(bridged, "_irc_one")
    await ghost.get("/account/whoami")
    body = {"user": "root", "password": "correct horse battery", "admin": True}
    assert (await operator(bridged, "POST", "/users", body))[0] == 200
    root = await bridged.login("root")
    path = f"/_matrix/client/v1/admin/lock/{ghost.user_id}"
    await root.put(path, {"locked": True})
    status, answer = await ghost.attempt("GET", "/account/whoami")
    assert (status, answer["errcode"]) == (401, "M_USER_LOCKED")
    await root.put(path, {"locked": False})
    await ghost.get("/account/whoami")


async def test_devices_are_named_made_and_deleted(bridged: Server, bridge: Bridge) -> None:
    ghost = await bridge.ghost(bridged, "_irc_one")
    status, answer = await ghost.attempt("GET", "/account/whoami", device_id="DEV")
    assert (status, answer["errcode"]) == (400, "M_UNKNOWN_DEVICE")
    assert (await ghost.attempt("PUT", "/devices/DEV", {"display_name": "Bridge"}))[0] == 201
    assert (await ghost.attempt("PUT", "/devices/DEV", {"display_name": "The bridge"}))[0] == 200
    assert (await ghost.get("/devices/DEV"))["display_name"] == "The bridge"
    assert (await ghost.get("/account/whoami", device_id="DEV"))["device_id"] == "DEV"
    room_id = await ghost.create_room()
    path = f"/rooms/{room_id}/send/m.room.message/t1"
    sent = await ghost.put(path, {"body": "x"}, device_id="DEV")
    assert await ghost.put(path, {"body": "x"}, device_id="DEV") == sent
    await ghost.delete("/devices/DEV")
    assert (await ghost.attempt("GET", "/account/whoami", device_id="DEV"))[0] == 400
    await ghost.attempt("PUT", "/devices/DEV", {})
    assert (await ghost.get("/account/whoami", device_id="DEV"))["device_id"] == "DEV"
    await ghost.post("/delete_devices", {"devices": ["DEV"]})
    assert (await ghost.get("/devices"))["devices"] == []
    # Others make none this way.
    alice = await bridged.register("alice")
    assert (await alice.attempt("PUT", "/devices/NEW", {"display_name": "x"}))[0] == 404


async def test_events_of_services_may_be_older(bridged: Server, bridge: Bridge) -> None:
    ghost, alice = await bridge.ghost(bridged, "_irc_one"), await bridged.register("alice")
    room_id = await ghost.create_room(invite=[alice.user_id])
    await alice.join(room_id)
    sent = await ghost.put(f"/rooms/{room_id}/send/m.room.message/t1", {"body": "old"}, ts=1000)
    event = await alice.get(f"/rooms/{room_id}/event/{sent['event_id']}")
    assert event["origin_server_ts"] == 1000
    await ghost.put(f"/rooms/{room_id}/state/m.room.topic/", {"topic": "x"}, ts=0)
    topic = await alice.get(f"/rooms/{room_id}/state/m.room.topic/", format="event")
    assert topic["origin_server_ts"] == 0
    for wrong in ("x", "-1", "1.5", str(2**53), "9" * 30):
        status, answer = await ghost.attempt("PUT", f"/rooms/{room_id}/send/m.room.message/t2", {}, ts=wrong)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    sent = await alice.put(f"/rooms/{room_id}/send/m.room.message/t1", {"body": "now"}, ts=1000)
    event = await alice.get(f"/rooms/{room_id}/event/{sent['event_id']}")
    assert event["origin_server_ts"] > 1000


async def test_names_of_an_exclusive_namespace_are_for_nobody_else(
    make_server: MakeServer, make_bridge: MakeBridge
) -> None:
    irc = await make_bridge("irc")
    shared = {"users": [{"exclusive": False, "regex": "@_open_.*"}], "aliases": [], "rooms": []}
    other = await make_bridge("open", namespaces=shared)
    server = await make_server(ROOMKEEPER_APPSERVICES=f"{irc.file},{other.file}")
    body = {"username": "_irc_x", "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
    status, answer = await server.request("POST", "/register", body)
    assert (status, answer["errcode"]) == (400, "M_EXCLUSIVE")
    status, answer = await server.request("GET", "/register/available", query={"username": "_irc_x"})
    assert (status, answer["errcode"]) == (400, "M_EXCLUSIVE")
    status, answer = await server.request("GET", "/register/available", query={"username": "ircbot"})
    assert (status, answer["errcode"]) == (400, "M_EXCLUSIVE")
    await server.register("_open_x")
    wrong = {"type": TYPE, "username": "_irc_x", "inhibit_login": True}
    assert (await server.request("POST", "/register", wrong, other.as_token))[1]["errcode"] == "M_EXCLUSIVE"


async def test_aliases_of_an_exclusive_namespace_are_the_services_own(bridged: Server, bridge: Bridge) -> None:
    alice, bot = await bridged.register("alice"), bridge.client(bridged)
    room_id = await alice.create_room()
    own = "/directory/room/%23_irc_chat:example.org"
    status, answer = await alice.attempt("PUT", own, {"room_id": room_id})
    assert (status, answer["errcode"]) == (400, "M_EXCLUSIVE")
    status, answer = await alice.attempt("POST", "/createRoom", {"room_alias_name": "_irc_chat"})
    assert (status, answer["errcode"]) == (400, "M_EXCLUSIVE")
    # The service need not be in the room.
    await bot.put(own, {"room_id": room_id})
    assert (await alice.get(own))["room_id"] == room_id
    assert (await alice.attempt("DELETE", own))[1]["errcode"] == "M_EXCLUSIVE"
    await bot.delete(own)
    assert (await bot.attempt("PUT", own, {"room_id": "!nowhere:example.org"}))[0] == 404
    other = "/directory/room/%23other:example.org"
    assert (await bot.attempt("PUT", other, {"room_id": room_id}))[1]["errcode"] == "M_EXCLUSIVE"
    await alice.put(other, {"room_id": room_id})
    made = await bot.create_room(room_alias_name="_irc_mine")
    assert (await alice.get("/directory/room/%23_irc_mine:example.org"))["room_id"] == made


async def test_mutual_rooms_name_somebody_else_than_who_asks(bridged: Server, bridge: Bridge) -> None:
    alice, ghost, bot = await bridged.register("alice"), await bridge.ghost(bridged, "_irc_one"), bridge.client(bridged)
    room_id = await alice.create_room(preset="public_chat")
    await ghost.join(room_id)
    path = "/_matrix/client/v1/mutual_rooms"

    async def shared(*user_ids: str) -> tuple[int, list[str]]:
        query = "&".join(f"user_id={user_id}" for user_id in user_ids)
        status, answer = await bridged.request("GET", f"{path}?{query}", token=bridge.as_token)
        return status, answer.get("joined", [])

    assert await shared(alice.user_id) == (200, [])
    assert await shared(ghost.user_id, alice.user_id) == (200, [room_id])
    await bot.join(room_id)
    assert await shared(alice.user_id) == (200, [room_id]), "one user_id: the service asks by itself"
    assert await shared(alice.user_id, ghost.user_id) == (403, []), "not one of its users"


async def test_a_service_that_does_not_say_so_registers_like_anybody(make_server: MakeServer, bridge: Bridge) -> None:
    server = await make_server(ROOMKEEPER_APPSERVICES=str(bridge.file))
    for body, status, errcode in (
        ({"username": "_irc_one", "inhibit_login": True}, 400, "M_EXCLUSIVE"),
        ({"username": "_irc_one", "password": "correct horse battery", "auth": {"type": TYPE}}, 400, "M_EXCLUSIVE"),
        ({"username": "free", "password": "correct horse battery", "auth": {"type": TYPE}}, 401, "M_FORBIDDEN"),
    ):
        for token in (bridge.as_token, None):
            answer = await server.request("POST", "/register", body, token)
            assert (answer[0], answer[1].get("errcode")) == (status, errcode)
    assert (await server.request("GET", "/profile/@free:example.org"))[0] == 404
