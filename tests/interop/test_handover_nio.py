"""Somebody of the staff leaves: what stock clients of their customers see of it, and can do (matrix-nio)."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any
from urllib.parse import quote

import nio  # type: ignore[import-untyped]
import pytest

from tests.interop.conftest import PASSWORD, SignUp, call, new_client, ok
from tests.interop.handing import ask, depart, hire, until, until_state, until_status
from tests.interop.test_sessions_nio import direct
from tests.process import ServerProcess

_numbers = itertools.count(1)


class Desks:
    """Signs up staff, and signs them in with nio."""

    def __init__(self, process: ServerProcess) -> None:
        self._process = process
        self.clients: list[Any] = []

    async def __call__(self, display_name: str) -> Any:
        user_id = await hire(self._process, f"colleague{next(_numbers)}", display_name)
        client = new_client(self._process, user_id)
        self.clients.append(client)
        ok(await client.login(PASSWORD, "Desk"), nio.LoginResponse)
        ok(await client.sync(full_state=True), nio.SyncResponse)
        return client


@pytest.fixture
async def desks(process: ServerProcess) -> Any:
    made = Desks(process)
    yield made
    for client in made.clients:
        await client.close()


async def say(client: Any, room_id: str, body: str) -> str:
    """Send a text; its event id."""
    content = {"msgtype": "m.text", "body": body}
    return str(ok(await client.room_send(room_id, "m.room.message", content), nio.RoomSendResponse).event_id)


async def said(client: Any, room_id: str) -> list[str]:
    """What stands in a room, oldest first."""
    page = ok(await client.room_messages(room_id, "", limit=50), nio.RoomMessagesResponse)
    return [event.body for event in page.chunk if isinstance(event, nio.RoomMessage)][::-1]


async def until_synced(client: Any, is_so: Any) -> Any:
    """Sync until something is true."""

    async def found() -> Any:
        ok(await client.sync(timeout=500), nio.SyncResponse)
        return is_so()

    return await until(found)


async def direct_rooms(client: Any) -> dict[str, list[str]]:
    """m.direct, as nio reads it."""
    answer = await client.list_direct_rooms()
    if isinstance(answer, nio.DirectRoomsErrorResponse) and answer.status_code == "M_NOT_FOUND":
        return {}
    rooms: dict[str, list[str]] = ok(answer, nio.DirectRoomsResponse).rooms
    return rooms


async def invitation(customer: Any) -> str:
    """Wait for an invitation; the room's id."""
    return str(await until_synced(customer, lambda: next(iter(customer.invited_rooms), None)))


async def test_a_customer_goes_on_with_the_successor(process: ServerProcess, sign_up: SignUp, desks: Desks) -> None:
    customer, leaver, successor = await sign_up("customer"), await desks("Desk 3"), await desks("Desk 5")
    old = await direct(customer, leaver)
    await say(customer, old, "Where is my chair?")
    ok(await customer.sync(full_state=True), nio.SyncResponse)

    departure = await depart(process, leaver.user_id, successor.user_id)
    new = await invitation(customer)
    invited = customer.invited_rooms[new]
    assert invited.name == "Desk 5"
    assert invited.display_name == "Desk 5"
    member = await _member(customer, new)
    assert member["is_direct"] is True
    assert (await said(customer, old))[-1].startswith("Desk 3 has left. Desk 5 now takes care of you.\n")
    # The old room is not replaced before they say so: clients would hide it, and with it the question.
    assert await _state(customer, old, "m.room.tombstone") is None
    assert await direct_rooms(customer) == {leaver.user_id: [old]}
    assert new not in successor.rooms

    ok(await customer.join(new), nio.JoinResponse)
    await until_status(process, departure, customer.user_id, "accepted")
    assert (await _state(customer, old, "m.room.tombstone"))["replacement_room"] == new
    assert (await _state(customer, new, "m.room.create"))["predecessor"]["room_id"] == old
    for client in (customer, successor):
        await until_synced(client, lambda client=client: new in client.rooms)
        await until_synced(client, lambda client=client: client.rooms[new].joined_count == 3)
    # nio knows nothing of accounts that do not count: it adds that there is one more.
    assert customer.rooms[new].display_name == "Desk 5 and 1 other"
    assert customer.rooms[new].summary.heroes == [successor.user_id]
    assert successor.rooms[new].summary.heroes == [customer.user_id]
    assert (await said(customer, new)) == ["You can now write to each other. Desk 5 goes on where Desk 3 left off."]
    await say(customer, new, "It was to come today")
    await say(successor, new, "It is on its way")
    for client in (customer, successor):
        assert (await said(client, new))[1:] == ["It was to come today", "It is on its way"]
    # The successor may read what was said before.
    assert "Where is my chair?" in await said(successor, old)
    assert await direct_rooms(customer) == {leaver.user_id: [old], successor.user_id: [new]}
    assert await direct_rooms(successor) == {customer.user_id: [new]}
    # A direct chat that they make now is the one that they have.
    assert await direct(customer, successor) == new


