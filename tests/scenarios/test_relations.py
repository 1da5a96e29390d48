"""Threads, reactions and edits: the sync law holds, and what the server says that they amount to is what a client finds
that adds up all that it was shown.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness import Server
from tests.integration.relations.saying import attempt, children, edit, react, reaction, redact, reply, say, v1
from tests.scenarios.model import Arrive, Device, room_path, settled

Json = dict[str, Any]


@pytest.fixture
async def arrive(server: Server, arrive: Arrive) -> AsyncIterator[Arrive]:
    """As everywhere; and at the end, the server has added up rightly for everyone."""
    devices: list[Device] = []

    async def somebody(name: str) -> Device:
        devices.append(await arrive(name))
        return devices[-1]

    yield somebody
    await settled(server)
    for device in devices:
        for room_id in device.knows.rooms:
            await adds_up(device, room_id)


async def adds_up(device: Device, room_id: str) -> None:
    """What the server tells of children, wherever it does, is what the user's own look at everything gives."""
    everything = (await device.client.get(room_path(room_id, "messages"), dir="f", limit=500))["chunk"]
    expected = {event["event_id"]: amount(event, everything, device.client.user_id) for event in everything}
    assert {event["event_id"]: told(event) for event in everything} == expected
    for event_id, own in expected.items():
        assert told(await device.client.get(room_path(room_id, "event", event_id))) == own
    answer = await device.client.get("/sync", filter='{"room":{"timeline":{"limit":3}}}')
    for event in answer["rooms"]["join"][room_id]["timeline"]["events"]:
        assert told(event) == expected[event["event_id"]]
    roots = [event_id for event_id, (thread, _) in expected.items() if thread]
    listed = (await device.client.get(v1(room_id, "threads"), limit=100))["chunk"]
    assert sorted(event["event_id"] for event in listed) == sorted(roots)


Amount = tuple[tuple[int, str, bool] | None, str | None]
"""Of a thread the count, the newest event, whether one takes part; and the newest edit."""


def amount(parent: Json, events: list[Json], user_id: str) -> Amount:
    """What the children of an event amount to."""
    by_kind: dict[str, list[Json]] = {}
    for event in events:
        relation = event["content"].get("m.relates_to", {})
        if relation.get("event_id") == parent["event_id"]:
            by_kind.setdefault(relation["rel_type"], []).append(event)
    thread, edits = by_kind.get("m.thread", []), by_kind.get("m.replace", [])
    edits = [e for e in edits if (e["sender"], e["type"]) == (parent["sender"], parent["type"])]
    if not parent["content"] or parent["content"].get("m.relates_to", {}).get("rel_type") == "m.replace":
        edits = []
    newest = max(edits, key=lambda e: (e["origin_server_ts"], e["event_id"]), default=None)
    takes_part = user_id in {parent["sender"], *(event["sender"] for event in thread)}
    return (
        (len(thread), thread[-1]["event_id"], takes_part) if thread else None,
        newest["event_id"] if newest else None,
    )


def told(event: Json) -> Amount:
    """What an event tells of its children."""
    relations = event["unsigned"].get("m.relations", {})
    thread, newest = relations.get("m.thread"), relations.get("m.replace")
    return (
        (thread["count"], thread["latest_event"]["event_id"], thread["current_user_participated"]) if thread else None,
        newest["event_id"] if newest else None,
    )


async def test_a_talk_with_a_side_talk(arrive: Arrive) -> None:
    ann, ben, cat = await arrive("ann"), await arrive("ben"), await arrive("cat")
    room_id = await ann.client.create_room(preset="public_chat")
    await ben.client.join(room_id)
    await cat.client.join(room_id)
    root = await ann.client.send(room_id, "Where do we eat?")
    await react(ben.client, room_id, root, "🍕")
    first = await reply(ben.client, room_id, root, "Not again")
    await edit(ben.client, room_id, first, "Not there again")
    await ben.sync()
    await reply(cat.client, room_id, root, "Why not?")
    await ann.client.send(room_id, "By the way …")
    await ann.sync()
    await redact(ben.client, room_id, first)
    await reply(ann.client, room_id, root, "Ben?")
    await edit(ann.client, room_id, root, "Where do we have lunch?")
    await cat.sync()
    assert cat.bodies(room_id)[0] == "Where do we eat?", "the original stays; the edit comes by itself"


async def test_a_vote_by_reactions(arrive: Arrive, server: Server) -> None:
    people = [await arrive(name) for name in ("ann", "ben", "cat", "dan")]
    room_id = await people[0].client.create_room(preset="public_chat")
    for person in people[1:]:
        await person.client.join(room_id)
    question = await people[0].client.send(room_id, "Yes or no?")
    for number, person in enumerate(people):
        await react(person.client, room_id, question, "yes" if number % 2 else "no")
        assert (await attempt(person.client, room_id, "m.reaction", reaction(question, "no")))[0] == (
            200 if number % 2 else 400
        )
    await server.restart()
    votes = await children(people[0].client, room_id, question, "m.annotation", "m.reaction")
    assert len(votes) == 6
    for person in people:
        await person.sync()
        seen = [event for event in person.room(room_id).timeline if event["type"] == "m.reaction"]
        assert [event["event_id"] for event in seen] == votes[::-1]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_people_do(arrive: Arrive, server: Server, seed: int) -> None:
    dice = random.Random(seed)
    people = [await arrive(name) for name in ("ann", "ben", "cat")]
    room_id = await people[0].client.create_room(preset="public_chat", room_version=dice.choice(["10", "11", "12"]))
    for person in people[1:]:
        await person.client.join(room_id)
    own: list[tuple[Device, str]] = [(people[0], await people[0].client.send(room_id, "first"))]
    for step in range(60):
        person, (author, event_id) = dice.choice(people), dice.choice(own)
        what = dice.choice(["send", "thread", "thread", "edit", "edit", "react", "refer", "redact", "sync", "restart"])
        if what == "send":
            own.append((person, await person.client.send(room_id, f"message {step}")))
        elif what == "edit":
            own.append((author, await edit(author.client, room_id, event_id, f"edit {step}")))
        elif what == "refer":
            own.append((person, await say(person.client, room_id, "m.reference", event_id)))
        elif what == "redact":
            await redact(author.client, room_id, event_id)
        elif what == "sync":
            await person.sync()
        elif what == "restart" and step % 3 == 0:
            await server.restart()
        else:
            kind, more = ("m.thread", {}) if what == "thread" else ("m.annotation", {"key": dice.choice("ab")})
            relation = {"rel_type": kind, "event_id": event_id, **more}
            content = {"msgtype": "m.text", "body": "x", "m.relates_to": relation}
            status, answer = await attempt(person.client, room_id, "m.room.message", content)
            assert status in (200, 400), answer
            if status == 200:
                own.append((person, answer["event_id"]))
