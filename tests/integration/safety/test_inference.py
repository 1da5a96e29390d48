"""What a stranger can learn of where somebody is: nothing, by whatever they may read, say or see arrive."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.organisation.office import Office
from tests.integration.safety.test_events import asked, asks, event, group, office, officer, settled
from tests.integration.safety.world import ROOT, agree, follow, go, of, people, until

__all__ = ["office", "officer"]

INSIDE, FAR = (52.5213, 13.4065), (48.137, 11.575)


@pytest.fixture
def server(office: Office) -> Server:
    return office.server


async def everything(stranger: Client, event_id: str, room_id: str, target: Client) -> str:
    """All that a stranger can read about an event and about somebody, as text."""
    found: list[Any] = [
        await stranger.get("/sync"),
        await stranger.get(f"{ROOT}/events"),
        await stranger.get(f"{ROOT}/events.geojson"),
        await stranger.get(f"{ROOT}/events/{event_id}"),
        await stranger.get(of(stranger.user_id)),
        await stranger.get(f"/rooms/{room_id}/messages", dir="b", limit=100),
        await stranger.get(f"/rooms/{room_id}/state"),
        await stranger.get(f"/rooms/{room_id}/members"),
        await stranger.get("/publicRooms"),
    ]
    paths = (
        of(target.user_id),
        f"{of(target.user_id)}/features",
        f"{ROOT}/events/{event_id}/asked",
        f"/user/{target.user_id}/rooms",
    )
    found += [await stranger.attempt("GET", path) for path in paths]
    return json.dumps(found)


def without_what_differs(text: str) -> str:
    """The same without ids, tokens and times."""
    text = re.sub(r'"[!$][^"]+"', '"<id>"', text)
    text = re.sub(r'"(next_batch|prev_batch|start|end)": "[^"]*"', '"<token>"', text)
    text = re.sub(r"[0-9a-f]{20,}", "<event>", text)
    text = re.sub(r"\b\d{12,}\b", "<time>", text)
    text = re.sub(r'"age": \d+', '"age": 0', text)
    return re.sub(r'"(sha256|ed25519:[^"]+)": "[^"]*"', '"<hash>"', text)


async def looked_for(server: Server, number: int, target_at: tuple[float, float], *, is_watched: bool) -> str:
    """What a new stranger has seen who reports something where they think that somebody is, and who is elsewhere, or
    there indeed."""
    stranger, target = await people(server, f"stranger{number}", f"target{number}")
    await agree(target)
    await go(target, *target_at, accuracy=5)
    if is_watched:
        await follow(stranger, target, "friend")
    circle = {"latitude": INSIDE[0], "longitude": INSIDE[1], "radius": 100}
    body = {"kind": "fire", "title": "Fire", "text": "Smoke", "place": {"circles": [circle]}}
    event_id = (await stranger.post(f"{ROOT}/events", body))["event_id"]
    room_id = await group(stranger, event_id)
    if target_at == INSIDE:
        asking = await asked(target)
        await settled(server, event_id)
        seen = await everything(stranger, event_id, room_id, target)
        # A no is told to nobody either.
        await target.leave(asking)

        async def said_no() -> bool:
            rows = await server.app.driver.query(
                "SELECT state FROM safety_asked WHERE event_id = $1 AND user_id = $2", event_id, target.user_id
            )
            return rows == [("declined",)]

        await until(said_no)
        after = await everything(stranger, event_id, room_id, target)
        assert without_what_differs(after) == without_what_differs(seen)
    else:
        await settled(server, event_id)
        seen = await everything(stranger, event_id, room_id, target)
    # It is over before the next one: reports of one kind nearby would be joined.
    await stranger.put(f"{ROOT}/events/{event_id}/status", {"status": "resolved"})
    return without_what_differs(seen).replace(f"stranger{number}", "stranger").replace(f"target{number}", "target")


@pytest.mark.parametrize("is_watched", [False, True])
async def test_a_report_tells_whoever_makes_it_the_same_whether_somebody_is_there(
    server: Server, is_watched: bool
) -> None:
    there = await looked_for(server, 1, INSIDE, is_watched=is_watched)
    elsewhere = await looked_for(server, 2, FAR, is_watched=is_watched)
    assert there == elsewhere


async def test_how_many_were_asked_does_not_show(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    crowd = await people(server, *(f"c{number}" for number in range(3)))
    for client in crowd:
        await agree(client)
        await go(client, *INSIDE, accuracy=5)
    circle = {"latitude": INSIDE[0], "longitude": INSIDE[1], "radius": 100}
    event_id = (await reporter.post(f"{ROOT}/events", {"kind": "fire", "place": {"circles": [circle]}}))["event_id"]
    await group(reporter, event_id)
    for client in crowd:
        await asked(client)
    await settled(server, event_id)
    found = await event(reporter, event_id)
    assert (found["due_ts"], found["details"].get("stage", 0)) == (None, 0)
    assert (await reporter.get(f"{ROOT}/events/{event_id}"))["counts"] is None


async def test_who_is_asked_learns_nothing_of_others_or_distances(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    one, other = await people(server, "one", "other")
    await agree(one)
    await go(one, *INSIDE, accuracy=5)
    await agree(other, location="approximate")
    await go(other, INSIDE[0] + 0.0002, INSIDE[1])
    circle = {"latitude": INSIDE[0], "longitude": INSIDE[1], "radius": 500}
    event_id = (await reporter.post(f"{ROOT}/events", {"kind": "fire", "place": {"circles": [circle]}}))["event_id"]
    room_id = await asked(one)
    await asked(other)
    seen = json.dumps([(await asks(one))[room_id], await one.get(of(one.user_id)), await one.get("/sync")])
    assert other.user_id not in seen
    assert reporter.user_id not in json.dumps((await asks(one))[room_id])
    assert not re.search(r"\d+ ?(m|km)\b", json.dumps((await asks(one))[room_id]))
    status, _ = await one.attempt("GET", f"/rooms/{(await event(reporter, event_id))['room_id']}/members")
    assert status == 403
