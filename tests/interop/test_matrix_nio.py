"""matrix-nio, a client that nobody here wrote, against a real server over HTTP; its typed answers are what counts.

What nio cannot do, whatever the server, is asserted here too (`test_what_nio_does_not_know_…`), so that a newer nio
which can is noticed.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import nio  # type: ignore[import-untyped]
from nio.api import MessageDirection, ReceiptType, RoomPreset  # type: ignore[import-untyped]
from nio.responses import (  # type: ignore[import-untyped]
    RegisterErrorResponse,
    RoomUpgradeError,
    RoomUpgradeResponse,
)

from tests.interop.conftest import PASSWORD, SignUp, call, new_client, ok
from tests.process import SERVER_NAME, ServerProcess

SOON_MS = 20_000
"""A long-poll that is to be answered by something that happens; far longer than it takes."""


async def say(client: Any, room_id: str, body: str) -> str:
    """Send a text message; its event id."""
    content = {"msgtype": "m.text", "body": body}
    return str(ok(await client.room_send(room_id, "m.room.message", content), nio.RoomSendResponse).event_id)


async def create(client: Any, **options: Any) -> str:
    """A new room's id."""
    return str(ok(await client.room_create(**options), nio.RoomCreateResponse).room_id)


async def together(sign_up: SignUp, **options: Any) -> tuple[Any, Any, str]:
    """Alice, Bob and a room with both, which both have synced."""
    alice, bob = await sign_up("alice"), await sign_up("bob")
    room_id = await create(alice, invite=[bob.user_id], **options)
    ok(await bob.join(room_id), nio.JoinResponse)
    for client in (alice, bob):
        ok(await client.sync(), nio.SyncResponse)
    return alice, bob, room_id


async def wait_for(client: Any, wanted: Any) -> Any:
    """Sync until an answer holds what `wanted` finds in it."""
    for _ in range(20):
        found = wanted(ok(await client.sync(timeout=SOON_MS), nio.SyncResponse))
        if found:
            return found
    raise AssertionError("did not come in 20 syncs")


async def until_quiet(client: Any) -> None:
    """Sync until a short long-poll ends without news."""
    token = None
    while token != client.next_batch:
        token = client.next_batch
        ok(await client.sync(timeout=200), nio.SyncResponse)


def texts(events: list[Any]) -> list[str]:
    """The bodies of the messages among events."""
    return [event.body for event in events if isinstance(event, nio.RoomMessageText)]


# ------------------------------------------------------------------ accounts


