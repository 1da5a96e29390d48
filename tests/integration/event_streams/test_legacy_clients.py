"""Clients from before version 1.1 of the specification: served where the settings say so, refused as ever else."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests import samples
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.event_streams.test_looking_into_rooms import bodies, waits
from tests.integration.media.uploading import upload

R0 = "/_matrix/client/r0"


@pytest.fixture
async def legacy(make_server: MakeServer) -> Server:
    return await make_server(ROOMKEEPER_LEGACY_CLIENTS="on")


async def test_every_route_has_its_old_path(legacy: Server) -> None:
    routes = legacy.app.routes
    for route in routes.all:
        for old, new in ((R0, "/_matrix/client/v3"), ("/_matrix/media/r0", "/_matrix/media/v3")):
            if route.path.startswith(f"{new}/"):
                path = old + route.path.removeprefix(new)
                raw = "/".join("x" if part.startswith("{") else part for part in path.split("/")).encode()
                assert routes.find(route.method, raw)[0].endpoint == route.endpoint
    # They are the same routes, not others like them.
    assert not any(route.path.startswith(R0) for route in routes.all)


async def test_an_old_client(legacy: Server) -> None:
    body = {"username": "old", "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
    status, answer = await legacy.request("POST", f"{R0}/register", body)
    assert status == 200
    token = answer["access_token"]
    room_id = (await legacy.request("POST", f"{R0}/createRoom", {}, token))[1]["room_id"]
    path = f"{R0}/rooms/{quote(room_id)}/send/m.room.message/1"
    assert (await legacy.request("PUT", path, {"msgtype": "m.text", "body": "hello"}, token))[0] == 200
    _, synced = await legacy.request("GET", f"{R0}/sync", token=token)
    assert room_id in synced["rooms"]["join"]
    assert (await legacy.request("GET", f"{R0}/nothing", token=token))[1]["errcode"] == "M_UNRECOGNIZED"
    assert (await legacy.request("POST", f"{R0}/logout", {}, token))[0] == 200


async def test_tokens_in_the_query(legacy: Server) -> None:
    alice = await legacy.register("alice")
    status, answer = await legacy.request("GET", f"{R0}/joined_rooms", query={"access_token": alice.token})
    assert (status, answer) == (200, {"joined_rooms": []})
    status, answer = await legacy.request("GET", "/joined_rooms", query={"access_token": "wrong"})
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    # What the header says goes before it.
    status, _ = await legacy.request("GET", "/joined_rooms", token="wrong", query={"access_token": alice.token})
    assert status == 401


async def test_files_without_an_account(legacy: Server) -> None:
    alice = await legacy.register("alice")
    data = samples.png(200, 100)
    media_id = await upload(alice, data, "picture.png")
    for version in ("r0", "v1", "v3"):
        root = f"/_matrix/media/{version}"
        status, headers, body = await legacy.raw("GET", f"{root}/download/example.org/{media_id}")
        assert (status, body, headers["content-type"]) == (200, data, "image/png")
        assert headers["access-control-allow-origin"] == "*"
        status, headers, body = await legacy.raw("GET", f"{root}/download/example.org/{media_id}/other.png")
        assert (status, headers["content-disposition"]) == (200, 'inline; filename="other.png"')
        status, headers, body = await legacy.raw(
            "GET", f"{root}/thumbnail/example.org/{media_id}?width=32&height=32&method=scale"
        )
        assert (status, headers["content-type"]) == (200, "image/jpeg")
        for path in (f"download/example.org/none{version}", f"download/elsewhere.example/{media_id}"):
            assert (await legacy.raw("GET", f"{root}/{path}"))[0] == 404
    # The endpoints that want an account still do.
    assert (await legacy.raw("GET", f"/_matrix/client/v1/media/download/example.org/{media_id}"))[0] == 401
    bearer = {"authorization": f"Bearer {alice.token}"}
    status, _, _ = await legacy.raw("POST", "/_matrix/media/r0/upload", data, bearer)
    assert status == 200
    assert (await legacy.request("GET", "/_matrix/media/r0/config", token=alice.token))[0] == 200
    for version in ("r0", "v1", "v3"):
        status, answer = await legacy.request("GET", f"/_matrix/media/{version}/preview_url?url=x", token=alice.token)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")


async def all_bodies(client: Client, token: str, expected: int) -> tuple[list[str], str]:
    found: list[str] = []
    async with asyncio.timeout(60):
        while len(found) < expected:
            answer = await client.get("/events", **{"from": token}, timeout=60_000)
            found, token = found + bodies(answer), answer["end"]
    return found, token


async def test_the_stream_of_all_events(legacy: Server) -> None:
    alice, bob = await legacy.register("alice"), await legacy.register("bob")
    one, other = await alice.create_room(invite=[bob.user_id]), await alice.create_room()
    token = (await bob.get("/events"))["end"]
    third = await alice.create_room(invite=[bob.user_id])
    answer = await bob.get("/events", **{"from": token})
    (invite,) = answer["chunk"]
    assert (invite["room_id"], invite["type"], invite["content"]["membership"]) == (third, "m.room.member", "invite")
    await bob.join(one)
    token = (await bob.get("/events", **{"from": answer["end"]}))["end"]
    waiting = asyncio.create_task(bob.get("/events", **{"from": token}, timeout=60_000))
    await waits(legacy)
    await alice.send(other, "not for bob")
    await alice.send(one, "hello")
    assert bodies(await waiting)[-1:] == ["hello"]
    for number in range(130):
        await alice.send(one, str(number))
    found, token = await all_bodies(bob, token, 131)
    assert found == ["hello", *map(str, range(130))]
    await bob.leave(one)
    await alice.send(one, "gone")
    answer = await bob.get("/events", **{"from": token})
    assert [event["content"].get("membership") for event in answer["chunk"]] == ["leave"]


async def test_one_event(legacy: Server) -> None:
    alice, bob = await legacy.register("alice"), await legacy.register("bob")
    room_id = await alice.create_room()
    event_id = await alice.send(room_id, "hello")
    event = await alice.get(f"/events/{quote(event_id)}")
    assert (event["event_id"], event["room_id"], event["content"]["body"]) == (event_id, room_id, "hello")
    for client, name in ((bob, event_id), (alice, "$none")):
        status, answer = await client.attempt("GET", f"/events/{quote(name)}")
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_initial_sync(legacy: Server) -> None:
    alice, bob = await legacy.register("alice"), await legacy.register("bob")
    public = await alice.create_room(preset="public_chat", visibility="public", invite=[bob.user_id], name="Old")
    await bob.join(public)
    left = await alice.create_room(invite=[bob.user_id])
    await bob.join(left)
    await bob.leave(left)
    invited = await alice.create_room(invite=[bob.user_id])
    for number in range(5):
        await alice.send(public, str(number))
    await alice.set_state(public, "m.room.name", {"name": "New"})
    await bob.put(f"/user/{quote(bob.user_id)}/account_data/org.example.x", {"a": 1})
    await bob.put(f"/user/{quote(bob.user_id)}/rooms/{quote(public)}/account_data/org.example.y", {"b": 1})
    answer = await bob.get("/initialSync", limit=3)
    rooms: dict[str, Any] = {room["room_id"]: room for room in answer["rooms"]}
    assert {room_id: room["membership"] for room_id, room in rooms.items()} == {public: "join", invited: "invite"}
    room = rooms[public]
    assert bodies(room["messages"]) == ["3", "4"]
    assert room["visibility"] == "public"
    # The state is as it is now, not as it was before the messages.
    assert [event["content"]["name"] for event in room["state"] if event["type"] == "m.room.name"] == ["New"]
    assert {event["room_id"] for event in (*room["state"], *room["messages"]["chunk"])} == {public}
    assert {"type": "org.example.y", "content": {"b": 1}} in room["account_data"]
    assert {"type": "org.example.x", "content": {"a": 1}} in answer["account_data"]
    assert rooms[invited]["invite"]["content"]["membership"] == "invite"
    older = await bob.get(f"/rooms/{quote(public)}/messages", dir="b", **{"from": room["messages"]["start"]}, limit=1)
    assert bodies(older) == ["2"]
    await alice.send(public, "next")
    assert bodies(await bob.get("/events", **{"from": answer["end"]})) == ["next"]
    archived = await bob.get("/initialSync", archived="true")
    assert left in {room["room_id"] for room in archived["rooms"] if room["membership"] == "leave"}


async def test_an_old_stream_takes_nothing_from_a_new_one(legacy: Server) -> None:
    alice = await legacy.register("alice")
    await alice.sync()
    body = {"messages": {alice.user_id: {alice.device_id: {"a": 1}}}}
    await alice.put("/sendToDevice/org.example.x/1", body)
    for _ in range(2):
        token = (await alice.get("/initialSync"))["end"]
        await alice.get("/events", **{"from": token})
    assert len((await alice.sync())["to_device"]["events"]) == 1


# ------------------------------------------------------------------ where they are not served


async def test_old_paths_are_refused(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice)
    unknown = [f"{R0}/sync", f"{R0}/login", f"{R0}/initialSync", "/_matrix/client/v3/initialSync"]
    unknown += ["/_matrix/client/v3/events", "/_matrix/client/v3/events/$x", "/_matrix/media/r0/config"]
    unknown += ["/_matrix/media/v3/preview_url?url=x", "/_matrix/media/r0/preview_url?url=x"]
    for path in unknown:
        status, answer = await server.request("GET", path, token=alice.token)
        assert (status, answer["errcode"]) == (404, "M_UNRECOGNIZED"), path
    status, answer = await server.request("GET", "/joined_rooms", query={"access_token": alice.token})
    assert (status, answer["errcode"]) == (401, "M_MISSING_TOKEN")
    for version in ("r0", "v1", "v3"):
        for path in (f"download/example.org/{media_id}", f"thumbnail/example.org/{media_id}?width=1&height=1"):
            status, answer = await server.request("GET", f"/_matrix/media/{version}/{path}")
            assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize("setting", ["on", "off"])
async def test_browsers_may_ask_on_every_path(make_server: MakeServer, setting: str) -> None:
    server = await make_server(ROOMKEEPER_LEGACY_CLIENTS=setting)
    paths = {route.path for route in server.app.routes.all}
    paths |= {path.replace("/v3/", "/r0/", 1) for path in paths}
    paths |= {
        "/",
        "/nothing",
        "/_matrix",
        "/_matrix/client/v3/no/such/thing",
        "/_matrix/media/x",
        "/_matrix/client/%ff",
    }
    for path in sorted(paths):
        raw = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        status, headers, _ = await server.raw("OPTIONS", raw)
        assert status == 200
        assert "Authorization" in headers["access-control-allow-headers"]
        for answered in (headers, *[(await server.raw(method, raw))[1] for method in ("GET", "PATCH")]):
            assert answered["access-control-allow-origin"] == "*"
            assert {"GET", "POST", "PUT", "DELETE", "OPTIONS"} <= set(
                answered["access-control-allow-methods"].replace(" ", "").split(",")
            )
