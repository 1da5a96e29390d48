"""State events: put and got by type and key, whatever the key is."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Server
from tests.integration.rooms.paths import error, room_path, state_of

KIND = "org.example.thing"


@pytest.mark.parametrize("key", ["", "a", "a/b", "/", "@ann:example.org", "ä ö?&#%2F", "..", "a" * 255])
async def test_keys(server: Server, key: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    event_id = await ann.set_state(room_id, KIND, {"key": key}, key)
    path = room_path(room_id, "state", KIND, key)
    assert await ann.get(path) == {"key": key}
    whole = await ann.get(path, format="event")
    assert whole["event_id"] == event_id
    assert whole["state_key"] == key
    assert whole["room_id"] == room_id
    await server.restart()
    assert await ann.get(path) == {"key": key}
    assert (await state_of(ann, room_id))[KIND, key] == {"key": key}


async def test_the_empty_key_may_be_left_out(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    base = room_path(room_id, "state", KIND)
    await ann.put(base, {"n": 1})
    assert await ann.get(base) == await ann.get(f"{base}/") == {"n": 1}
    await ann.put(f"{base}/", {"n": 2})
    assert await ann.get(base) == {"n": 2}


async def test_types_with_slashes(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    await ann.put(room_path(room_id, "state", "org/example", "k"), {"n": 1})
    assert await ann.get(room_path(room_id, "state", "org/example", "k")) == {"n": 1}


async def test_the_same_again_makes_no_new_event(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat", power_level_content_override={"state_default": 0})
    first = await ann.set_state(room_id, KIND, {"n": 1})
    assert await ann.set_state(room_id, KIND, {"n": 1}) == first
    assert await ann.set_state(room_id, KIND, {"n": 2}) != first
    await ben.join(room_id)
    path = room_path(room_id, "state", KIND, "")
    second = await ben.put(path, {"n": 3})
    assert await ben.put(path, {"n": 3}) == second
    await ben.leave(room_id)
    assert await error(ben, "PUT", path, {"n": 3}) == (403, "M_FORBIDDEN")


async def test_what_was_replaced_is_told(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    first = await ann.set_state(room_id, KIND, {"n": 1})
    second = await ann.set_state(room_id, KIND, {"n": 2})
    for _ in range(2):
        unsigned = (await ann.get(room_path(room_id, "event", second)))["unsigned"]
        assert unsigned["prev_content"] == {"n": 1}
        assert unsigned["replaces_state"] == first
        assert unsigned["prev_sender"] == ann.user_id
        await server.restart()


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (("state", "m.room.create", ""), {"room_version": "11", "x": 1}, (403, "M_FORBIDDEN")),
        (("state", "m.room.power_levels", ""), {"users": {"@x:example.org": "10"}}, (403, "M_FORBIDDEN")),
        (("state", KIND, ""), {"n": 1.5}, (400, "M_BAD_JSON")),
        (("state", KIND, ""), {"n": 2**53}, (400, "M_BAD_JSON")),
        (("state", KIND, ""), [], (400, "M_BAD_JSON")),
        (("state", KIND, "a" * 256), {}, (413, "M_TOO_LARGE")),
        (("state", "a" * 256, ""), {}, (413, "M_TOO_LARGE")),
        (("state", KIND, "@ben:example.org"), {}, (403, "M_FORBIDDEN")),
        (("state", "m.room.member", "@ann:example.org"), {"membership": "dance"}, (403, "M_FORBIDDEN")),
        (("state", "m.room.member", "@ann:example.org"), {}, (403, "M_FORBIDDEN")),
        (("state", "m.room.member", "nobody"), {"membership": "invite"}, (400, "M_INVALID_PARAM")),
        (("state", "m.room.redaction", ""), {"redacts": "$x"}, (404, "M_NOT_FOUND")),
        (("state", "m.room.canonical_alias", ""), {"alias": "#nowhere:example.org"}, (400, "M_BAD_ALIAS")),
        (("state", "m.room.canonical_alias", ""), {"alt_aliases": ["#nowhere:example.org"]}, (400, "M_BAD_ALIAS")),
        (("state", "m.room.canonical_alias", ""), {"alt_aliases": [{"a": 1}]}, (400, "M_INVALID_PARAM")),
        (("state", "m.room.canonical_alias", ""), {"alias": ["a"]}, (400, "M_INVALID_PARAM")),
        (("send", "m.room.message", "t"), {"body": "x" * 70_000}, (413, "M_TOO_LARGE")),
        (("send", "m.room.message", "t"), {"body": "x" * 300_000}, (413, "M_TOO_LARGE")),
    ],
)
async def test_what_cannot_be_sent(server: Server, path: tuple[str, ...], body: Any, expected: tuple[int, str]) -> None:
    ann = await server.register("ann")
    await server.register("ben")
    room_id = await ann.create_room(room_version="11")
    before = await state_of(ann, room_id)
    assert await error(ann, "PUT", room_path(room_id, *path), body) == expected
    assert await state_of(ann, room_id) == before


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"none", b'{"a":', b"\xff\xfe", b'{"a":"\\ud800"}', b"[" * 9999, b'{"a":1,"a":NaN}', b'{"a":"\x00"}'],
)  # fmt: skip
async def test_bodies_that_are_no_json_object(server: Server, body: bytes) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    path = f"/_matrix/client/v3{room_path(room_id, 'send', 'm.room.message', 'x')}"
    status, _, answer = await server.raw("PUT", path, body, {"authorization": f"Bearer {ann.token}"})
    assert status == 400, answer
    assert b"M_NOT_JSON" in answer or b"M_BAD_JSON" in answer


async def test_unusual_strings_survive(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    content = {
        "body": '\u0000 \u2028 𝒳 \U0010ffff \\ " é',
        "": {"x\u0000": [None, True, -(2**53) + 1]},
        "msgtype": "m.text",
    }
    event_id = (await ann.put(room_path(room_id, "send", "m.room.message", "t"), content))["event_id"]
    assert (await ann.get(room_path(room_id, "event", event_id)))["content"] == content
    section = (await ann.sync())["rooms"]["join"][room_id]
    assert section["timeline"]["events"][-1]["content"] == content


async def test_who_may_change_state(server: Server) -> None:
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    for person in (ben, eve):
        assert await error(person, "PUT", room_path(room_id, "state", "m.room.name", ""), {"name": "x"}) == (
            403,
            "M_FORBIDDEN",
        )
    assert (await eve.attempt("GET", room_path(room_id, "state")))[0] == 403
    assert await error(eve, "GET", room_path(room_id, "state", "m.room.create", "")) == (403, "M_FORBIDDEN")
    assert await error(ben, "GET", room_path(room_id, "state", "m.room.name", "")) == (404, "M_NOT_FOUND")


async def test_who_left_sees_the_state_of_then(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat", name="before")
    await ben.join(room_id)
    await ben.leave(room_id)
    await ann.set_state(room_id, "m.room.name", {"name": "after"})
    state = await state_of(ben, room_id)
    assert state["m.room.name", ""] == {"name": "before"}
    assert state["m.room.member", ben.user_id]["membership"] == "leave"
    assert await ben.get(room_path(room_id, "state", "m.room.name", "")) == {"name": "before"}
    await ann.invite(room_id, ben.user_id)
    assert (await state_of(ben, room_id))["m.room.name", ""] == {"name": "before"}


async def test_unknown_rooms_and_forged_tokens(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    nowhere = room_path("!nowhere:example.org", "state", KIND, "")
    assert await error(ann, "PUT", nowhere, {}) == (404, "M_NOT_FOUND")
    assert await error(ann, "GET", nowhere) == (404, "M_NOT_FOUND")
    assert await error(ann, "GET", room_path("!nowhere:example.org", "messages"), dir="b") == (404, "M_NOT_FOUND")
    for token in ("s0", "s1.5", "s0.-1", "t5", "", "s0.1_s1.2", "s0.99999999999999999999"):
        for query in ({"dir": "b", "from": token}, {"dir": "f", "to": token}):
            found = await error(ann, "GET", room_path(room_id, "messages"), **query)
            assert found == (400, "M_INVALID_PARAM"), token
        if token:
            assert await error(ann, "GET", "/sync", since=token) == (400, "M_INVALID_PARAM"), token
    far = "s0.999999999999999999"
    page = await ann.get(room_path(room_id, "messages"), dir="b", **{"from": far})
    assert page["chunk"]
    assert (await ann.get(room_path(room_id, "messages"), dir="f", **{"from": far}))["chunk"] == []
    assert room_id in (await ann.get("/sync", since=far))["rooms"]["join"], "a token from the future starts anew"


async def test_reserved_characters_in_room_ids(server: Server) -> None:
    ann = await server.register("ann")
    for room_id in ("!a/b:example.org", "nonsense", "!", "!\u0000:x", "!" + "a" * 5000):
        status, answer = await ann.attempt("GET", f"/rooms/{quote(room_id, safe='')}/state")
        assert (status, answer["errcode"]) in ((404, "M_NOT_FOUND"), (400, "M_INVALID_PARAM"))
