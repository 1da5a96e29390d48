"""A changed name or picture reaches the member events of every room, also through a crash."""

from __future__ import annotations

import asyncio

from roomkeeper.platform.database import Statement
from tests.harness import Client, Server
from tests.integration.rooms.paths import room_path, state_of
from tests.scenarios.model import settled


async def rename(client: Client, name: str) -> None:
    """Change one's display name."""
    await client.put(f"/profile/{client.user_id}/displayname", {"displayname": name})


async def names(client: Client, *rooms: str) -> list[str | None]:
    """The client's display name in rooms."""
    return [(await state_of(client, room_id))["m.room.member", client.user_id].get("displayname") for room_id in rooms]


async def test_a_change_reaches_every_room(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    rooms = [await ann.create_room(preset="public_chat", room_version=version) for version in ("10", "11", "12")]
    await ben.join(rooms[0])
    await ben.sync()
    await rename(ann, "Ann A.")
    await ann.put(f"/profile/{ann.user_id}/avatar_url", {"avatar_url": "mxc://example.org/x"})
    await settled(server)
    assert await names(ann, *rooms) == ["Ann A."] * 3
    shown = (await ben.sync())["rooms"]["join"][rooms[0]]["timeline"]["events"]
    assert shown[0]["content"]["displayname"] == "Ann A."
    assert shown[-1]["content"]["avatar_url"] == "mxc://example.org/x"
    await ann.put(f"/profile/{ann.user_id}/org.example.pronouns", {"org.example.pronouns": "x"})
    await settled(server)
    assert "rooms" not in await ben.sync(), "other fields are nobody's business here"


async def test_also_after_a_crash_in_between(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    for task in asyncio.all_tasks():
        if task.get_name() == "facts":
            task.cancel()
    await asyncio.sleep(0)
    await rename(ann, "Ann A.")
    assert await names(ann, room_id) == [None]
    await server.restart()
    await settled(server)
    assert await names(ann, room_id) == ["Ann A."]


async def test_doing_it_twice_changes_nothing(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    await rename(ann, "Ann A.")
    await settled(server)
    await ann.sync()
    payload = f'{{"user_id":"{ann.user_id}","field":"displayname","propagate":true}}'.encode()
    sql = "INSERT INTO outbox (kind, payload, recorded_ts, next_attempt_ts, attempts) VALUES ($1, $2, 0, 0, 0)"
    await server.app.committer.commit(Statement(sql, ("ProfileChanged", payload)))
    await server.restart()
    await settled(server)
    section = (await ann.sync()).get("rooms", {}).get("join", {}).get(room_id, {"timeline": {"events": []}})
    assert section["timeline"]["events"] == []
    assert await names(ann, room_id) == ["Ann A."]


async def test_not_in_rooms_that_one_is_not_in(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    left, invited = await ben.create_room(preset="public_chat"), await ben.create_room()
    await ann.join(left)
    await ann.leave(left)
    await ben.invite(invited, ann.user_id)
    await rename(ann, "Ann A.")
    await settled(server)
    assert (await state_of(ben, left))["m.room.member", ann.user_id] == {"membership": "leave"}
    assert (await state_of(ben, invited))["m.room.member", ann.user_id] == {"membership": "invite"}
    await ann.join(invited)
    assert await names(ann, invited) == ["Ann A."]


async def test_where_a_reason_was_given(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.post(room_path(room_id, "join"), {"reason": "to help"})
    await rename(ben, "Ben B.")
    await settled(server)
    content = (await state_of(ann, room_id))["m.room.member", ben.user_id]
    assert content["displayname"] == "Ben B."