async def test_a_customer_declines_and_thinks_better_of_it(
    process: ServerProcess, sign_up: SignUp, desks: Desks
) -> None:
    customer, leaver, successor = await sign_up("customer"), await desks("Desk 3"), await desks("Desk 5")
    old = await direct(customer, leaver)
    await say(customer, old, "Where is my table?")
    ok(await customer.sync(full_state=True), nio.SyncResponse)
    departure = await depart(process, leaver.user_id, successor.user_id)
    new = await invitation(customer)

    ok(await customer.room_leave(new), nio.RoomLeaveResponse)
    await until_status(process, departure, customer.user_id, "declined")
    before = await said(customer, old)
    assert before[-1].startswith("Desk 3 can no longer receive messages. If you change your mind")
    refused = await customer.room_send(old, "m.room.message", {"msgtype": "m.text", "body": "Are you there?"})
    assert isinstance(refused, nio.RoomSendError)
    assert (refused.status_code, "has left" in refused.message) == ("M_FORBIDDEN", True)
    # Nothing of it was stored: nobody sees it, its sender neither.
    ok(await customer.sync(), nio.SyncResponse)
    assert await said(customer, old) == before
    found = await call(customer, "POST", "/search", {"search_categories": {"room_events": {"search_term": "there"}}})
    assert not [each for each in found["search_categories"]["room_events"]["results"] if "Are you" in str(each)]
    assert await direct_rooms(customer) == {leaver.user_id: [old]}
    assert await direct_rooms(successor) == {}

    ok(await customer.join(new), nio.JoinResponse)
    await until_status(process, departure, customer.user_id, "accepted")
    await until_synced(customer, lambda: new in customer.rooms and customer.rooms[new].joined_count == 3)
    await until_synced(successor, lambda: new in successor.rooms)
    await say(customer, new, "So it is you")
    await say(successor, new, "It is")
    assert (await said(customer, new))[-2:] == ["So it is you", "It is"]
    assert (await _state(customer, old, "m.room.tombstone"))["replacement_room"] == new
    assert await direct_rooms(customer) == {leaver.user_id: [old], successor.user_id: [new]}


async def test_who_asks_for_somebody_who_has_left_is_told_who_takes_care(
    process: ServerProcess, sign_up: SignUp, desks: Desks
) -> None:
    stranger, leaver, successor = await sign_up("stranger"), await desks("Desk 3"), await desks("Desk 5")
    await depart(process, leaver.user_id, successor.user_id)
    made = await stranger.room_create(is_direct=True, invite=[leaver.user_id])
    assert isinstance(made, nio.RoomCreateError)
    own = ok(await stranger.room_create(), nio.RoomCreateResponse).room_id
    invited = await stranger.room_invite(own, leaver.user_id)
    assert isinstance(invited, nio.RoomInviteError)
    for error in (made, invited):
        assert error.status_code == "M_FORBIDDEN"
        assert error.message.startswith("Desk 3 has left and gets no messages any more. Desk 5 takes care of you")
        assert successor.user_id in error.message
    # They do as they were told.
    room_id = await direct(stranger, successor)
    await say(stranger, room_id, "Good morning")
    assert await said(successor, room_id) == ["Good morning"]
    profile = await call(stranger, "GET", f"/profile/{quote(leaver.user_id)}")
    assert profile["org.roomkeeper.departure"] == {"state": "departed"}


async def test_the_leavers_own_client_ends_and_goes_on_after_an_undo(
    process: ServerProcess, sign_up: SignUp, desks: Desks
) -> None:
    customer, leaver, successor = await sign_up("customer"), await desks("Desk 3"), await desks("Desk 5")
    old = await direct(customer, leaver)
    await say(customer, old, "Good morning")
    ok(await customer.sync(full_state=True), nio.SyncResponse)
    ok(await leaver.sync(), nio.SyncResponse)

    # A long-poll that nothing else would answer: it ends at once, and not with an empty answer when its time is over.
    device_id, token = leaver.device_id, leaver.access_token
    polling = asyncio.create_task(leaver.sync(timeout=60_000))
    await asyncio.sleep(0)
    departure = await depart(process, leaver.user_id, successor.user_id)
    async with asyncio.timeout(30):
        ended = await polling
    assert isinstance(ended, nio.SyncError)
    assert (ended.status_code, ended.soft_logout) == ("M_USER_LOCKED", True)
    # nio forgets its token then, as a client does that asks for the password anew; the device is kept.
    assert not leaver.logged_in
    leaver.restore_login(leaver.user_id, device_id, token)
    refused = await leaver.room_send(old, "m.room.message", {"msgtype": "m.text", "body": "Wait"})
    assert isinstance(refused, nio.RoomSendError)
    assert refused.status_code == "M_USER_LOCKED"
    leaver.restore_login(leaver.user_id, device_id, token)
    new = await invitation(customer)

    await ask(process, "POST", f"/departures/{departure}/undo")
    await until_state(process, departure, "undone")
    await until_status(process, departure, customer.user_id, "withdrawn")
    # The invitation is taken back (nio itself keeps on listing what it was invited to once).
    assert new not in (await call(customer, "GET", "/sync?timeout=0")).get("rooms", {}).get("invite", {})
    assert (await said(customer, old))[-1] == "Desk 3 is back: you can write here again."
    await say(customer, old, "Welcome back")
    # The same device and token go on.
    await until_synced(leaver, lambda: old in leaver.rooms)
    assert (await said(leaver, old))[-1] == "Welcome back"
    await say(leaver, old, "Thank you")
    assert (await said(customer, old))[-1] == "Thank you"
    assert await direct_rooms(customer) == {leaver.user_id: [old]}


async def _state(client: Any, room_id: str, event_type: str) -> Any:
    """A state event's content, as nio gets it; `None`: there is none."""
    answer = await client.room_get_state_event(room_id, event_type)
    return answer.content if isinstance(answer, nio.RoomGetStateEventResponse) else None


async def _member(client: Any, room_id: str) -> Any:
    """What an invitation says of the client's own membership."""
    path = "/sync?timeout=0"
    events = (await call(client, "GET", path))["rooms"]["invite"][room_id]["invite_state"]["events"]
    return next(event["content"] for event in events if event.get("state_key") == client.user_id)
