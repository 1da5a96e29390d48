"""Private conversations on other networks, in rooms that a bridge makes: sessions that stay the bridge's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.integration.appservices.bridge import Bridge, Ghost
from tests.integration.appservices.conftest import MakeBridge, make_bridge
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import SESSION, direct_list, members, session_of, session_path, told

__all__ = ["make_bridge"]

BOT = "@ircbot:example.org"
LEVELS = {"users_default": 0, "invite": 100, "events": {"m.room.name": 0}}


async def bridged_office(make_office: MakeOffice, bridge: Bridge) -> tuple[Office, Ghost, Ghost]:
    """An organisation with a bridge: its bot, which is known for one, and somebody behind it."""
    office = await make_office(ROOMKEEPER_APPSERVICES=str(bridge.file))
    await office.change(BOT, kind="bot")
    return office, bridge.client(office.server), await bridge.ghost(office.server, "_irc_bob")


async def conversation(bot: Ghost, *people: str, **more: Any) -> str:
    """A room as bridges make it for a private conversation."""
    body = {"visibility": "private", "name": "bob (net)", "invite": people, "power_level_content_override": LEVELS}
    return await bot.create_room(**{**body, **more})


async def test_it_is_a_session_and_stays_the_bridges_room(make_office: MakeOffice, make_bridge: MakeBridge) -> None:
    bridge = await make_bridge()
    office, bot, bob = await bridged_office(make_office, bridge)
    ann, ben = await office.staff("ann"), await office.staff("ben")
    state = [
        {"type": SESSION, "content": {"customer": ann.user_id}},
        {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}},
    ]
    room_id = await conversation(bot, ann.user_id, bob.user_id, initial_state=state)
    assert await members(ann, room_id) == {BOT, ann.user_id, bob.user_id}
    assert await told(ann, room_id) == {
        "customer": bob.user_id, "staff": ann.user_id, "state": "open", "voice": ann.user_id
    }  # fmt: skip
    assert "m.room.encryption" not in str(await ann.get(f"/rooms/{quote(room_id)}/state"))
    assert await direct_list(ann) == {bob.user_id: [room_id]}
    # Made anew while they have it, it is the same.
    assert await conversation(bot, ann.user_id, bob.user_id) == room_id

    # Handed on, it is still the bridge's; the one as whom it is known there stays.
    levels = await ann.get(f"/rooms/{quote(room_id)}/state/m.room.power_levels/")
    await ann.post(session_path(room_id, "assign"), {"staff_id": ben.user_id})
    assert (await session_of(ben, room_id))["staff_id"] == ben.user_id
    assert await members(ben, room_id) == {BOT, ann.user_id, ben.user_id, bob.user_id}
    assert await ben.get(f"/rooms/{quote(room_id)}/state/m.room.power_levels/") == levels
    assert await ben.get(f"/rooms/{quote(room_id)}/state/m.room.name/") == {"name": "bob (net)"}
    # What others of the organisation say, the bridge is told as hers; who is in the room, as it is.
    event_id = await ben.send(room_id, "Hello")
    await bob.send(room_id, "Hello yourself")
    await bridge.wait(lambda: "Hello yourself" in bridge.bodies())
    senders = {event["content"]["body"]: event["sender"] for event in bridge.events() if "body" in event["content"]}
    assert senders == {"Hello": ann.user_id, "Hello yourself": bob.user_id}
    assert next(event for event in bridge.events() if event["event_id"] == event_id)["room_id"] == room_id
    joined = [event["state_key"] for event in bridge.events() if event["content"].get("membership") == "join"]
    assert ben.user_id in joined
    # Here it is what it is.
    page = await ann.get(f"/rooms/{quote(room_id)}/messages", dir="b", limit="2")
    assert [event["sender"] for event in page["chunk"]] == [bob.user_id, ben.user_id]


async def test_other_rooms_of_a_bridge_are_none(make_office: MakeOffice, make_bridge: MakeBridge) -> None:
    bridge = await make_bridge()
    office, bot, bob = await bridged_office(make_office, bridge)
    carol = await bridge.ghost(office.server, "_irc_carol")
    ann, ben = await office.staff("ann"), await office.staff("ben")
    somebody = await office.server.register("somebody")
    for wish in (
        {"invite": [ann.user_id]},
        {"invite": [ann.user_id, bob.user_id, carol.user_id]},
        {"invite": [ann.user_id, ben.user_id]},
        {"invite": [bob.user_id, carol.user_id]},
        {"invite": [somebody.user_id, bob.user_id]},
        {"invite": [ann.user_id, bob.user_id], "visibility": "public"},
        {"invite": [ann.user_id, bob.user_id], "creation_content": {"type": "m.space"}},
        {"invite": [ann.user_id, bob.user_id], "room_alias_name": "_irc_room"},
    ):
        room_id = await bot.create_room(**wish)
        assert SESSION not in str(await bot.get(f"/rooms/{quote(room_id)}/state")), wish
    # And what is none does not become one because somebody with power over it says so.
    status, error = await bot.attempt(
        "PUT", f"/rooms/{quote(room_id)}/state/{SESSION}/", {"customer": bob.user_id, "staff": ann.user_id}
    )
    assert (status, error["errcode"]) == (403, "M_FORBIDDEN")


async def test_nobody_comes_to_who_has_left(make_office: MakeOffice, make_bridge: MakeBridge) -> None:
    bridge = await make_bridge()
    office, bot, bob = await bridged_office(make_office, bridge)
    ann = await office.staff("ann")
    await office.change(ann.user_id, state="departed")
    status, error = await bot.attempt("POST", "/createRoom", {"invite": [ann.user_id, bob.user_id]})
    assert (status, error["errcode"], error["org.roomkeeper.reason"]) == (403, "M_FORBIDDEN", "departed")
