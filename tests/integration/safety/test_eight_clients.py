"""A fire, and everybody whom it concerns: exactly the right ones are asked, only those who confirm are in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.organisation.office import Office
from tests.integration.safety.test_events import (
    HERE,
    PLACE,
    asked,
    asks,
    event,
    group,
    joined,
    members,
    near,
    office,
    officer,
    organisation,
    report,
    settled,
)
from tests.integration.safety.world import ROOT, agree, follow, go, of, people, until

__all__ = ["office", "officer"]

SERVICE = "@safety:example.org"


@pytest.fixture
def server(office: Office) -> Server:
    return office.server


async def everybody_asked(server: Server, event_id: str) -> dict[str, str]:
    """Who was found for an event, and what became of them, as the server itself has it."""
    rows = await server.app.driver.query("SELECT user_id, state FROM safety_asked WHERE event_id = $1", event_id)
    return {str(user_id): str(state) for user_id, state in rows}


async def is_in(client: Client, room_id: str) -> None:
    """Wait until somebody is in a group."""
    await until(lambda: joined(client, room_id))


async def memberships(client: Client, room_id: str) -> set[tuple[str, str]]:
    """All that was ever said in a room about who is in it."""
    query: dict[str, Any] = {"dir": "b", "limit": 200, "filter": '{"types": ["m.room.member"]}'}
    chunk = (await client.get(f"/rooms/{room_id}/messages", **query))["chunk"]
    return {(each["state_key"], each["content"]["membership"]) for each in chunk}


async def test_eight_clients(office: Office, officer: Client, server: Server) -> None:  # noqa: PLR0915 (a story)
    # A reporter, two near, one near who declines, a child near with two followers, a police station in whose
    # jurisdiction it is; and those whom it does not concern: another station, and somebody far away.
    (reporter,) = await people(server, "reporter")
    first, second, declines = await near(server, "first", "second", "declines")
    child, parent, grandparent, far = await people(server, "child", "parent", "grandparent", "far")
    await officer.put(f"{of(child.user_id)}/guardians", {"guardians": [parent.user_id]})
    await parent.put(f"{of(child.user_id)}/preferences", {"location": "exact"})
    await go(child, HERE[0] - 0.001, HERE[1], accuracy=5)
    for follower in (parent, grandparent):
        asked_for = await follower.post(
            f"{ROOT}/followings", {"followed": child.user_id, "relation": "relative", "message": ""}
        )
        if follower is not parent:
            # A guardian watches at once; of whoever else does, a report that nobody has confirmed makes nothing known.
            answer = {"confirm": True, "when": "trusted"}
            await parent.post(f"{ROOT}/followings/{asked_for['following_id']}/answer", answer)
    await agree(far)
    await go(far, HERE[0] + 1, HERE[1], accuracy=5)
    station = await organisation(office, officer, "police", kinds=["violence", "fire"])
    elsewhere = {"circles": [{"latitude": 48.137, "longitude": 11.575, "radius": 5000}]}
    outside = await organisation(office, officer, "outside", area=elsewhere)

    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    for client in (first, second, declines, child, parent):
        await asked(client)
    await until(lambda: joined(station, room_id))
    await settled(server, event_id)
    expected = {each.user_id: "asked" for each in (first, second, declines, child, parent)}
    expected |= {reporter.user_id: "confirmed", station.user_id: "confirmed"}
    assert await everybody_asked(server, event_id) == expected
    assert await asks(grandparent) == {}

    # The station takes it in hand, so whoever else watches over the child is asked as well.
    await station.put(f"{ROOT}/events/{event_id}/status", {"status": "handled"})
    await asked(grandparent)
    assert set(await members(reporter, room_id)) == {reporter.user_id, station.user_id, SERVICE}

    # By entering the room that asks, by rejecting it, by the endpoint; one says nothing at all.
    await first.join(await asked(first))
    await declines.leave(await asked(declines))
    await child.post(f"{ROOT}/events/{event_id}/answer", {"join": True})
    await parent.join(await asked(parent))
    await grandparent.post(f"{ROOT}/events/{event_id}/answer", {"join": False})
    for client in (first, child, parent):
        await is_in(client, room_id)

    async def all_answered() -> bool:
        found = await everybody_asked(server, event_id)
        return [state for state in found.values() if state == "asked"] == ["asked"]

    await until(all_answered)
    states = await everybody_asked(server, event_id)
    assert states == {
        **{each.user_id: "confirmed" for each in (reporter, station, first, child, parent)},
        **{each.user_id: "declined" for each in (declines, grandparent)},
        second.user_id: "asked",
    }
    inside = {each.user_id for each in (reporter, station, first, child, parent)} | {SERVICE}
    assert await members(station, room_id) == dict.fromkeys(inside, "join")
    # Of whoever did not confirm, nothing was ever said in the group: not even that they were invited.
    assert {user_id for user_id, _ in await memberships(station, room_id)} == inside

    # Whom it does not concern learns nothing of it.
    for client in (far, outside):
        assert await asks(client) == {}
        assert (await client.get(f"{ROOT}/events"))["events"] == []
        assert (await client.attempt("GET", f"{ROOT}/events/{event_id}"))[0] == 404
        assert (await client.attempt("GET", f"/rooms/{room_id}/members"))[0] == 403

    # It is closed; what was not answered is asked no more, and its reporter is told how it ended.
    await station.post(f"{ROOT}/events/{event_id}/close", {"summary": "The fire is out."})
    assert await asks(second) == {}
    assert (await everybody_asked(server, event_id))[second.user_id] == "withdrawn"
    assert (await event(reporter, event_id))["state"] == "closed"
    late = await first.attempt("PUT", f"/rooms/{room_id}/send/m.room.message/late", {"msgtype": "m.text", "body": "?"})
    assert late[0] == 403


async def test_a_circle_of_followers_ends(server: Server) -> None:
    # Each watches over the next, and the last over the first.
    ring = await people(server, "one", "two", "three")
    for number, follower in enumerate(ring):
        await follow(follower, ring[(number + 1) % 3], "friend", when="always")
    await agree(ring[1])
    await go(ring[1], *HERE, accuracy=5)
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter, place=PLACE)
    await group(reporter, event_id)
    await asked(ring[0])
    await asked(ring[1])
    await settled(server, event_id)
    assert await asks(ring[2]) == {}, "who watches over a follower is asked nothing"
