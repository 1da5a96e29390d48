"""Nothing is accepted for somebody who has left, on whatever way it comes; reading, leaving, redacting stay."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.core.rooms import SendAttempt
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.hooks import Hold, Verdict
from tests.harness import Client
from tests.integration.appservices.bridge import Bridge
from tests.integration.handover.leaving import (
    DEPARTURES,
    asked,
    customers_of,
    depart,
    is_refused,
    notices,
    team,
    try_send,
    until_status,
)
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import direct, session_of, session_path, until
from tests.integration.rooms.paths import membership, room_path


def hold_messages(attempt: SendAttempt) -> Verdict:
    """Messages that have the word in them wait for a decision."""
    return Hold("ticket") if "hold" in str(attempt.draft.content.get("body")) else None


async def test_in_a_session(office: Office) -> None:
    """Messages, edits, reactions, stickers, what is encrypted, what no client knows."""
    ann, _ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    event_id = await customer.send(room_id, "Where is my chair?")
    await asked(office, ann, customer)
    before = await customer.get(room_path(room_id, "messages"), dir="b", limit=100)

    edit = {"m.new_content": {"msgtype": "m.text", "body": "x"}, "m.relates_to": {"rel_type": "m.replace"}}
    edit["m.relates_to"]["event_id"] = event_id
    assert is_refused(await try_send(customer, room_id), ann)
    assert is_refused(await try_send(customer, room_id, "* x", **edit), ann)
    contents: dict[str, dict[str, Any]] = {
        "m.reaction": {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": "+"}},
        "m.sticker": {"body": "x", "url": "mxc://example.org/x", "info": {}},
        "m.room.encrypted": {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"},
        "org.example.custom": {"body": "x"},
    }
    for kind, content in contents.items():
        assert is_refused(await customer.attempt("PUT", room_path(room_id, "send", kind, "1"), content), ann), kind
    assert await customer.get(room_path(room_id, "messages"), dir="b", limit=100) == before
    assert "1" not in await customer.timeline(room_id)

    # Reading, redacting, leaving.
    await customer.post(room_path(room_id, "receipt", "m.read", event_id))
    assert room_id in (await customer.sync())["rooms"]["join"]
    await customer.put(room_path(room_id, "redact", event_id, "r"), {})
    assert (await customer.get(room_path(room_id, "event", event_id)))["content"] == {}
    await customer.leave(room_id)
    assert room_id not in (await customer.get("/joined_rooms"))["joined_rooms"]


async def test_the_error_says_who_takes_care(office: Office) -> None:
    """To a chat, a room, an invitation: the same answer as to who asks for the succession."""
    ann, ben = await team(office, "ann", "ben", display_name="Desk")
    customer, colleague = await office.server.register("customer"), await office.staff("colleague")
    old_room = await colleague.create_room()
    await depart(office, ann)
    chat = {"invite": [ann.user_id], "is_direct": True, "preset": "trusted_private_chat"}
    group = {"invite": [colleague.user_id, ann.user_id], "preset": "private_chat", "name": "All of us"}
    for client in (customer, colleague):
        for body in (chat, group, {"invite": [ann.user_id]}, {"invite": [ann.user_id], "preset": "public_chat"}):
            status, error = await client.attempt("POST", "/createRoom", body)
            assert is_refused((status, error), ann), body
            assert error["org.roomkeeper.succession"]["successor"]["user_id"] == ben.user_id
        assert await joined(client) == ({old_room} if client is colleague else set())
    answer = await colleague.attempt("POST", room_path(old_room, "invite"), {"user_id": ann.user_id})
    assert is_refused(answer, ann)
    path = room_path(old_room, "state", "m.room.member", ann.user_id)
    assert is_refused(await colleague.attempt("PUT", path, {"membership": "invite"}), ann)
    assert await membership(colleague, old_room, ann.user_id) is None


async def joined(client: Client) -> set[str]:
    """The rooms that they are in."""
    return set((await client.get("/joined_rooms"))["joined_rooms"])


async def test_other_rooms(office: Office) -> None:
    """Of two people, of one with an invitation, of those who have all left; not of those with somebody there."""
    ann, ben = await team(office, "ann", "ben")
    cid = await office.staff("cid")
    two = await cid.create_room(invite=[ann.user_id])
    await ann.join(two)
    invited = await cid.create_room(invite=[ann.user_id])
    three = await cid.create_room(invite=[ann.user_id, ben.user_id])
    await ann.join(three)
    await ben.join(three)
    both = await cid.create_room(invite=[ann.user_id, ben.user_id])
    await asked(office, ann)
    for room_id in (two, invited):
        assert is_refused(await try_send(cid, room_id), ann), room_id
    assert (await try_send(cid, three))[0] == 200
    assert (await try_send(cid, both))[0] == 200, "somebody who is invited can still come"
    alone = await cid.create_room()
    assert (await try_send(cid, alone))[0] == 200
    await depart(office, ben)
    assert is_refused(await try_send(cid, both), ann) or is_refused(await try_send(cid, both), ben)


async def test_released_late(office: Office) -> None:
    """What was held is refused when its decision comes after the departure, and never delivered."""
    ann, _ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    take_out = office.server.rooms.gates.add_fast(hold_messages)
    status, answer = await try_send(customer, room_id, "hold this")
    assert status == 200
    take_out()
    await asked(office, ann, customer)
    with pytest.raises(Forbidden) as refused:
        await office.server.rooms.release(answer["event_id"])
    assert refused.value.data["org.roomkeeper.reason"] == "departed"
    found = await customer.get(room_path(room_id, "messages"), dir="b", limit=100)
    assert answer["event_id"] not in {event["event_id"] for event in found["chunk"]}


async def test_application_services(make_office: MakeOffice, bridge: Bridge) -> None:
    """The service's own account, and those as whom it speaks: also as the one who has left."""
    office = await make_office(ROOMKEEPER_APPSERVICES=str(bridge.file))
    ann, _ben = await team(office, "ann", "ben")
    bot, ghost = bridge.client(office.server), await bridge.ghost(office.server, "_irc_customer")
    spoken_for = await bridge.ghost(office.server, "_irc_desk")
    sales = (await office.owner.get("/_roomkeeper/v1/departments"))["departments"][0]["department_id"]
    await office.change(spoken_for.user_id, kind="staff", departments=[sales])
    first, second = await direct(ghost, ann), await direct(bot, ann)
    third, group = await direct(ghost, spoken_for), await ghost.create_room(invite=[spoken_for.user_id, ann.user_id])
    await spoken_for.join(group)
    await ann.join(group)
    await depart(office, ann)
    for client, room_id in ((ghost, first), (bot, second)):
        assert is_refused(await try_send(client, room_id), ann)
        assert is_refused(await client.attempt("POST", "/createRoom", {"invite": [ann.user_id]}), ann)
    # A bridge may set the time of what it sends: that changes nothing.
    path = room_path(first, "send", "m.room.message", "early")
    assert is_refused(await ghost.attempt("PUT", path, {"msgtype": "m.text", "body": "x"}, ts=1), ann)
    await depart(office, spoken_for)
    assert is_refused(await try_send(ghost, third), spoken_for)
    status, answer = await try_send(spoken_for, group)
    assert (status, answer["errcode"]) == (401, "M_USER_LOCKED")


