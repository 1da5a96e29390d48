"""Server notices. spec: client-server §Server Notices"""

from __future__ import annotations

import asyncio
from typing import Any

from tests.conftest import MakeServer
from tests.harness import Answer, Client, Server
from tests.integration.accounts.operator import operator
from tests.integration.rooms.paths import error, room_path, state_of

CANNOT_LEAVE = (403, "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM")


async def notify(server: Server, user: Client, body: str = "We close at noon", **more: Any) -> Answer:
    """Send a notice."""
    return await operator(server, "POST", "/server_notices", {"user_id": user.user_id, "body": body, **more})


async def test_a_notice_arrives(server: Server) -> None:
    ann = await server.register("ann")
    await ann.sync()
    status, answer = await notify(server, ann)
    assert status == 200, answer
    room_id = answer["room_id"]
    invited = (await ann.sync())["rooms"]["invite"][room_id]["invite_state"]["events"]
    assert {"name": "Server notices"} in [event["content"] for event in invited]
    assert await error(ann, "POST", room_path(room_id, "leave")) == CANNOT_LEAVE
    member = room_path(room_id, "state", "m.room.member", ann.user_id)
    assert await error(ann, "PUT", member, {"membership": "leave"}) == CANNOT_LEAVE
    await ann.join(room_id)
    section = (await ann.sync())["rooms"]["join"][room_id]
    assert {"type": "m.tag", "content": {"tags": {"m.server_notice": {}}}} in section["account_data"]["events"]
    (message,) = [event for event in section["timeline"]["events"] if event["type"] == "m.room.message"]
    assert message["event_id"] == answer["event_id"]
    assert message["sender"] == "@server-notices:example.org"
    assert message["content"] == {
        "msgtype": "m.server_notice", "body": "We close at noon", "server_notice_type": "org.roomkeeper.notice"
    }  # fmt: skip
    state = await state_of(ann, room_id)
    assert state["m.room.member", "@server-notices:example.org"]["displayname"] == "Server notices"
    assert await error(ann, "PUT", room_path(room_id, "send", "m.room.message", "t"), {}) == (403, "M_FORBIDDEN")
    _, log = await operator(server, "GET", "/audit")
    assert ("server_notices.send", ann.user_id) in {(e["permission"], e["object"]) for e in log["entries"]}


async def test_one_room_for_each_user(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    answers = await asyncio.gather(*(notify(server, ann, f"notice {number}") for number in range(5)))
    rooms = {answer["room_id"] for _, answer in answers}
    assert len(rooms) == 1
    await server.restart()
    assert (await notify(server, ann))[1]["room_id"] in rooms
    assert (await notify(server, ben))[1]["room_id"] not in rooms


async def test_who_left_is_invited_again(server: Server) -> None:
    ann = await server.register("ann")
    room_id = (await notify(server, ann))[1]["room_id"]
    await ann.join(room_id)
    await ann.leave(room_id)
    await ann.sync()
    assert (await notify(server, ann))[1]["room_id"] == room_id
    assert room_id in (await ann.sync())["rooms"]["invite"]
    await server.restart()
    assert await error(ann, "POST", room_path(room_id, "leave")) == CANNOT_LEAVE


async def test_a_usage_limit(server: Server) -> None:
    ann = await server.register("ann")
    kind = {"server_notice_type": "m.server_notice.usage_limit_reached"}
    assert (await notify(server, ann, **kind))[0] == 400
    more = {"admin_contact": "mailto:help@example.org", "limit_type": "monthly_active_user"}
    room_id = (await notify(server, ann, **kind, **more))[1]["room_id"]
    await ann.join(room_id)
    page = await ann.get(room_path(room_id, "messages"), dir="b", filter='{"types":["m.room.message"]}')
    assert page["chunk"][0]["content"] == {"msgtype": "m.server_notice", "body": "We close at noon", **kind, **more}


async def test_who_cannot_be_told(server: Server) -> None:
    ann = await server.register("ann")
    for user_id, status in (("@none:example.org", 404), ("nonsense", 404), ("", 400)):
        body = {"user_id": user_id, "body": "x"}
        assert (await operator(server, "POST", "/server_notices", body))[0] == status
    await ann.put(f"/user/{ann.user_id}/account_data/m.invite_permission_config", {"default_action": "block"})
    status, answer = await notify(server, ann)
    assert (status, answer["errcode"]) == (403, "M_INVITE_BLOCKED")
    sender = {"user_id": "@server-notices:example.org", "body": "x"}
    assert (await operator(server, "POST", "/server_notices", sender))[0] == 400
    status, _ = await server.request("POST", "/_roomkeeper/v1/server_notices", sender, ann.token)
    assert status in (401, 403)


async def test_somebodys_account_is_not_taken(server: Server) -> None:
    await server.register("server-notices")
    ann = await server.register("ann")
    status, answer = await notify(server, ann)
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    assert "localpart" in answer["error"]


async def test_its_name_is_a_setting(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_SERVER_NOTICES_LOCALPART="house", ROOMKEEPER_SERVER_NOTICES_ROOM_NAME="House")
    ann = await server.register("ann")
    room_id = (await notify(server, ann))[1]["room_id"]
    await ann.join(room_id)
    state = await state_of(ann, room_id)
    assert state["m.room.name", ""] == {"name": "House"}
    assert ("m.room.member", "@house:example.org") in state


async def test_closing_an_account_declines_for_the_user(server: Server) -> None:
    ann = await server.register("ann")
    room_id = (await notify(server, ann))[1]["room_id"]
    auth = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "ann"}, "password": ann.password}
    await ann.post("/account/deactivate", {"auth": auth})
    for _ in range(200):
        if (await server.rooms.cache.get(room_id)).membership(ann.user_id) == "leave":
            break
        await asyncio.sleep(0.01)
    assert (await server.rooms.cache.get(room_id)).membership(ann.user_id) == "leave"
