"""Networks behind services: protocols, places, people, their lists of rooms; and pings."""

from __future__ import annotations

from typing import Any

from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.appservices.bridge import Bridge
from tests.integration.appservices.conftest import MakeBridge

PING = "/_matrix/client/v1/appservice/irc/ping"


def protocol(network: str) -> dict[str, Any]:
    return {
        "user_fields": ["network", "nickname"],
        "location_fields": ["network", "channel"],
        "icon": "mxc://example.org/icon",
        "field_types": {"network": {"regexp": ".*", "placeholder": "irc.example.org"}},
        "instances": [{"network_id": network, "desc": network.title(), "fields": {"network": network}}],
    }


async def test_protocols_of_all_services_are_put_together(make_server: MakeServer, make_bridge: MakeBridge) -> None:
    one, two = await make_bridge("one", protocols=["irc"]), await make_bridge("two", protocols=["irc", "gitter"])
    odd = await make_bridge("odd", protocols=["irc"])
    server = await make_server(ROOMKEEPER_APPSERVICES=f"{one.file},{two.file},{odd.file}")
    alice = await server.register("alice")
    one.answers["/thirdparty/protocol/irc"] = protocol("freenode")
    two.answers["/thirdparty/protocol/irc"] = protocol("oftc")
    odd.answers["/thirdparty/protocol/irc"] = {"instances": "nonsense"}
    found = await alice.get("/thirdparty/protocols")
    assert list(found) == ["irc"]
    instances = found["irc"]["instances"]
    assert [(each["network_id"], each["instance_id"]) for each in instances] == [
        ("freenode", "one|freenode"),
        ("oftc", "two|oftc"),
    ]
    assert await alice.get("/thirdparty/protocol/irc") == found["irc"]
    status, answer = await alice.attempt("GET", "/thirdparty/protocol/xmpp")
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    asked = len(one.queries)
    await one.stop()
    assert await alice.get("/thirdparty/protocols") == found
    assert len(one.queries) == asked
    assert (await server.request("GET", "/thirdparty/protocols"))[0] == 401


async def test_places_and_people_are_found(make_server: MakeServer, make_bridge: MakeBridge) -> None:
    one, two = await make_bridge("one", protocols=["irc"]), await make_bridge("two", protocols=["irc"])
    server = await make_server(ROOMKEEPER_APPSERVICES=f"{one.file},{two.file}")
    alice = await server.register("alice")
    place = {"alias": "#_one_chat:example.org", "protocol": "irc", "fields": {"channel": "#chat"}}
    person = {"userid": "@_two_bob:example.org", "protocol": "irc", "fields": {"nickname": "bob"}}
    one.answers["/thirdparty/location/irc"] = one.answers["/thirdparty/location"] = [place]
    two.answers["/thirdparty/location/irc"] = [{**place, "alias": "#_two_chat:example.org"}]
    two.answers["/thirdparty/user/irc"] = two.answers["/thirdparty/user"] = [person]
    one.answers["/thirdparty/user/irc"] = {"not": "a list"}
    found: Any = await alice.get("/thirdparty/location/irc", channel="#chat & more", network="x")
    assert [each["alias"] for each in found] == ["#_one_chat:example.org", "#_two_chat:example.org"]
    assert one.queries[-1] == "/thirdparty/location/irc?channel=%23chat+%26+more&network=x"
    assert await found_by(alice, "/thirdparty/user/irc", nickname="bob") == [person]
    assert await found_by(alice, "/thirdparty/location", alias="#_one_chat:example.org") == [place]
    assert await found_by(alice, "/thirdparty/user", userid="@_two_bob:example.org") == [person]
    assert await found_by(alice, "/thirdparty/user", userid=alice.user_id) == []
    for path in ("location", "user"):
        assert (await alice.attempt("GET", f"/thirdparty/{path}/xmpp"))[0] == 404
        assert (await alice.attempt("GET", f"/thirdparty/{path}"))[0] == 400
    # As whom a service asks is not passed on.
    ghost = await one.ghost(server, "_one_x")
    await ghost.get("/thirdparty/location/irc", channel="a")
    assert one.queries[-1] == "/thirdparty/location/irc?channel=a"


async def found_by(client: Client, path: str, **query: str) -> Any:
    return await client.get(path, **query)


async def names(server: Any, **body: Any) -> list[str | None]:
    return [room.get("name") for room in (await server.post("/publicRooms", body))["chunk"]]


