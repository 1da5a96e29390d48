"""The event closest to a time. spec: client-server ``GET /rooms/{roomId}/timestamp_to_event``"""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.core.rooms import Draft
from tests.harness import Client, Server
from tests.integration.rooms.paths import error, room_path

START = 1_000_000


def path(room_id: str) -> str:
    """The endpoint."""
    return "/_matrix/client/v1" + room_path(room_id, "timestamp_to_event")


async def say_at(server: Server, client: Client, room_id: str, timestamp: int) -> str:
    """A message that says it was sent at that time."""
    draft = Draft(type="m.room.message", sender=client.user_id, content={"body": "x"}, origin_server_ts=timestamp)
    return (await server.rooms.send(room_id, draft)).event_id


async def near(client: Client, room_id: str, timestamp: int, direction: str) -> Any:
    """The id of the event that is found, or the errcode."""
    _, answer = await client.attempt("GET", path(room_id), ts=timestamp, dir=direction)
    return answer.get("event_id", answer.get("errcode"))


async def test_before_and_after(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    # Time does not always run with the order of events.
    ids = {offset: await say_at(server, ann, room_id, START + offset) for offset in (0, 40, 10, 30, 20)}
    for offset, back, forth in ((0, 0, 0), (5, 0, 10), (20, 20, 20), (39, 30, 40)):
        assert await near(ann, room_id, START + offset, "b") == ids[back]
        assert await near(ann, room_id, START + offset, "f") == ids[forth]
    assert await near(ann, room_id, START - 1, "b") == "M_NOT_FOUND"
    answer = await ann.get(path(room_id), ts=START + 5, dir="f")
    assert answer == {"event_id": ids[10], "origin_server_ts": START + 10}
    assert await near(ann, room_id, 2**60, "f") == "M_NOT_FOUND"


async def test_equal_times_and_what_is_hidden(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ann.set_state(room_id, "m.room.history_visibility", {"history_visibility": "joined"})
    hidden = [await say_at(server, ann, room_id, START) for _ in range(150)]
    await ben.join(room_id)
    seen = await say_at(server, ann, room_id, START)
    assert await near(ben, room_id, START, "b") == seen
    assert await near(ben, room_id, START, "f") == seen
    assert await near(ann, room_id, START, "f") == hidden[0]


async def test_who_may_ask_and_how(server: Server) -> None:
    ann, eve = await server.register("ann"), await server.register("eve")
    room_id = await ann.create_room()
    assert await error(eve, "GET", path(room_id), ts=1, dir="f") == (403, "M_FORBIDDEN")
    assert await error(ann, "GET", path(room_id), dir="f") == (400, "M_MISSING_PARAM")
    assert await error(ann, "GET", path(room_id), ts=1) == (400, "M_MISSING_PARAM")
    assert await error(ann, "GET", path(room_id), ts="x", dir="f") == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize("version", ["10", "12"])
async def test_the_first_event_of_a_room(server: Server, version: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(room_version=version)
    first = await near(ann, room_id, 0, "f")
    event = await ann.get(room_path(room_id, "event", first))
    assert event["type"] == "m.room.create"
