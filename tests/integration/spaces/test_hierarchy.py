"""Walking down a space. spec: client-server §Spaces"""

from __future__ import annotations

from typing import Any

from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.relations.saying import v1
from tests.integration.rooms.paths import error


async def make(client: Client, name: str, *, space: bool = False, public: bool = True, **body: Any) -> str:
    """A room or a space."""
    preset = "public_chat" if public else "private_chat"
    content = {"type": "m.space"} if space else {}
    return await client.create_room(name=name, preset=preset, creation_content=content, **body)


async def put_in(client: Client, space: str, room_id: str, **content: Any) -> None:
    """Make a room part of a space."""
    await client.set_state(space, "m.space.child", {"via": ["example.org"], **content}, room_id)


async def walk(client: Client, root: str, **query: Any) -> list[str]:
    """The names of all rooms, page after page."""
    answer = await client.get(v1(root, "hierarchy"), **query)
    found = list(answer["rooms"])
    while "next_batch" in answer:
        answer = await client.get(v1(root, "hierarchy"), **{**query, "from": answer["next_batch"]})
        found += answer["rooms"]
    return [room["name"] for room in found]


async def world(ann: Client) -> dict[str, str]:
    """work( alpha, teams( one, two( deep ) ), omega )"""
    rooms = {name: await make(ann, name) for name in ("alpha", "omega", "one", "deep")}
    rooms.update({name: await make(ann, name, space=True) for name in ("work", "teams", "two")})
    await put_in(ann, rooms["work"], rooms["omega"])
    await put_in(ann, rooms["work"], rooms["teams"], order="b", suggested=True)
    await put_in(ann, rooms["work"], rooms["alpha"], order="a")
    await put_in(ann, rooms["teams"], rooms["one"], order="1", suggested=True)
    await put_in(ann, rooms["teams"], rooms["two"], order="2")
    await put_in(ann, rooms["two"], rooms["deep"])
    return rooms


async def test_depth_first_in_order(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    rooms = await world(ann)
    expected = ["work", "alpha", "teams", "one", "two", "deep", "omega"]
    for limit in (1, 2, 3, 7, 50):
        assert await walk(ben, rooms["work"], limit=limit) == expected
    assert await walk(ben, rooms["work"], max_depth=1) == ["work", "alpha", "teams", "omega"]
    assert await walk(ben, rooms["work"], max_depth=0) == ["work"]
    assert await walk(ben, rooms["work"], suggested_only="true") == ["work", "teams", "one"]
    assert await walk(ben, rooms["work"], max_depth=2, limit=2) == ["work", "alpha", "teams", "one", "two", "omega"]
    assert await walk(ben, rooms["alpha"]) == ["alpha"]


async def test_what_is_told_of_a_room(server: Server) -> None:
    ann = await server.register("ann")
    space = await make(ann, "work", space=True, room_alias_name="work", topic="what we do")
    room_id = await make(ann, "alpha")
    await put_in(ann, space, room_id, order="x")
    found = (await ann.get(v1(space, "hierarchy")))["rooms"]
    (child,) = found[0]["children_state"]
    assert child["state_key"] == room_id
    assert child["content"] == {"via": ["example.org"], "order": "x"}
    assert {"type", "sender", "origin_server_ts"} <= child.keys()
    assert found[0] | {"children_state": []} == {
        "room_id": space, "name": "work", "topic": "what we do", "canonical_alias": "#work:example.org",
        "num_joined_members": 1, "world_readable": False, "guest_can_join": False, "join_rule": "public",
        "room_type": "m.space", "room_version": "12", "children_state": [],
    }  # fmt: skip
    assert found[1]["children_state"] == []


async def test_only_what_one_may_know(server: Server) -> None:
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    space = await make(ann, "space", space=True)
    rooms = {name: await make(ann, name, public=False) for name in ("secret", "invited", "banned", "knock", "read")}
    members = await make(ann, "members", public=False)
    await ann.set_state(rooms["knock"], "m.room.join_rules", {"join_rule": "knock"})
    await ann.set_state(rooms["read"], "m.room.history_visibility", {"history_visibility": "world_readable"})
    await ann.set_state(rooms["banned"], "m.room.join_rules", {"join_rule": "public"})
    await ann.post(f"/rooms/{rooms['banned']}/ban", {"user_id": ben.user_id})
    await ann.invite(rooms["invited"], ben.user_id)
    allow = [{"type": "m.room_membership", "room_id": space}]
    await ann.set_state(members, "m.room.join_rules", {"join_rule": "restricted", "allow": allow})
    for place, room_id in enumerate((*rooms.values(), members)):
        await put_in(ann, space, room_id, order=str(place))  # in one millisecond, the order would be the room ids'
    assert await walk(ben, space) == ["space", "invited", "knock", "read"]
    assert await walk(eve, space) == ["space", "banned", "knock", "read"]
    await eve.join(space)
    assert await walk(eve, space) == ["space", "banned", "knock", "read", "members"]
    assert await walk(ann, space) == ["space", "secret", "invited", "banned", "knock", "read", "members"]


async def test_circles_end(server: Server) -> None:
    ann = await server.register("ann")
    first, second = await make(ann, "first", space=True), await make(ann, "second", space=True)
    await put_in(ann, first, second)
    await put_in(ann, second, first)
    await put_in(ann, second, second)
    assert await walk(ann, first, limit=1) == ["first", "second"]


async def test_what_is_no_child(server: Server) -> None:
    ann = await server.register("ann")
    space, room_id = await make(ann, "space", space=True), await make(ann, "room")
    for key, content in (
        (room_id, {}),
        (room_id, {"via": "example.org"}),
        (room_id, {"via": []}),
        (room_id, {"via": [5]}),
        ("nonsense", {"via": ["example.org"]}),
        ("!unknown:example.org", {"via": ["example.org"]}),
    ):
        await ann.set_state(space, "m.space.child", content, key)
        assert await walk(ann, space) == ["space"]
    await put_in(ann, room_id, space)
    assert await walk(ann, room_id) == ["room"], "only spaces have rooms"


async def test_tokens(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    space = (await world(ann))["work"]
    path = v1(space, "hierarchy")
    token = (await ann.get(path, limit=2, max_depth=3, suggested_only="false"))["next_batch"]
    again = [await ann.get(path, limit=2, **{"from": token}) for _ in range(2)]
    assert again[0]["rooms"] == again[1]["rooms"], "an answer may get lost"
    refused = (400, "M_INVALID_PARAM")
    assert await error(ann, "GET", path, max_depth=1, **{"from": token}) == refused
    assert await error(ann, "GET", path, suggested_only="true", **{"from": token}) == refused
    assert await error(ben, "GET", path, **{"from": token}) == refused, "it is another's"
    assert await error(ann, "GET", path, **{"from": "nonsense"}) == refused
    assert await error(ann, "GET", path, limit=0) == refused
    assert await error(ann, "GET", path, max_depth=-1) == refused
    for _ in range(6):
        await ann.get(path, limit=2)
    assert await error(ann, "GET", path, **{"from": token}) == refused, "only a few are kept for each user"


async def test_strangers(make_server: MakeServer) -> None:
    server = await make_server()
    ann, ben = await server.register("ann"), await server.register("ben")
    space = await make(ann, "space", space=True, public=False)
    assert await error(ben, "GET", v1(space, "hierarchy")) == (403, "M_FORBIDDEN")
    assert await error(ben, "GET", v1("!none:example.org", "hierarchy")) == (403, "M_FORBIDDEN")
