"""Two people in a room."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.harness import Client, Server


class Talk(NamedTuple):
    """Ann, who made the room, and Ben."""

    ann: Client
    ben: Client
    room_id: str


@pytest.fixture
async def talk(server: Server) -> Talk:
    """Ann and Ben in a public room."""
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    return Talk(ann, ben, room_id)
