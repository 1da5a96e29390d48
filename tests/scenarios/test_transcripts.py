"""What people do with rooms, told from their side; after each story the sync law holds."""

from __future__ import annotations

import json

from tests.harness import Server
from tests.scenarios.model import Arrive, room_path


async def test_two_people_talk(arrive: Arrive) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    room_id = await ann.client.create_room(invite=[ben.client.user_id], is_direct=True)
    await ben.sync()
    assert ben.room(room_id).membership == "invite"
    await ben.client.join(room_id)
    await ben.sync()
    await ann.sync()
    for body in ("hello", "how are you?"):
        await ann.client.send(room_id, body)
    await ben.sync()
    assert ben.bodies(room_id) == ["hello", "how are you?"]
    await ben.client.send(room_id, "fine")
    await ann.sync()
    assert ann.bodies(room_id) == ["hello", "how are you?", "fine"]
    await ben.client.post(room_path(room_id, "receipt", "m.read", ann.room(room_id).timeline[-2]["event_id"]))
    await ann.sync()
    assert len(ann.room(room_id).receipts) == 1


async def test_invite_and_leave(arrive: Arrive) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    room_id = await ann.client.create_room()
    await ann.client.invite(room_id, ben.client.user_id)
    await ben.sync()
    await ben.client.leave(room_id)
    await ben.sync()
    assert ben.room(room_id).membership == "leave"
    await ann.client.invite(room_id, ben.client.user_id)
    await ben.client.join(room_id)
    await ben.sync()
    assert ben.room(room_id).membership == "join"
    await ann.client.send(room_id, "stay!")
    await ben.client.leave(room_id)
    await ann.client.send(room_id, "gone already?")
    await ben.sync()
    assert ben.bodies(room_id) == ["stay!"]
    await ann.sync()
    assert ann.room(room_id).state["m.room.member", ben.client.user_id]["content"]["membership"] == "leave"


async def test_a_room_of_many(arrive: Arrive) -> None:
    people = [await arrive(f"person{number}") for number in range(8)]
    room_id = await people[0].client.create_room(preset="public_chat", name="Hall")
    for person in people[1:]:
        await person.client.join(room_id)
    for number, person in enumerate(people):
        await person.client.send(room_id, f"message {number}")
    for person in people:
        await person.sync()
        assert person.bodies(room_id)[-4:] == [f"message {number}" for number in range(4, 8)]
        assert person.room(room_id).counts["m.joined_member_count"] == 8


async def test_away_and_back(arrive: Arrive, server: Server) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    room_id = await ann.client.create_room(preset="public_chat")
    await ben.client.join(room_id)
    await ben.sync()
    for number in range(30):
        await ann.client.send(room_id, f"message {number}")
    await ann.client.set_state(room_id, "m.room.name", {"name": "Renamed meanwhile"})
    await server.restart()
    await ben.sync()
    assert ben.bodies(room_id) == [f"message {number}" for number in range(30)]
    assert ben.room(room_id).state["m.room.name", ""]["content"] == {"name": "Renamed meanwhile"}


async def test_thrown_out_and_back_in(arrive: Arrive) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    room_id = await ann.client.create_room(preset="public_chat")
    await ben.client.join(room_id)
    await ben.sync()
    await ann.client.post(room_path(room_id, "ban"), {"user_id": ben.client.user_id})
    await ann.client.send(room_id, "peace at last")
    await ann.client.set_state(room_id, "m.room.name", {"name": "Without Ben"})
    await ben.sync()
    assert ben.room(room_id).membership == "leave"
    assert ben.bodies(room_id) == []
    await ann.client.post(room_path(room_id, "unban"), {"user_id": ben.client.user_id})
    await ben.client.join(room_id)
    await ben.sync()
    assert ben.room(room_id).state["m.room.name", ""]["content"] == {"name": "Without Ben"}
    assert ben.bodies(room_id) == ["peace at last"]


async def test_something_is_taken_back(arrive: Arrive) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    room_id = await ann.client.create_room(preset="public_chat")
    await ben.client.join(room_id)
    event_id = await ann.client.send(room_id, "oops")
    await ben.sync()
    await ann.client.put(room_path(room_id, "redact", event_id, "r"), {"reason": "wrong room"})
    await ben.sync()
    assert ben.bodies(room_id) == ["(redacted)"]


async def test_a_knock_at_the_door(arrive: Arrive) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    rules = [{"type": "m.room.join_rules", "content": {"join_rule": "knock"}}]
    room_id = await ann.client.create_room(initial_state=rules)
    await ben.client.post(f"/knock/{room_id}")
    await ben.sync()
    assert ben.room(room_id).membership == "knock"
    await ann.client.post(room_path(room_id, "kick"), {"user_id": ben.client.user_id})
    await ben.sync()
    assert ben.room(room_id).membership == "leave"
    await ben.client.post(f"/knock/{room_id}")
    await ann.client.invite(room_id, ben.client.user_id)
    await ben.sync()
    assert ben.room(room_id).membership == "invite"
    await ben.client.join(room_id)


async def test_a_room_moves_on(arrive: Arrive) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    old = await ann.client.create_room(preset="public_chat", room_version="10", name="House", room_alias_name="house")
    await ben.client.join("#house:example.org")
    new = (await ann.client.post(room_path(old, "upgrade"), {"new_version": "12"}))["replacement_room"]
    await ben.sync()
    assert ben.room(old).state["m.room.tombstone", ""]["content"]["replacement_room"] == new
    await ben.client.join("#house:example.org")
    await ben.sync()
    assert ben.room(new).membership == "join"
    assert ben.room(new).state["m.room.create", ""]["content"]["predecessor"]["room_id"] == old


async def test_notes_to_oneself(arrive: Arrive, server: Server) -> None:
    ann = await arrive("ann")
    room_id = await ann.client.create_room()
    user = f"/user/{ann.client.user_id}"
    await ann.client.put(f"{user}/account_data/org.example.note", {"n": 1})
    await ann.client.put(f"{user}{room_path(room_id)}/account_data/org.example.note", {"n": 2})
    await ann.client.put(f"{user}{room_path(room_id)}/tags/m.favourite", {"order": 0.5})
    await ann.sync()
    assert ann.knows.account_data["org.example.note"] == {"n": 1}
    assert ann.room(room_id).account_data["org.example.note"] == {"n": 2}
    assert ann.room(room_id).account_data["m.tag"] == {"tags": {"m.favourite": {"order": 0.5}}}
    await ann.client.leave(room_id)
    await server.restart()
    await ann.sync()
    await ann.client.put(f"{user}{room_path(room_id)}/account_data/org.example.note", {"n": 3})
    answer = await ann.sync()
    assert room_id not in answer.get("rooms", {}).get("join", {}), "a note does not bring the room back"


async def test_old_history_and_newcomers(arrive: Arrive) -> None:
    ann, ben = await arrive("ann"), await arrive("ben")
    hidden = [{"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}}]
    room_id = await ann.client.create_room(preset="public_chat", initial_state=hidden)
    await ann.client.send(room_id, "between us")
    await ann.client.set_state(room_id, "m.room.name", {"name": "A name from before"})
    await ann.client.send(room_id, "nobody hears this")
    await ben.client.join(room_id)
    await ann.client.send(room_id, "welcome")
    await ben.sync()
    assert ben.bodies(room_id) == ["welcome"]
    assert ben.room(room_id).state["m.room.name", ""]["content"] == {"name": "A name from before"}
    assert "between us" not in json.dumps(await ben.client.get("/sync"))
