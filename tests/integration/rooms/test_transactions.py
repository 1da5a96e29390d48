"""Sending is idempotent: by device and path, at once, in parallel, and after a restart."""

from __future__ import annotations

import asyncio

from tests.harness import Server
from tests.integration.rooms.paths import room_path, state_events_of

BODY = {"msgtype": "m.text", "body": "once"}


async def test_the_same_twice_is_sent_once(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    path = room_path(room_id, "send", "m.room.message", "t1")
    first = await ann.put(path, BODY)
    assert await ann.put(path, BODY) == first
    assert await ann.put(path, {"msgtype": "m.text", "body": "other"}) == first
    await server.restart()
    assert await ann.put(path, BODY) == first
    assert await ann.timeline(room_id) == ["once"]


async def test_in_parallel(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    path = room_path(room_id, "send", "m.room.message", "t1")
    answers = await asyncio.gather(*(ann.put(path, BODY) for _ in range(20)))
    assert len({answer["event_id"] for answer in answers}) == 1
    assert await ann.timeline(room_id) == ["once"]


async def test_other_devices_rooms_and_types_are_separate(server: Server) -> None:
    ann = await server.register("ann")
    phone = await server.login("ann")
    room_id, other = await ann.create_room(), await ann.create_room()
    paths = [
        room_path(room_id, "send", "m.room.message", "t1"),
        room_path(other, "send", "m.room.message", "t1"),
        room_path(room_id, "send", "org.example.other", "t1"),
        room_path(room_id, "send", "m.room.message", "t2"),
    ]
    sent = {(await client.put(path, BODY))["event_id"] for client in (ann, phone) for path in paths}
    assert len(sent) == 8


async def test_a_refused_send_may_be_tried_again(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    path = room_path(room_id, "send", "m.room.message", "t1")
    assert (await ben.attempt("PUT", path, BODY))[0] == 403
    await ben.join(room_id)
    assert (await ben.attempt("PUT", path, BODY))[0] == 200


async def test_the_sender_is_told_its_transaction(server: Server) -> None:
    ann = await server.register("ann")
    phone = await server.login("ann")
    room_id = await ann.create_room()
    for client in (ann, phone):
        await client.sync()
    await ann.send(room_id, "hello", "t1")
    for _ in range(2):
        for client, told in ((ann, "t1"), (phone, None)):
            fresh = (await client.get("/sync"))["rooms"]["join"][room_id]["timeline"]["events"][-1]
            assert fresh["unsigned"].get("transaction_id") == told
        await server.restart()
    event = (await ann.sync())["rooms"]["join"][room_id]["timeline"]["events"][-1]
    assert event["unsigned"]["transaction_id"] == "t1"


async def test_a_client_that_goes_away_meanwhile_does_no_harm(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    for number in range(20):
        path = room_path(room_id, "state", "org.example.thing", "")
        task = asyncio.create_task(ann.attempt("PUT", path, {"n": number}))
        for _ in range(number % 4):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await ann.send(room_id, "after")
    await server.app.committer.drain()
    state = {key: event.event_id for key, event in (await server.rooms.cache.get(room_id)).state.items()}
    assert state == {key: event["event_id"] for key, event in (await state_events_of(ann, room_id)).items()}
