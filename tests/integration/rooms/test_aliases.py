"""Aliases: who may make and delete them, and where they point."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from tests.harness import Server
from tests.integration.rooms.paths import error, room_path, state_of


def alias_path(alias: str) -> str:
    """The path of an alias in the directory."""
    return f"/directory/room/{quote(alias, safe='')}"


LOBBY = alias_path("#lobby:example.org")


async def test_made_found_deleted(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    assert await error(ann, "GET", LOBBY) == (404, "M_NOT_FOUND")
    await ann.put(LOBBY, {"room_id": room_id})
    status, answer = await server.request("GET", LOBBY)
    assert (status, answer) == (200, {"room_id": room_id, "servers": ["example.org"]})
    assert await ann.get(room_path(room_id, "aliases")) == {"aliases": ["#lobby:example.org"]}
    status, answer = await ann.attempt("PUT", LOBBY, {"room_id": room_id})
    assert status == 409
    await server.restart()
    await ann.delete(LOBBY)
    assert await error(ann, "DELETE", LOBBY) == (404, "M_NOT_FOUND")
    assert await error(ann, "GET", LOBBY) == (404, "M_NOT_FOUND")


async def test_who_may(server: Server) -> None:
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    assert await error(eve, "PUT", LOBBY, {"room_id": room_id}) == (403, "M_FORBIDDEN")
    assert await error(ann, "PUT", LOBBY, {"room_id": "!no:example.org"}) == (404, "M_NOT_FOUND")
    assert await error(ann, "PUT", LOBBY, {}) == (400, "M_BAD_JSON")
    await ann.put(LOBBY, {"room_id": room_id})
    assert await error(ben, "DELETE", LOBBY) == (403, "M_FORBIDDEN")
    assert await error(eve, "DELETE", LOBBY) == (403, "M_FORBIDDEN")
    other = alias_path("#other:example.org")
    await ben.put(other, {"room_id": room_id})
    await ben.leave(room_id)
    await ben.delete(other)
    await ann.delete(LOBBY)


@pytest.mark.parametrize(
    "alias", ["lobby", "#lobby", "#:example.org", "#lobby:elsewhere.org", f"#{'a' * 300}:example.org"]
)
async def test_what_is_no_alias_of_this_server(server: Server, alias: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    status, _ = await error(ann, "PUT", alias_path(alias), {"room_id": room_id})
    assert status == 400


async def test_races(server: Server) -> None:
    ann = await server.register("ann")
    rooms = [await ann.create_room() for _ in range(4)]
    answers = await asyncio.gather(*(ann.attempt("PUT", LOBBY, {"room_id": room_id}) for room_id in rooms))
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    answers = await asyncio.gather(*(ann.attempt("DELETE", LOBBY) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 404, 404]


async def test_canonical_aliases_must_point_to_the_room(server: Server) -> None:
    ann = await server.register("ann")
    room_id, other = await ann.create_room(), await ann.create_room()
    await ann.put(LOBBY, {"room_id": other})
    path = room_path(room_id, "state", "m.room.canonical_alias", "")
    assert await error(ann, "PUT", path, {"alias": "#lobby:example.org"}) == (400, "M_BAD_ALIAS")
    await ann.delete(LOBBY)
    await ann.put(LOBBY, {"room_id": room_id})
    await ann.put(path, {"alias": "#lobby:example.org"})
    await ann.delete(LOBBY)
    await ann.put(path, {"alias": "#lobby:example.org", "alt_aliases": []})
    assert (await state_of(ann, room_id))["m.room.canonical_alias", ""]["alt_aliases"] == []