async def test_register_login_whoami_logout(process: ServerProcess, sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    phone = new_client(process, alice.user_id)
    try:
        flows = ok(await phone.login_info(), nio.LoginInfoResponse)
        assert "m.login.password" in flows.flows
        ok(await phone.login("not the password"), nio.LoginError)
        signed_in = ok(await phone.login(PASSWORD, "Phone"), nio.LoginResponse)
        assert signed_in.user_id == alice.user_id
        assert signed_in.device_id != alice.device_id
        whoami = ok(await phone.whoami(), nio.WhoamiResponse)
        assert (whoami.user_id, whoami.device_id) == (alice.user_id, signed_in.device_id)
        assert not whoami.is_guest

        token = phone.access_token
        ok(await phone.logout(), nio.LogoutResponse)
        phone.access_token = token
        assert ok(await phone.whoami(), nio.WhoamiError).status_code == "M_UNKNOWN_TOKEN"
        ok(await alice.whoami(), nio.WhoamiResponse)
    finally:
        await phone.close()


async def test_a_taken_name_is_refused(process: ServerProcess, sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    second = new_client(process, alice.user)
    try:
        assert ok(await second.register(alice.user, PASSWORD), RegisterErrorResponse).status_code == "M_USER_IN_USE"
    finally:
        await second.close()


async def test_devices(process: ServerProcess, sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    tablet = new_client(process, alice.user_id)
    try:
        ok(await tablet.login(PASSWORD, "Tablet"), nio.LoginResponse)
        # nio insists on a name and on when a device was last seen; the specification leaves out what is not known.
        ok(await alice.devices(), nio.DevicesError)
        ok(await tablet.whoami(), nio.WhoamiResponse)
        listed = {device.id: device for device in ok(await alice.devices(), nio.DevicesResponse).devices}
        assert set(listed) == {alice.device_id, tablet.device_id}
        assert listed[tablet.device_id].display_name == "Tablet"

        renamed = await alice.update_device(tablet.device_id, {"display_name": "Old tablet"})
        ok(renamed, nio.UpdateDeviceResponse)
        listed = {device.id: device for device in ok(await alice.devices(), nio.DevicesResponse).devices}
        assert listed[tablet.device_id].display_name == "Old tablet"

        asked = ok(await alice.delete_devices([tablet.device_id]), nio.DeleteDevicesAuthResponse)
        identifier = {"type": "m.id.user", "user": alice.user_id}
        auth = {"type": "m.login.password", "session": asked.session, "identifier": identifier, "password": PASSWORD}
        ok(await alice.delete_devices([tablet.device_id], auth), nio.DeleteDevicesResponse)
        assert ok(await tablet.whoami(), nio.WhoamiError).status_code == "M_UNKNOWN_TOKEN"
    finally:
        await tablet.close()


async def test_profile(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    ok(await alice.set_displayname("Alice (desk 3)"), nio.ProfileSetDisplayNameResponse)
    ok(await alice.set_avatar(f"mxc://{SERVER_NAME}/picture"), nio.ProfileSetAvatarResponse)

    assert ok(await bob.get_displayname(alice.user_id), nio.ProfileGetDisplayNameResponse).displayname == (
        "Alice (desk 3)"
    )
    avatar = ok(await bob.get_avatar(alice.user_id), nio.ProfileGetAvatarResponse).avatar_url
    assert avatar == f"mxc://{SERVER_NAME}/picture"
    profile = ok(await bob.get_profile(alice.user_id), nio.ProfileGetResponse)
    assert (profile.displayname, profile.avatar_url) == ("Alice (desk 3)", avatar)

    def in_the_room(_answer: Any) -> bool:
        member = bob.rooms[room_id].users[alice.user_id]
        return (member.display_name, member.avatar_url) == ("Alice (desk 3)", avatar)

    assert in_the_room(None) or await wait_for(bob, in_the_room)


# ------------------------------------------------------------------ rooms and messages


async def test_invite_join_and_talk(sign_up: SignUp, room_version: str) -> None:
    alice, bob = await sign_up("alice"), await sign_up("bob")
    room_id = await create(alice, name="Desk 3", topic="Deliveries", preset=RoomPreset.private_chat)
    ok(await alice.room_invite(room_id, bob.user_id), nio.RoomInviteResponse)

    invited = ok(await bob.sync(), nio.SyncResponse)
    assert list(invited.rooms.invite) == [room_id]
    assert bob.invited_rooms[room_id].inviter == alice.user_id
    assert bob.invited_rooms[room_id].name == "Desk 3"
    ok(await bob.join(room_id), nio.JoinResponse)
    await say(alice, room_id, "Hello Bob")
    await say(bob, room_id, "Hello Alice")

    for client in (alice, bob):
        await client.sync(full_state=True)
        room = client.rooms[room_id]
        assert room.room_version == room_version
        assert (room.name, room.topic) == ("Desk 3", "Deliveries")
        assert set(room.users) == {alice.user_id, bob.user_id}
        history = ok(await client.room_messages(room_id, limit=2), nio.RoomMessagesResponse)
        assert texts(history.chunk) == ["Hello Alice", "Hello Bob"]


async def test_a_message_ends_a_long_poll(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    await until_quiet(bob)
    waiting = asyncio.ensure_future(bob.sync(timeout=SOON_MS))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    event_id = await say(alice, room_id, "while you wait")
    async with asyncio.timeout(5):
        answer = ok(await waiting, nio.SyncResponse)
    (event,) = answer.rooms.join[room_id].timeline.events
    assert (event.event_id, event.body, event.sender) == (event_id, "while you wait", alice.user_id)


async def test_a_long_poll_without_news_ends_by_itself(sign_up: SignUp) -> None:
    _, bob, _ = await together(sign_up)
    await until_quiet(bob)
    before = bob.next_batch
    async with asyncio.timeout(5):
        answer = ok(await bob.sync(timeout=200), nio.SyncResponse)
    assert answer.rooms.join == {}
    assert bob.next_batch == before


async def test_sync_forever_calls_back(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def on_text(room: Any, event: Any) -> None:
        await heard.put((room.room_id, event.body))

    bob.add_event_callback(on_text, nio.RoomMessageText)
    syncing = asyncio.ensure_future(bob.sync_forever(timeout=SOON_MS))
    try:
        for number in range(5):
            await say(alice, room_id, f"message {number}")
            async with asyncio.timeout(5):
                assert await heard.get() == (room_id, f"message {number}")
    finally:
        syncing.cancel()
        await asyncio.gather(syncing, return_exceptions=True)


async def test_the_same_transaction_id_sends_once(sign_up: SignUp) -> None:
    alice, _, room_id = await together(sign_up)
    content = {"msgtype": "m.text", "body": "once"}
    first = await alice.room_send(room_id, "m.room.message", content, tx_id="the-same")
    again = await alice.room_send(room_id, "m.room.message", content, tx_id="the-same")
    assert ok(first, nio.RoomSendResponse).event_id == ok(again, nio.RoomSendResponse).event_id
    history = ok(await alice.room_messages(room_id, limit=50), nio.RoomMessagesResponse)
    assert texts(history.chunk) == ["once"]


async def test_redaction(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    event_id = await say(alice, room_id, "a slip")
    await bob.sync()
    ok(await alice.room_redact(room_id, event_id, reason="a slip"), nio.RoomRedactResponse)

    def redactions(answer: Any) -> list[Any]:
        events = answer.rooms.join[room_id].timeline.events if room_id in answer.rooms.join else []
        return [event for event in events if isinstance(event, nio.RedactionEvent)]

    (redaction,) = await wait_for(bob, redactions)
    assert (redaction.redacts, redaction.reason, redaction.sender) == (event_id, "a slip", alice.user_id)
    event = ok(await bob.room_get_event(room_id, event_id), nio.RoomGetEventResponse).event
    assert isinstance(event, nio.RedactedEvent)
    assert event.redacter == alice.user_id
    ok(await bob.room_redact(room_id, redaction.event_id), nio.RoomRedactError)


async def test_paging_back_to_the_start(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    sent = [await say(alice if number % 2 else bob, room_id, f"{number}") for number in range(25)]
    token, pages, seen = "", 0, list[str]()
    while True:
        page = ok(await alice.room_messages(room_id, token, limit=7), nio.RoomMessagesResponse)
        seen += [event.event_id for event in page.chunk]
        pages += 1
        if not page.end:
            break
        token = page.end
    assert pages >= 4
    assert seen[:25] == sent[::-1]
    assert len(seen) == len(set(seen))

    forwards = await alice.room_messages(room_id, direction=MessageDirection.front, limit=200)
    first_to_last = [event.event_id for event in ok(forwards, nio.RoomMessagesResponse).chunk]
    assert first_to_last == seen[::-1]


async def test_paging_back_from_a_limited_sync(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    sent = [await say(alice, room_id, f"{number}") for number in range(12)]
    answer = ok(await bob.sync(sync_filter={"room": {"timeline": {"limit": 5}}}), nio.SyncResponse)
    timeline = answer.rooms.join[room_id].timeline
    assert timeline.limited
    page = ok(await bob.room_messages(room_id, timeline.prev_batch, limit=7), nio.RoomMessagesResponse)
    found = [event.event_id for event in [*page.chunk[::-1], *timeline.events]]
    assert found == sent


async def test_context_and_one_event(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    ids = [await say(alice, room_id, f"{number}") for number in range(7)]
    context = ok(await bob.room_context(room_id, ids[3], limit=4), nio.RoomContextResponse)
    assert context.event.event_id == ids[3]
    assert [event.event_id for event in context.events_before] == [ids[2], ids[1]]
    assert [event.event_id for event in context.events_after] == [ids[4], ids[5]]
    assert alice.user_id in {event.state_key for event in context.state if isinstance(event, nio.RoomMemberEvent)}
    event = ok(await bob.room_get_event(room_id, ids[3]), nio.RoomGetEventResponse).event
    assert event.body == "3"
    ok(await bob.room_get_event(room_id, "$nothing"), nio.RoomGetEventError)


async def test_state_name_topic_members(sign_up: SignUp, room_version: str) -> None:
    alice, bob, room_id = await together(sign_up)
    ok(await alice.room_put_state(room_id, "m.room.name", {"name": "Renamed"}), nio.RoomPutStateResponse)
    ok(await alice.update_room_topic(room_id, "New topic"), nio.RoomPutStateResponse)
    ok(await alice.room_put_state(room_id, "org.example.thing", {"a": 1}, "a/b c"), nio.RoomPutStateResponse)
    refused = ok(await bob.room_put_state(room_id, "m.room.name", {"name": "Mine"}), nio.RoomPutStateError)
    assert refused.status_code == "M_FORBIDDEN"

    name = ok(await bob.room_get_state_event(room_id, "m.room.name"), nio.RoomGetStateEventResponse)
    assert name.content == {"name": "Renamed"}
    thing = await bob.room_get_state_event(room_id, "org.example.thing", "a/b c")
    assert ok(thing, nio.RoomGetStateEventResponse).content == {"a": 1}
    ok(await bob.room_get_state_event(room_id, "org.example.nothing"), nio.RoomGetStateEventError)

    state = {
        (e["type"], e["state_key"]): e for e in ok(await bob.room_get_state(room_id), nio.RoomGetStateResponse).events
    }
    assert state["m.room.create", ""]["content"]["room_version"] == room_version
    assert state["m.room.topic", ""]["content"]["topic"] == "New topic"
    members = ok(await bob.joined_members(room_id), nio.JoinedMembersResponse).members
    assert {member.user_id for member in members} == {alice.user_id, bob.user_id}

    await bob.sync()
    assert (bob.rooms[room_id].name, bob.rooms[room_id].topic) == ("Renamed", "New topic")


async def test_aliases(sign_up: SignUp) -> None:
    alice, bob = await sign_up("alice"), await sign_up("bob")
    room_id = await create(alice, preset=RoomPreset.public_chat)
    alias = f"#{alice.user}-room:{SERVER_NAME}"
    ok(await bob.room_resolve_alias(alias), nio.RoomResolveAliasError)
    assert ok(await alice.room_put_alias(alias, room_id), nio.RoomPutAliasResponse).transport_response.status == 200
    resolved = ok(await bob.room_resolve_alias(alias), nio.RoomResolveAliasResponse)
    assert (resolved.room_id, resolved.servers) == (room_id, [SERVER_NAME])
    assert ok(await bob.join(alias), nio.JoinResponse).room_id == room_id

    ok(await alice.room_put_state(room_id, "m.room.canonical_alias", {"alias": alias}), nio.RoomPutStateResponse)
    await bob.sync()
    assert bob.rooms[room_id].canonical_alias == alias
    # nio takes every answer to this for success, so that only the status tells.
    assert (await bob.room_delete_alias(alias)).transport_response.status == 403
    assert (await alice.room_delete_alias(alias)).transport_response.status == 200
    ok(await bob.room_resolve_alias(alias), nio.RoomResolveAliasError)


async def test_kick_ban_unban(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    ok(await bob.room_kick(room_id, alice.user_id), nio.RoomKickError)
    ok(await alice.room_kick(room_id, bob.user_id, "out"), nio.RoomKickResponse)
    assert room_id in ok(await bob.sync(), nio.SyncResponse).rooms.leave
    content = {"msgtype": "m.text", "body": "?"}
    assert ok(await bob.room_send(room_id, "m.room.message", content), nio.RoomSendError).status_code == "M_FORBIDDEN"

    ok(await alice.room_ban(room_id, bob.user_id, "for good"), nio.RoomBanResponse)
    assert ok(await alice.room_invite(room_id, bob.user_id), nio.RoomInviteError).status_code == "M_FORBIDDEN"
    assert ok(await bob.join(room_id), nio.JoinError).status_code == "M_FORBIDDEN"
    ok(await alice.room_unban(room_id, bob.user_id), nio.RoomUnbanResponse)
    ok(await alice.room_invite(room_id, bob.user_id), nio.RoomInviteResponse)
    ok(await bob.join(room_id), nio.JoinResponse)
    assert room_id in ok(await bob.joined_rooms(), nio.JoinedRoomsResponse).rooms


async def test_leave_forget_joined_rooms(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    assert ok(await bob.joined_rooms(), nio.JoinedRoomsResponse).rooms == [room_id]
    ok(await bob.room_forget(room_id), nio.RoomForgetError)
    ok(await bob.room_leave(room_id), nio.RoomLeaveResponse)
    assert ok(await bob.joined_rooms(), nio.JoinedRoomsResponse).rooms == []
    left = ok(await bob.sync(), nio.SyncResponse)
    assert room_id in left.rooms.leave
    assert room_id not in left.rooms.join
    ok(await bob.room_forget(room_id), nio.RoomForgetResponse)
    ok(await bob.room_messages(room_id), nio.RoomMessagesError)
    await alice.sync()
    assert set(alice.rooms[room_id].users) == {alice.user_id}


async def test_rejecting_an_invitation(sign_up: SignUp) -> None:
    alice, bob = await sign_up("alice"), await sign_up("bob")
    room_id = await create(alice, invite=[bob.user_id])
    assert room_id in ok(await bob.sync(), nio.SyncResponse).rooms.invite
    ok(await bob.room_leave(room_id), nio.RoomLeaveResponse)
    answer = ok(await bob.sync(), nio.SyncResponse)
    assert room_id in answer.rooms.leave
    assert room_id not in answer.rooms.invite
    assert room_id not in ok(await bob.sync(full_state=True), nio.SyncResponse).rooms.invite


async def test_knocking(sign_up: SignUp) -> None:
    alice, bob = await sign_up("alice"), await sign_up("bob")
    room_id = await create(alice)
    ok(await bob.room_knock(room_id), nio.RoomKnockError)
    ok(await alice.room_enable_knocking(room_id), nio.RoomPutStateResponse)
    ok(await bob.room_knock(room_id, "let me in"), nio.RoomKnockResponse)
    ok(await alice.room_invite(room_id, bob.user_id), nio.RoomInviteResponse)
    ok(await bob.join(room_id), nio.JoinResponse)


# ------------------------------------------------------------------ receipts, typing, presence


async def test_receipts_and_read_markers(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    first, second = [await say(alice, room_id, body) for body in ("one", "two")]
    await bob.sync()

    def receipts(answer: Any) -> set[tuple[str, str]]:
        section = answer.rooms.join.get(room_id)
        events = [event for event in section.ephemeral if isinstance(event, nio.ReceiptEvent)] if section else []
        return {(receipt.user_id, receipt.event_id) for event in events for receipt in event.receipts}

    ok(await bob.update_receipt_marker(room_id, first, ReceiptType.read), nio.UpdateReceiptMarkerResponse)
    assert (bob.user_id, first) in await wait_for(alice, receipts)
    ok(await bob.room_read_markers(room_id, second, second), nio.RoomReadMarkersResponse)
    assert (bob.user_id, second) in await wait_for(alice, receipts)

    def markers(answer: Any) -> list[Any]:
        section = answer.rooms.join.get(room_id)
        return [event for event in section.account_data if isinstance(event, nio.FullyReadEvent)] if section else []

    (marker,) = await wait_for(bob, markers)
    assert marker.event_id == second


async def test_typing(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    await until_quiet(bob)

    def typing(answer: Any) -> list[Any]:
        section = answer.rooms.join.get(room_id)
        return [event for event in section.ephemeral if isinstance(event, nio.TypingNoticeEvent)] if section else []

    ok(await alice.room_typing(room_id, True, timeout=30_000), nio.RoomTypingResponse)
    (event,) = await wait_for(bob, typing)
    assert event.users == [alice.user_id]
    ok(await alice.room_typing(room_id, False), nio.RoomTypingResponse)
    (event,) = await wait_for(bob, typing)
    assert event.users == []


async def test_presence(sign_up: SignUp) -> None:
    alice, bob, _ = await together(sign_up)
    ok(await alice.set_presence("unavailable", "at lunch"), nio.PresenceSetResponse)
    seen = ok(await bob.get_presence(alice.user_id), nio.PresenceGetResponse)
    assert (seen.presence, seen.status_msg) == ("unavailable", "at lunch")

    def of_alice(answer: Any) -> list[Any]:
        return [event for event in answer.presence_events if event.user_id == alice.user_id and event.status_msg]

    event = (await wait_for(bob, of_alice))[-1]
    assert (event.presence, event.status_msg) == ("unavailable", "at lunch")


# ------------------------------------------------------------------ account data, tags, filters


async def test_account_data_and_tags(sign_up: SignUp) -> None:
    # nio shows both, but sets neither: its connection is used with paths of our own.
    alice, bob, room_id = await together(sign_up)
    user = f"/user/{quote(alice.user_id)}"
    ok(await alice.list_direct_rooms(), nio.DirectRoomsErrorResponse)
    await call(alice, "PUT", f"{user}/account_data/m.direct", {bob.user_id: [room_id]})
    assert ok(await alice.list_direct_rooms(), nio.DirectRoomsResponse).rooms == {bob.user_id: [room_id]}

    await call(alice, "PUT", f"{user}/rooms/{quote(room_id)}/tags/m.favourite", {"order": 0.25})

    def tags(answer: Any) -> list[Any]:
        section = answer.rooms.join.get(room_id)
        return [event for event in section.account_data if isinstance(event, nio.TagEvent)] if section else []

    (event,) = await wait_for(alice, tags)
    assert event.tags == {"m.favourite": {"order": 0.25}}
    assert alice.rooms[room_id].tags == {"m.favourite": {"order": 0.25}}


async def test_filters(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    wanted = {"timeline": {"types": ["m.room.message"], "limit": 3}, "state": {"types": []}}
    filter_id = ok(await bob.upload_filter(room=wanted), nio.UploadFilterResponse).filter_id
    sent = [await say(alice, room_id, f"{number}") for number in range(5)]
    ok(await alice.update_room_topic(room_id, "not wanted"), nio.RoomPutStateResponse)
    section = ok(await bob.sync(sync_filter=filter_id), nio.SyncResponse).rooms.join[room_id]
    assert [event.event_id for event in section.timeline.events] == sent[-3:]
    assert section.timeline.limited
    assert section.state == []

    only_names = {"types": ["m.room.name"]}
    page = ok(await bob.room_messages(room_id, message_filter=only_names), nio.RoomMessagesResponse)
    assert page.chunk == []


# ------------------------------------------------------------------ room versions


async def test_upgrading_a_room_the_way_nio_does(sign_up: SignUp, room_version: str) -> None:
    alice, _, room_id = await together(sign_up, name="Old room")
    new_id = ok(await alice.room_upgrade(room_id, room_version), RoomUpgradeResponse).room_id
    await alice.sync()
    assert alice.rooms[new_id].name == "Old room"
    tombstone = await alice.room_get_state_event(room_id, "m.room.tombstone")
    assert ok(tombstone, nio.RoomGetStateEventResponse).content["replacement_room"] == new_id


async def test_what_nio_does_not_know_of_version_12(sign_up: SignUp) -> None:
    # A creator's power is not in the power levels of version 12. nio looks for it there, and believes that the creator
    # may do nothing; and its upgrade copies the old levels, which name the creator, into a room that must not.
    alice, _, room_id = await together(sign_up, room_version="12")
    levels = alice.rooms[room_id].power_levels
    assert levels.get_user_level(alice.user_id) == 0
    assert not levels.can_user_kick(alice.user_id)

    old_room = await create(alice, room_version="11")
    ok(await alice.room_upgrade(old_room, "12"), RoomUpgradeError)
    answer = await call(alice, "POST", f"/rooms/{quote(old_room)}/upgrade", {"new_version": "12"})
    await alice.sync()
    assert alice.rooms[answer["replacement_room"]].room_version == "12"
