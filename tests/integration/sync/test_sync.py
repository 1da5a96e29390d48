"""``GET /sync``: waiting, filters, formats, and what is shown to who is online and who was away."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from roomkeeper.core.sync.feeds import waiting_syncs
from tests.harness import Client, Server
from tests.integration.rooms.paths import error, room_path


async def pair(server: Server) -> tuple[Client, Client, str]:
    """Two people in a room, who have synced."""
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await ann.sync()
    await ben.sync()
    await ann.sync()
    await ben.sync()
    return ann, ben, room_id


def section(answer: dict[str, Any], room_id: str) -> dict[str, Any]:
    """A joined room in an answer."""
    found: dict[str, Any] = answer["rooms"]["join"][room_id]
    return found


async def test_a_long_poll_is_woken(server: Server) -> None:
    ann, ben, room_id = await pair(server)
    waiting = asyncio.create_task(ben.sync(30_000))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await ann.send(room_id, "wake up")
    async with asyncio.timeout(2):
        answer = await waiting
    assert section(answer, room_id)["timeline"]["events"][0]["content"]["body"] == "wake up"


async def test_who_sends_is_answered_before_their_own_long_poll(server: Server) -> None:
    ann, _, room_id = await pair(server)
    without_presence = json.dumps({"presence": {"not_types": ["*"]}})
    order: list[str] = []

    def note(done: asyncio.Task[Any]) -> None:
        order.append(done.get_name())

    for number in range(5):
        while (await ann.sync(filter=without_presence)).keys() != {"next_batch"}:
            pass
        polling = asyncio.create_task(ann.sync(30_000, filter=without_presence), name="poll")
        while not any(metric.samples[0].value for metric in waiting_syncs.collect()):  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(0)
        sending = asyncio.create_task(ann.send(room_id, f"message {number}"), name="send")
        for task in (polling, sending):
            task.add_done_callback(note)
        await asyncio.gather(polling, sending)
    assert order == ["send", "poll"] * 5


async def test_a_long_poll_ends(server: Server) -> None:
    ann, ben, _ = await pair(server)
    started = time.monotonic()
    assert (await ben.sync(200)).keys() == {"next_batch"}
    assert time.monotonic() - started > 0.15
    waiting = asyncio.create_task(ben.sync(30_000))
    await asyncio.sleep(0.05)
    server.app.begin_stop()
    async with asyncio.timeout(2):
        assert (await waiting).keys() == {"next_batch"}
    del ann


async def test_several_polls_of_one_user(server: Server) -> None:
    ann, ben, room_id = await pair(server)
    phone = await server.login("ben")
    await phone.sync()
    await phone.sync()
    waiting = [asyncio.create_task(client.sync(30_000)) for client in (ben, phone, ben)]
    await asyncio.sleep(0.05)
    await ann.send(room_id, "all")
    for answer in await asyncio.gather(*waiting):
        assert section(answer, room_id)["timeline"]["events"][-1]["content"]["body"] == "all"


async def test_filters(server: Server) -> None:
    ann, ben, room_id = await pair(server)
    other = await ann.create_room()
    stored = (await ann.post(f"/user/{ann.user_id}/filter", {"room": {"rooms": [room_id]}}))["filter_id"]
    assert (await ann.post(f"/user/{ann.user_id}/filter", {"room": {"rooms": [room_id]}}))["filter_id"] == stored
    assert await ann.get(f"/user/{ann.user_id}/filter/{stored}") == {"room": {"rooms": [room_id]}}
    assert (await ann.get("/sync", filter=stored))["rooms"]["join"].keys() == {room_id}
    not_that = json.dumps({"room": {"not_rooms": [room_id]}})
    assert (await ann.get("/sync", filter=not_that))["rooms"]["join"].keys() == {other}
    since = ann.next_batch
    await ben.send(room_id, "one")
    await ann.send(room_id, "two")
    await ann.set_state(room_id, "m.room.name", {"name": "N"})
    for _ in range(2):
        only_ben = json.dumps({"room": {"rooms": [room_id], "timeline": {"senders": [ben.user_id]}}})
        found = section(await ann.get("/sync", since=since, filter=only_ben), room_id)
        assert [event["content"]["body"] for event in found["timeline"]["events"]] == ["one"]
        limited = json.dumps({"room": {"rooms": [room_id], "timeline": {"limit": 1}}})
        found = section(await ann.get("/sync", since=since, filter=limited), room_id)
        assert found["timeline"]["limited"] is True
        assert [event["type"] for event in found["timeline"]["events"]] == ["m.room.name"]
        nothing = json.dumps({"room": {"rooms": []}})
        assert "rooms" not in await ann.get("/sync", since=since, filter=nothing)
        await server.restart()
    assert await error(ann, "GET", f"/user/{ann.user_id}/filter/unknown") == (404, "M_NOT_FOUND")
    assert await error(ann, "GET", f"/user/{ben.user_id}/filter/{stored}") == (403, "M_FORBIDDEN")
    assert await error(ben, "GET", "/sync", filter=stored) == (404, "M_NOT_FOUND")
    assert (await error(ann, "GET", "/sync", filter='{"room": 5}'))[0] == 400


@pytest.mark.parametrize("away", [False, True])
async def test_state_of_a_limited_timeline(server: Server, away: bool) -> None:
    ann, ben, room_id = await pair(server)
    await ann.set_state(room_id, "m.room.name", {"name": "1"})
    for number in range(5):
        await ann.send(room_id, f"message {number}")
    await ann.set_state(room_id, "m.room.topic", {"topic": "T"})
    if away:
        await server.restart()
    short = json.dumps({"room": {"timeline": {"limit": 2}}})
    before = section(await ben.get("/sync", since=ben.next_batch, filter=short), room_id)
    assert [event["type"] for event in before["timeline"]["events"]] == ["m.room.message", "m.room.topic"]
    assert [event["type"] for event in before["state"]["events"]] == ["m.room.name"]
    after = section(await ben.get("/sync", since=ben.next_batch, filter=short, use_state_after="true"), room_id)
    assert "state" not in after
    assert {event["type"] for event in after["state_after"]["events"]} == {"m.room.name", "m.room.topic"}
    page = await ben.get(room_path(room_id, "messages"), dir="b", limit=1, **{"from": before["timeline"]["prev_batch"]})
    assert page["chunk"][0]["content"]["body"] == "message 3"


async def test_full_state(server: Server) -> None:
    ann, _, room_id = await pair(server)
    answer = await ann.sync(full_state="true")
    types = {event["type"] for event in section(answer, room_id)["state"]["events"]}
    assert {"m.room.create", "m.room.member", "m.room.power_levels"} <= types
    assert section(answer, room_id)["timeline"]["events"] == []


async def test_event_formats_and_fields(server: Server) -> None:
    ann, ben, room_id = await pair(server)
    await ann.send(room_id, "hello")

    async def only_event(wanted: dict[str, Any]) -> dict[str, Any]:
        """What these ask for is not in the form that the specification's schemas describe."""
        query = urlencode({"since": ben.next_batch, "filter": json.dumps(wanted)})
        _, _, body = await server.raw(
            "GET", f"/_matrix/client/v3/sync?{query}", headers={"authorization": f"Bearer {ben.token}"}
        )
        event: dict[str, Any] = section(json.loads(body), room_id)["timeline"]["events"][0]
        return event

    assert {"hashes", "signatures", "auth_events"} <= (await only_event({"event_format": "federation"})).keys()
    assert await only_event({"event_fields": ["type", "content.body"]}) == {
        "type": "m.room.message",
        "content": {"body": "hello"},
    }


