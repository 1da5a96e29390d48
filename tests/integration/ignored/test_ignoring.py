"""Who is ignored is not heard. spec: client-server §Ignoring Users"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.core.sync import feeds
from tests.harness import Client, Server
from tests.integration.relations.saying import bundle, children, edit, react, redact, reply, say, v1
from tests.integration.rooms.paths import error, room_path


async def ignore(client: Client, *users: Client) -> None:
    """Ignore these, and nobody else."""
    content: dict[str, Any] = {"ignored_users": {user.user_id: {} for user in users}}
    await client.put(f"/user/{client.user_id}/account_data/m.ignored_user_list", content)


def bodies(answer: dict[str, Any], room_id: str) -> list[str]:
    """The messages in an answer to a sync."""
    section = answer.get("rooms", {}).get("join", {}).get(room_id, {"timeline": {"events": []}})
    return [e["content"]["body"] for e in section["timeline"]["events"] if e["type"] == "m.room.message"]


class Party:
    """Ann, Ben and Eve in a room; Ann ignores Eve sooner or later."""

    def __init__(self, ann: Client, ben: Client, eve: Client, room_id: str) -> None:
        self.ann, self.ben, self.eve, self.room_id = ann, ben, eve, room_id


@pytest.fixture
async def party(server: Server) -> Party:
    """Everybody is there."""
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await eve.join(room_id)
    return Party(ann, ben, eve, room_id)


async def test_it_takes_effect_at_once(party: Party) -> None:
    await party.eve.send(party.room_id, "before")
    assert bodies(await party.ann.sync(), party.room_id) == ["before"]
    await ignore(party.ann, party.eve)
    await party.eve.send(party.room_id, "ignored")
    await party.ben.send(party.room_id, "heard")
    assert bodies(await party.ann.sync(), party.room_id) == ["heard"]
    await ignore(party.ann)
    await party.eve.send(party.room_id, "heard again")
    assert bodies(await party.ann.sync(), party.room_id) == ["heard again"], "what was missed is not sent later"
    assert bodies(await party.ben.sync(), party.room_id) == ["before", "ignored", "heard", "heard again"]


async def test_a_new_sync_shows_what_holds_now(party: Party) -> None:
    await party.eve.send(party.room_id, "from eve")
    await party.ben.send(party.room_id, "from ben")
    await ignore(party.ann, party.eve)
    assert bodies(await party.ann.get("/sync"), party.room_id) == ["from ben"]
    await ignore(party.ann)
    assert bodies(await party.ann.get("/sync"), party.room_id) == ["from eve", "from ben"]


async def test_nobody_wakes_for_the_ignored(party: Party) -> None:
    await ignore(party.ann, party.eve)
    await party.ann.sync()
    waiting = asyncio.create_task(party.ann.sync(timeout_ms=5_000))
    await asyncio.sleep(0.05)
    await party.eve.send(party.room_id, "psst")
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await party.ben.send(party.room_id, "hello")
    assert bodies(await waiting, party.room_id) == ["hello"]


async def test_who_comes_back_is_not_shown_them_either(
    party: Party, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "KEPT_CHANGES", 2)
    await ignore(party.ann, party.eve)
    await party.ann.sync()
    for number in range(5):
        await party.eve.send(party.room_id, f"noise {number}")
        await party.ben.send(party.room_id, f"word {number}")
    expected = [f"word {number}" for number in range(5)]
    token = party.ann.next_batch
    assert bodies(await party.ann.sync(), party.room_id) == expected
    await server.restart()
    assert bodies(await party.ann.sync(since=token), party.room_id) == expected


async def test_state_is_shown(party: Party) -> None:
    await ignore(party.ann, party.eve)
    await party.ann.sync()
    levels = (await party.ann.get(room_path(party.room_id, "state", "m.room.power_levels"))) | {"state_default": 0}
    await party.ann.set_state(party.room_id, "m.room.power_levels", levels)
    await party.eve.set_state(party.room_id, "org.example.theme", {"colour": "red"})
    events = (await party.ann.sync())["rooms"]["join"][party.room_id]["timeline"]["events"]
    assert events[-1]["content"] == {"colour": "red"}


async def test_everywhere_else(party: Party) -> None:
    heard = await party.ben.send(party.room_id, "heard")
    noise = await party.eve.send(party.room_id, "noise")
    await ignore(party.ann, party.eve)
    page = await party.ann.get(room_path(party.room_id, "messages"), dir="b", limit=2)
    assert noise not in {event["event_id"] for event in page["chunk"]}
    around = await party.ann.get(room_path(party.room_id, "context", heard))
    assert around["events_after"] == []
    assert await error(party.ann, "GET", room_path(party.room_id, "event", noise)) == (404, "M_NOT_FOUND")
    near = await party.ann.attempt("GET", v1(party.room_id, "timestamp_to_event"), ts=2**50, dir="b")
    assert near[1]["event_id"] == heard


async def test_relations_of_the_ignored_do_not_count(party: Party) -> None:
    root = await party.ben.send(party.room_id, "root")
    answered = await reply(party.ben, party.room_id, root)
    await reply(party.eve, party.room_id, root)
    await react(party.eve, party.room_id, root)
    await say(party.eve, party.room_id, "m.reference", root)
    await ignore(party.ann, party.eve)
    told = await bundle(party.ann, party.room_id, root)
    assert told.keys() == {"m.thread"}
    assert (told["m.thread"]["count"], told["m.thread"]["latest_event"]["event_id"]) == (1, answered)
    assert await children(party.ann, party.room_id, root) == [answered]
    assert (await bundle(party.ben, party.room_id, root))["m.thread"]["count"] == 2


async def test_threads_of_the_ignored_have_an_empty_root(party: Party) -> None:
    root = await party.eve.send(party.room_id, "root")
    await edit(party.eve, party.room_id, root, "Root")
    await reply(party.ben, party.room_id, root)
    await ignore(party.ann, party.eve)
    (shown,) = (await party.ann.get(v1(party.room_id, "threads")))["chunk"]
    assert (shown["event_id"], shown["content"]) == (root, {})
    assert shown["unsigned"]["m.relations"].keys() == {"m.thread"}


async def test_invitations_are_not_shown(party: Party, server: Server) -> None:
    await ignore(party.ann, party.eve)
    await party.ann.sync()
    room_id = await party.eve.create_room(invite=[party.ann.user_id])
    by_ben = await party.ben.create_room(invite=[party.ann.user_id])
    assert (await party.ann.sync())["rooms"]["invite"].keys() == {by_ben}
    assert (await party.ann.get("/sync"))["rooms"]["invite"].keys() == {by_ben}
    await ignore(party.ann)
    assert (await party.ann.get("/sync"))["rooms"]["invite"].keys() == {by_ben, room_id}


@pytest.mark.parametrize(
    "content", [{}, {"ignored_users": None}, {"ignored_users": ["@eve:example.org"]}, {"ignored_users": {"nobody": 5}}]
)
async def test_a_list_of_another_shape_ignores_nobody(party: Party, content: Any) -> None:
    await party.ann.put(f"/user/{party.ann.user_id}/account_data/m.ignored_user_list", content)
    await party.eve.send(party.room_id, "heard")
    assert bodies(await party.ann.sync(), party.room_id) == ["heard"]


async def test_nobody_ignores_themselves(party: Party) -> None:
    await ignore(party.ann, party.ann, party.eve)
    event_id = await party.ann.send(party.room_id, "I hear myself")
    assert bodies(await party.ann.sync(), party.room_id) == ["I hear myself"]
    await redact(party.ann, party.room_id, event_id)


async def test_the_path_of_account_data_is_their_own(party: Party) -> None:
    path = f"/user/{quote(party.ann.user_id)}/account_data/m.ignored_user_list"
    assert await error(party.eve, "PUT", path, {"ignored_users": {}}) == (403, "M_FORBIDDEN")
