"""Whoever closes their account leaves every room: nothing is sent to a ghost."""

from __future__ import annotations

import asyncio

from tests.harness import Client, Server


async def test_a_deactivated_user_leaves_rooms_and_rejects_invitations(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    joined = await alice.create_room(invite=[bob.user_id])
    invited = await alice.create_room(invite=[bob.user_id])
    await bob.join(joined)

    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": bob.user_id},
        "password": bob.password,
    }
    await bob.post("/account/deactivate", {"auth": auth})

    for room_id in (joined, invited):
        assert await _eventually_left(alice, room_id, bob.user_id)


async def _eventually_left(witness: Client, room_id: str, user_id: str) -> bool:
    for _ in range(100):
        member = await witness.get(f"/rooms/{room_id}/state/m.room.member/{user_id}")
        if member["membership"] == "leave":
            return True
        await asyncio.sleep(0.02)
    return False
