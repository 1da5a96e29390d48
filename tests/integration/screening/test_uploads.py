"""What a sender's client asks before send is pressed, what it gives up again, and what erasure leaves of all that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.core.media.service import HOUR_MS
from roomkeeper.platform.clock import FixedClock
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.accounts.confirming import eventually
from tests.integration.erasure.test_erasure import close
from tests.integration.media.uploading import create, download, fill, send_image, together, upload
from tests.integration.retention.operator import Operator
from tests.integration.screening.test_words import policies
from tests.integration.screening.world import (
    ROOT,
    add_marks,
    checksum,
    marked,
    parts_of,
    send_content,
    send_file,
    told_state,
)

MEDIA = "/_roomkeeper/v1/media"
PNG = samples.png()


async def asked(client: Client, media_id: str, **query: Any) -> dict[str, Any]:
    """What the server says of a file."""
    answer = await client.get(f"{ROOT}/uploads/{media_id}", **query)
    assert isinstance(answer, dict)
    return answer


async def given_up(client: Client, media_id: str) -> bool:
    """Whether the server has forgotten a file that its uploader gave up."""
    status, answer = await client.attempt("DELETE", f"{MEDIA}/{media_id}")
    assert status == 200, answer
    return bool(answer["removed"])


async def test_the_answer_comes_when_it_is_there(server: Server) -> None:
    marks = add_marks(server)
    marks.gate.clear()
    alice = await server.register("alice")
    media_id = await create(alice)
    assert (await asked(alice, media_id))["state"] == "empty"
    waiting = asyncio.create_task(asked(alice, media_id, timeout_ms=30_000))
    await fill(alice, media_id, samples.png(), content_type="image/png")
    while not marks.asked:  # noqa: ASYNC110 - the detector is asked by the server
        await asyncio.sleep(0.01)
    assert (await asked(alice, media_id, timeout_ms=10))["state"] == "checking"
    assert not waiting.done()
    marks.gate.set()
    assert await waiting == {"state": "checked", "action": "allow", "labels": [], "reason": ""}


async def test_it_tells_no_more_than_sending_would(server: Server) -> None:
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    doubtful, bad = await upload(alice, marked(0.7)), await upload(alice, marked(0.95))
    for query in ({"timeout_ms": 20_000}, {"timeout_ms": 20_000, "room_id": room_id}):
        found = await asked(alice, doubtful, **query)
        assert found == {"state": "checked", "action": "review", "labels": [], "reason": ""}, "who reviews says why"
        found = await asked(alice, bad, **query)
        assert (found["action"], found["labels"], found["reason"]) == ("block", ["bad"], "bad")
    status, answer = await send_file(alice, room_id, bad)
    assert (status, answer["org.roomkeeper.labels"]) == (403, ["bad"])
    assert (await bob.attempt("GET", f"{ROOT}/uploads/{bad}"))[0] == 404


async def test_the_rooms_own_policy_counts(server: Server) -> None:
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    strict, usual = await together(alice, bob), await together(alice, bob)
    rule = {"marks": {"thresholds": {"bad": {"block": 0.3}}}}
    await policies(server, {"name": "strict", "match": {"rooms": [strict]}, "detectors": rule})
    media_id = await upload(alice, marked(0.4))
    assert (await asked(alice, media_id, timeout_ms=20_000, room_id=strict))["action"] == "block"
    assert (await asked(alice, media_id, timeout_ms=20_000, room_id=usual))["action"] == "allow"
    assert (await asked(alice, media_id, timeout_ms=20_000))["action"] == "allow"
    theirs = await bob.create_room()
    status, answer = await alice.attempt("GET", f"{ROOT}/uploads/{media_id}?room_id={theirs}")
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")


async def test_what_is_given_up_is_gone_at_once(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    unwanted, twin, empty = await upload(alice), await upload(bob), await create(alice)
    folder = server.data_dir / "blobs"

    def files() -> int:
        return sum(path.is_file() for path in folder.rglob("*"))

    assert (await bob.attempt("DELETE", f"{MEDIA}/{unwanted}"))[0] == 404, "somebody else's"
    assert files() == 1
    assert await given_up(alice, unwanted)
    assert (await download(alice, unwanted)).status == 404
    assert files() == 1, "another one has the same bytes"
    assert await given_up(bob, twin)
    assert files() == 0
    assert await given_up(alice, empty)
    assert (await fill(alice, empty)).status == 404
    assert (await alice.attempt("DELETE", f"{MEDIA}/{empty}"))[0] == 404
    shown = await upload(alice)
    await send_image(alice, room_id, shown)
    assert not await given_up(alice, shown)
    assert (await download(bob, shown)).status == 200


@pytest.mark.parametrize("how", ["given up", "cleaned"])
async def test_what_was_known_and_is_gone_is_not_sent(make_server: MakeServer, how: str) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_MEDIA_UNREFERENCED_HOURS="2")
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, PNG)
    assert (await asked(alice, media_id, timeout_ms=20_000))["action"] == "allow"
    if how == "given up":
        assert await given_up(alice, media_id)
    else:
        clock.advance(3 * HOUR_MS)
        operator = Operator(server)
        await operator.done(await operator.ask("POST", "/media/cleanup"))
    promised = {"org.roomkeeper.sha256": checksum(PNG)}
    status, answer = await send_file(alice, room_id, media_id, **promised)
    assert (status, answer["org.roomkeeper.reason"]) == (404, "media_gone")


async def test_what_is_held_or_may_be_appealed_stays(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_MEDIA_UNREFERENCED_HOURS="2", ROOMKEEPER_SCREENING_APPEAL_DAYS="1")
    add_marks(server)
    operator = Operator(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    held, blocked = await upload(alice, marked(0.7)), await upload(alice, marked(0.95))
    event_id = (await send_file(alice, room_id, held))[1]["event_id"]
    case_id = (await told_state(alice, room_id, event_id, "waiting"))["case_id"]
    assert (await send_file(alice, room_id, blocked))[0] == 403
    assert not await given_up(alice, held)
    clock.advance(3 * HOUR_MS)
    await operator.done(await operator.ask("POST", "/media/cleanup"))
    assert (await download(alice, held)).status == 200, "who reviews needs to see it"
    assert (await download(alice, blocked)).status == 200
    await operator.ask("POST", f"/screening/cases/{case_id}/approve", {})
    await told_state(alice, room_id, event_id, "approved")
    assert (await download(bob, held)).status == 200
    # When nobody can appeal any more, nothing keeps it.
    clock.advance(25 * HOUR_MS)
    await parts_of(server).cases.tidy()
    assert await given_up(alice, blocked)


async def test_who_might_see_a_withheld_file_is_told_so(server: Server) -> None:
    add_marks(server)
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    room_id = await together(alice, bob)
    media_id = await upload(alice, marked(0.4))
    await send_image(alice, room_id, media_id)
    assert (await download(bob, media_id)).status == 200
    rule = {"marks": {"thresholds": {"bad": {"block": 0.3}}}}
    await policies(server, {"name": "strict", "detectors": rule})

    async def is_withheld() -> bool:
        answer = await download(bob, media_id)
        return answer.status == 404 and answer.json.get("org.roomkeeper.reason") == "withheld"

    await eventually(is_withheld)
    assert "org.roomkeeper.reason" not in (await download(carol, media_id)).json, "nobody else learns of it"
    assert (await download(alice, media_id)).status == 200


PERSONAL = ("screening_cases", "screening_case_files", "screening_case_departments", "screening_case_labels")


async def test_erasure_leaves_nothing_of_what_screening_kept(server: Server) -> None:
    add_marks(server)
    operator = Operator(server)
    desk, user = await server.register("desk"), await server.register("user")
    room_id = await together(desk, user)
    body = {"name": "insults", "action": "review", "patterns": ["scoundrel"]}
    await operator.ask("POST", "/screening/lists", body)
    for score in (0.7, 0.95):
        await send_file(user, room_id, await upload(user, marked(score), "user's.png"))
    await send_content(user, room_id, {"msgtype": "m.text", "body": "you scoundrel, says user"})
    [case, *_] = (await user.get(f"{ROOT}/mine", state="blocked"))["cases"]
    await user.post(f"{ROOT}/mine/{case['case_id']}/appeal", {"text": "this was no insult, says user"})
    assert len((await operator.ask("GET", "/screening/cases"))["cases"]) == 3
    server.discarded = True
    await close(user, erase=True)

    async def rows() -> dict[str, int]:
        found = {}
        for table in (*PERSONAL, "held_events"):
            row = await server.app.driver.query_one(f"SELECT count(*) FROM {table}")
            found[table] = -1 if row is None else int(row[0])
        mine = "SELECT count(*) FROM account_data WHERE user_id = $1"
        row = await server.app.driver.query_one(mine, user.user_id)
        found["account_data"] = -1 if row is None else int(row[0])
        return {table: count for table, count in found.items() if count}

    async def is_gone() -> bool:
        return await rows() == {}

    assert {"screening_cases", "screening_case_files", "held_events"} <= (await rows()).keys()
    await eventually(is_gone)
    assert (await operator.ask("GET", "/screening/cases"))["cases"] == []
