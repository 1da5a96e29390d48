"""Messages from device to device over HTTP."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import V3, Client, Server
from tests.integration.ephemeral.reading import messages
from tests.scenarios.model import settled

numbers = itertools.count(1)


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


@pytest.fixture
async def bob(server: Server) -> Client:
    return await server.register("bob")


def path(transaction_id: str | None = None, event_type: str = "org.example.note") -> str:
    return f"/sendToDevice/{quote(event_type, safe='')}/{transaction_id or f'm{next(numbers)}'}"


async def tell(sender: Client, to: Client, content: Any, transaction_id: str | None = None) -> None:
    """Send one message to one device."""
    await sender.put(path(transaction_id), {"messages": {to.user_id: {to.device_id: content}}})


async def rows(server: Server) -> int:
    """How many messages the database holds."""
    row = await server.app.driver.query_one("SELECT count(*) FROM to_device")
    assert row is not None
    return int(row[0])


async def until_rows(server: Server, number: int) -> None:
    """Wait until the database holds so many messages."""
    for _ in range(200):
        if await rows(server) == number:
            return
        await asyncio.sleep(0.01)
    assert await rows(server) == number


async def test_a_message_reaches_its_device_alone(server: Server, alice: Client, bob: Client) -> None:
    phone = await server.login("bob")
    for client in (bob, phone):
        await client.sync()
    await tell(alice, bob, {"text": "hello", "list": [1, {}]})
    event = {"type": "org.example.note", "sender": alice.user_id, "content": {"text": "hello", "list": [1, {}]}}
    assert (await bob.sync())["to_device"]["events"] == [event]
    assert messages(await phone.sync()) == []
    assert messages(await alice.sync()) == []


async def test_a_waiting_sync_is_woken(alice: Client, bob: Client) -> None:
    await bob.sync()
    waiting = asyncio.create_task(bob.sync(10_000))
    await asyncio.sleep(0.05)
    await tell(alice, bob, {"n": 1})
    assert messages(await waiting) == [{"n": 1}]


async def test_a_star_stands_for_every_device(server: Server, alice: Client, bob: Client) -> None:
    phone = await server.login("bob")
    await alice.put(path(), {"messages": {bob.user_id: {"*": {"n": 1}, phone.device_id: {"n": 2}}}})
    assert messages(await bob.sync()) == [{"n": 1}]
    assert messages(await phone.sync()) == [{"n": 2}]


async def test_who_is_not_there_gets_nothing(server: Server, alice: Client, bob: Client) -> None:
    unknown: dict[str, Any] = {
        "@nobody:example.org": {"*": {}},
        "@bob:elsewhere.example": {"*": {}},
        "nonsense\0": {"*": {}},
        "": {},
    }
    known = {bob.user_id: {"NODEVICE": {}, "\0": {}, bob.device_id: {"n": 1}}}
    await alice.put(path(), {"messages": unknown | known})
    assert await rows(server) == 1
    assert messages(await bob.sync()) == [{"n": 1}]


async def test_a_repeated_request_sends_once(server: Server, alice: Client, bob: Client) -> None:
    await asyncio.gather(*(tell(alice, bob, {"n": 1}, "same") for _ in range(5)))
    await server.restart()
    await tell(alice, bob, {"n": 1}, "same")
    assert messages(await bob.sync()) == [{"n": 1}]


async def test_messages_come_in_order(alice: Client, bob: Client) -> None:
    await bob.sync()
    for number in range(5):
        await tell(alice, bob, number_of(number))
    assert messages(await bob.sync()) == [number_of(number) for number in range(5)]


def number_of(number: int) -> dict[str, int]:
    return {"n": number}


@pytest.mark.parametrize("is_online", [True, False])
async def test_a_lost_answer_is_given_again(server: Server, alice: Client, bob: Client, is_online: bool) -> None:
    await bob.sync()
    before = bob.next_batch
    await tell(alice, bob, {"n": 1})
    for _ in range(2):
        if not is_online:
            await server.restart()
        assert messages(await bob.sync(since=before)) == [{"n": 1}]
    await tell(alice, bob, {"n": 2})
    assert messages(await bob.sync()) == [{"n": 2}]
    await until_rows(server, 1)


async def test_what_has_arrived_is_deleted(server: Server, alice: Client, bob: Client) -> None:
    await bob.sync()
    await tell(alice, bob, {"n": 1})
    assert messages(await bob.sync()) == [{"n": 1}]
    assert await rows(server) == 1
    assert messages(await bob.sync()) == []
    await until_rows(server, 0)
    bob.next_batch = None
    assert messages(await bob.sync()) == []


async def test_messages_wait_for_who_is_away(server: Server, alice: Client, bob: Client) -> None:
    await bob.sync()
    for number in range(3):
        await tell(alice, bob, number_of(number))
        await server.restart()
    assert messages(await bob.sync()) == [number_of(number) for number in range(3)]
    assert messages(await bob.sync()) == []


@pytest.mark.parametrize("is_online", [True, False])
async def test_a_long_queue_comes_in_pages(server: Server, alice: Client, bob: Client, is_online: bool) -> None:
    await bob.sync()
    before = bob.next_batch
    for number in range(250):
        await tell(alice, bob, number_of(number))
    if not is_online:
        await server.restart()
    assert messages(await bob.sync()) == [number_of(number) for number in range(100)]
    # That answer was lost; and meanwhile there is one more.
    await tell(alice, bob, number_of(250))
    pages = [messages(await bob.sync(since=before))]
    while len(pages) < 3:
        if not is_online:
            await server.restart()
        pages.append(messages(await bob.sync()))
    assert [len(page) for page in pages] == [100, 100, 51]
    assert [content for page in pages for content in page] == [number_of(number) for number in range(251)]
    assert messages(await bob.sync()) == []
    await tell(alice, bob, {"n": "last"})
    assert messages(await bob.sync()) == [{"n": "last"}]
    await until_rows(server, 1)


async def test_nothing_waits_for_a_removed_device(server: Server, alice: Client, bob: Client) -> None:
    phone = await server.login("bob", device_id="PHONE")
    await tell(alice, phone, {"n": 1})
    await tell(alice, bob, {"n": 1})
    await phone.post("/logout")
    await until_rows(server, 1)
    assert messages(await (await server.login("bob", device_id="PHONE")).sync()) == []
    assert messages(await bob.sync()) == [{"n": 1}]


async def test_a_queue_is_bounded(server: Server, alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.ephemeral.to_device.service.KEPT", 3)
    phone = await server.login("bob")
    for number in range(3):
        await tell(alice, bob, number_of(number))
    for _ in range(2):
        body = {"messages": {bob.user_id: {bob.device_id: {"n": 3}, phone.device_id: {"n": 3}}}}
        status, error = await alice.attempt("PUT", path("again"), body)
        assert (status, error["errcode"]) == (403, "M_USER_LIMIT_EXCEEDED")
        assert bob.device_id in error["error"]
        await server.restart()
    assert messages(await phone.sync()) == []  # all or none
    assert messages(await bob.sync()) == [number_of(number) for number in range(3)]  # what was taken stays
    assert messages(await bob.sync()) == []
    await until_rows(server, 0)
    await alice.put(path("again"), body)
    assert messages(await bob.sync()) == messages(await phone.sync()) == [{"n": 3}]


async def test_the_count_of_a_queue_is_what_waits(
    server: Server, alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomkeeper.core.ephemeral.to_device.service.KEPT", 6)
    for number in range(9):
        await tell(alice, bob, number_of(number))
        await tell(alice, bob, number_of(number))
        assert messages(await bob.sync()) == [number_of(number)] * 2


async def test_a_device_of_the_same_id_keeps_its_messages(server: Server, alice: Client, bob: Client) -> None:
    phone = await server.login("bob", device_id="PHONE")
    await tell(alice, phone, {"n": 1})
    facts = server.app.facts

    async def refuse(_: object) -> None:
        raise RuntimeError("facts about devices come late")

    facts._handlers["DeviceRemoved"].insert(0, refuse)
    await phone.post("/logout")
    phone = await server.login("bob", device_id="PHONE")
    await tell(alice, phone, {"n": 2})
    await server.restart()
    await settled(server)
    assert messages(await phone.sync()) == [{"n": 2}]


@pytest.mark.parametrize(
    ("body", "status", "errcode"),
    [
        (b"", 400, "M_NOT_JSON"),
        (b"{", 400, "M_NOT_JSON"),
        (b"[]", 400, "M_BAD_JSON"),
        (b"{}", 400, "M_BAD_JSON"),
        (b'{"messages": []}', 400, "M_BAD_JSON"),
        (b'{"messages": {"@bob:example.org": []}}', 400, "M_BAD_JSON"),
        (b'{"messages": {"@bob:example.org": {"*": "text"}}}', 400, "M_BAD_JSON"),
        (b'{"messages": {"@bob:example.org": {"*": ' + b'{"a":' * 80 + b"1" + b"}" * 83, 400, "M_BAD_JSON"),
        (b'{"messages": {"@bob:example.org": {"*": {"a": "' + b"x" * 66_000 + b'"}}}}', 413, "M_TOO_LARGE"),
        (b'{"messages": {"@bob:example.org": {"*": {"a": "' + b"x" * 1_100_000 + b'"}}}}', 413, "M_TOO_LARGE"),
    ],
)
async def test_what_cannot_be_sent_is_refused(
    server: Server, alice: Client, bob: Client, body: bytes, status: int, errcode: str
) -> None:
    headers = {"authorization": f"Bearer {alice.token}"}
    answered, _, answer = await server.raw("PUT", V3 + path(), body, headers)
    assert (answered, errcode in answer.decode()) == (status, True), answer
    assert await rows(server) == 0


async def test_one_request_is_bounded(alice: Client, bob: Client) -> None:
    too_many: dict[str, Any] = {f"DEVICE{number}": {} for number in range(5001)}
    status, error = await alice.attempt("PUT", path(), {"messages": {bob.user_id: too_many}})
    assert (status, error["errcode"]) == (413, "M_TOO_LARGE")


async def test_types(alice: Client, bob: Client) -> None:
    for event_type, status in (("a/b ä", 200), ("x" * 256, 400), ("a\0b", 400)):
        body = {"messages": {bob.user_id: {"*": {"type": event_type}}}}
        answered, _ = await alice.attempt("PUT", path(event_type=event_type), body)
        assert answered == status
    assert [event["type"] for event in (await bob.sync())["to_device"]["events"]] == ["a/b ä"]


async def test_no_messages_without_a_token(server: Server) -> None:
    status, error = await server.request("PUT", path(), {"messages": {}})
    assert (status, error["errcode"]) == (401, "M_MISSING_TOKEN")
