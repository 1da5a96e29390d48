"""From upload to delivery: both checksums, verdicts, and that nothing is delivered that has not been looked at."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from roomkeeper.capabilities.screening.detectors import Failed, Refused
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.media.test_access import sees
from tests.integration.media.uploading import create, fill, mxc, together, upload
from tests.integration.screening.world import (
    ROOT,
    add_marks,
    checksum,
    events_of,
    marked,
    send_content,
    send_file,
    told_state,
    until,
)

PNG = samples.png()


async def test_media_is_looked_at_when_it_is_stored_and_sent_at_once(server: Server) -> None:
    marks = add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await create(alice)
    digest = f"sha-256=:{checksum(PNG)}=:"
    assert (await fill(alice, media_id, PNG, content_type="image/png", content_digest=digest)).status == 200

    async def looked() -> bool:
        return bool((await alice.get(f"{ROOT}/uploads/{media_id}"))["state"] == "checked")

    await until(looked)
    assert marks.asked == [hashlib.sha256(PNG).hexdigest()], "before it was sent"
    assert not await sees(bob, media_id)
    status, answer = await send_file(alice, room_id, media_id, **{"org.roomkeeper.sha256": checksum(PNG)})
    assert status == 200
    assert answer["event_id"] in await events_of(bob, room_id)
    assert await sees(bob, media_id)
    assert len(marks.asked) == 1


async def test_an_altered_file_is_refused_and_nothing_delivered(server: Server) -> None:
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, PNG)
    before = await events_of(bob, room_id)
    status, answer = await send_file(alice, room_id, media_id, **{"org.roomkeeper.sha256": checksum(PNG + b"!")})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert answer["org.roomkeeper.reason"] == "checksum_mismatch"
    assert answer["org.roomkeeper.mxc"] == mxc(media_id)
    assert await events_of(bob, room_id) == before
    assert not await sees(bob, media_id)


async def test_checksums_come_in_several_forms(server: Server) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    media_id, small = await upload(alice, PNG), await upload(alice, samples.png(2, 2))
    hexadecimal, key = hashlib.sha256(PNG).hexdigest(), "org.roomkeeper.sha256"
    for given in (hexadecimal, hexadecimal.upper(), checksum(PNG), checksum(PNG) + "="):
        assert (await send_file(alice, room_id, media_id, **{key: given}))[0] == 200
    thumbnail = {"info": {"thumbnail_url": mxc(small)}}
    several = {mxc(media_id): checksum(PNG), mxc(small): checksum(samples.png(2, 2))}
    assert (await send_file(alice, room_id, media_id, **{**thumbnail, key: several}))[0] == 200
    several[mxc(small)] = checksum(PNG)
    status, answer = await send_file(alice, room_id, media_id, **{**thumbnail, key: several})
    assert (status, answer["org.roomkeeper.mxc"]) == (403, mxc(small))
    encrypted = {"msgtype": "m.file", "body": "x", "file": {"url": mxc(media_id)}, key: checksum(b"other")}
    assert (await send_content(alice, room_id, encrypted))[1]["org.roomkeeper.reason"] == "checksum_mismatch"
    edit = {"msgtype": "m.image", "body": "x", "m.new_content": {"url": mxc(media_id), key: checksum(b"other")}}
    assert (await send_content(alice, room_id, edit))[1]["org.roomkeeper.reason"] == "checksum_mismatch"


@pytest.mark.parametrize("given", ["", "x", 1, None, [], {"mxc://example.org/other": "x"}, "=" * 44, "ab" * 33])
async def test_checksums_that_are_none_are_refused(server: Server, given: object) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    media_id = await upload(alice, PNG)
    status, answer = await send_file(alice, room_id, media_id, **{"org.roomkeeper.sha256": given})
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    assert answer["org.roomkeeper.reason"] == "bad_checksum"


async def test_a_promised_file_that_is_gone_must_be_sent_anew(server: Server) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    status, answer = await send_file(alice, room_id, "gone", **{"org.roomkeeper.sha256": checksum(PNG)})
    assert (status, answer["errcode"], answer["org.roomkeeper.reason"]) == (404, "M_NOT_FOUND", "media_gone")
    assert (await send_file(alice, room_id, "gone"))[0] == 200, "clients that promise nothing show nothing"


async def test_what_is_bad_is_blocked_wherever_it_stands(server: Server) -> None:
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    bad = await upload(alice, marked(0.95))
    before = await events_of(bob, room_id)
    for content in (
        {"msgtype": "m.image", "body": "x", "url": mxc(bad)},
        {"msgtype": "m.file", "body": "x", "file": {"url": mxc(bad), "v": "v2"}},
        {"msgtype": "m.video", "body": "x", "url": "mxc://example.org/none", "info": {"thumbnail_url": mxc(bad)}},
        {"msgtype": "m.text", "body": "x", "formatted_body": f'<img src="{mxc(bad)}">'},
        {"msgtype": "m.text", "body": "* x", "m.new_content": {"url": mxc(bad)}},
        {"msgtype": "m.text", "body": "x", "org.example.deep": [[{"a": {mxc(bad): 1}}]]},
    ):
        status, answer = await send_content(alice, room_id, content)
        assert (status, answer["org.roomkeeper.reason"]) == (403, "blocked"), content
        assert answer["org.roomkeeper.labels"] == ["bad"]
        assert answer["org.roomkeeper.can_appeal"]
    assert (await send_content(alice, room_id, {"body": "x", "url": mxc(bad)}, "m.sticker"))[0] == 403
    status, _ = await alice.attempt("PUT", f"/rooms/{room_id}/state/m.room.avatar/", {"url": mxc(bad)})
    assert status == 403
    status, _ = await alice.attempt("PUT", f"/profile/{alice.user_id}/avatar_url", {"avatar_url": mxc(bad)})
    assert status == 403
    avatar = {"type": "m.room.avatar", "content": {"url": mxc(bad)}}
    assert (await alice.attempt("POST", "/createRoom", {"initial_state": [avatar]}))[0] == 403
    member = {"membership": "join", "avatar_url": mxc(bad)}
    path = f"/rooms/{room_id}/state/m.room.member/{alice.user_id}"
    assert (await alice.attempt("PUT", path, member))[0] == 403
    assert await events_of(bob, room_id) == before
    assert not await sees(bob, bad)
    assert await sees(alice, bad)


async def test_the_same_bytes_are_looked_at_once_whoever_sends_them(server: Server) -> None:
    marks = add_marks(server)
    people = [await server.register(f"user{number}") for number in range(8)]
    room_id = await together(*people)
    marks.gate.clear()
    media = await asyncio.gather(*(upload(each, PNG) for each in people))
    sends = [asyncio.create_task(send_file(each, room_id, one)) for each, one in zip(people, media, strict=True)]
    await asyncio.sleep(0)
    assert not any(send.done() for send in sends), "a send waits for what is left"
    marks.gate.set()
    assert [status for status, _ in await asyncio.gather(*sends)] == [200] * 8
    assert len(marks.asked) == 1
    await server.restart()
    marks = add_marks(server)
    assert (await send_file(people[0], room_id, media[0]))[0] == 200
    assert marks.asked == [], "what was seen is kept"


async def test_at_the_deadline_a_send_is_held_and_goes_on_by_itself(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_SCREENING_DEADLINE_SECONDS="0")
    marks = add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    marks.gate.clear()
    media_id = await upload(alice, PNG)
    status, answer = await send_file(alice, room_id, media_id)
    assert status == 200
    event_id = answer["event_id"]
    await told_state(alice, room_id, event_id, "checking")
    assert event_id not in await events_of(bob, room_id)
    assert not await sees(bob, media_id)
    marks.gate.set()
    await told_state(alice, room_id, event_id, "approved")
    assert event_id in await events_of(bob, room_id)
    assert await sees(bob, media_id)


async def test_what_was_held_for_the_deadline_and_is_bad_is_refused(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_SCREENING_DEADLINE_SECONDS="0")
    marks = add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    marks.gate.clear()
    media_id = await upload(alice, marked(1.0))
    event_id = (await send_file(alice, room_id, media_id))[1]["event_id"]
    marks.gate.set()
    shown = await told_state(alice, room_id, event_id, "refused")
    assert shown["labels"] == ["bad"]
    assert shown["can_appeal"]
    assert event_id not in await events_of(bob, room_id)
    assert not await sees(bob, media_id)


async def test_a_restart_takes_up_what_is_being_checked(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_SCREENING_DEADLINE_SECONDS="0")
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    marks = add_marks(server)
    marks.gate.clear()
    media_id = await upload(alice, PNG)
    event_id = (await send_file(alice, room_id, media_id))[1]["event_id"]
    await server.restart()
    await told_state(alice, room_id, event_id, "approved")
    assert event_id in await events_of(bob, room_id)


async def test_a_message_may_be_sent_before_its_file_has_come(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_SCREENING_DEADLINE_SECONDS="0")
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    good, bad, changed = await create(alice), await create(alice), await create(alice)
    sent = {}
    for media_id in (good, bad, changed):
        status, answer = await send_file(
            alice, room_id, media_id, **({"org.roomkeeper.sha256": checksum(PNG)} if media_id == changed else {})
        )
        assert status == 200
        sent[media_id] = answer["event_id"]
        await told_state(alice, room_id, sent[media_id], "checking")
    await fill(alice, good, PNG, content_type="image/png")
    await fill(alice, bad, marked(1.0), content_type="image/png")
    await fill(alice, changed, PNG + b"!", content_type="image/png")
    await told_state(alice, room_id, sent[good], "approved")
    await told_state(alice, room_id, sent[bad], "refused")
    shown = await told_state(alice, room_id, sent[changed], "refused")
    assert "changed" in shown["reason"]
    seen = await events_of(bob, room_id)
    assert sent[good] in seen
    assert sent[bad] not in seen
    assert sent[changed] not in seen


async def test_failures_count_as_the_policy_says(server: Server) -> None:
    marks = add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    owner = server.app.instance.token

    async def policy(**rule: object) -> None:
        version = (await server.request("GET", f"{ROOT}/policies", token=owner))[1]["version"]
        body = {"version": version, "policies": [{"name": "all", "detectors": {"marks": rule}}]}
        status, answer = await server.request("PUT", f"{ROOT}/policies", body, owner)
        assert status == 200, answer

    async def outcome(data: bytes) -> str:
        media_id = await upload(alice, data)
        status, answer = await send_file(alice, room_id, media_id)
        if status != 200:
            return str(answer["org.roomkeeper.reason"])
        return "sent" if answer["event_id"] in await events_of(bob, room_id) else "held"

    marks.error = Failed("It is away.")
    assert await outcome(PNG + b"1") == "sent", "an optional detector fails open"
    await policy(on_failure="review")
    assert await outcome(PNG + b"2") == "held"
    await policy(on_failure="block")
    assert await outcome(PNG + b"3") == "blocked"
    marks.error = RuntimeError("broken")
    assert await outcome(PNG + b"4") == "blocked"
    marks.error = None
    assert await outcome(PNG + b"4") == "sent", "a failure is not kept"
    marks.error = Refused("It is too large.")
    assert await outcome(PNG + b"5") == "sent"
    await policy(on_refusal="block")
    assert await outcome(PNG + b"5") == "blocked"
    assert marks.asked.count(hashlib.sha256(PNG + b"5").hexdigest()) == 1, "a refusal is kept"
    marks.error, marks.gone = None, "It is not installed."
    assert await outcome(PNG + b"6") == "sent"
    await policy(on_absence="block")
    assert await outcome(PNG + b"7") == "blocked"
    await policy(enabled=False)
    assert await outcome(PNG + b"8") == "sent"
    marks.gone = None
    await policy(timeout=0.05, on_failure="block")
    marks.gate.clear()
    assert await outcome(PNG + b"9") == "blocked", "it took too long"


async def test_who_comes_later_is_asked_about_what_passed(make_server: MakeServer) -> None:
    """That nothing was against a file counts as long as nobody can look who could not look then."""
    server = await make_server()
    marks = add_marks(server)
    marks.gone = "It is not installed."
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, marked(0.99))
    for _ in range(2):
        status, _answer = await send_file(alice, room_id, media_id)
        assert status == 200
    assert marks.asked == []
    marks.gone = None
    status, answer = await send_file(alice, room_id, media_id)
    assert (status, answer["org.roomkeeper.reason"]) == (403, "blocked")


async def test_too_much_is_refused_or_held(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_SCREENING_QUEUE_LENGTH="4")
    marks = add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    marks.gate.clear()
    first, second = await upload(alice, PNG + b"1"), await upload(alice, PNG + b"2")
    sending = asyncio.create_task(send_file(alice, room_id, first))
    status, answer = await send_file(alice, room_id, second)
    assert (status, answer["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert answer["retry_after_ms"] > 0
    others = asyncio.create_task(send_file(bob, room_id, await upload(bob, PNG + b"3")))
    marks.gate.set()
    assert (await sending)[0] == 200
    assert (await others)[0] == 200, "one who has much waiting does not keep the others out"
    assert (await send_file(alice, room_id, second))[0] == 200


async def test_ordinary_messages_and_encrypted_ones_ask_nobody(server: Server) -> None:
    marks = add_marks(server)
    marks.gate.clear()
    alice = await server.register("alice")
    room_id = await alice.create_room()
    await alice.send(room_id, "hello")
    await send_content(alice, room_id, {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}, "m.room.encrypted")
    assert marks.asked == []


async def test_screening_can_be_switched_off(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_SCREENING_ENABLED="off")
    marks = add_marks(server)
    alice = await server.register("alice")
    room_id = await alice.create_room()
    assert (await send_file(alice, room_id, await upload(alice, marked(1.0))))[0] == 200
    assert marks.asked == []


async def test_a_program_that_says_it_is_a_picture_is_blocked_without_any_detector(server: Server) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    program = b"MZ" + b"\x90" * 200
    media_id = await upload(alice, program, name="holiday.jpg", content_type="image/jpeg")
    status, answer = await send_file(alice, room_id, media_id)
    assert (status, answer["org.roomkeeper.labels"]) == (403, ["disguise"])
    honest = await upload(alice, program, name="setup.exe", content_type="application/octet-stream")
    assert (await send_file(alice, room_id, honest))[0] == 200
