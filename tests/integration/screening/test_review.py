"""What is held: the queue, deciding, telling, appealing, remembering."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.database import Write
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.media.test_access import sees
from tests.integration.media.uploading import send as request_bytes
from tests.integration.media.uploading import together, upload
from tests.integration.organisation.office import Office
from tests.integration.retention.operator import Operator
from tests.integration.screening.world import (
    ROOT,
    add_marks,
    events_of,
    marked,
    parts_of,
    send_content,
    send_file,
    told,
    told_state,
    until,
)

V1 = "/_roomkeeper/v1"
REVIEWED = 0.7


async def queue(reviewer: Any, **query: Any) -> list[dict[str, Any]]:
    """The cases."""
    if isinstance(reviewer, Client):
        found = await reviewer.get(f"{ROOT}/cases", **query)
    else:
        found = await Operator(reviewer).ask("GET", "/screening/cases", **query)
    cases = found["cases"]
    assert isinstance(cases, list)
    return cases


async def notices(client: Client) -> list[str]:
    """What the server has told somebody in its own room."""
    invites = (await client.get("/sync"))["rooms"].get("invite", {})
    for room_id in invites:
        await client.join(room_id)
    joined = (await client.get("/sync"))["rooms"].get("join", {})
    return [
        event["content"]["body"]
        for room in joined.values()
        for event in room["timeline"]["events"]
        if event["content"].get("msgtype") == "m.server_notice"
    ]


async def test_what_is_approved_arrives(office: Office) -> None:
    server = office.server
    add_marks(server)
    moderator = await office.staff("moderator")
    await office.give(moderator.user_id, "moderator")
    alice, bob = await server.register("alice"), await server.register("bob")
    phone = await server.login("alice")
    room_id = await together(alice, bob)
    media_id = await upload(alice, marked(REVIEWED), name="holiday.png")
    await alice.sync()
    status, answer = await send_file(alice, room_id, media_id)
    assert status == 200
    event_id = answer["event_id"]
    shown = await told_state(phone, room_id, event_id, "waiting")
    assert "labels" not in shown, "what is looked for stays with those who review"
    synced = await alice.sync()
    assert event_id in [event["event_id"] for event in synced["rooms"]["join"][room_id]["timeline"]["events"]]
    assert event_id not in await events_of(bob, room_id)
    assert not await sees(bob, media_id)
    (case,) = await queue(moderator, state="waiting")
    assert (case["event_id"], case["sender"], case["labels"]) == (event_id, alice.user_id, ["bad"])
    (reason,) = case["reasons"]
    assert (reason["detector"], reason["score"], reason["media_id"]) == ("marks", REVIEWED, media_id)
    path = f"{ROOT}/cases/{case['case_id']}"
    seen = await request_bytes(moderator, "GET", f"{path}/media/{media_id}")
    assert (seen.status, seen.body) == (200, marked(REVIEWED))
    assert (await request_bytes(moderator, "GET", f"{path}/media/other")).status == 404
    assert (await bob.attempt("GET", f"{ROOT}/cases"))[0] == 403
    assert (await bob.attempt("POST", f"{path}/approve", {}))[0] == 403
    approved = await moderator.post(f"{path}/approve", {"reason": "harmless"})
    assert (approved["state"], approved["decided_by"]) == ("approved", moderator.user_id)
    assert event_id in await events_of(bob, room_id)
    assert await sees(bob, media_id)
    await told_state(alice, room_id, event_id, "approved")
    status, again = await moderator.attempt("POST", f"{path}/refuse", {})
    assert status == 409, again
    audit = (await office.owner.get(f"{V1}/audit"))["entries"]
    assert next(entry["reason"] for entry in audit if entry["object"] == case["case_id"]) == "approved: harmless"


async def test_who_is_refused_is_told_and_can_appeal_once(server: Server) -> None:
    server.discarded = True
    add_marks(server)
    operator = Operator(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob, name="Office")
    media_id = await upload(alice, marked(REVIEWED))
    event_id = (await send_file(alice, room_id, media_id))[1]["event_id"]
    case_id = (await told_state(alice, room_id, event_id, "waiting"))["case_id"]
    mine = f"{ROOT}/mine/{case_id}"
    assert (await alice.attempt("POST", f"{mine}/appeal", {"text": "please"}))[0] == 403, "not refused yet"
    await operator.ask(
        "POST", f"/screening/cases/{case_id}/refuse", {"reason": "internal", "told": "Not in this room."}
    )
    shown = await told_state(alice, room_id, event_id, "refused")
    assert (shown["reason"], shown["can_appeal"]) == ("Not in this room.", True)
    assert event_id not in await events_of(bob, room_id)

    async def noticed() -> bool:
        return any("Not in this room." in notice and "Office" in notice for notice in await notices(alice))

    await until(noticed)
    assert (await bob.attempt("GET", mine))[0] == 404
    assert (await bob.attempt("POST", f"{mine}/appeal", {"text": "x"}))[0] == 404
    appealed = await alice.post(f"{mine}/appeal", {"text": "It is my own picture."})
    assert (appealed["state"], appealed.get("can_appeal")) == ("waiting", None)
    (case,) = await queue(server, appealed="true")
    assert case["appeal"] == "It is my own picture."
    await operator.ask("POST", f"/screening/cases/{case_id}/approve", {})
    assert event_id in await events_of(bob, room_id)
    assert await sees(bob, media_id)
    second = (await send_file(alice, room_id, await upload(alice, marked(REVIEWED, "other"))))[1]["event_id"]
    case_id = (await told_state(alice, room_id, second, "waiting"))["case_id"]
    await operator.ask("POST", f"/screening/cases/{case_id}/refuse", {})
    await alice.post(f"{ROOT}/mine/{case_id}/appeal", {"text": "x"})
    await operator.ask("POST", f"/screening/cases/{case_id}/refuse", {})

    async def final() -> bool:
        shown = (await told(alice, room_id))["events"][second]
        return shown["state"] == "refused" and "can_appeal" not in shown

    await until(final)
    assert (await alice.attempt("POST", f"{ROOT}/mine/{case_id}/appeal", {"text": "x"}))[0] == 403
    assert (await alice.attempt("GET", f"/rooms/{quote(room_id)}/event/{quote(second)}"))[0] == 404, "it is dropped"


async def test_an_appeal_against_a_block_lets_the_sender_send_again(server: Server) -> None:
    add_marks(server)
    operator = Operator(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, marked(1.0))
    status, answer = await send_file(alice, room_id, media_id)
    assert status == 403
    case_id = answer["org.roomkeeper.case_id"]

    async def listed() -> Any:
        return (await alice.get(f"{ROOT}/mine"))["cases"]

    (mine,) = await until(listed)
    assert (mine["case_id"], mine["state"], mine["can_appeal"]) == (case_id, "blocked", True)
    await alice.post(f"{ROOT}/mine/{case_id}/appeal", {"text": "It is a painting."})
    await operator.ask("POST", f"/screening/cases/{case_id}/approve", {})
    assert (await send_file(alice, room_id, media_id))[0] == 200
    assert await sees(bob, media_id)
    await server.restart()
    add_marks(server)
    assert (await send_file(bob, room_id, await upload(bob, marked(1.0))))[0] == 200, "the same bytes"


async def test_who_appeals_at_once_need_not_wait_for_the_disk(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is answered while its case is written."""
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, marked(1.0))
    committer = server.app.committer
    apply = committer._apply

    async def slowly(batch: list[Write]) -> dict[int, Exception]:
        await asyncio.sleep(0.5)
        return await apply(batch)

    monkeypatch.setattr(committer, "_apply", slowly)
    case_id = (await send_file(alice, room_id, media_id))[1]["org.roomkeeper.case_id"]
    await alice.post(f"{ROOT}/mine/{case_id}/appeal", {"text": "It is a painting."})
    assert [case["case_id"] for case in await queue(server)] == [case_id]


