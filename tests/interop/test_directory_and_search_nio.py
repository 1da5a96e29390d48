"""Finding rooms, people and messages over nio's connection; nio has no methods of its own for these."""

from __future__ import annotations

import nio  # type: ignore[import-untyped]
from nio.api import RoomPreset, RoomVisibility  # type: ignore[import-untyped]

from tests.interop.conftest import SignUp, call, ok


async def test_a_stranger_finds_the_room_its_people_and_what_they_say(sign_up: SignUp) -> None:
    alice, bob = await sign_up("alice"), await sign_up("bob")
    name = f"Gardeners of {alice.user_id}"
    created = await alice.room_create(
        visibility=RoomVisibility.public, preset=RoomPreset.public_chat, name=name, topic="Roses"
    )
    room_id = ok(created, nio.RoomCreateResponse).room_id
    ok(await alice.set_displayname("Alice 王小明"), nio.ProfileSetDisplayNameResponse)
    listed = await call(bob, "POST", "/publicRooms", {"filter": {"generic_search_term": name}})
    assert [room["room_id"] for room in listed["chunk"]] == [room_id]
    ok(await bob.join(room_id), nio.JoinResponse)
    found = await call(bob, "POST", "/user_directory/search", {"search_term": alice.user_id})
    assert alice.user_id in [user["user_id"] for user in found["results"]]
    content = {"msgtype": "m.text", "body": "明天浇水 the roses"}
    sent = ok(await alice.room_send(room_id, "m.room.message", content), nio.RoomSendResponse)
    for term in ("roses", "浇水", "明天 ros"):
        wish = {"search_categories": {"room_events": {"search_term": term, "filter": {"rooms": [room_id]}}}}
        answer = (await call(bob, "POST", "/search", wish))["search_categories"]["room_events"]
        events = [item["result"] for item in answer["results"] if item["result"]["type"] == "m.room.message"]
        assert [event["event_id"] for event in events] == [sent.event_id]
        assert isinstance(nio.Event.parse_event(events[0]), nio.RoomMessageText)
