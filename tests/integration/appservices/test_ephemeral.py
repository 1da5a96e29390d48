"""Typing, receipts and presence reach services that ask for them. spec: application-service §Pushing ephemeral data"""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.conftest import MakeServer
from tests.integration.appservices.bridge import Bridge
from tests.integration.appservices.conftest import MakeBridge
from tests.integration.appservices.test_transactions import portal


@pytest.mark.parametrize("name", ["receive_ephemeral", "de.sorunome.msc2409.push_ephemeral"])
async def test_a_service_is_told_who_types_has_read_and_is_there(
    make_server: MakeServer, make_bridge: MakeBridge, name: str
) -> None:
    bridge = await make_bridge("irc", **{name: True})
    server = await make_server(ROOMKEEPER_APPSERVICES=str(bridge.file))
    alice, ghost, room_id = await portal(server, bridge)
    elsewhere = await alice.create_room()
    hidden = await alice.send(elsewhere, "hidden")
    event_id = await ghost.send(room_id, "hello")
    await alice.put(f"/rooms/{elsewhere}/typing/{alice.user_id}", {"typing": True})
    await alice.post(f"/rooms/{elsewhere}/receipt/m.read/{quote(hidden)}")
    await alice.post(f"/rooms/{room_id}/receipt/m.read.private/{quote(event_id)}")
    await alice.put(f"/rooms/{room_id}/typing/{alice.user_id}", {"typing": True})
    await alice.post(f"/rooms/{room_id}/receipt/m.read/{quote(event_id)}")
    await ghost.post(f"/rooms/{room_id}/receipt/m.read.private/{quote(event_id)}")
    await alice.put(f"/presence/{alice.user_id}/status", {"presence": "online", "status_msg": "here"})
    await bridge.wait(lambda: len(marks(bridge)) == 2 and bridge.ephemeral("m.typing"))
    here = await bridge.wait(
        lambda: [each for each in bridge.ephemeral("m.presence") if "status_msg" in each["content"]]
    )
    typing = {"type": "m.typing", "room_id": room_id, "content": {"user_ids": [alice.user_id]}}
    assert bridge.ephemeral("m.typing") == [typing]
    assert {each["room_id"] for each in bridge.ephemeral("m.receipt")} == {room_id}
    assert marks(bridge) == {("m.read", alice.user_id), ("m.read.private", ghost.user_id)}
    assert (here[0]["sender"], here[0]["content"]["presence"]) == (alice.user_id, "online")
    # What is read was told before.
    told = [event["event_id"] for event in bridge.events()]
    assert event_id in told


def marks(bridge: Bridge) -> set[tuple[str, str]]:
    """(type, user) of all receipts."""
    return {
        (kind, user_id)
        for event in bridge.ephemeral("m.receipt")
        for by_kind in event["content"].values()
        for kind, users in by_kind.items()
        for user_id in users
    }


async def test_a_service_that_does_not_ask_gets_none(make_server: MakeServer, bridge: Bridge) -> None:
    server = await make_server(ROOMKEEPER_APPSERVICES=str(bridge.file))
    alice, _, room_id = await portal(server, bridge)
    await alice.put(f"/rooms/{room_id}/typing/{alice.user_id}", {"typing": True})
    await alice.send(room_id, "end")
    await bridge.wait(bridge.bodies)
    assert all(set(body) == {"events"} for _, body in bridge.accepted)


async def test_while_a_service_is_down_the_newest_is_kept(make_server: MakeServer, make_bridge: MakeBridge) -> None:
    bridge = await make_bridge("irc", receive_ephemeral=True)
    server = await make_server(ROOMKEEPER_APPSERVICES=str(bridge.file))
    alice, _, room_id = await portal(server, bridge)
    await bridge.wait(lambda: len(bridge.events()) == 2)
    bridge.status, before = 500, len(bridge.attempts)
    await alice.send(room_id, "hello")
    await bridge.wait(lambda: len(bridge.attempts) > before)
    for typing in (True, False, True, False):
        await alice.put(f"/rooms/{room_id}/typing/{alice.user_id}", {"typing": typing})
    bridge.status = 200
    await bridge.wait(lambda: bridge.ephemeral("m.typing"))
    assert [each["content"] for each in bridge.ephemeral("m.typing")] == [{"user_ids": []}]
    assert bridge.bodies() == ["hello"]