async def test_a_remembered_refusal_blocks_the_same_bytes(server: Server) -> None:
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    event_id = (await send_file(alice, room_id, await upload(alice, marked(REVIEWED))))[1]["event_id"]
    case_id = (await told_state(alice, room_id, event_id, "waiting"))["case_id"]
    await Operator(server).ask("POST", f"/screening/cases/{case_id}/refuse", {"remember": True})
    status, answer = await send_file(bob, room_id, await upload(bob, marked(REVIEWED)))
    assert (status, answer["org.roomkeeper.labels"]) == (403, ["decided"])


async def test_departments_see_their_own_cases(office: Office) -> None:
    add_marks(office.server)
    sales, support = await office.department("Sales"), await office.department("Support")
    seller = await office.staff("seller", sales)
    chief, other = await office.staff("chief"), await office.staff("other")
    await office.give(chief.user_id, "moderator", sales)
    await office.give(other.user_id, "moderator", support)
    room_id = await seller.create_room()
    event_id = (await send_file(seller, room_id, await upload(seller, marked(REVIEWED))))[1]["event_id"]
    case_id = (await told_state(seller, room_id, event_id, "waiting"))["case_id"]
    assert [case["case_id"] for case in await queue(chief)] == [case_id]
    assert await queue(other) == []
    assert (await other.attempt("GET", f"{ROOT}/cases/{case_id}"))[0] == 404
    assert (await other.attempt("POST", f"{ROOT}/cases/{case_id}/approve", {}))[0] == 404
    assert (await chief.post(f"{ROOT}/cases/{case_id}/approve"))["state"] == "approved"


