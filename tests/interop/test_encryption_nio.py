"""End-to-end encryption between clients of matrix-nio, whose cryptography is vodozemac, over a real server."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import nio  # type: ignore[import-untyped]
import pytest
from nio.api import RoomPreset  # type: ignore[import-untyped]

from tests.integration.keys.signing import Keys
from tests.interop.conftest import PASSWORD, call, new_encrypting_client, ok
from tests.process import ServerProcess

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
SIGNED = "signed_curve25519"

_numbers = itertools.count(1)

Arrive = Callable[..., Awaitable[Any]]


@pytest.fixture
async def arrive(process: ServerProcess, tmp_path: Path) -> AsyncIterator[Arrive]:
    """A new user, or another device of the `client` of one, that has published its keys."""
    clients: list[Any] = []

    async def arrive(name: str, client: Any = None) -> Any:
        store = tmp_path / f"store{len(clients)}"
        store.mkdir()
        new = new_encrypting_client(process, client.user_id if client else f"{name}{next(_numbers)}", store)
        clients.append(new)
        if client is None:
            ok(await new.register(new.user, PASSWORD, name), nio.RegisterResponse)
        else:
            ok(await new.login(PASSWORD, name), nio.LoginResponse)
        await step(new)
        return new

    yield arrive
    for client in clients:
        await client.close()


async def step(client: Any) -> list[Any]:
    """Sync once, and do what nio finds must be done with keys after it; the events of all rooms."""
    answer = ok(await client.sync(timeout=0), nio.SyncResponse)
    if client.should_upload_keys:
        ok(await client.keys_upload(), nio.KeysUploadResponse)
    if client.should_query_keys:
        ok(await client.keys_query(), nio.KeysQueryResponse)
    if client.should_claim_keys:
        ok(await client.keys_claim(client.get_users_for_key_claiming()), nio.KeysClaimResponse)
    await client.send_to_device_messages()
    return [event for room in answer.rooms.join.values() for event in room.timeline.events]


async def encrypted_room(first: Any, *others: Any) -> str:
    """An encrypted room with all of them."""
    answer = await first.room_create(
        preset=RoomPreset.private_chat, invite=[client.user_id for client in others], initial_state=[ENCRYPTION]
    )
    room_id = str(ok(answer, nio.RoomCreateResponse).room_id)
    for client in others:
        ok(await client.join(room_id), nio.JoinResponse)
    for client in (first, *others):
        await step(client)
    return room_id


async def say(client: Any, room_id: str, body: str) -> None:
    """Send an encrypted message; nio claims keys and shares its session by itself."""
    await step(client)
    content = {"msgtype": "m.text", "body": body}
    answer = await client.room_send(room_id, "m.room.message", content, ignore_unverified_devices=True)
    ok(answer, nio.RoomSendResponse)


async def hears(client: Any, body: str) -> bool:
    """Whether the client's syncs bring the message, decrypted."""
    for _ in range(5):
        for event in await step(client):
            if isinstance(event, nio.RoomMessageText) and event.decrypted and event.body == body:
                return True
    return False


async def test_messages_are_decrypted_both_ways(arrive: Arrive) -> None:
    alice, bob = await arrive("alice"), await arrive("bob")
    room_id = await encrypted_room(alice, bob)
    await say(alice, room_id, "hello 你好")
    assert await hears(bob, "hello 你好")
    await say(bob, room_id, "hello back")
    assert await hears(alice, "hello back")
    stored = (await call(alice, "GET", f"/rooms/{room_id}/messages?dir=b&limit=10"))["chunk"]
    assert "m.room.message" not in {event["type"] for event in stored}
    assert "你好" not in str(stored)


async def test_a_new_device_is_told_and_reads_what_follows(arrive: Arrive) -> None:
    alice, bob = await arrive("alice"), await arrive("bob")
    room_id = await encrypted_room(alice, bob)
    await say(alice, room_id, "before")
    assert await hears(bob, "before")
    phone = await arrive("bob's phone", bob)
    await step(alice)  # told that Bob has another device, and asks for its keys
    assert phone.device_id in alice.device_store[bob.user_id]
    await say(alice, room_id, "after")
    assert await hears(bob, "after")
    assert await hears(phone, "after")


async def test_a_session_begins_with_the_fallback_key(arrive: Arrive) -> None:
    alice, bob = await arrive("alice"), await arrive("bob")
    # nio publishes no fallback keys: one of its own keys is uploaded as such, when all others are given out.
    wanted = {"one_time_keys": {bob.user_id: {bob.device_id: SIGNED}}}
    given: dict[str, Any] = {}
    while found := (await call(alice, "POST", "/keys/claim", wanted))["one_time_keys"]:
        given = found[bob.user_id][bob.device_id]
    await call(bob, "POST", "/keys/upload", {"fallback_keys": given})
    sync = await call(bob, "GET", "/sync")
    assert sync["device_one_time_keys_count"] == {SIGNED: 0}
    assert sync["device_unused_fallback_key_types"] == [SIGNED]

    answer = await alice.room_create(preset=RoomPreset.private_chat, invite=[bob.user_id], initial_state=[ENCRYPTION])
    room_id = str(ok(answer, nio.RoomCreateResponse).room_id)
    ok(await bob.join(room_id), nio.JoinResponse)
    ok(await alice.sync(timeout=0), nio.SyncResponse)
    ok(await alice.keys_query(), nio.KeysQueryResponse)
    await say(alice, room_id, "with the last key")
    assert (await call(bob, "GET", "/sync"))["device_unused_fallback_key_types"] == []
    assert await hears(bob, "with the last key")


async def test_cross_signing_of_a_real_device(arrive: Arrive) -> None:
    alice, bob = await arrive("alice"), await arrive("bob")

    class Owner:
        user_id, device_id = alice.user_id, alice.device_id

    keys = Keys(Owner())  # type: ignore[arg-type]
    await call(alice, "POST", "/keys/device_signing/upload", keys.crossing_keys())
    asked: dict[str, Any] = {"device_keys": {alice.user_id: []}}
    device = (await call(alice, "POST", "/keys/query", asked))["device_keys"][alice.user_id][alice.device_id]
    signed = keys.sign("self_signing", {name: value for name, value in device.items() if name != "unsigned"})
    uploaded = await call(alice, "POST", "/keys/signatures/upload", {alice.user_id: {alice.device_id: signed}})
    assert uploaded == {"failures": {}}
    seen = await call(bob, "POST", "/keys/query", asked)
    signatures = seen["device_keys"][alice.user_id][alice.device_id]["signatures"][alice.user_id]
    assert set(signatures) == {f"ed25519:{alice.device_id}", f"ed25519:{keys.public('self_signing')}"}
    room_id = await encrypted_room(bob, alice)
    await say(bob, room_id, "to a signed device")
    assert await hears(alice, "to a signed device")
