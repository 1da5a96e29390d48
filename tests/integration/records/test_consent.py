"""Customers are told that they are recorded, or asked; what they answer counts, and is part of the record."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import SESSIONS, session_of, until
from tests.integration.records.recorded import RECORDING, RECORDS, check_chain, entries_of, record_of


async def begin(office: Office, **policy: Any) -> tuple[Client, Client, str]:
    """Somebody of the staff, a customer, and their session under that policy."""
    await office.owner.put(f"{RECORDS}/policies", policy)
    desk, customer = await office.staff("desk"), await office.server.register("customer")
    room_id = (await customer.post(SESSIONS, {"staff_id": desk.user_id}))["room_id"]
    return desk, customer, room_id


async def said(client: Client, room_id: str) -> dict[str, Any]:
    """What the room says of its being recorded."""
    return await client.get(f"/rooms/{quote(room_id)}/state/{RECORDING}/")


async def until_told(client: Client, room_id: str, words: str) -> None:
    """Wait until a message has these words."""

    async def is_told() -> bool:
        return any(words in str(body) for body in await client.timeline(room_id))

    await until(is_told)


async def until_said(client: Client, room_id: str, **expected: object) -> None:
    """Wait until the room says that."""

    async def is_said() -> bool:
        return await said(client, room_id) == expected

    await until(is_said)


async def test_told(office: Office) -> None:
    _, customer, room_id = await begin(office, consent="tell")
    assert await said(customer, room_id) == {"recorded": True, "consent": "shown"}
    await until_told(customer, room_id, "is recorded")
    assert (await record_of(office, room_id))["consent"] == "shown"
    status, _ = await customer.attempt("PUT", f"{RECORDS}/consent/{quote(room_id)}", {"agrees": False})
    assert status == 400


async def test_nothing_is_recorded_before_they_agree(office: Office) -> None:
    desk, customer, room_id = await begin(office, consent="ask", until_answer=False)
    assert await said(customer, room_id) == {"recorded": False, "consent": "asked"}
    await until_told(customer, room_id, "May this conversation be recorded?")
    await desk.send(room_id, "Good morning")
    await customer.send(room_id, "Yes")
    await until_said(customer, room_id, recorded=True, consent="given")
    await customer.send(room_id, "My chair is broken")
    record = await record_of(office, room_id)
    entries = await entries_of(office.owner, record["record_id"])
    texts = [entry.get("text") for entry in entries]
    assert "My chair is broken" in texts
    assert "Good morning" not in texts
    assert [entry["content"]["content"]["consent"] for entry in entries if entry["kind"] == "consent"] == [
        "asked",
        "given",
    ]
    assert record["withheld"] > 0
    assert record["consent"] == "given"
    check_chain(office.server, record["record_id"])
    # They change their mind, by their client this time.
    answer = await customer.put(f"{RECORDS}/consent/{quote(room_id)}", {"agrees": False})
    assert answer == {"recorded": False, "consent": "refused"}
    await customer.send(room_id, "Not for the record")
    record = await record_of(office, room_id)
    assert "Not for the record" not in [
        entry.get("text") for entry in await entries_of(office.owner, record["record_id"])
    ]
    found = await customer.get(f"{RECORDS}/consent/{quote(room_id)}")
    assert (found["recorded"], found["consent"], found["is_asked"]) == (False, "refused", True)
    stranger = await office.server.register("stranger")
    assert (await stranger.attempt("GET", f"{RECORDS}/consent/{quote(room_id)}"))[0] == 403
    assert (await desk.attempt("PUT", f"{RECORDS}/consent/{quote(room_id)}", {"agrees": True}))[0] == 403


@pytest.mark.parametrize(("effect", "state", "recorded"), [("continue", "open", True), ("close", "closed", False)])
async def test_what_a_refusal_does(office: Office, effect: str, state: str, recorded: bool) -> None:
    _, customer, room_id = await begin(office, consent="ask", on_refusal=effect)
    await until_told(customer, room_id, "May this conversation be recorded?")
    await customer.send(room_id, "no")
    await until_said(customer, room_id, recorded=recorded, consent="refused")

    async def is_so() -> bool:
        return bool((await session_of(customer, room_id))["state"] == state)

    await until(is_so)


async def test_asked_once_also_after_a_restart_and_in_their_language(office: Office) -> None:
    await office.owner.put(f"{RECORDS}/policies", {"consent": "ask"})
    desk, customer = await office.staff("desk"), await office.server.register("customer")
    room_id = (await customer.post(SESSIONS, {"staff_id": desk.user_id, "language": "zh"}))["room_id"]
    await until_told(customer, room_id, "是否同意记录本次会话")
    await office.server.restart()
    await asyncio.gather(*(customer.send(room_id, f"{number}") for number in range(3)))
    asked = [body for body in await customer.timeline(room_id) if "是否同意" in str(body)]
    assert len(asked) == 1
    await customer.send(room_id, "不同意")
    await until_said(customer, room_id, recorded=False, consent="refused")
