"""What becomes an entry: everything that happens in a recorded room, once, with what it was before it was redacted."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from roomkeeper.capabilities.records.store.entries import media_kept
from tests.harness import Client
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import direct, session_path, until, until_state
from tests.integration.records.recorded import (
    RECORDING,
    RECORDS,
    check_chain,
    edit,
    entries_of,
    events_of_room,
    record_of,
    redact,
    send,
    stored_chain,
)


async def talk(office: Office) -> tuple[Client, Client, str, str]:
    """Somebody of Sales, a customer, their session and its department."""
    sales = await office.department("Sales")
    desk, customer = await office.staff("desk", sales), await office.server.register("customer")
    return desk, customer, await direct(customer, desk), sales


async def test_everything_that_happens_is_an_entry_once(office: Office) -> None:
    desk, customer, room_id, sales = await talk(office)
    first = await customer.send(room_id, "My chair is broken")
    await edit(customer, room_id, first, "My new chair is broken")
    secret = await customer.send(room_id, "My card number is 4000")
    await redact(customer, room_id, secret)
    await desk.send(room_id, "We send another")
    await desk.post(f"/rooms/{quote(room_id)}/receipt/m.read/{quote(first)}")
    await customer.leave(room_id)
    await until_state(office.owner, room_id, "closed")
    record = await record_of(office, room_id)
    assert record["kind"] == "session"
    assert record["program"] == "roomkeeper"
    stored = stored_chain(office.server, record["record_id"])
    assert [row[8] for row in stored if row[8]] == events_of_room(office.server, room_id)
    assert len([row for row in stored if row[1] == "read"]) == 1
    kinds = [row[1] for row in stored]
    for kind in ("message", "edit", "redaction", "join", "leave", "session", "consent"):
        assert kind in kinds, kind
    check_chain(office.server, record["record_id"])
    details = await office.owner.get(f"{RECORDS}/{record['record_id']}")
    assert details["departments"] == [sales]
    assert {desk.user_id, customer.user_id} <= set(details["people"])


async def test_a_redacted_message_is_kept_under_its_own_permission(office: Office) -> None:
    desk, customer, room_id, sales = await talk(office)
    secret = await customer.send(room_id, "My card number is 4000")
    await redact(customer, room_id, secret)
    record = await record_of(office, room_id)
    shown = await entries_of(office.owner, record["record_id"])
    message = next(entry for entry in shown if entry.get("id") == secret)
    assert message["state"] == "redacted"
    assert "text" not in message
    whole = await entries_of(office.owner, record["record_id"], redacted="true")
    assert next(entry for entry in whole if entry.get("id") == secret)["text"] == "My card number is 4000"
    boss = await office.staff("boss")
    await office.give(boss.user_id, "supervisor", sales)
    seen = await entries_of(boss, record["record_id"], redacted="true")
    assert "text" not in next(entry for entry in seen if entry.get("id") == secret)
    assert "text" not in next(
        entry for entry in await entries_of(desk, record["record_id"], redacted="true") if entry.get("id") == secret
    )


async def test_what_was_redacted_before_it_was_recorded_is_whole(office: Office) -> None:
    """The recorder comes behind the messages; with it held up, a redaction strips the message first."""
    desk, customer, room_id, _ = await talk(office)
    await record_of(office, room_id)
    recorder = next(task for task in office.server.app._tasks if task.get_name() == "records")
    recorder.cancel()
    secrets = [await customer.send(room_id, f"secret {number}") for number in range(5)]
    for secret in secrets:
        await redact(customer, room_id, secret)
        await redact(desk, room_id, secret)
    await office.server.restart()
    record = await record_of(office, room_id)
    whole = await entries_of(office.owner, record["record_id"], redacted="true")
    assert [entry["text"] for entry in whole if entry.get("id") in secrets] == [f"secret {n}" for n in range(5)]
    assert all(entry["state"] == "redacted" for entry in whole if entry.get("id") in secrets)
    check_chain(office.server, record["record_id"])


async def test_rooms_of_others_are_not_recorded_unless_the_policy_says_so(office: Office) -> None:
    sales = await office.department("Sales")
    ann, ben = await office.staff("ann", sales), await office.staff("ben")
    room_id = await ann.create_room(invite=[ben.user_id], name="Prices")
    await ann.send(room_id, "before")
    assert (await office.owner.get(RECORDS))["records"] == []
    await office.owner.put(f"{RECORDS}/policies", {"department_id": sales, "kind": "room", "record": True})
    event_id = await ann.send(room_id, "after")
    record = await record_of(office, room_id)
    assert record["kind"] == "room"
    assert [entry["id"] for entry in await entries_of(office.owner, record["record_id"])] == [event_id]
    other = await ben.create_room()
    await ben.send(other, "not of Sales")
    assert len((await office.owner.get(RECORDS))["records"]) == 1
    await office.owner.delete(f"{RECORDS}/policies", kind="room", department=sales)
    status, _ = await office.owner.attempt("DELETE", f"{RECORDS}/policies", kind="room", department=sales)
    assert status == 404


async def test_sessions_need_not_be_recorded(make_office: MakeOffice) -> None:
    office = await make_office(ROOMKEEPER_RECORDS_SESSIONS="off")
    _, customer, room_id, _ = await talk(office)
    await customer.send(room_id, "hello")
    assert (await office.owner.get(RECORDS))["records"] == []
    status, _ = await customer.attempt("GET", f"/rooms/{quote(room_id)}/state/{RECORDING}/")
    assert status == 404
    # From the change on they are; the room says so from then on.
    await office.owner.put(f"{RECORDS}/policies", {"record": True})
    event_id = await customer.send(room_id, "and now")
    record = await record_of(office, room_id)
    entries = await entries_of(office.owner, record["record_id"])
    assert entries[0]["id"] == event_id

    async def says_so() -> bool:
        return (await customer.attempt("GET", f"/rooms/{quote(room_id)}/state/{RECORDING}/"))[0] == 200

    await until(says_so)


async def test_the_room_says_that_it_is_recorded_and_nobody_else_does(office: Office) -> None:
    desk, customer, room_id, _ = await talk(office)
    said = await customer.get(f"/rooms/{quote(room_id)}/state/{RECORDING}/")
    assert said == {"recorded": True, "consent": "none"}
    own = await desk.create_room()
    for client, room in ((desk, room_id), (customer, room_id), (desk, own)):
        status, answer = await client.attempt("PUT", f"/rooms/{quote(room)}/state/{RECORDING}/", {"recorded": False})
        assert status == 403, answer
    body = {"initial_state": [{"type": RECORDING, "content": {"recorded": True}}]}
    assert (await desk.attempt("POST", "/createRoom", body))[0] == 403


async def test_media_stay_while_a_record_needs_them(office: Office) -> None:
    desk, customer, room_id, _ = await talk(office)
    status, _, answer = await office.server.raw(
        "POST", "/_matrix/media/v3/upload", b"a picture", {"authorization": f"Bearer {customer.token}"}
    )
    assert status == 200
    uri = msgspec.json.decode(answer)["content_uri"]
    event_id = await send(customer, room_id, {"msgtype": "m.file", "body": "bill.txt", "url": uri})
    record = await record_of(office, room_id)
    media_id = uri.rpartition("/")[2]
    path = f"{RECORDS}/{record['record_id']}/media/{media_id}"
    status, headers, content = await office.server.raw("GET", path, headers={"authorization": f"Bearer {desk.token}"})
    assert (status, content) == (200, b"a picture")
    assert "sandbox" in headers["content-security-policy"]
    shown = (await entries_of(desk, record["record_id"]))[-1]
    assert shown["attachments"] == [{"url": uri, "name": "bill.txt"}]
    await redact(customer, room_id, event_id)
    await record_of(office, room_id)
    assert await media_kept(office.server.app.driver, [media_id, "other"]) == {media_id}
    # What was redacted is for who may see it.
    status, _, _ = await office.server.raw("GET", path, headers={"authorization": f"Bearer {desk.token}"})
    assert status == 404
    status, _, content = await office.server.raw("GET", path, headers={"authorization": f"Bearer {office.owner.token}"})
    assert (status, content) == (200, b"a picture")


async def test_a_session_is_not_recorded_while_somebody_says_so(office: Office) -> None:
    desk, customer, room_id, _ = await talk(office)
    await customer.send(room_id, "recorded")
    record = await record_of(office, room_id)
    path = f"{RECORDS}/{record['record_id']}/recording"
    assert (await desk.attempt("PUT", path, {"recorded": False}))[0] == 403
    assert (await office.owner.put(path, {"recorded": False})) == {"recorded": False, "consent": "none"}
    await customer.send(room_id, "not recorded")
    await office.owner.put(path, {"recorded": True})
    await customer.send(room_id, "recorded again")
    record = await record_of(office, room_id)
    texts = [entry.get("text") for entry in await entries_of(office.owner, record["record_id"], dir="b")]
    assert "recorded again" in texts
    assert "recorded" in texts
    assert "not recorded" not in texts
    assert record["withheld"] == 1
    check_chain(office.server, record["record_id"])


async def test_a_closed_session_goes_on_in_its_record(office: Office) -> None:
    desk, customer, room_id, _ = await talk(office)
    await desk.post(session_path(room_id, "close"), {})
    record = await record_of(office, room_id)
    assert (await entries_of(office.owner, record["record_id"]))[-1]["kind"] == "session"
    await office.server.restart()
    await customer.send(room_id, "once more")

    async def is_open() -> bool:
        return bool((await customer.get(session_path(room_id)))["state"] == "open")

    await until(is_open)
    record = await record_of(office, room_id)
    stored = stored_chain(office.server, record["record_id"])
    assert [row[8] for row in stored if row[8]] == events_of_room(office.server, room_id)
    check_chain(office.server, record["record_id"])
