"""Events of other programs: the tracking API, keys, masking, limits, clocks, replays, drift, retention."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.integration.repair.desk import NOW, TOLD, Desk

HOUR = 3_600_000


async def test_a_batch_is_stored_and_becomes_a_flow(desk: Desk) -> None:
    client, server = await desk.key(), await desk.key(side="server")
    sent = [desk.event("Message Sending", -100), desk.event("messageSent", -10, properties={**TOLD, "event_id": "$e"})]
    status, answer = await desk.batch(client, *sent)
    assert (status, answer["stored"], answer["replayed"], answer["refused"]) == (200, 2, 0, [])
    await desk.batch(server, desk.event("message_received", -60, properties={**TOLD, "device_id": "D"}))
    await desk.batch(server, desk.event("message_accepted", -50, properties={**TOLD, "event_id": "$e"}))
    (attempt,) = (await desk.flow())["attempts"]
    assert [(step["point"], step["side"], step["duration_ms"]) for step in attempt["steps"]] == [
        ("message_sending", "client", 0),
        ("message_received", "server", 40),
        ("message_accepted", "server", 10),
        ("message_sent", "client", 40),
    ]
    assert attempt["deviation"] is None


async def test_a_flow_as_text_marks_the_deviation(desk: Desk) -> None:
    await desk.batch(await desk.key(), desk.event("message_sending", -60_000))
    path = f"/_roomkeeper/v1/repair/flow/text?user_id={desk.alice.user_id}&kind=message_stuck"
    from roomkeeper.platform.instance import find_running

    running = find_running(desk.server.data_dir)
    assert running is not None
    headers = {"authorization": f"Bearer {running.token}"}
    status, head, text = await desk.server.raw("GET", path, headers=headers)
    assert (status, head["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "> " in text.decode()
    assert "“The server takes it” did not happen." in text.decode()


@pytest.mark.parametrize("path", ["track", "identify", "page", "screen", "group", "alias"])
async def test_single_messages(desk: Desk, path: str) -> None:
    body = {"userId": desk.alice.user_id, "event": "anything", "previousId": "x", "messageId": "1"}
    status, answer = await desk.post(path, body, await desk.key())
    assert (status, answer["success"]) == (200, True)


async def test_the_key_may_stand_in_the_body_and_packed_bodies_are_read(desk: Desk) -> None:
    key = await desk.key()
    assert (await desk.post("track", {"writeKey": key, "userId": "u", "event": "e"}))[0] == 200
    packed = gzip.compress(b'{"batch": [{"userId": "u", "event": "e2"}]}')
    status, answer = await desk.post("batch", packed, key, **{"content-encoding": "gzip"})
    assert (status, answer["stored"]) == (200, 1)
    bomb = gzip.compress(b" " * 50_000_000)
    assert (await desk.post("batch", bomb, key, **{"content-encoding": "gzip"}))[0] == 413
    assert (await desk.post("batch", b"no", key, **{"content-encoding": "gzip"}))[0] == 400


async def test_errors_are_told_as_segments_sdks_read_them(desk: Desk) -> None:
    status, answer = await desk.post("track", {"event": "e", "userId": "u"}, "wrong")
    assert (status, answer["success"], answer["code"]) == (401, False, "M_UNKNOWN_TOKEN")
    assert "Make one in the console" in answer["message"]
    assert (await desk.post("track", {"event": "e", "userId": "u"}))[0] == 401
    key = await desk.key()
    for body in ({"event": "e"}, {"userId": "u"}, {"event": "", "userId": "u"}, {"event": "e", "userId": "u" * 300}):
        status, answer = await desk.post("track", body, key)
        assert (status, answer["code"]) == (400, "M_BAD_JSON"), body
        assert "cannot be taken" in answer["message"]


async def test_one_wrong_message_of_a_batch_loses_none_of_the_others(desk: Desk) -> None:
    key = await desk.key()
    wrong = {"event": "e", "userId": "u", "properties": "no object"}
    status, answer = await desk.batch(key, desk.event("message_sending"), wrong, {"type": "?", "userId": "u"})
    assert (status, answer["stored"]) == (200, 1)
    assert [each["index"] for each in answer["refused"]] == [1, 2]
    assert (await desk.batch(key, wrong))[0] == 400


async def test_a_replay_does_nothing_also_after_a_restart(desk: Desk) -> None:
    key, sent = await desk.key(), [desk.event("message_sending", at) for at in (-3, -2, -1)]
    assert (await desk.batch(key, *sent, sent[0]))[1]["stored"] == 3
    await desk.server.restart()
    answer = (await desk.batch(key, *sent))[1]
    assert (answer["stored"], answer["replayed"]) == (0, 3)
    assert (await desk.flow())["events"] == 3
    other = await desk.key()
    assert (await desk.batch(other, sent[0]))[1]["stored"] == 1, "another sender's message id is another message"


async def test_a_wrong_clock_is_corrected_by_when_it_says_that_it_sent(desk: Desk) -> None:
    key, wrong = await desk.key(), 30 * HOUR
    sent = desk.event("message_sending", wrong - 500)
    await desk.batch(key, sent, sentAt=desk.clock.now_ms() + wrong)
    flow = await desk.flow()
    assert flow["attempts"][0]["began_ts"] == NOW - 500
    assert [each["code"] for each in flow["findings"]] == ["clock_skew", "side_missing"]
    ahead = desk.event("message_sending", 5 * HOUR, messageId="other")
    await desk.post("batch", {"batch": [ahead]}, key)
    assert all(each["ended_ts"] <= NOW for each in (await desk.flow())["attempts"]), "nothing is from the future"


async def test_events_hours_late_are_put_where_they_belong(desk: Desk) -> None:
    key = await desk.key()
    late = desk.event("message_sending", 0)
    desk.clock.advance(6 * HOUR)
    await desk.batch(key, late)
    flow = await desk.flow()
    assert flow["attempts"][0]["began_ts"] == NOW
    assert "late_arrival" in await desk.found()
    assert flow["attempts"][0]["deviation"]["point"] == "message_accepted"


async def test_what_departs_from_the_plan_is_kept_and_marked(desk: Desk) -> None:
    key = await desk.key()
    drifted = desk.event("message_sending", -1, properties={"txn_id": 5, "room_id": "!r", "more": "x"})
    await desk.batch(key, drifted, desk.event("message_accepted", -1, properties={**TOLD, "event_id": "$e"}))
    await desk.batch(key, desk.event("nobody_planned_this"))
    flow = await desk.flow()
    marks = {step["point"]: step["event"]["drift"] for attempt in flow["attempts"] for step in attempt["steps"]}
    assert set(marks["message_sending"]) == {".: additionalProperties", "txn_id: type"}
    assert "schema" in [each["code"] for each in flow["findings"]]
    volumes = (await desk.ask("GET", "/volumes"))[1]["volumes"]
    drifts = {each["name"]: each["drifted"] for each in volumes if each["source"] != "server"}
    # A client that claims one of the server's points is marked, too.
    assert drifts == {"message_sending": 1, "message_accepted": 1, "unplanned": 1}


async def test_personal_data_are_masked_before_they_are_stored(desk: Desk) -> None:
    key = await desk.key()
    said: dict[str, Any] = {**TOLD, "email": "a@b.example", "note": "hello", "code": "call 13912345678"}
    await desk.batch(key, desk.event("message_sending", properties=said, context={"ip": "10.1.2.3"}))
    rows = await desk.server.app.driver.query("SELECT user_id, properties, correlation_id FROM repair_events")
    stored = str([row for row in rows if "txn_id" in row[1] and "t1" in row[1]])
    assert "[masked]" in stored
    for secret in ("a@b.example", "hello", "13912345678", "10.1.2.3"):
        assert secret not in stored
    await desk.post("track", {"event": "e", "userId": "bob@mail.example"}, key)
    rows = await desk.server.app.driver.query("SELECT user_id FROM repair_events")
    assert "bob@" not in str(rows)


async def test_who_was_anonymous_is_found_once_they_have_said_who_they_are(desk: Desk) -> None:
    key = await desk.key()
    before = desk.event("message_sending", -5, userId=None, anonymousId="cookie1")
    await desk.batch(key, before)
    assert (await desk.flow())["attempts"] == []
    who = {"type": "identify", "userId": desk.alice.user_id, "anonymousId": "cookie1", "traits": {"email": "a@b.c"}}
    await desk.batch(key, who)
    assert len((await desk.flow())["attempts"]) == 1


async def test_a_personal_key_speaks_for_its_user_alone(desk: Desk) -> None:
    bob = await desk.server.register("bob")
    key = await desk.personal(bob)
    await desk.batch(key, desk.event("message_sending", userId=desk.alice.user_id))
    who = {"type": "identify", "userId": bob.user_id, "anonymousId": "cookie1"}
    await desk.batch(key, who)
    assert (await desk.flow())["events"] == 0
    assert (await desk.flow(user_id=bob.user_id))["events"] == 1
    forged = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert (await desk.batch(forged, desk.event("e")))[0] == 401
    assert (await desk.batch("personal.x", desk.event("e")))[0] == 401
    desk.clock.advance(25 * HOUR)
    assert (await desk.batch(key, desk.event("e")))[0] == 401


async def test_who_does_not_want_to_be_tracked_is_not_and_what_there_was_is_erased(desk: Desk) -> None:
    path, key = "/_roomkeeper/v1/repair/tracking", await desk.key()
    await desk.batch(key, desk.event("message_sending"))
    own = await desk.alice.put(path, {"enabled": False})
    assert (own["enabled"], own["chosen"], own.get("write_key")) == (False, False, None)
    assert (await desk.flow())["events"] == 0
    await desk.server.restart()
    answer = (await desk.batch(key, desk.event("message_sending", 1)))[1]
    assert (answer["stored"], answer["ignored"]) == (0, 1)
    room = await desk.alice.create_room()
    await desk.alice.send(room)
    assert (await desk.flow())["events"] == 0, "this server's own points neither"
    assert (await desk.alice.put(path, {"enabled": True}))["enabled"]
    assert (await desk.batch(key, desk.event("message_sending", 2)))[1]["stored"] == 1


async def test_a_flood_by_one_key_is_refused_and_harms_no_other(make_server: MakeServer) -> None:
    clock = FixedClock(NOW)
    server = await make_server(clock, ROOMKEEPER_RATE_LIMITS="on")
    desk = Desk(server, clock, await server.register("alice"))
    flooding, calm = await desk.key(per_second=10), await desk.key()
    many = [desk.event("e", at) for at in range(500)]
    assert (await desk.batch(flooding, *many))[0] == 200
    assert (await desk.batch(flooding, *many))[0] == 200
    status, answer = await desk.batch(flooding, *many)
    assert (status, answer["code"]) == (429, "M_LIMIT_EXCEEDED")
    assert (await desk.batch(calm, *many))[0] == 200
    clock.advance(answer["retry_after_ms"])
    assert (await desk.batch(flooding, *many))[0] == 200
    assert (await desk.batch(calm, *[desk.event("e", at) for at in range(2001)]))[0] == 413
    for _ in range(10):
        await desk.post("track", {"event": "e", "userId": "u"}, "guess")
    assert (await desk.post("track", {"event": "e", "userId": "u"}, "guess"))[0] == 429


async def test_a_revoked_key_counts_no_longer(desk: Desk) -> None:
    key = await desk.key()
    (known,) = (await desk.ask("GET", "/keys"))[1]["keys"]
    assert known["name"] == "test"
    assert key not in str(known)
    await desk.batch(key, desk.event("e"))
    assert (await desk.ask("GET", "/keys"))[1]["keys"][0]["last_used_ts"] == NOW
    assert (await desk.ask("DELETE", f"/keys/{known['key_id']}"))[0] == 200
    assert (await desk.batch(key, desk.event("e", 1)))[0] == 401
    assert (await desk.ask("DELETE", f"/keys/{known['key_id']}"))[0] == 403
    assert (await desk.ask("DELETE", "/keys/none"))[0] == 404


async def test_what_is_old_is_forgotten_and_older_events_are_not_taken(make_server: MakeServer) -> None:
    clock = FixedClock(NOW)
    server = await make_server(clock, ROOMKEEPER_REPAIR_KEPT_DAYS="2")
    desk = Desk(server, clock, await server.register("alice"))
    key = await desk.key()
    await desk.batch(key, desk.event("message_sending"))
    keeping = server.app.background["retention of tracked events"].__self__  # type: ignore[attr-defined]
    assert await keeping.forget() == 0
    clock.advance(2 * 24 * HOUR + 1)
    await desk.batch(key, desk.event("message_sending", 5))
    assert await keeping.forget() >= 1
    assert (await desk.flow(since=NOW - HOUR))["events"] == 1
    status, answer = await desk.batch(key, desk.event("message_sending", -3 * 24 * HOUR))
    assert status == 400
    assert "older than events are kept" in answer["message"]


async def test_volumes_are_counted_and_come_as_a_table(desk: Desk) -> None:
    key = await desk.key()
    sent = [desk.event("message_sending", at) for at in range(3)]
    await desk.batch(key, *sent)
    await desk.batch(key, *sent)
    found = (await desk.ask("GET", "/volumes", step="hour"))[1]["volumes"]
    (mine,) = [each for each in found if each["name"] == "message_sending"]
    assert (mine["stored"], mine["replayed"], mine["side"]) == (3, 3, "client")
    assert mine["ts"] == NOW // HOUR * HOUR
    from roomkeeper.platform.instance import find_running

    running = find_running(desk.server.data_dir)
    assert running is not None
    headers = {"authorization": f"Bearer {running.token}"}
    status, head, text = await desk.server.raw("GET", "/_roomkeeper/v1/repair/volumes?format=csv", headers=headers)
    assert (status, head["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "message_sending" in text.decode("utf-8-sig").splitlines()[-1]
