"""A direct chat that a stock client makes with the staff is answered with a session."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client
from tests.integration.accounts.operator import operator
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import PASSWORD, ROOT, Office
from tests.integration.organisation.talking import (
    SERVICE,
    SESSION,
    direct,
    direct_list,
    members,
    session_of,
    told,
    until_state,
)
from tests.integration.rooms.paths import error, room_path, state_of

FUNCTIONAL = "io.element.functional_members"


@pytest.fixture(params=["11", "12"])
async def office(make_office: MakeOffice, request: pytest.FixtureRequest) -> Office:
    """An organisation, with rooms of either version."""
    return await make_office(ROOMKEEPER_DEFAULT_ROOM_VERSION=request.param)


async def pair(office: Office) -> tuple[Client, Client]:
    """Staff and a customer."""
    return await office.staff("ann", display_name="Desk"), await office.server.register("customer")


async def test_a_customer_writes_to_staff(office: Office) -> None:
    ann, customer = await pair(office)
    await ann.sync()
    room_id = await direct(customer, ann)
    assert await members(customer, room_id) == {SERVICE, ann.user_id, customer.user_id}
    state = await state_of(customer, room_id)
    assert state["m.room.create", ""].get("creator", SERVICE) == SERVICE
    assert state[FUNCTIONAL, ""] == {"service_members": [SERVICE]}
    assert state[SESSION, ""] == {"customer": customer.user_id, "staff": ann.user_id, "state": "open"}
    levels = state["m.room.power_levels", ""]
    assert (levels["users"][ann.user_id], levels["users_default"], levels["state_default"]) == (50, 0, 100)
    assert ("m.room.name", "") not in state
    found = await session_of(ann, room_id)
    assert (found["state"], found["customer_id"], found["staff_id"]) == ("open", customer.user_id, ann.user_id)
    for client, other in ((ann, customer), (customer, ann)):
        assert await direct_list(client) == {other.user_id: [room_id]}
        (contact,) = (await client.get(f"{ROOT}/contacts"))["contacts"]
        assert (contact["customer_id"], contact["staff_id"]) == (customer.user_id, ann.user_id)
    await customer.send(room_id, "hello")
    answer = await ann.sync()
    assert room_id in answer["rooms"]["join"]
    assert {"type": "m.direct", "content": {customer.user_id: [room_id]}} in answer["account_data"]["events"]


async def test_the_room_is_named_after_the_other_and_the_service_never_notifies(office: Office) -> None:
    ann, customer = await pair(office)
    for client in (ann, customer):
        await client.sync()
    room_id = await direct(customer, ann)
    for client, other in ((ann, customer), (customer, ann)):
        section = (await client.sync())["rooms"]["join"][room_id]
        assert section["summary"]["m.heroes"] == [other.user_id]
        assert section["summary"]["m.joined_member_count"] == 3
        assert section["unread_notifications"] == {"notification_count": 0, "highlight_count": 0}
    assert (await customer.get("/notifications"))["notifications"] == []
    fresh = await office.server.login("customer")
    section = (await fresh.sync())["rooms"]["join"][room_id]
    assert section["summary"]["m.heroes"] == [ann.user_id]
    assert section["unread_notifications"]["notification_count"] == 0
    await ann.send(room_id, "good morning")
    assert (await customer.sync())["rooms"]["join"][room_id]["unread_notifications"]["notification_count"] == 1
    notified = (await customer.get("/notifications"))["notifications"]
    assert [one["event"]["sender"] for one in notified] == [ann.user_id]


async def test_what_the_client_says_of_the_room_is_left_aside(office: Office) -> None:
    ann, customer = await pair(office)
    room_id = await direct(
        customer,
        ann,
        name="Mine",
        initial_state=[{"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}],
        power_level_content_override={"users": {customer.user_id: 100}},
    )
    state = await state_of(customer, room_id)
    assert ("m.room.encryption", "") not in state
    assert ("m.room.name", "") not in state
    assert customer.user_id not in state["m.room.power_levels", ""]["users"]


async def test_the_same_room_again(office: Office) -> None:
    ann, customer = await pair(office)
    room_id = await direct(customer, ann)
    assert await direct(customer, ann) == room_id
    assert await customer.create_room(invite=[ann.user_id]) == room_id
    assert await direct(ann, customer) == room_id
    await office.server.restart()
    assert await direct(ann, customer) == room_id


async def test_two_at_once_get_one_session(office: Office) -> None:
    ann, customer = await pair(office)
    rooms = await asyncio.gather(*(direct(*each) for each in [(customer, ann), (ann, customer)] * 4))
    assert len(set(rooms)) == 1
    assert len((await ann.get(f"{ROOT}/sessions"))["sessions"]) == 1


async def test_staff_writes_to_a_customer(office: Office) -> None:
    ann, customer = await pair(office)
    await office.change(ann.user_id, session_limit=0)
    room_id = await direct(ann, customer)
    assert (await told(customer, room_id))["state"] == "open"
    await customer.put(
        f"/user/{quote(customer.user_id)}/account_data/m.invite_permission_config", {"default_action": "block"}
    )
    ben = await office.staff("ben")
    assert await error(ben, "POST", "/createRoom", {"invite": [customer.user_id]}) == (403, "M_INVITE_BLOCKED")


@pytest.mark.parametrize(
    "more",
    [
        {"visibility": "public", "preset": "private_chat"},
        {"preset": "public_chat"},
        {"room_alias_name": "hall"},
        {"creation_content": {"type": "m.space"}},
    ],
)
async def test_rooms_of_other_kinds_are_ordinary(office: Office, more: dict[str, Any]) -> None:
    ann, customer = await pair(office)
    room_id = await customer.create_room(invite=[ann.user_id], **more)
    assert (SESSION, "") not in await state_of(customer, room_id)


async def test_others_talk_in_ordinary_rooms(office: Office) -> None:
    ann, customer = await pair(office)
    ben, other = await office.staff("ben"), await office.server.register("other")
    bot = await office.staff("bot", kind="bot")
    for maker, invited in ((ann, [ben]), (customer, [other]), (customer, [ann, ben]), (customer, [bot])):
        room_id = await maker.create_room(invite=[each.user_id for each in invited], is_direct=True)
        state = await state_of(maker, room_id)
        assert (SESSION, "") not in state
        assert state["m.room.member", invited[0].user_id]["membership"] == "invite"
    assert await error(customer, "POST", "/createRoom", {"invite": ["@nobody:example.org"]}) == (404, "M_NOT_FOUND")


async def test_who_has_left_gets_no_new_chats(office: Office) -> None:
    ann, customer = await pair(office)
    await office.change(ann.user_id, state="departed")
    status, answer = await customer.attempt("POST", "/createRoom", {"invite": [ann.user_id], "is_direct": True})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert "has left" in answer["error"]


async def test_whose_account_is_closed_is_written_to_by_nobody(office: Office) -> None:
    ann, customer = await pair(office)
    identifier = {"type": "m.id.user", "user": "customer"}
    auth = {"type": "m.login.password", "password": customer.password, "identifier": identifier}
    await customer.post("/account/deactivate", {"auth": auth})
    assert await error(ann, "POST", "/createRoom", {"invite": [customer.user_id]}) == (403, "M_FORBIDDEN")


async def test_a_suspended_customer_starts_nothing(office: Office) -> None:
    ann, customer = await pair(office)
    path = f"/_matrix/client/v1/admin/suspend/{customer.user_id}"
    assert (await office.owner.attempt("PUT", path, {"suspended": True}))[0] == 200
    assert await error(customer, "POST", "/createRoom", {"invite": [ann.user_id]}) == (403, "M_USER_SUSPENDED")
    assert await error(customer, "POST", f"{ROOT}/sessions", {"staff_id": ann.user_id}) == (403, "M_USER_SUSPENDED")


async def test_nobody_but_the_server_says_what_a_session_is(office: Office) -> None:
    ann, customer = await pair(office)
    room_id = await direct(customer, ann)
    own = await ann.create_room()
    for client, room in ((ann, room_id), (customer, room_id), (ann, own)):
        path = room_path(room, "state", SESSION)
        assert await error(client, "PUT", path, {"state": "open"}) == (403, "M_FORBIDDEN")
        assert await error(client, "PUT", path + "/x", {}) == (403, "M_FORBIDDEN")
        assert await error(client, "PUT", room_path(room, "send", SESSION, "t"), {}) == (403, "M_FORBIDDEN")
    body = {"initial_state": [{"type": SESSION, "content": {"state": "open"}}]}
    assert await error(ann, "POST", "/createRoom", body) == (403, "M_FORBIDDEN")


async def test_a_session_is_not_encrypted(office: Office) -> None:
    ann, customer = await pair(office)
    room_id = await direct(customer, ann)
    path = room_path(room_id, "state", "m.room.encryption")
    for client in (ann, customer):
        status, answer = await client.attempt("PUT", path, {"algorithm": "m.megolm.v1.aes-sha2"})
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
        assert "not end-to-end encrypted" in answer["error"]


async def test_power_stays_with_the_service(office: Office) -> None:
    ann, customer = await pair(office)
    ben, other = await office.staff("ben"), await office.server.register("other")
    room_id = await direct(customer, ann)
    for client in (ann, customer):
        for event_type, content in (
            ("m.room.power_levels", {"users": {client.user_id: 100}}),
            ("m.room.tombstone", {"body": "x", "replacement_room": room_id}),
            (FUNCTIONAL, {"service_members": []}),
            ("m.room.name", {"name": "x"}),
        ):
            path = room_path(room_id, "state", event_type)
            assert await error(client, "PUT", path, content) == (403, "M_FORBIDDEN")
        assert await error(client, "POST", room_path(room_id, "upgrade"), {"new_version": "12"}) == (403, "M_FORBIDDEN")
        assert await error(client, "POST", room_path(room_id, "kick"), {"user_id": SERVICE}) == (403, "M_FORBIDDEN")
    assert await error(ann, "POST", room_path(room_id, "leave")) == (403, "M_FORBIDDEN")
    assert await error(customer, "POST", room_path(room_id, "invite"), {"user_id": other.user_id}) == (
        403,
        "M_FORBIDDEN",
    )
    await ann.invite(room_id, ben.user_id)


async def test_nobody_signs_in_with_the_service_account(office: Office) -> None:
    body = {"username": "sessions", "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
    assert (await office.server.request("POST", "/register", body))[1]["errcode"] == "M_USER_IN_USE"
    ann, customer = await pair(office)
    await direct(customer, ann)
    assert (await operator(office.server, "POST", f"/users/{SERVICE}/password", {"password": PASSWORD}))[0] == 200
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "sessions"}, "password": PASSWORD}
    assert (await office.server.request("POST", "/login", login))[0] == 403


async def test_a_name_that_is_somebodys_is_not_taken(office: Office) -> None:
    somebody = await office.server.register("somebody")
    await office.server.stop()
    office.server._environment["ROOMKEEPER_ORGANISATION_SERVICE_ACCOUNT"] = "somebody"
    await office.server.start()
    ann = await office.staff("ann")
    status, answer = await somebody.attempt("POST", "/createRoom", {"invite": [ann.user_id]})
    assert (status, "organisation.service_account" in answer["error"]) == (400, True)


async def test_m_direct_is_put_back(office: Office) -> None:
    ann, customer = await pair(office)
    room_id, own = await direct(customer, ann), await customer.create_room()
    path = f"/user/{quote(customer.user_id)}/account_data/m.direct"
    await customer.sync()
    await customer.put(path, {"@friend:example.org": [own]})
    wanted = {"@friend:example.org": [own], ann.user_id: [room_id]}
    assert await direct_list(customer) == wanted
    events = (await customer.sync())["account_data"]["events"]
    assert [event["content"] for event in events if event["type"] == "m.direct"] == [wanted]
    assert "account_data" not in await customer.sync()
    await customer.put(path, {"@friend:example.org": [own, room_id], ann.user_id: "nonsense", "x": [5, room_id, {}]})
    assert await direct_list(customer) == {"@friend:example.org": [own], ann.user_id: [room_id], "x": [5, {}]}


async def test_a_list_that_is_full_stays_storable(office: Office) -> None:
    ann, customer = await pair(office)
    path = f"/user/{quote(customer.user_id)}/account_data/m.direct"
    await customer.put(path, {"@friend:example.org": ["x" * 65_000]})
    room_id = await direct(customer, ann)
    assert room_id not in str(await direct_list(customer))
    await customer.put(path, {})
    assert await direct_list(customer) == {ann.user_id: [room_id]}


async def test_a_customer_who_leaves_ends_it_and_can_come_back(office: Office) -> None:
    ann, customer = await pair(office)
    room_id = await direct(customer, ann)
    await customer.leave(room_id)
    await until_state(ann, room_id, "closed")
    assert (await told(ann, room_id))["state"] == "closed"
    assert await direct(customer, ann) == room_id
    assert await members(customer, room_id) == {SERVICE, ann.user_id, customer.user_id}
    assert (await told(ann, room_id))["state"] == "open"
