"""Reports: who may make them, how they are told apart, asked about, grouped, and answered where they were made."""

from __future__ import annotations

import gzip
from urllib.parse import quote

from tests.harness import Client
from tests.integration.repairing.world import ROOT, World, until

SUPPORT = "@support:example.org"


async def chat_with_support(client: Client) -> str:
    """A direct chat with the support account, which has entered it."""
    room_id = await client.create_room(is_direct=True, invite=[SUPPORT], preset="trusted_private_chat")

    async def entered() -> bool:
        members = (await client.get(f"/rooms/{quote(room_id)}/joined_members"))["joined"]
        return SUPPORT in members and len(await client.timeline(room_id)) == 1

    await until(entered)
    return room_id


async def heard(client: Client, room_id: str, part: str) -> str:
    """Wait until support has said something; all of it."""

    async def has() -> str | None:
        return next((body for body in await client.timeline(room_id) if part in body), None)

    return str(await until(has))


async def test_support_is_written_to_and_answers_in_the_language_of_the_words(world: World) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    await world.drill("rooms.spoil_image", user_id=alice.user_id, room_id=room_id)
    await world.send(alice, room_id, "one")
    chat = await chat_with_support(alice)
    await alice.send(chat, "我的消息一直发送不出去，消息卡住了")
    await heard(alice, chat, "正在修复")
    report_id = (await alice.get(f"{ROOT}/reports"))["reports"][0]["report_id"]
    await world.told_to_repeat(alice, report_id)
    await world.send(alice, room_id, "one")
    await heard(alice, chat, "已修复：")
    await alice.send(chat, "还是不行")
    await heard(alice, chat, "重新打开")
    whole = await world.look(report_id)
    assert (whole["report"]["state"], whole["report"]["why"], whole["report"]["reopened"]) == ("waiting", "reopened", 1)
    said = await alice.timeline(chat)
    assert len(said) == len(set(said)), said


async def test_who_is_unsure_is_asked_with_numbers(world: World) -> None:
    alice = await world.server.register("alice")
    chat = await chat_with_support(alice)
    await alice.send(chat, "Something is odd today")
    question = await heard(alice, chat, "What is wrong?")
    assert "1. " in question
    assert "Something else" in question
    number = next(line.split(".")[0] for line in question.split("\n") if "missing" in line)
    await alice.send(chat, "seventy")
    await heard(alice, chat, "one of the numbers")
    await alice.send(chat, number)
    await heard(alice, chat, "Thank you")
    report = (await alice.get(f"{ROOT}/reports"))["reports"][0]
    assert (report["kind"], report["question"]) == ("room_missing", "")


