"""The rooms that two users share. spec: client-server §Mutual Rooms"""

from __future__ import annotations

import pytest

from roomkeeper.core.rooms.api import membership
from tests.harness import Server
from tests.integration.rooms.paths import error

PATH = "/_matrix/client/v1/mutual_rooms"


async def test_shared_rooms_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "MUTUAL_ROOMS", 2)
    ann, ben = await server.register("ann"), await server.register("ben")
    rooms = [await ann.create_room(preset="public_chat") for _ in range(5)]
    for room_id in rooms:
        await ben.join(room_id)
    await ann.create_room(invite=[ben.user_id])
    await ben.create_room()
    await ben.leave(rooms.pop())
    answer = await ann.get(PATH, user_id=ben.user_id)
    found = list(answer["joined"])
    while "next_batch" in answer:
        assert answer["count"] == 4
        answer = await ann.get(PATH, user_id=ben.user_id, **{"from": answer["next_batch"]})
        found += answer["joined"]
    assert found == sorted(rooms)


async def test_what_is_refused(server: Server) -> None:
    ann = await server.register("ann")
    assert await ann.get(PATH, user_id="@nobody:example.org") == {"joined": [], "count": 0}
    assert await error(ann, "GET", PATH) == (400, "M_MISSING_PARAM")
    assert await error(ann, "GET", PATH, user_id=ann.user_id) == (400, "M_INVALID_PARAM")
    assert await error(ann, "GET", PATH, user_id="nonsense") == (400, "M_INVALID_PARAM")
    assert await error(ann, "GET", PATH, user_id="@x:example.org", **{"from": "nonsense"}) == (400, "M_INVALID_PARAM")