async def test_the_queue_has_pages_filters_and_similar_pictures(server: Server) -> None:
    add_marks(server)
    alice = await server.register("alice")
    room_id = await alice.create_room()
    sent = []
    for data in (samples.picture(300, 200), samples.picture(290, 196), samples.picture(40, 300)):
        picture = samples.encoded(data, "PNG") + b" bad=0.70"
        sent.append((await send_file(alice, room_id, await upload(alice, picture)))[1]["event_id"])
    cases = await queue(server, state="waiting")
    assert [case["event_id"] for case in cases] == sent
    found: list[str] = []
    batch = ""
    while True:
        page = await Operator(server).ask("GET", "/screening/cases", limit=1, order="newest", **{"from": batch})
        found += [case["event_id"] for case in page["cases"]]
        batch = page.get("next_batch", "")
        if not batch:
            break
    assert found == sent[::-1]
    assert await queue(server, label="bad", sender=alice.user_id, room=room_id) != []
    assert await queue(server, label="other") == []
    assert await queue(server, kind="blocked") == []

    async def hashed() -> bool:
        return all(medium.get("similar_by") for case in await queue(server) for medium in case["media"])

    await until(hashed)
    first = cases[0]["case_id"]
    similar = (await Operator(server).ask("GET", f"/screening/cases/{first}/similar"))["cases"]
    assert cases[1]["case_id"] in [each["case"]["case_id"] for each in similar]
    figures = await Operator(server).ask("GET", "/screening/statistics")
    assert figures["cases"] == {"waiting": 3}
    (hour,) = figures["hours"]
    assert hour["verdicts"] == {"review": 3}
    assert hour["causes"] == {"marks:bad": 3}
    assert hour["waited_p95_ms"] >= hour["waited_p50_ms"] >= 1


async def test_what_cannot_be_delivered_any_more_stays_in_the_queue(server: Server) -> None:
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    event_id = (await send_file(alice, room_id, await upload(alice, marked(REVIEWED))))[1]["event_id"]
    case_id = (await told_state(alice, room_id, event_id, "waiting"))["case_id"]
    await alice.leave(room_id)
    status, answer = await Operator(server).attempt("POST", f"/screening/cases/{case_id}/approve", {})
    assert (status, answer["errcode"]) == (409, "M_UNKNOWN")
    assert "cannot be delivered" in answer["error"]
    assert [case["state"] for case in await queue(server)] == ["waiting"]


async def test_a_held_name_of_a_room_waits_and_who_joins_is_never_held(server: Server) -> None:
    operator = Operator(server)
    await operator.ask("POST", "/screening/lists", {"name": "words", "action": "review", "patterns": ["rotten"]})
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    event_id = await alice.set_state(room_id, "m.room.name", {"name": "Rotten fish"})
    case_id = (await told_state(alice, room_id, event_id, "waiting"))["case_id"]
    assert "m.room.name" not in [event["type"] for event in await bob_state(bob, room_id)]
    await operator.ask("POST", f"/screening/cases/{case_id}/approve", {})
    assert "m.room.name" in [event["type"] for event in await bob_state(bob, room_id)]
    path = f"/rooms/{quote(room_id)}/state/m.room.member/{quote(bob.user_id)}"
    status, answer = await bob.attempt("PUT", path, {"membership": "join", "displayname": "Rotten"})
    assert (status, answer["org.roomkeeper.reason"]) == (403, "blocked")
    assert (await bob.attempt("PUT", f"/profile/{bob.user_id}/displayname", {"displayname": "rotten"}))[0] == 403


async def bob_state(client: Client, room_id: str) -> list[dict[str, Any]]:
    """The state of a room."""
    state: Any = await client.get(f"/rooms/{quote(room_id)}/state")
    return list(state)


async def test_after_the_time_to_appeal_what_was_refused_is_dropped(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock)
    server.discarded = True
    add_marks(server)
    alice = await server.register("alice")
    room_id = await alice.create_room()
    event_id = (await send_file(alice, room_id, await upload(alice, marked(REVIEWED))))[1]["event_id"]
    case_id = (await told_state(alice, room_id, event_id, "waiting"))["case_id"]
    await Operator(server).ask("POST", f"/screening/cases/{case_id}/refuse", {})
    await told_state(alice, room_id, event_id, "refused")
    path = f"/rooms/{quote(room_id)}/event/{quote(event_id)}"
    await parts_of(server).cases.tidy()
    assert (await alice.attempt("GET", path))[0] == 200
    clock.advance(8 * 24 * 3600 * 1000)
    await parts_of(server).cases.tidy()
    assert (await alice.attempt("GET", path))[0] == 404
    assert not (await alice.get(f"{ROOT}/mine/{case_id}")).get("can_appeal")
    assert (await alice.attempt("POST", f"{ROOT}/mine/{case_id}/appeal", {"text": "x"}))[0] == 403
    clock.advance(200 * 24 * 3600 * 1000)
    await parts_of(server).cases.tidy()
    assert (await alice.attempt("GET", f"{ROOT}/mine/{case_id}"))[0] == 404


async def test_the_case_goes_with_the_room(server: Server) -> None:
    add_marks(server)
    alice = await server.register("alice")
    room_id = await alice.create_room()
    await send_file(alice, room_id, await upload(alice, marked(REVIEWED)))
    await send_content(alice, room_id, {"body": "x"})
    assert await queue(server)
    await Operator(server).purge(room_id)
    assert await queue(server) == []