async def test_support_does_not_stay_among_many_and_says_that_it_cannot_read_encrypted_words(world: World) -> None:
    alice, bob, carol = [await world.server.register(name) for name in ("alice", "bob", "carol")]
    group = await alice.create_room(invite=[bob.user_id, carol.user_id])
    await bob.join(group)
    await carol.join(group)
    await alice.invite(group, SUPPORT)

    async def left() -> bool:
        path = f"/rooms/{quote(group)}/state/m.room.member/{quote(SUPPORT)}"
        return bool((await alice.get(path))["membership"] == "leave")

    await until(left)
    chat = await chat_with_support(alice)
    path = f"/rooms/{quote(chat)}/send/m.room.encrypted/e1"
    await alice.put(path, {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"})
    await heard(alice, chat, "cannot read encrypted")


async def test_the_same_again_is_the_same_report(world: World) -> None:
    alice = await world.server.register("alice")
    first = await world.report(
        alice, kind="calendar_empty", text="no entries", properties={"room_id": "!a:example.org"}
    )
    again = await world.report(alice, kind="calendar_empty", text="none!", properties={"room_id": "!a:example.org"})
    other = await world.report(alice, kind="calendar_empty", properties={"room_id": "!b:example.org"})
    assert again["report_id"] == first["report_id"] != other["report_id"]
    assert again["repeats"] == 1


async def test_others_may_not_be_reported_about_but_by_engineers(world: World) -> None:
    alice, bob = await world.server.register("alice"), await world.server.register("bob")
    status, error = await alice.attempt("POST", f"{ROOT}/reports", {"text": "x", "user_id": bob.user_id})
    assert (status, error["errcode"]) == (403, "M_FORBIDDEN")
    report = await world.report(world.owner, text="no entries", kind="calendar_empty", user_id=bob.user_id)
    assert (await bob.get(f"{ROOT}/reports/{report['report_id']}"))["report_id"] == report["report_id"]
    assert (await alice.attempt("GET", f"{ROOT}/reports/{report['report_id']}"))[0] == 404
    status, error = await alice.attempt("POST", f"{ROOT}/reports", {})
    assert (status, error["errcode"]) == (400, "M_INVALID_PARAM")
    status, error = await alice.attempt("POST", f"{ROOT}/reports", {"kind": "No Kind"})
    assert status == 400


async def test_who_reports_too_much_is_refused(world: World) -> None:
    alice = await world.server.register("alice")
    for number in range(30):
        await world.report(alice, kind=f"kind_{number}")
    status, error = await alice.attempt("POST", f"{ROOT}/reports", {"kind": "one_more"})
    assert (status, error["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert error["retry_after_ms"] > 0


async def test_a_known_incident_is_answered_without_work_and_its_end_is_told(world: World) -> None:
    alice = await world.server.register("alice")
    body = {"kind": "message_stuck", "text_en": "We are on it.", "text_zh": "正在处理。"}
    incident = await world.owner.post(f"{ROOT}/incidents", body)
    report = await world.report(alice, kind="message_stuck")
    assert report["state"] == "closed"
    assert "We are on it." in report["said"][-1]["text"]
    path = f"{ROOT}/incidents/{incident['incident_id']}/close"
    closed = await world.owner.post(path, {"text_en": "Solved at noon."})
    assert (closed["reports"], closed["users"]) == (1, 1)
    assert await world.owner.get(f"{ROOT}/incidents/{incident['incident_id']}") == closed
    status, error = await world.owner.attempt("GET", f"{ROOT}/incidents/none")
    assert (status, error["errcode"]) == (404, "M_NOT_FOUND")
    own = await alice.get(f"{ROOT}/reports/{report['report_id']}")
    assert "Solved at noon." in own["said"][-1]["text"]
    assert (await world.report(alice, kind="message_stuck"))["state"] != "closed"


async def test_several_people_with_one_fault_are_an_incident(world: World) -> None:
    people = [await world.server.register(name) for name in ("alice", "bob", "carol")]
    for client in people:
        report = await world.report(client, kind="calendar_empty")
        await world.state(report["report_id"], "waiting")
    incidents = (await world.owner.get(f"{ROOT}/incidents", open="true"))["incidents"]
    assert [(each["kind"], each["reports"], each["users"]) for each in incidents] == [("calendar_empty", 3, 3)]


# ---------------------------------------------------------------- rageshake


def form(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    """A multipart body."""
    lines = [f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body for head, body in parts]
    return b"\r\n".join([*lines, f"--{boundary}--\r\n".encode()])


async def shake(world: World, body: bytes, token: str = "", boundary: str = "xyz") -> tuple[int, bytes]:
    """Send a bug report."""
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    status, _, answer = await world.server.raw("POST", f"{ROOT}/rageshake/api/submit", body, headers)
    return status, answer


async def test_a_bug_report_of_another_client_is_its_users_who_says_so(world: World) -> None:
    alice = await world.server.register("alice")
    log = b"line\n" * 30_000
    body = form(
        "xyz",
        ('name="text"', b"I cannot find the calendar: calendar_empty"),
        ('name="app"', b"element-web"),
        ('name="version"', b"1.12"),
        ('name="user_id"', alice.user_id.encode()),
        ('name="compressed-log"; filename="logs-0000.log.gz"', gzip.compress(log)),
    )
    status, answer = await shake(world, body)
    assert status == 200, answer
    report = (await alice.get(f"{ROOT}/reports"))["reports"][0]
    assert (report["state"], report["question"], report["source"]) == ("asking", "yours", "rageshake")
    whole = await world.look(report["report_id"])
    assert whole["report"].get("reported_by") == ""
    attached = whole["report"]["attached"][0]
    path = f"{ROOT}/desk/reports/{report['report_id']}/logs/{attached['name']}"
    status, _, content = await world.server.raw("GET", path, b"", {"authorization": f"Bearer {world.owner.token}"})
    assert status == 200
    assert content == log[-64 * 1024 :]
    claimed = await alice.post(f"{ROOT}/reports/{report['report_id']}/claim", {"yours": True})
    assert claimed["question"] in ("", "kind")


async def test_what_nobody_claims_is_not_repaired(world: World) -> None:
    alice = await world.server.register("alice")
    body = form("xyz", ('name="text"', b"I am logged out again and again"), ('name="user_id"', alice.user_id.encode()))
    assert (await shake(world, body))[0] == 200
    report = (await alice.get(f"{ROOT}/reports"))["reports"][0]
    assert report["state"] == "asking"
    closed = await alice.post(f"{ROOT}/reports/{report['report_id']}/claim", {"yours": False})
    assert closed["state"] == "closed"
    assert (await world.look(report["report_id"]))["runs"] == []


async def test_bug_reports_that_are_none_are_refused(world: World) -> None:
    alice, bob = await world.server.register("alice"), await world.server.register("bob")
    whole = form("xyz", ('name="text"', b"x"), ('name="user_id"', bob.user_id.encode()))
    assert (await shake(world, whole, alice.token))[0] == 403
    assert (await shake(world, whole[:-10]))[0] == 400
    assert (await shake(world, b"nothing"))[0] == 400
    assert (await shake(world, form("xyz", ('name="compressed-log"', b"no gzip"))))[0] == 400
    assert (await shake(world, form("xyz", *[('name="a"', b"x")] * 80)))[0] == 400
    assert (await shake(world, b"x" * (9 * 1024 * 1024)))[0] == 413
    bomb = form("xyz", ('name="compressed-log"', gzip.compress(b"\0" * 200_000_000)), ('name="user_id"', b"nobody"))
    assert (await shake(world, bomb))[0] == 200
