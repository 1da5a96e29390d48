"""Receipts and read markers over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness import V3, Client, Server
from tests.integration.account_data.reading import of, room_data
from tests.integration.ephemeral.reading import Receipts, receipts, room_of_two, room_path

Two = tuple[Client, Client, str]


@pytest.fixture
async def two(make_server: Any) -> Two:
    """Alice and Bob in a room, on a server without presence, whose news would come in between."""
    return await room_of_two(await make_server(ROOMKEEPER_PRESENCE_ENABLED="off"))


async def read(client: Client, room_id: str, event_id: str, kind: str = "m.read", **body: Any) -> None:
    await client.post(room_path(room_id, "receipt", kind, event_id), body)


async def test_everyone_in_the_room_is_shown_a_receipt(two: Two) -> None:
    alice, bob, room_id = two
    event_id = await alice.send(room_id)
    for client in (alice, bob):
        await client.sync()
    await read(bob, room_id, event_id)
    for client in (alice, bob):
        assert receipts(await client.sync(), room_id) == {(bob.user_id, "m.read", None): event_id}
        assert receipts(await client.sync(), room_id) == {}


async def test_a_private_receipt_is_shown_to_ones_own_devices_alone(two: Two) -> None:
    alice, bob, room_id = two
    phone = await bob.server.login("bob")
    event_id = await alice.send(room_id)
    for client in (alice, bob, phone):
        await client.sync()
    await read(bob, room_id, event_id, "m.read.private")
    expected: Receipts = {(bob.user_id, "m.read.private", None): event_id}
    assert receipts(await phone.sync(), room_id) == receipts(await bob.sync(), room_id) == expected
    assert receipts(await alice.sync(), room_id) == {}
    for client, shown in ((alice, {}), (bob, expected)):
        client.next_batch = None
        assert receipts(await client.sync(), room_id) == shown


async def test_receipts_move_forward_only(two: Two) -> None:
    alice, bob, room_id = two
    first, second, third = [await alice.send(room_id) for _ in range(3)]
    await read(bob, room_id, second)
    await alice.sync()
    await read(bob, room_id, first)
    await read(bob, room_id, second)
    assert receipts(await alice.sync(), room_id) == {}
    await asyncio.gather(*(read(bob, room_id, event_id) for event_id in (third, first, second)))
    assert receipts(await alice.sync(), room_id) == {(bob.user_id, "m.read", None): third}


async def test_each_thread_has_its_receipt(two: Two) -> None:
    alice, bob, room_id = two
    root = await alice.send(room_id)
    await alice.sync()
    for thread_id in (None, "main", root):
        await read(bob, room_id, root, **({} if thread_id is None else {"thread_id": thread_id}))
    expected: Receipts = {(bob.user_id, "m.read", thread_id): root for thread_id in (None, "main", root)}
    assert receipts(await alice.sync(), room_id) == expected
    alice.next_batch = None
    assert receipts(await alice.sync(), room_id) == expected


async def related(client: Client, room_id: str, kind: str, event_id: str) -> str:
    """Send an event that relates to another."""
    content = {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": kind, "event_id": event_id, "key": "x"}}
    path = room_path(room_id, "send", "m.room.message", f"{kind}{event_id}")
    return str((await client.put(path, content))["event_id"])


async def test_an_event_must_be_in_the_thread(two: Two) -> None:
    alice, _, room_id = two
    root, other = await alice.send(room_id), await alice.send(room_id)
    reply = await related(alice, room_id, "m.thread", root)
    edit = await related(alice, room_id, "m.replace", reply)
    edit_of_root = await related(alice, room_id, "m.replace", root)
    in_thread = [(reply, root), (edit, root), (edit_of_root, root), (other, "main"), (edit_of_root, "main")]
    not_in_thread = [(other, root), (reply, other), (edit, other), (reply, "main")]
    for cases, status in ((in_thread, 200), (not_in_thread, 400)):
        for event_id, thread_id in cases:
            path = room_path(room_id, "receipt", "m.read.private", event_id)
            answered, _ = await alice.attempt("POST", path, {"thread_id": thread_id})
            assert answered == status, (event_id, thread_id)
    await alice.put(room_path(room_id, "redact", reply, "r1"))
    await read(alice, room_id, reply, thread_id=root)


@pytest.mark.parametrize("thread_id", ["", "thread", 1, None, ["main"], {}, "$" + "x" * 300, "$unknown"])
async def test_a_thread_must_be_one(two: Two, thread_id: Any) -> None:
    alice, _, room_id = two
    event_id = await alice.send(room_id)
    path = room_path(room_id, "receipt", "m.read", event_id)
    status, error = await alice.attempt("POST", path, {"thread_id": thread_id})
    assert (status, error["errcode"]) == (400, "M_INVALID_PARAM")


async def test_the_read_marker_takes_no_thread(two: Two) -> None:
    alice, _, room_id = two
    event_id = await alice.send(room_id)
    path = room_path(room_id, "receipt", "m.fully_read", event_id)
    status, error = await alice.attempt("POST", path, {"thread_id": "main"})
    assert (status, error["errcode"]) == (400, "M_INVALID_PARAM")


async def test_what_is_not_there_cannot_be_read(two: Two) -> None:
    alice, bob, room_id = two
    event_id, other_room = await alice.send(room_id), await alice.create_room()
    cases = [
        (alice, room_id, "m.read", "$unknown", 404, "M_NOT_FOUND"),
        (alice, other_room, "m.read", event_id, 404, "M_NOT_FOUND"),
        (alice, room_id, "m.read", "nonsense", 400, "M_INVALID_PARAM"),
        (alice, room_id, "m.read", "$" + "x" * 300, 400, "M_INVALID_PARAM"),
        (alice, room_id, "m.read", "$a\0b", 400, "M_INVALID_PARAM"),
        (alice, room_id, "m.written", event_id, 400, "M_INVALID_PARAM"),
        (alice, room_id, "m.read/../x", event_id, 400, "M_INVALID_PARAM"),
        (bob, other_room, "m.read", event_id, 403, "M_FORBIDDEN"),
        (alice, "!unknown:example.org", "m.read", event_id, 404, "M_NOT_FOUND"),
        (alice, "nonsense\0", "m.read", event_id, 404, "M_NOT_FOUND"),
    ]
    for client, room, kind, event, status, errcode in cases:
        answered, error = await client.attempt("POST", room_path(room, "receipt", kind, event), {})
        assert (answered, error["errcode"]) == (status, errcode), (room, kind, event)


@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_the_body_may_be_absent(two: Two, body: bytes) -> None:
    alice, _, room_id = two
    path = V3 + room_path(room_id, "receipt", "m.read", await alice.send(room_id))
    status, _, _ = await alice.server.raw("POST", path, body, {"authorization": f"Bearer {alice.token}"})
    assert status == 200


@pytest.mark.parametrize(("body", "errcode"), [(b"[]", "M_BAD_JSON"), (b"{", "M_NOT_JSON"), (b'"x"', "M_BAD_JSON")])
async def test_the_body_must_be_an_object(two: Two, body: bytes, errcode: str) -> None:
    alice, _, room_id = two
    headers = {"authorization": f"Bearer {alice.token}"}
    for path in (
        room_path(room_id, "receipt", "m.read", await alice.send(room_id)),
        room_path(room_id, "read_markers"),
    ):
        status, _, answer = await alice.server.raw("POST", V3 + path, body, headers)
        assert (status, errcode in answer.decode()) == (400, True)


# ------------------------------------------------------------ read markers


async def test_read_markers_set_all_three(two: Two) -> None:
    alice, bob, room_id = two
    first, second, third = [await alice.send(room_id) for _ in range(3)]
    for client in (alice, bob):
        await client.sync()
    markers = {"m.fully_read": first, "m.read": second, "m.read.private": third}
    await bob.post(room_path(room_id, "read_markers"), markers)
    answer = await bob.sync()
    assert room_data(answer, room_id) == {"m.fully_read": {"event_id": first}}
    expected: Receipts = {(bob.user_id, "m.read", None): second, (bob.user_id, "m.read.private", None): third}
    assert receipts(answer, room_id) == expected
    answer = await alice.sync()
    assert room_data(answer, room_id) == {}
    assert receipts(answer, room_id) == {(bob.user_id, "m.read", None): second}
    assert await bob.get(of(bob, "m.fully_read", room_id)) == {"event_id": first}


async def test_the_read_marker_moves_forward_only(two: Two) -> None:
    alice, _, room_id = two
    first, second = [await alice.send(room_id) for _ in range(2)]
    await alice.post(room_path(room_id, "receipt", "m.fully_read", second))
    await alice.post(room_path(room_id, "read_markers"), {"m.fully_read": first})
    assert await alice.get(of(alice, "m.fully_read", room_id)) == {"event_id": second}


async def test_read_markers_are_checked_before_any_is_set(two: Two) -> None:
    alice, _, room_id = two
    event_id = await alice.send(room_id)
    await alice.sync()
    cases: list[tuple[Any, int]] = [("$unknown", 404), ("nonsense", 400), (1, 400), ([], 400)]
    for marker, status in cases:
        body = {"m.read": event_id, "m.fully_read": marker}
        answered, _ = await alice.attempt("POST", room_path(room_id, "read_markers"), body)
        assert answered == status
    assert receipts(await alice.sync(), room_id) == {}
    await alice.post(room_path(room_id, "read_markers"), {})
    await alice.post(room_path(room_id, "read_markers"), {"m.read": None, "m.other": 1})


# ------------------------------------------------------------ sync


async def test_old_state_and_changes_make_new_state(two: Two) -> None:
    alice, bob, room_id = two
    server = alice.server
    online, away = await server.login("alice"), await server.login("alice")
    first, second, third = [await alice.send(room_id) for _ in range(3)]
    await read(bob, room_id, first)
    await read(alice, room_id, first)
    known = [receipts(await client.sync(), room_id) for client in (online, away)]
    await read(bob, room_id, second)
    await read(bob, room_id, second, "m.read.private")
    await read(bob, room_id, third, thread_id="main")
    await read(alice, room_id, third, "m.read.private")
    changes = await online.sync()
    await server.restart()
    for before, answer in zip(known, (changes, await away.sync()), strict=True):
        before.update(receipts(answer, room_id))
    fresh = receipts(await (await server.login("alice")).sync(), room_id)
    assert len(fresh) == 4
    assert known == [fresh, fresh]


@pytest.mark.parametrize("is_online", [True, False])
async def test_who_enters_a_room_is_shown_its_receipts(two: Two, is_online: bool) -> None:
    alice, bob, room_id = two
    carol = await alice.server.register("carol")
    await carol.sync()
    event_id = await alice.send(room_id)
    await read(bob, room_id, event_id)
    await carol.join(room_id)
    if not is_online:
        await alice.server.restart()
    assert receipts(await carol.sync(), room_id) == {(bob.user_id, "m.read", None): event_id}
    await carol.put(f"/profile/{carol.user_id}/displayname", {"displayname": "Carol"})
    await asyncio.sleep(0.05)
    assert receipts(await carol.sync(), room_id) == {}


async def test_who_has_left_is_shown_none(two: Two) -> None:
    alice, bob, room_id = two
    event_id = await alice.send(room_id)
    await bob.sync()
    await bob.leave(room_id)
    await read(alice, room_id, event_id)
    answer = await bob.sync(filter='{"room": {"include_leave": true}}')
    assert "m.receipt" not in str(answer)
    status, _ = await bob.attempt("POST", room_path(room_id, "receipt", "m.read", event_id))
    assert status == 403


async def test_the_filter_is_kept(two: Two) -> None:
    alice, _, room_id = two
    event_id = await alice.send(room_id)
    await read(alice, room_id, event_id)
    for ephemeral in (
        '{"not_types": ["m.receipt"]}',
        '{"types": []}',
        '{"limit": 0}',
        f'{{"not_rooms": ["{room_id}"]}}',
    ):
        alice.next_batch = None
        answer = await alice.sync(filter=f'{{"room": {{"ephemeral": {ephemeral}}}}}')
        assert receipts(answer, room_id) == {}
    alice.next_batch = None
    answer = await alice.sync(filter='{"room": {"ephemeral": {"types": ["m.receipt"]}}}')
    assert len(receipts(answer, room_id)) == 1


async def test_no_receipts_without_a_token(server: Server) -> None:
    status, error = await server.request("POST", "/rooms/!x:example.org/receipt/m.read/$x", {})
    assert (status, error["errcode"]) == (401, "M_MISSING_TOKEN")