async def test_lazy_loaded_members_come_once(server: Server) -> None:
    ann, ben, room_id = await pair(server)
    await ann.set_state(room_id, "m.room.name", {"name": "named"})
    lazy = json.dumps({"room": {"state": {"lazy_load_members": True}, "timeline": {"limit": 1}}})
    cat = await server.register("cat")
    await cat.join(room_id)
    await cat.sync(filter=lazy)

    async def members() -> set[str]:
        found = section(await cat.sync(filter=lazy), room_id)
        return {event["state_key"] for event in found["state"]["events"] if event["type"] == "m.room.member"}

    await ben.send(room_id, "first")
    assert await members() == {ben.user_id}
    await ben.send(room_id, "second")
    assert await members() == set()
    await ann.send(room_id, "third")
    assert await members() == {ann.user_id}


async def test_summaries(server: Server) -> None:
    ann, ben, room_id = await pair(server)
    summary = section(await ann.get("/sync"), room_id)["summary"]
    assert summary == {"m.heroes": [ben.user_id], "m.joined_member_count": 2, "m.invited_member_count": 0}
    await ann.set_state(room_id, "m.room.name", {"name": "named"})
    assert "m.heroes" not in section(await ann.get("/sync"), room_id)["summary"]
    await ben.sync()
    await ann.set_state(room_id, "m.room.name", {})
    assert section(await ben.sync(), room_id)["summary"]["m.heroes"] == [ann.user_id]
    await ben.leave(room_id)
    summary = section(await ann.sync(), room_id)["summary"]
    assert summary == {"m.heroes": [ben.user_id], "m.joined_member_count": 1, "m.invited_member_count": 0}


async def test_strangers_hear_nothing(server: Server) -> None:
    ann, ben, room_id = await pair(server)
    eve = await server.register("eve")
    await eve.sync()
    await ann.send(room_id, "private")
    assert "rooms" not in await eve.sync()
    await ben.leave(room_id)
    await ben.sync()
    await ann.send(room_id, "private too")
    assert "rooms" not in await ben.sync()
    await server.restart()
    assert "rooms" not in await ben.sync()


@pytest.mark.parametrize("away", [False, True])
async def test_other_devices_learn_of_a_leaving_that_is_forgotten_already(server: Server, away: bool) -> None:
    _, ben, room_id = await pair(server)
    phone = await server.login("ben")
    await phone.sync()
    await ben.leave(room_id)
    await ben.post(room_path(room_id, "forget"))
    if away:
        await server.restart()
    assert room_id in (await phone.sync())["rooms"]["leave"]
    assert "rooms" not in await phone.sync()
    assert "rooms" not in await phone.get("/sync", filter='{"room":{"include_leave":true}}')
