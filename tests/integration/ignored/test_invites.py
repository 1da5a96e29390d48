"""Who does not want invitations gets none. spec: client-server §Invite permission"""

from __future__ import annotations

from tests.harness import Client, Server
from tests.integration.rooms.paths import error, room_path

BLOCKED = (403, "M_INVITE_BLOCKED")


async def permit(client: Client, action: object) -> None:
    """Set the default action."""
    await client.put(
        f"/user/{client.user_id}/account_data/m.invite_permission_config",
        {} if action is None else {"default_action": action},
    )


async def test_every_way_of_inviting(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    await permit(ben, "block")
    room_id = await ann.create_room()
    content = {"membership": "invite"}
    assert await error(ann, "POST", room_path(room_id, "invite"), {"user_id": ben.user_id}) == BLOCKED
    assert await error(ann, "POST", "/createRoom", {"invite": [ben.user_id]}) == BLOCKED
    assert await error(ann, "PUT", room_path(room_id, "state", "m.room.member", ben.user_id), content) == BLOCKED
    await permit(ben, None)
    await ann.invite(room_id, ben.user_id)
    assert (await ben.sync())["rooms"]["invite"].keys() == {room_id}


async def test_an_unknown_action_blocks_nothing(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room()
    for action in ("allow", 5, ["block"], "Block"):
        await permit(ben, action)
    await ann.invite(room_id, ben.user_id)


async def test_earlier_invitations_are_hidden_too(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(invite=[ben.user_id])
    await permit(ben, "block")
    assert "invite" not in (await ben.sync()).get("rooms", {})
    members = await ann.get(room_path(room_id, "members"))
    assert {event["content"]["membership"] for event in members["chunk"]} == {"join", "invite"}
    await permit(ben, None)
    assert (await ben.get("/sync"))["rooms"]["invite"].keys() == {room_id}
    await ben.join(room_id)


async def test_it_holds_after_a_restart(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    await permit(ben, "block")
    room_id = await ann.create_room()
    await server.restart()
    assert await error(ann, "POST", room_path(room_id, "invite"), {"user_id": ben.user_id}) == BLOCKED
