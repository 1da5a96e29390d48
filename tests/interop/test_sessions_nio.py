"""A stock customer: matrix-nio writes to the staff in a direct chat, and lands in a session."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import quote

import aiohttp
import nio  # type: ignore[import-untyped]
from nio.api import RoomPreset  # type: ignore[import-untyped]

from tests.interop.conftest import PASSWORD, SignUp, call, new_client, ok
from tests.process import ServerProcess

_numbers = itertools.count(1)


async def staff(process: ServerProcess, display_name: str) -> Any:
    """Somebody new of the staff, made by an identity provider with SCIM, signed in with nio."""
    number = next(_numbers)
    operator = json.loads((process.data_dir / "instance.json").read_bytes())["token"]
    person = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": f"desk{number}@example.org",
        "displayName": display_name,
        "password": PASSWORD,
    }
    async with aiohttp.ClientSession(base_url=process.url) as session:

        async def post(path: str, body: Any, token: str) -> Any:
            async with session.post(path, json=body, headers={"Authorization": f"Bearer {token}"}) as answer:
                assert answer.status in (200, 201), await answer.text()
                return await answer.json(content_type=None)

        made = await post("/_roomkeeper/v1/provisioning_tokens", {"name": f"provider{number}"}, operator)
        await post("/scim/v2/Users", person, made["token"])
    client = new_client(process, f"desk{number}")
    ok(await client.login(PASSWORD, "Desk"), nio.LoginResponse)
    return client


async def direct(client: Any, other: Any) -> str:
    """A direct chat; the room's id."""
    made = await client.room_create(is_direct=True, invite=[other.user_id], preset=RoomPreset.trusted_private_chat)
    return str(ok(made, nio.RoomCreateResponse).room_id)


async def test_a_customer_lands_in_a_session(process: ServerProcess, sign_up: SignUp) -> None:
    customer, desk = await sign_up("customer"), await staff(process, "Front desk")
    try:
        for client in (customer, desk):
            ok(await client.sync(full_state=True), nio.SyncResponse)
        room_id = await direct(customer, desk)
        ok(
            await customer.room_send(room_id, "m.room.message", {"msgtype": "m.text", "body": "good morning"}),
            nio.RoomSendResponse,
        )
        for client in (customer, desk):
            ok(await client.sync(), nio.SyncResponse)
        # Nobody had to accept anything; each sees the room under the other's name.
        assert customer.rooms[room_id].summary.heroes == [desk.user_id]
        assert desk.rooms[room_id].summary.heroes == [customer.user_id]
        assert customer.rooms[room_id].summary.joined_member_count == 3
        assert customer.rooms[room_id].name is None
        assert "Front desk" in customer.rooms[room_id].display_name
        assert not customer.rooms[room_id].encrypted
        assert customer.rooms[room_id].power_levels.get_user_level(desk.user_id) == 50
        assert customer.rooms[room_id].unread_notifications == 0
        assert desk.rooms[room_id].unread_notifications == 1
        # m.direct is right on both sides, though nio never writes it.
        for client, other in ((customer, desk), (desk, customer)):
            rooms = ok(await client.list_direct_rooms(), nio.DirectRoomsResponse).rooms
            assert rooms == {other.user_id: [room_id]}
            path = f"/user/{quote(client.user_id)}/account_data/m.direct"
            await call(client, "PUT", path, {})
            assert await call(client, "GET", path) == {other.user_id: [room_id]}
        assert await direct(customer, desk) == room_id
        assert await direct(desk, customer) == room_id
        messages = ok(await desk.room_messages(room_id, "", limit=1), nio.RoomMessagesResponse)
        assert [event.body for event in messages.chunk] == ["good morning"]
    finally:
        await desk.close()
