"""From a report to a group: who is asked, how they say yes, what others see of that, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import Office
from tests.integration.safety.world import ROOT, agree, follow, go, notices, of, people, until

HERE = (52.52, 13.405)
PLACE = {"circles": [{"latitude": HERE[0], "longitude": HERE[1], "radius": 500}]}
DAY_MS = 24 * 3_600_000
INFO = "org.matrix.msc3672.beacon_info"
BEACON = "org.matrix.msc3672.beacon"
QUICK = {
    "ROOMKEEPER_SAFETY_COUNTDOWN_SECONDS": "0",
    "ROOMKEEPER_SAFETY_LOOK_SECONDS": "0.1",
    "ROOMKEEPER_SAFETY_STAGE_SECONDS": "0",
}


@pytest.fixture
async def office(make_office: MakeOffice) -> Office:
    return await make_office(**QUICK)


@pytest.fixture
def server(office: Office) -> Server:
    return office.server


async def report(client: Client, kind: str = "fire", **more: Any) -> str:
    body = {"kind": kind, "title": "Fire in the hall", "text": "Smoke at the gate", "place": PLACE, **more}
    return str((await client.post(f"{ROOT}/events", body))["event_id"])


async def event(client: Client, event_id: str) -> dict[str, Any]:
    found = (await client.get(f"{ROOT}/events/{event_id}"))["event"]
    assert isinstance(found, dict)
    return found


async def group(client: Client, event_id: str) -> str:
    """The room of an event, when there is one."""
    return str(await until(lambda: _room(client, event_id)))


async def _room(client: Client, event_id: str) -> Any:
    return (await event(client, event_id))["room_id"]


async def asks(client: Client) -> dict[str, dict[str, Any]]:
    """The rooms that ask somebody: what is known of each before entering, by type of event."""
    found = {}
    for room_id, room in (await client.get("/sync")).get("rooms", {}).get("invite", {}).items():
        state = {
            each["type"]: each
            for each in room["invite_state"]["events"]
            if each.get("state_key") in ("", client.user_id)
        }
        # The server's notices give no reason.
        if "reason" in state["m.room.member"]["content"]:
            found[room_id] = state
    return found


async def asked(client: Client) -> str:
    """The room that asks somebody."""
    return str(next(iter(await until(lambda: asks(client)))))


async def members(client: Client, room_id: str) -> dict[str, str]:
    chunk = (await client.get(f"/rooms/{room_id}/members"))["chunk"]
    return {each["state_key"]: each["content"]["membership"] for each in chunk}


async def joined(client: Client, room_id: str) -> bool:
    return room_id in (await client.get("/joined_rooms"))["joined_rooms"]


async def near(server: Server, *names: str, **what: Any) -> list[Client]:
    """People who are there."""
    found = await people(server, *names)
    for number, client in enumerate(found):
        await agree(client, **what)
        await go(client, HERE[0] + 0.0005 * number, HERE[1], accuracy=5)
    return found


async def settled(server: Server, event_id: str) -> None:
    """Until those who were found are asked."""
    driver = server.app.driver

    async def looked() -> bool:
        row = await driver.query_one("SELECT count(*) FROM safety_asked WHERE state = 'waiting'")
        before = await driver.query_one("SELECT due_ts FROM safety_events WHERE event_id = $1", event_id)
        return row == (0,) and before is not None

    first = await driver.query_one("SELECT due_ts FROM safety_events WHERE event_id = $1", event_id)

    async def again() -> bool:
        now = await driver.query_one("SELECT due_ts FROM safety_events WHERE event_id = $1", event_id)
        return now != first

    await until(again)
    await until(looked)


async def test_whoever_is_near_is_asked_and_in_only_when_they_confirm(server: Server) -> None:
    reporter, far = await people(server, "reporter", "far")
    (neighbour, other) = await near(server, "neighbour", "other")
    await agree(far)
    await go(far, HERE[0] + 1, HERE[1], accuracy=5)
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)

    async def said() -> bool:
        return "Smoke at the gate" in await reporter.timeline(room_id)

    await until(said)
    asking = await asked(neighbour)
    state = (await asks(neighbour))[asking]
    assert "Fire in the hall" in state["m.room.name"]["content"]["name"]
    assert "area" in state["m.room.member"]["content"]["reason"]
    # What is asked of whom is nobody else's: neither in the group, nor by where anybody is.
    await asked(other)
    assert set(await members(reporter, room_id)) == {reporter.user_id, "@safety:example.org"}
    assert "52.5" not in str(state)
    assert not await joined(neighbour, room_id)
    await neighbour.join(asking)
    await until(lambda: joined(neighbour, room_id))
    assert (await members(reporter, room_id))[neighbour.user_id] == "join"
    await other.leave(await asked(other))

    async def said_no() -> bool:
        rows = await server.app.driver.query("SELECT user_id, state FROM safety_asked")
        return dict(tuple(row) for row in rows).get(other.user_id) == "declined"

    await until(said_no)
    assert other.user_id not in await members(reporter, room_id)
    assert await asks(far) == {}
    assert (await far.attempt("GET", f"{ROOT}/events/{event_id}"))[0] == 404
    assert (await far.attempt("POST", f"/join/{quote(room_id)}"))[0] == 403

    async def left() -> bool:
        return not await joined(neighbour, asking)

    await until(left)


async def test_the_roles_of_members_are_shown(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    (neighbour,) = await near(server, "neighbour")
    room_id = await group(reporter, await report(reporter))
    await neighbour.join(await asked(neighbour))
    await until(lambda: joined(neighbour, room_id))
    state: Any = await reporter.get(f"/rooms/{room_id}/state")
    roles = {
        each["state_key"]: each["content"]["role"] for each in state if each["type"] == "org.roomkeeper.safety.role"
    }
    assert roles == {"reporter:example.org": "reporter", "neighbour:example.org": "near"}


async def test_an_answer_by_the_endpoint(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    yes, no = await near(server, "yes", "no")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    for client in (yes, no):
        await asked(client)
    answered = await yes.post(f"{ROOT}/events/{event_id}/answer", {"join": True})
    assert answered["state"] == "confirmed"
    assert await joined(yes, room_id)
    assert (await no.post(f"{ROOT}/events/{event_id}/answer", {"join": False}))["state"] == "declined"
    assert await asks(no) == {}
    assert (await no.attempt("GET", f"{ROOT}/events/{event_id}"))[0] == 404
    # Again is what it was.
    assert (await yes.post(f"{ROOT}/events/{event_id}/answer", {"join": False}))["state"] == "confirmed"


async def test_who_does_not_want_to_be_asked_is_not(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    (wants,) = await near(server, "wants")
    (wants_not,) = await near(server, "wants-not", asked=False)
    (consented,) = await near(server, "consented", asked=False, joins=["fire"])
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    await asked(wants)
    await until(lambda: joined(consented, room_id))
    await settled(server, event_id)
    assert await asks(wants_not) == {}


async def test_newcomers_are_asked_while_it_is_open(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter)
    await group(reporter, event_id)
    await settled(server, event_id)
    (late,) = await near(server, "late")
    await asked(late)
    await reporter.put(f"{ROOT}/events/{event_id}/status", {"status": "resolved", "summary": "Out"})
    assert await asks(late) == {}, "invitations without an answer are withdrawn"
    (later,) = await near(server, "later")
    await asyncio.sleep(0.3)
    assert await asks(later) == {}


async def test_followers_are_asked_and_the_followed_know(server: Server) -> None:
    reporter, parent, friend = await people(server, "reporter", "parent", "friend")
    (child,) = await near(server, "child")
    await follow(parent, child, when="always")
    await follow(friend, child, "friend")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    state = (await until(lambda: asks(parent)))[await asked(parent)]
    assert "watch over" in state["m.room.member"]["content"]["reason"]
    assert child.user_id not in str(state)
    await settled(server, event_id)
    assert await asks(friend) == {}, "a report of anybody does not tell a friend that the child is there"
    known = (await child.get(of(child.user_id)))["asked_because_of_me"]
    assert [each["follower"] for each in known] == [parent.user_id]

    async def told() -> bool:
        return any("watch over you" in each for each in await notices(child))

    await until(told)
    await child.join(await asked(child))
    await until(lambda: joined(child, room_id))
    await asked(friend)


async def test_who_watches_over_the_reporter(server: Server) -> None:
    reporter, parent = await people(server, "reporter", "parent")
    await follow(parent, reporter)
    await report(reporter)
    state = (await until(lambda: asks(parent)))[await asked(parent)]
    assert "reported" in state["m.room.member"]["content"]["reason"]


@pytest.fixture
async def officer(office: Office) -> Client:
    found = await office.staff("officer")
    await office.give(found.user_id, "safety_officer")
    return found


async def organisation(office: Office, officer: Client, name: str, **what: Any) -> Client:
    made = await office.staff(name, kind="organisation")
    body = {"name": name.title(), "area": PLACE, **what}
    await officer.put(f"{ROOT}/organisations/{quote(made.user_id, safe='')}", body)
    return made


async def test_organisations_by_jurisdiction_and_kind(office: Office, officer: Client, server: Server) -> None:
    station = await organisation(office, officer, "station", kinds=["fire"])
    hospital = await organisation(office, officer, "hospital", kinds=["medical"])
    elsewhere = {"circles": [{"latitude": 0, "longitude": 0, "radius": 500}]}
    abroad = await organisation(office, officer, "abroad", area=elsewhere)
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    await until(lambda: joined(station, room_id))
    await settled(server, event_id)
    for client in (hospital, abroad):
        assert not await joined(client, room_id)
    # It is responsible: it says how far it is, and moderates.
    assert (await reporter.attempt("PUT", f"{ROOT}/events/{event_id}/status", {"status": "handled"}))[0] == 403
    changed = await station.put(f"{ROOT}/events/{event_id}/status", {"status": "handled"})
    assert (changed["state"], changed["details"]["is_trusted"]) == ("handled", True)
    state = await reporter.get(f"/rooms/{room_id}/state/org.roomkeeper.safety/")
    assert state["status"] == "handled"
    event_sent = await reporter.send(room_id, "rude")
    await station.put(f"/rooms/{room_id}/redact/{event_sent}/r1", {})
    await station.post(f"/rooms/{room_id}/kick", {"user_id": reporter.user_id})


async def test_an_organisation_reports_and_is_believed(office: Office, officer: Client, server: Server) -> None:
    station = await organisation(office, officer, "station")
    friend, child = await people(server, "friend", "child")
    await agree(child)
    await go(child, *HERE, accuracy=5)
    await follow(friend, child, "friend")
    event_id = await report(station, "flood")
    found = await event(station, event_id)
    assert (found["source"], found["details"]["is_trusted"]) == ("organisation", True)
    await asked(friend)


async def test_closing_ends_writing_and_positions(office: Office, officer: Client, server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    ts = server.app.clock.now_ms()
    live = {"timeout": 3_600_000, "live": True, "org.matrix.msc3488.ts": ts}
    info = await reporter.set_state(room_id, INFO, live, reporter.user_id)
    position = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": info},
        "org.matrix.msc3488.location": {"uri": "geo:52.52,13.405"},
        "org.matrix.msc3488.ts": ts,
    }
    sent = (await reporter.put(f"/rooms/{room_id}/send/{BEACON}/t1", position))["event_id"]
    assert (await reporter.attempt("POST", f"{ROOT}/events/{event_id}/close", {}))[0] == 403
    closed = await officer.post(f"{ROOT}/events/{event_id}/close", {"summary": "Nobody was hurt."})
    assert closed["state"] == "closed"
    assert (await reporter.get(f"/rooms/{room_id}/event/{sent}"))["content"] == {}
    state = await reporter.get(f"/rooms/{room_id}/state/{INFO}/{quote(reporter.user_id, safe='')}")
    assert state["live"] is False
    assert (await reporter.get(f"/rooms/{room_id}/state/org.roomkeeper.safety/"))["summary"] == "Nobody was hurt."
    assert any("Nobody was hurt." in (each or "") for each in await reporter.timeline(room_id))
    path = f"/rooms/{room_id}/send/m.room.message/late"
    assert (await reporter.attempt("PUT", path, {"msgtype": "m.text", "body": "late"}))[0] == 403


async def test_duplicates_are_joined(server: Server) -> None:
    first, second = await people(server, "first", "second")
    event_id = await report(first)
    room_id = await group(first, event_id)
    nearby = {"circles": [{"latitude": HERE[0] + 0.008, "longitude": HERE[1], "radius": 500}]}
    again = await report(second, place=nearby, text="Flames at the back")
    await until(lambda: joined(second, room_id))
    found = await event(second, again)
    assert (found["state"], found["details"]["joined_to"]) == ("joined", event_id)

    async def said() -> bool:
        return any("Flames at the back" in (each or "") for each in await first.timeline(room_id))

    await until(said)
    assert len((await event(first, event_id))["details"]["area"]["circles"]) == 2
    # Another kind, or another place, is another event.
    for more in ({"kind": "medical"}, {"place": {"circles": [{"latitude": 0, "longitude": 0}]}}):
        body = {"kind": "fire", "place": PLACE, **more}
        other = (await second.post(f"{ROOT}/events", body))["event_id"]
        assert await group(second, other) != room_id


async def test_reported_from_where_one_is(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    status, answer = await reporter.attempt("POST", f"{ROOT}/events", {"kind": "medical"})
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    await agree(reporter)
    await go(reporter, *HERE, accuracy=5)
    found = await reporter.post(f"{ROOT}/events", {"kind": "medical"})
    assert found["details"]["area"]["circles"][0]["latitude"] == HERE[0]


@pytest.mark.parametrize(
    "place",
    [
        {"circles": [{"latitude": 91, "longitude": 0}]},
        {"circles": [{"latitude": 0, "longitude": 0, "radius": 0}]},
        {"circles": [{"latitude": 0, "longitude": 0, "radius": 400_000}]},
        {"circles": [{"latitude": 0, "longitude": 0}, {"latitude": 0, "longitude": 1}]},
        {"polygons": [[[0, 0], [1, 0], [1, 1]]]},
        {"polygons": [[[0, 0], [1, 1]]]},
        {"polygons": [[[0, 0], [1, 1], [0, 1], [1, 0]]]},
        {"polygons": [[[0, 0], [170, 0], [170, 80], [0, 80]]]},
        {"polygons": [[[0, 0], [0, 95], [1, 0]]]},
        {"polygons": [[[0, 0, 0], [0, 1, 0], [1, 0, 0]]]},
    ],
)
async def test_what_is_no_place(server: Server, place: dict[str, Any]) -> None:
    (reporter,) = await people(server, "reporter")
    status, answer = await reporter.attempt("POST", f"{ROOT}/events", {"kind": "fire", "place": place})
    assert (status, answer["errcode"]) in ((400, "M_INVALID_PARAM"), (400, "M_BAD_JSON"))


# ------------------------------------------------------------ countdown, time, abuse


async def test_the_countdown(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_SAFETY_LOOK_SECONDS="0.1")
    (reporter,) = await people(server, "reporter")
    (neighbour,) = await near(server, "neighbour")
    taken_back = await report(reporter)
    assert (await event(reporter, taken_back))["state"] == "countdown"
    assert (await neighbour.attempt("POST", f"{ROOT}/events/{taken_back}/cancel"))[0] == 404
    assert (await reporter.post(f"{ROOT}/events/{taken_back}/cancel"))["state"] == "cancelled"
    kept = await report(reporter)
    clock.advance(10_000)
    await server.restart()
    await group(reporter, kept)
    assert (await reporter.attempt("POST", f"{ROOT}/events/{kept}/cancel"))[0] == 400
    await asked(neighbour)
    assert (await event(reporter, taken_back))["room_id"] is None


async def test_a_reporter_who_is_locked_meanwhile_reports_nothing(make_office: MakeOffice) -> None:
    office = await make_office(ROOMKEEPER_SAFETY_COUNTDOWN_SECONDS="1")
    (reporter,) = await people(office.server, "reporter")
    event_id = await report(reporter)
    await office.owner.put(f"/_roomkeeper/v1/users/{quote(reporter.user_id, safe='')}/lock", {"locked": True})

    async def cancelled() -> bool:
        row = await office.server.app.driver.query_one("SELECT state FROM safety_events WHERE event_id = $1", event_id)
        return row == ("cancelled",)

    await until(cancelled)


async def test_false_reports_cool_down(office: Office, officer: Client, server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    path = f"{ROOT}/events/{event_id}/false"
    assert (await reporter.attempt("POST", path, {"reason": "x"}))[0] == 403
    assert (await officer.post(path, {"reason": "Nothing burns"}))["state"] == "closed"
    status, answer = await reporter.attempt("POST", f"{ROOT}/events", {"kind": "fire", "place": PLACE})
    assert status == 429
    assert 0 < answer["retry_after_ms"] <= 3_600_000
    assert [each["reason"] for each in (await reporter.get(of(reporter.user_id)))["strikes"]] == ["Nothing burns"]

    async def told() -> bool:
        return any("Nothing burns" in each for each in await notices(reporter))

    await until(told)
    assert room_id


async def test_there_is_a_most_in_a_day(make_server: MakeServer) -> None:
    server = await make_server(**QUICK, ROOMKEEPER_SAFETY_RAISED_A_DAY="2")
    (reporter,) = await people(server, "reporter")
    for _ in range(2):
        await report(reporter)
    assert (await reporter.attempt("POST", f"{ROOT}/events", {"kind": "fire", "place": PLACE}))[0] == 429


async def test_crowds_have_a_cap_and_the_nearest_come_first(make_server: MakeServer) -> None:
    server = await make_server(**QUICK, ROOMKEEPER_SAFETY_MOST_ASKED="2", ROOMKEEPER_SAFETY_FIRST_STAGE="1")
    (reporter,) = await people(server, "reporter")
    crowd = await people(server, *(f"c{number}" for number in range(4)))
    for number, client in enumerate(crowd):
        await agree(client)
        await go(client, HERE[0] + 0.004 - 0.001 * number, HERE[1], accuracy=5)
    event_id = await report(reporter)
    await group(reporter, event_id)
    await asked(crowd[3])
    await asked(crowd[2])
    await settled(server, event_id)
    assert [bool(await asks(client)) for client in crowd] == [False, False, True, True]


async def test_consent_withdrawn_before_one_is_asked(make_server: MakeServer) -> None:
    clock = FixedClock()
    stages = {"ROOMKEEPER_SAFETY_STAGE_SECONDS": "1", "ROOMKEEPER_SAFETY_FIRST_STAGE": "1"}
    server = await make_server(clock, **{**QUICK, **stages})
    (reporter,) = await people(server, "reporter")
    (first,) = await near(server, "first")
    (second,) = await people(server, "second")
    await agree(second)
    await go(second, HERE[0] + 0.004, HERE[1], accuracy=5)
    event_id = await report(reporter)
    await asked(first)
    await second.put(f"{of(second.user_id)}/preferences", {"location": "off"})
    clock.advance(1_000)
    await server.restart()

    async def withdrawn() -> bool:
        rows = await server.app.driver.query("SELECT user_id, state FROM safety_asked")
        return dict(tuple(row) for row in rows).get(second.user_id) == "withdrawn"

    await until(withdrawn)
    assert await asks(second) == {}
    assert event_id


async def test_what_is_over_is_erased(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, **QUICK)
    (reporter,) = await people(server, "reporter")
    (neighbour,) = await near(server, "neighbour")
    event_id = await report(reporter)
    clock.advance(1)
    room_id = await group(reporter, event_id)
    await asked(neighbour)
    await reporter.put(f"{ROOT}/events/{event_id}/status", {"status": "resolved"})
    clock.advance(12 * 3_600_000)
    await server.restart()

    async def closed() -> bool:
        return bool((await event(reporter, event_id))["state"] == "closed")

    await until(closed)
    clock.advance(30 * DAY_MS)
    await server.restart()

    async def gone() -> bool:
        return (await reporter.attempt("GET", f"{ROOT}/events/{event_id}"))[0] == 404

    await until(gone)

    async def purged() -> bool:
        query = server.app.driver.query
        under_way = await query("SELECT 1 FROM jobs WHERE state IN ('queued', 'running')")
        return not under_way and await query("SELECT 1 FROM events WHERE room_id = $1 LIMIT 1", room_id) == []

    await until(purged)
    assert await server.app.driver.query("SELECT event_id FROM safety_asked") == []


async def test_lists_and_maps(server: Server) -> None:
    reporter, stranger = await people(server, "reporter", "stranger")
    across = {"polygons": [[[179.9, -0.1], [-179.9, -0.1], [-179.9, 0.1], [179.9, 0.1], [179.9, -0.1]]]}
    mine = [await report(reporter, "flood", place=across), await report(reporter)]
    found = await reporter.get(f"{ROOT}/events", limit=1)
    assert [each["event_id"] for each in found["events"]] == [mine[1]]
    found = await reporter.get(f"{ROOT}/events", limit=1, **{"from": found["next_batch"]})
    assert [each["event_id"] for each in found["events"]] == [mine[0]]
    assert (await stranger.get(f"{ROOT}/events"))["events"] == []
    collection = await reporter.get(f"{ROOT}/events.geojson")
    shape = collection["features"][1]["geometry"]
    assert shape["type"] == "MultiPolygon"
    rings = [polygon[0] for polygon in shape["coordinates"]]
    assert sorted((min(x for x, _ in ring), max(x for x, _ in ring)) for ring in rings) == [
        (-180, -179.9),
        (179.9, 180),
    ]
    assert all(ring[0] == ring[-1] for ring in rings)