async def test_rooms_of_a_network_have_a_list_of_their_own(bridged: Server, bridge: Bridge) -> None:
    alice, bot = await bridged.register("alice"), bridge.client(bridged)
    portal = await alice.create_room(name="portal", preset="public_chat")
    await alice.create_room(name="listed", visibility="public")
    path = f"/directory/list/appservice/freenode/{portal}"
    status, answer = await alice.attempt("PUT", path, {"visibility": "public"})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert await names(alice, third_party_instance_id="irc|freenode") == []
    await bot.put(path, {"visibility": "public"})
    assert await names(alice, third_party_instance_id="irc|freenode") == ["portal"]
    assert await names(alice, third_party_instance_id="irc|oftc") == []
    assert await names(alice) == ["listed"]
    assert sorted(await names(alice, include_all_networks=True), key=str) == ["listed", "portal"]
    await bridged.restart()
    assert await names(alice, third_party_instance_id="irc|freenode") == ["portal"]
    await alice.set_state(portal, "m.room.name", {"name": "renamed"})
    assert await names(alice, third_party_instance_id="irc|freenode") == ["renamed"]
    await bot.put(path, {"visibility": "private"})
    assert await names(alice, third_party_instance_id="irc|freenode") == []
    assert await names(alice, include_all_networks=True) == ["listed"]
    assert (await bot.attempt("PUT", "/directory/list/appservice/x/!no:example.org", {"visibility": "public"}))[
        0
    ] == 404
    both = {"third_party_instance_id": "irc|freenode", "include_all_networks": True}
    assert (await alice.attempt("POST", "/publicRooms", both))[0] == 400


async def test_a_ping_goes_there_and_back(bridged: Server, bridge: Bridge, make_server: MakeServer) -> None:
    bot, alice = bridge.client(bridged), await bridged.register("alice")
    answer = await bot.post(PING, {"transaction_id": "meow"})
    assert isinstance(answer["duration_ms"], int)
    assert bridge.queries == ["/ping"]
    assert (await alice.attempt("POST", PING, {}))[1]["errcode"] == "M_FORBIDDEN"
    assert (await bot.attempt("POST", PING.replace("irc", "other"), {}))[1]["errcode"] == "M_FORBIDDEN"
    bridge.status = 403
    status, wrong = await bot.attempt("POST", PING, {})
    assert (status, wrong["errcode"], wrong["status"], wrong["body"]) == (502, "M_BAD_STATUS", 403, "{}")
    await bridge.stop()
    status, wrong = await bot.attempt("POST", PING, {})
    assert (status, wrong["errcode"]) == (502, "M_CONNECTION_FAILED")


async def test_a_ping_without_a_url_and_one_without_an_answer(
    make_server: MakeServer, make_bridge: MakeBridge, monkeypatch: Any
) -> None:
    silent, slow = await make_bridge("silent", url=None), await make_bridge("slow")
    server = await make_server(ROOMKEEPER_APPSERVICES=f"{silent.file},{slow.file}")
    path = "/_matrix/client/v1/appservice/{}/ping"
    status, wrong = await silent.client(server).attempt("POST", path.format("silent"), {})
    assert (status, wrong["errcode"]) == (400, "M_URL_NOT_SET")
    await slow.stop()
    held = await hold(slow.port)
    monkeypatch.setattr("roomkeeper.core.appservices.pinging.ping.__defaults__", (0.2,))
    status, wrong = await slow.client(server).attempt("POST", path.format("slow"), {})
    held.close()
    await held.wait_closed()
    assert (status, wrong["errcode"]) == (504, "M_CONNECTION_TIMEOUT")


async def hold(port: int) -> Any:
    """Take connections, and never say anything."""
    import asyncio

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass
        writer.close()

    return await asyncio.start_server(read, "127.0.0.1", port)


async def test_a_ping_that_works_hurries_what_waits(bridged: Server, bridge: Bridge) -> None:
    alice, ghost = await bridged.register("alice"), await bridge.ghost(bridged, "_irc_bob")
    room_id = await alice.create_room(invite=[ghost.user_id])
    await bridge.wait(bridge.events)
    bridge.status = 500
    await ghost.join(room_id)
    before = len(bridge.attempts)
    # By now the pauses between attempts are some seconds long.
    await bridge.wait(lambda: len(bridge.attempts) >= before + 3)
    bridge.status = 200
    await bridge.client(bridged).post(PING)
    await bridge.wait(lambda: len(bridge.events()) == 2)
