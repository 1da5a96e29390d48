"""The built-in kinds: a real fault is made in the running server, reported, repaired, verified and answered."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.harness import Client
from tests.integration.handover.leaving import depart, invited_to, succession, team, until_status
from tests.integration.media.uploading import upload
from tests.integration.organisation.talking import direct
from tests.integration.repairing.world import ROOT, World


async def test_a_stuck_message_goes_out_after_its_report(world: World) -> None:
    alice, bob = await world.server.register("alice"), await world.server.register("bob")
    room_id = await alice.create_room(invite=[bob.user_id])
    await bob.join(room_id)
    await world.drill("rooms.spoil_image", user_id=alice.user_id, room_id=room_id)
    status, _ = await world.send(alice, room_id, "stuck1")
    assert status == 403

    report = await world.report(alice, text="My message is stuck sending", properties={"room_id": room_id})
    assert report["kind"] == "message_stuck"
    asked = await world.told_to_repeat(alice, report["report_id"])
    assert (asked["kind"], asked["point"]) == ("message_stuck", "message_sent")
    status, _ = await world.send(alice, room_id, "stuck1")
    assert status == 200

    whole = await world.state(report["report_id"], "repaired", "failed", "unverified")
    assert whole["report"]["state"] == "repaired", whole
    assert whole["report"]["operation_id"] == "builtin_message_stuck"
    what = {each["what"]: each["document"] for each in whole["collected"]}
    assert what["verification"]["outcome"] == "success"
    assert what["flow"]["attempts"][0]["deviation"]
    own = await alice.get(f"{ROOT}/reports/{report['report_id']}")
    assert [each["what"] for each in own["said"]] == ["taken", "running", "verifying", "repaired"]
    assert "Repaired" in own["said"][-1]["text"]
    assert await bob.timeline(room_id) == ["hello"]


async def test_a_missing_room_is_there_again(world: World) -> None:
    alice, bob = await world.server.register("alice"), await world.server.register("bob")
    room_id = await bob.create_room(invite=[alice.user_id])
    await world.log(alice, "invitation_accept", room_id=room_id)
    await alice.join(room_id)
    await world.drill("rooms.lose_membership", user_id=alice.user_id, room_id=room_id)
    fresh = await alice.get("/sync")
    assert room_id not in fresh.get("rooms", {}).get("join", {})

    report = await world.report(alice, text="接受邀请以后找不到房间")
    assert (report["kind"], report["language"]) == ("room_missing", "zh")
    await world.told_to_repeat(alice, report["report_id"])
    again = await alice.get("/sync")
    assert room_id in again["rooms"]["join"]
    await world.log(alice, "room_shown", room_id=room_id)

    whole = await world.state(report["report_id"], "repaired", "failed", "unverified")
    assert whole["report"]["state"] == "repaired", whole
    own = await alice.get(f"{ROOT}/reports/{report['report_id']}")
    assert "已修复" in own["said"][-1]["text"]


async def test_who_is_signed_out_again_and_again_stays_signed_in(world: World) -> None:
    alice = await world.server.register("alice")
    await alice.sync()
    await world.drill("accounts.refuse", user_id=alice.user_id)
    status, answer = await alice.attempt("GET", "/sync", since=alice.next_batch, timeout=500)
    await world.log(alice, "signed_out", device_id=alice.device_id, soft=True)

    report = await world.report(alice, text="I am logged out and must sign in again all the time")
    assert report["kind"] == "signed_out"
    await world.told_to_repeat(alice, report["report_id"])
    status, answer = await alice.attempt("GET", "/sync")
    assert status == 200, answer
    await world.log(alice, "session_ready", device_id=alice.device_id)
    whole = await world.state(report["report_id"], "repaired", "failed", "unverified")
    assert whole["report"]["state"] == "repaired", whole
    other = await alice.create_room()
    await alice.send(other)


async def test_silence_is_not_repaired_but_unverified(world: World) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    await world.drill("rooms.spoil_image", user_id=alice.user_id, room_id=room_id)
    await world.send(alice, room_id, "one")
    report = await world.report(alice, kind="message_stuck")
    whole = await world.state(report["report_id"], "repaired", "failed", "unverified")
    assert whole["report"]["state"] == "unverified"
    verification = next(each["document"] for each in whole["collected"] if each["what"] == "verification")
    assert set(verification["missing"]) == {"client", "server"}
    numbers = await world.owner.get(f"{ROOT}/statistics")
    assert (numbers["all"]["claimed"], numbers["all"]["verified"]) == (1, 0)


async def test_one_sides_log_is_missing(world: World) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    await world.drill("rooms.spoil_image", user_id=alice.user_id, room_id=room_id)
    await world.send(alice, room_id, "one")
    report = await world.report(alice, kind="message_stuck", properties={"room_id": room_id})
    await world.told_to_repeat(alice, report["report_id"])
    path = f"/rooms/{quote(room_id)}/send/m.room.message/one"
    await alice.put(path, {"msgtype": "m.text", "body": "hello"})
    whole = await world.state(report["report_id"], "repaired", "failed", "unverified")
    verification = next(each["document"] for each in whole["collected"] if each["what"] == "verification")
    assert (verification["outcome"], verification["missing"]) == ("unverified", ["client"])


async def test_logs_that_differ_are_no_repair(world: World) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    await world.drill("rooms.spoil_image", user_id=alice.user_id, room_id=room_id)
    await world.send(alice, room_id, "one")
    report = await world.report(alice, kind="message_stuck", properties={"room_id": room_id})
    await world.told_to_repeat(alice, report["report_id"])
    path = f"/rooms/{quote(room_id)}/send/m.room.message/one"
    await alice.put(path, {"msgtype": "m.text", "body": "hello"})
    await world.log(alice, "message_sent", txn_id="one", room_id=room_id, event_id="$another")
    whole = await world.state(report["report_id"], "repaired", "failed", "unverified")
    assert (whole["report"]["state"], whole["report"]["why"]) == ("failed", "differs")
    verification = next(each["document"] for each in whole["collected"] if each["what"] == "verification")
    assert verification["fields"] == ["event_id"]


async def test_a_file_that_is_refused_wrongly_can_be_sent(world: World) -> None:
    alice = await world.server.register("alice")
    media_id = await upload(alice, name="holiday.png")
    await world.log(alice, "media_upload_started", media_id=media_id, size=100)
    await world.drill("screening.false_score", user_id=alice.user_id, media_id=media_id)
    assert (await verdict(alice, media_id))["action"] == "block"
    await world.log(alice, "media_not_sendable", media_id=media_id, cause="blocked")

    report = await world.report(alice, text="My picture is refused, but nothing is wrong with it")
    assert report["kind"] == "media_refused"
    await world.told_to_repeat(alice, report["report_id"])
    assert (await verdict(alice, media_id))["action"] == "allow"
    await world.log(alice, "media_ready", media_id=media_id)
    whole = await world.state(report["report_id"], "repaired", "failed", "unverified", "closed")
    assert whole["report"]["state"] == "repaired", whole


async def test_a_file_that_is_refused_rightly_is_no_fault(world: World) -> None:
    alice = await world.server.register("alice")
    media_id = await upload(alice, b"MZ" + b"\0" * 200, name="holiday.png")
    assert (await verdict(alice, media_id))["action"] == "block"
    report = await world.report(alice, kind="media_refused", properties={"media_id": media_id})
    whole = await world.state(report["report_id"], "repaired", "failed", "unverified", "closed")
    assert (whole["report"]["state"], whole["runs"][0]["state"]) == ("closed", "no_fault")
    own = await alice.get(f"{ROOT}/reports/{report['report_id']}")
    assert "as it is meant to be" in own["said"][-1]["text"]
    assert (await verdict(alice, media_id))["action"] == "block"


async def test_a_successor_who_was_not_offered_is(world: World) -> None:
    ann, ben = await team(world.office, "ann", "ben")
    customer = await world.server.register("customer")
    old = await direct(customer, ann)
    await customer.send(old, "Where is my chair?")
    departure = await depart(world.office, ann)
    await until_status(world.office, departure["departure_id"], customer, "waiting")
    await world.drill("handover.lose_offer", user_id=customer.user_id)
    assert await invited_to(customer) == []

    report = await world.report(customer, text="ann has left and nobody takes care of me")
    assert report["kind"] == "handover_missing"
    await world.told_to_repeat(customer, report["report_id"])
    assert len(await invited_to(customer)) == 1
    told = await succession(customer, ann)
    assert (told["offer"]["status"], told["successor"]["user_id"]) == ("waiting", ben.user_id)
    await world.log(customer, "handover_shown", room_id=old, status=told["offer"]["status"])
    whole = await world.state(report["report_id"], "repaired", "failed", "unverified", "closed")
    assert whole["report"]["state"] == "repaired", whole


async def verdict(client: Client, media_id: str) -> dict[str, Any]:
    """What would become of a file of one's own that is sent."""
    found: dict[str, Any] = await client.get(f"/_roomkeeper/v1/screening/uploads/{media_id}", timeout_ms=10_000)
    assert found["state"] == "checked"
    return found