async def test_who_leaves_says_nothing_more(office: Office) -> None:
    """What they were sending while they were locked comes to nothing, too, also where others are."""
    ann, ben = await team(office, "ann", "ben")
    cid = await office.staff("cid")
    room_id = await ann.create_room(invite=[ben.user_id, cid.user_id])
    await ben.join(room_id)
    await cid.join(room_id)
    thinking, go_on = asyncio.Event(), asyncio.Event()

    async def think(attempt: SendAttempt) -> Verdict:
        if attempt.draft.sender == ann.user_id:
            thinking.set()
            await go_on.wait()
        return None

    office.server.rooms.gates.add_slow(think, timeout=30, fail_open=False)
    sending = asyncio.create_task(try_send(ann, room_id, "last words"))
    await thinking.wait()
    await office.owner.post(DEPARTURES, {"user_id": ann.user_id})
    go_on.set()
    status, answer = await sending
    assert (status, answer["errcode"]) == (401, "M_USER_LOCKED")
    assert "last words" not in await ben.timeline(room_id)


async def test_a_slow_gate_that_thinks_meanwhile(office: Office) -> None:
    """What was on its way when the departure took effect is refused in the room's turn."""
    ann, _ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    thinking, go_on = asyncio.Event(), asyncio.Event()

    async def think(attempt: SendAttempt) -> Verdict:
        if attempt.draft.sender == customer.user_id:
            thinking.set()
            await go_on.wait()
        return None

    office.server.rooms.gates.add_slow(think, timeout=30, fail_open=False)
    sending = asyncio.create_task(try_send(customer, room_id))
    await thinking.wait()
    await office.owner.post(DEPARTURES, {"user_id": ann.user_id})
    go_on.set()
    assert is_refused(await sending, ann)


async def test_a_session_that_was_over(office: Office) -> None:
    """Who writes to somebody who has left where they had talked before is refused, and then asked."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    await customer.send(room_id, "Thank you")
    await ann.post(session_path(room_id, "close"), {})
    departure_id = (await depart(office, ann))["departure_id"]
    assert await customers_of(office, departure_id) == {}, "who has no session is not asked"

    assert is_refused(await try_send(customer, room_id), ann)
    found = await until_status(office, departure_id, customer, "waiting")
    assert is_refused(await try_send(customer, room_id), ann)
    await customer.join(found["new_room_id"])
    await until_status(office, departure_id, customer, "accepted")
    assert (await session_of(customer, found["new_room_id"]))["staff_id"] == ben.user_id
    assert len(await notices(customer, room_id)) == 2
    await customer.send(found["new_room_id"], "Hello")


async def test_written_into_a_closed_session_just_before(office: Office) -> None:
    """The message is there, and nobody gets the session unasked: its customer is offered the successor."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    await ann.post(session_path(room_id, "close"), {})
    await asyncio.gather(
        customer.send(room_id, "One more thing"), office.owner.post(DEPARTURES, {"user_id": ann.user_id})
    )
    departure_id = (await office.owner.get(DEPARTURES))["departures"][0]["departure_id"]
    found = await until_status(office, departure_id, customer, "waiting")
    assert found["successor_id"] == ben.user_id
    assert (await session_of(customer, room_id))["staff_id"] == ann.user_id


async def test_a_successor_does_not_write_there_either(office: Office) -> None:
    """They may read the earlier session; nobody answers there, so nobody asks there."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    departure_id, offers = await asked(office, ann, customer)
    await customer.join(offers[0]["new_room_id"])
    await until_status(office, departure_id, customer, "accepted")

    async def may_read() -> bool:
        return room_id in await joined(ben)

    await until(may_read)
    assert is_refused(await try_send(ben, room_id), ann)
    assert is_refused(await try_send(customer, room_id), ann)
