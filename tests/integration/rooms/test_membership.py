"""Join, invite, knock, leave, forget, kick, ban, unban: who may do what to whom, and what others see of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.rooms.paths import VERSIONS, do, error, membership, room_path, state_of


class Room:
    """A room with an admin (its creator), a moderator, a member, and somebody outside."""

    def __init__(self, room_id: str, people: dict[str, Client]) -> None:
        self.room_id = room_id
        self.people = people

    def __getitem__(self, name: str) -> Client:
        return self.people[name]


async def room_of_four(server: Server, version: str = "11", **extra: Any) -> Room:
    """Make one."""
    people = {name: await server.register(name) for name in ("admin", "moderator", "member", "stranger")}
    body: dict[str, Any] = {"preset": "public_chat", "room_version": version, **extra}
    room_id = await people["admin"].create_room(**body)
    for name in ("moderator", "member"):
        await people["admin"].invite(room_id, people[name].user_id)
        await people[name].join(room_id)
    levels = (await state_of(people["admin"], room_id))["m.room.power_levels", ""]
    levels["users"][people["moderator"].user_id] = 50
    await people["admin"].set_state(room_id, "m.room.power_levels", levels)
    return Room(room_id, people)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("verb", ["kick", "ban"])
@pytest.mark.parametrize(
    ("actor", "target", "status"),
    [
        ("admin", "moderator", 200),
        ("admin", "member", 200),
        ("moderator", "member", 200),
        ("moderator", "admin", 403),
        ("member", "moderator", 403),
        ("member", "admin", 403),
        ("stranger", "member", 403),
    ],
)
async def test_who_may_kick_and_ban(
    server: Server, version: str, verb: str, actor: str, target: str, status: int
) -> None:
    room = await room_of_four(server, version)
    assert await do(room[actor], verb, room.room_id, room[target].user_id, reason="so") == status
    after = await membership(room["admin"], room.room_id, room[target].user_id) if target != "admin" else "join"
    assert after == ({"kick": "leave", "ban": "ban"}[verb] if status == 200 else "join")
    if status == 200:
        assert await do(room[target], "join", room.room_id) == (403 if verb == "ban" else 200)


@pytest.mark.parametrize("version", VERSIONS)
async def test_bans_and_their_end(server: Server, version: str) -> None:
    room = await room_of_four(server, version)
    stranger, room_id = room["stranger"], room.room_id
    assert await do(room["moderator"], "ban", room_id, stranger.user_id) == 200
    assert await do(stranger, "join", room_id) == 403
    assert await error(stranger, "POST", f"/knock/{room_id}") == (403, "M_FORBIDDEN")
    assert await do(room["admin"], "invite", room_id, stranger.user_id) == 403
    assert await do(room["member"], "unban", room_id, stranger.user_id) == 403
    assert await do(stranger, "leave", room_id) == 403
    assert await do(room["moderator"], "unban", room_id, stranger.user_id) == 200
    assert await do(room["moderator"], "unban", room_id, stranger.user_id) == 403
    assert await do(stranger, "join", room_id) == 200


async def test_kicking_who_is_not_there(server: Server) -> None:
    room = await room_of_four(server)
    assert await do(room["admin"], "kick", room.room_id, room["stranger"].user_id) == 403
    assert await do(room["admin"], "kick", room.room_id, "nonsense") == 400
    assert await error(room["admin"], "POST", room_path(room.room_id, "kick"), {}) == (400, "M_MISSING_PARAM")


async def test_a_reason_is_shown(server: Server) -> None:
    room = await room_of_four(server)
    await do(room["admin"], "kick", room.room_id, room["member"].user_id, reason="too loud")
    state = await state_of(room["admin"], room.room_id)
    assert state["m.room.member", room["member"].user_id]["reason"] == "too loud"


@pytest.mark.parametrize("version", VERSIONS)
async def test_invitations(server: Server, version: str) -> None:
    room = await room_of_four(server, version, preset="private_chat")
    stranger, room_id = room["stranger"], room.room_id
    assert await do(stranger, "join", room_id) == 403
    assert await do(room["member"], "invite", room_id, stranger.user_id) == 200
    assert await do(room["member"], "invite", room_id, room["moderator"].user_id) == 403
    assert await do(stranger, "leave", room_id) == 200
    assert await do(stranger, "join", room_id) == 403
    assert await do(room["member"], "invite", room_id, stranger.user_id) == 200
    assert await do(room["moderator"], "kick", room_id, stranger.user_id) == 200
    assert await do(stranger, "join", room_id) == 403
    assert await do(stranger, "invite", room_id, stranger.user_id) == 403


async def test_only_people_of_this_server_can_be_invited(server: Server) -> None:
    room = await room_of_four(server)
    admin, path = room["admin"], room_path(room.room_id, "invite")
    assert await error(admin, "POST", path, {"user_id": "@nobody:example.org"}) == (404, "M_NOT_FOUND")
    assert await error(admin, "POST", path, {"user_id": "@ann:elsewhere.org"}) == (403, "M_FORBIDDEN")
    assert await error(admin, "POST", path, {"user_id": "ann"}) == (400, "M_INVALID_PARAM")
    assert await error(admin, "POST", path, {"medium": "email", "address": "a@b"}) == (403, "M_FORBIDDEN")
    assert await error(admin, "POST", path, {}) == (400, "M_MISSING_PARAM")


async def test_inviting_needs_the_power_for_it(server: Server) -> None:
    room = await room_of_four(server, power_level_content_override={"invite": 50})
    assert await do(room["member"], "invite", room.room_id, room["stranger"].user_id) == 403
    assert await do(room["moderator"], "invite", room.room_id, room["stranger"].user_id) == 200


@pytest.mark.parametrize("version", VERSIONS)
async def test_knocking(server: Server, version: str) -> None:
    rules = [{"type": "m.room.join_rules", "content": {"join_rule": "knock"}}]
    room = await room_of_four(server, version, preset="private_chat", initial_state=rules)
    stranger, room_id = room["stranger"], room.room_id
    assert await do(stranger, "join", room_id) == 403
    answer = await stranger.post(f"/knock/{room_id}", {"reason": "let me in"})
    assert answer == {"room_id": room_id}
    knocked = (await stranger.sync())["rooms"]["knock"][room_id]["knock_state"]["events"]
    assert any(event["type"] == "m.room.create" for event in knocked)
    assert (await state_of(room["admin"], room_id))["m.room.member", stranger.user_id]["reason"] == "let me in"
    assert (await stranger.attempt("GET", room_path(room_id, "state")))[0] == 403
    assert await do(stranger, "leave", room_id) == 200
    await stranger.post(f"/knock/{room_id}")
    await room["member"].invite(room_id, stranger.user_id)
    await stranger.join(room_id)


async def test_knocking_where_that_is_not_foreseen(server: Server) -> None:
    room = await room_of_four(server, preset="private_chat")
    assert await error(room["stranger"], "POST", f"/knock/{room.room_id}") == (403, "M_FORBIDDEN")
    assert await error(room["member"], "POST", f"/knock/{room.room_id}") == (403, "M_FORBIDDEN")


@pytest.mark.parametrize("version", VERSIONS)
async def test_restricted_rooms_admit_the_members_of_another(server: Server, version: str) -> None:
    house = await room_of_four(server, "11")
    allow = [{"type": "m.room_membership", "room_id": house.room_id}]
    rule = {"join_rule": "restricted", "allow": allow}
    admin = house["admin"]
    room_id = await admin.create_room(
        room_version=version, initial_state=[{"type": "m.room.join_rules", "content": rule}]
    )
    assert await do(house["stranger"], "join", room_id) == 403
    assert await do(house["member"], "join", room_id) == 200
    content = (await state_of(admin, room_id))["m.room.member", house["member"].user_id]
    assert content["join_authorised_via_users_server"] == admin.user_id
    await house["member"].put(f"/profile/{house['member'].user_id}/displayname", {"displayname": "Member"})
    await admin.invite(room_id, house["stranger"].user_id)
    assert await do(house["stranger"], "join", room_id) == 200


async def test_restricted_rooms_cannot_admit_where_nobody_may_invite(server: Server) -> None:
    house = await room_of_four(server)
    rule = {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": house.room_id}]}
    room_id = await house["admin"].create_room(
        room_version="11", initial_state=[{"type": "m.room.join_rules", "content": rule}]
    )
    await house["admin"].leave(room_id)
    assert await do(house["member"], "join", room_id) == 403


async def test_leaving_twice_and_joining_twice(server: Server) -> None:
    room = await room_of_four(server)
    assert await do(room["member"], "join", room.room_id) == 200
    assert await do(room["member"], "leave", room.room_id) == 200
    assert await do(room["member"], "leave", room.room_id) == 200
    assert await do(room["stranger"], "leave", room.room_id) == 403


async def test_a_rejected_invitation_disappears(server: Server) -> None:
    room = await room_of_four(server, preset="private_chat")
    stranger = room["stranger"]
    await stranger.sync()
    await room["admin"].invite(room.room_id, stranger.user_id)
    assert room.room_id in (await stranger.sync())["rooms"]["invite"]
    await stranger.leave(room.room_id)
    section = (await stranger.sync())["rooms"]["leave"][room.room_id]
    assert [event["content"]["membership"] for event in section["timeline"]["events"]] == ["leave"]
    assert section["state"]["events"] == []
    fresh = await stranger.get("/sync", filter='{"room":{"include_leave":true}}')
    section = fresh["rooms"]["leave"][room.room_id]
    assert [event["state_key"] for event in section["timeline"]["events"]] == [stranger.user_id]
    assert section["state"]["events"] == [], "who never was in the room does not get its state"


async def test_forgetting(server: Server) -> None:
    room = await room_of_four(server)
    member, room_id = room["member"], room.room_id
    path = room_path(room_id, "forget")
    assert await error(member, "POST", path) == (400, "M_UNKNOWN")
    assert await error(room["stranger"], "POST", path) == (404, "M_NOT_FOUND")
    await member.leave(room_id)
    assert (await member.attempt("GET", room_path(room_id, "messages"), dir="b"))[0] == 200
    await member.post(path)
    assert (await member.attempt("GET", room_path(room_id, "messages"), dir="b"))[0] == 403
    assert "rooms" not in await member.get("/sync", filter='{"room":{"include_leave":true}}')
    await member.join(room_id)
    assert (await member.attempt("GET", room_path(room_id, "messages"), dir="b"))[0] == 200


async def test_joined_rooms_and_members(server: Server) -> None:
    room = await room_of_four(server)
    member = room["member"]
    await member.put(f"/profile/{member.user_id}/displayname", {"displayname": "Mem"})
    assert (await member.get("/joined_rooms"))["joined_rooms"] == [room.room_id]
    joined = (await room["admin"].get(room_path(room.room_id, "joined_members")))["joined"]
    assert joined.keys() == {room[name].user_id for name in ("admin", "moderator", "member")}
    assert (await room["stranger"].attempt("GET", room_path(room.room_id, "joined_members")))[0] == 403
    await member.leave(room.room_id)
    assert (await member.get("/joined_rooms"))["joined_rooms"] == []
    assert (await member.attempt("GET", room_path(room.room_id, "joined_members")))[0] == 403


@pytest.mark.parametrize("verb", ["join", "invite", "leave", "kick", "ban", "unban", "forget"])
async def test_unknown_rooms(server: Server, verb: str) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    body = {"user_id": ben.user_id} if verb in ("invite", "kick", "ban", "unban") else {}
    path = room_path("!nowhere:example.org", verb)
    assert await error(ann, "POST", path, body) == (404, "M_NOT_FOUND")
    assert await error(ann, "POST", "/join/%23nowhere%3Aexample.org") == (404, "M_NOT_FOUND")
    assert await error(ann, "POST", "/join/%23nowhere") == (400, "M_INVALID_PARAM")


async def test_an_invitation_by_state_event_must_reach_somebody_too(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    path = f"/rooms/{room_id}/state/m.room.member/@nobody:example.org"
    assert (await ann.attempt("PUT", path, {"membership": "invite"}))[0] == 404
