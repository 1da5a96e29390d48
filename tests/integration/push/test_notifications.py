"""``GET /notifications``: what a user was notified of, of all rooms, page by page."""

from __future__ import annotations

from typing import Any

from tests.harness import Client, Server
from tests.integration.push.reading import mention, read, reply_in, say, two_in_a_room


async def notifications(client: Client, **query: Any) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await client.get("/notifications", **query)
        found += answer["notifications"]
        if "next_token" not in answer:
            return found
        query["from"] = answer["next_token"]


def bodies(found: list[dict[str, Any]]) -> list[str]:
    """What the messages say."""
    return [shown["event"]["content"].get("body") for shown in found]


async def test_messages_of_all_rooms_newest_first(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    other = await ann.create_room(preset="public_chat")
    await ann.send(other, "before")
    await ben.join(other)
    for number in range(7):
        await ann.send(other if number % 3 else room_id, f"{number}")
    await ben.send(room_id, "own")
    await say(ann, room_id, "quiet", msgtype="m.notice")
    found = await notifications(ben)
    assert bodies(found) == ["6", "5", "4", "3", "2", "1", "0"]
    assert [shown["room_id"] for shown in found[:2]] == [room_id, other]
    assert found[0]["actions"][0] == "notify"
    assert found[0]["ts"] == found[0]["event"]["origin_server_ts"]
    for limit in (1, 2, 3, 100):
        assert bodies(await notifications(ben, limit=limit)) == bodies(found)
    assert len((await ben.get("/notifications", limit=3))["notifications"]) == 3


async def test_what_is_read_and_what_is_highlighted(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    root = await say(ann, room_id, "root", **mention(ben.user_id))
    await say(ann, room_id, "main")
    inside = await reply_in(ann, room_id, root, "inside", **mention(ben.user_id))
    await reply_in(ann, room_id, root, "more")
    await read(ben, room_id, root, "main")
    await read(ben, room_id, inside, root)
    found = await notifications(ben)
    assert [(shown["event"]["content"]["body"], shown["read"]) for shown in found] == [
        ("more", False), ("inside", True), ("main", False), ("root", True),
    ]  # fmt: skip
    assert bodies(await notifications(ben, only="highlight", limit=1)) == ["inside", "root"]


async def test_an_invitation_is_among_them_and_what_was_before_is_not(server: Server) -> None:
    ann, ben, _ = await two_in_a_room(server)
    room_id = await ann.create_room(name="surprise")
    await ann.send(room_id, "secret")
    await ann.invite(room_id, ben.user_id)
    await ann.send(room_id, "secret")
    (invitation,) = await notifications(ben)
    assert invitation["event"]["type"] == "m.room.member"
    assert invitation["event"]["content"]["membership"] == "invite"
    assert invitation["room_id"] == room_id


async def test_other_rooms_and_wrong_queries(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id)
    await ben.leave(room_id)
    assert await notifications(ben) == []
    for query in ({"from": "x"}, {"limit": "0"}, {"limit": "x"}, {"only": "x"}):
        status, answer = await ben.attempt("GET", "/notifications", **query)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
