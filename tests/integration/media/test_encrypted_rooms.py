"""What encrypted events refer to cannot be seen: who may see it nevertheless, and how long it stays (docs/adr/0008)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.jobs import service
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.media.test_access import sees
from tests.integration.media.test_cleanup import clean
from tests.integration.media.uploading import create, fill, mxc, send_image, thumbnail, together, upload
from tests.integration.retention.operator import Operator

HOUR = 3600_000
DAY = 24 * HOUR
ENCRYPTION = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
SECRET = bytes(range(256))
"""The bytes of an encrypted file: they look like nothing."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def server(make_server: MakeServer, clock: FixedClock) -> Server:
    """Files that nothing refers to are kept for a day, messages for seven."""
    return await make_server(clock, ROOMKEEPER_MEDIA_UNREFERENCED_HOURS="24", ROOMKEEPER_RETENTION_MAX_AGE_DAYS="7")


async def encrypted(*clients: Client) -> str:
    """An encrypted room that all of them are in."""
    # Their ids are hashes, and the clock stands still: they must differ in something.
    distinct = {"org.example.number": next(clients[0]._transactions)}
    return await together(*clients, initial_state=[ENCRYPTION], creation_content=distinct)


async def say(client: Client, room_id: str) -> str:
    """Send an encrypted event, which may refer to anything; its id."""
    content: dict[str, Any] = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "ciphertext": "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg",
        "session_id": "IkwqWxT2zy3DI1E/zM2Wq+CE8tr3eEpsxsVGjGrMPdw",
        "sender_key": "IlRMeOPX2e0MurIyfWEucYBRVOEEUMrOHqn/8mLqMjA",
        "device_id": client.device_id,
    }
    path = f"/rooms/{quote(room_id)}/send/m.room.encrypted/{next(client._transactions)}"
    return str((await client.put(path, content))["event_id"])


async def hidden(client: Client) -> str:
    """Upload an encrypted file; its id."""
    return await upload(client, SECRET, content_type="application/octet-stream")


async def test_members_see_what_was_uploaded_before_an_encrypted_event(server: Server) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    room_id = await encrypted(alice, bob)
    file, small = await hidden(alice), await hidden(alice)
    assert not await sees(bob, file)
    await say(bob, room_id)
    assert not await sees(bob, file), "others do not open it"
    await say(alice, room_id)
    assert await sees(bob, file)
    assert await sees(bob, small)
    assert not await sees(carol, file)
    await carol.attempt("POST", f"/join/{quote(room_id)}")
    assert not await sees(carol, file)
    await alice.invite(room_id, carol.user_id)
    assert not await sees(carol, file)
    await carol.join(room_id)
    assert await sees(carol, file)
    await bob.leave(room_id)
    assert not await sees(bob, file)
    assert (await thumbnail(alice, file)).status == 400


async def test_an_id_before_its_file(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await encrypted(alice, bob)
    await say(alice, room_id)
    media_id = await create(alice)
    await say(alice, room_id)
    await fill(alice, media_id, SECRET)
    assert await sees(bob, media_id)


async def test_each_upload_needs_an_event_of_its_own(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await encrypted(alice, bob)
    for _ in range(3):
        media_id = await hidden(alice)
        assert not await sees(bob, media_id)
        await say(alice, room_id)
        assert await sees(bob, media_id)


async def test_rooms_that_are_not_encrypted_stay_strict(server: Server) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    plain, secret = await together(alice, bob), await encrypted(alice, carol)
    media_id = await upload(alice)
    await say(alice, plain)
    assert not await sees(bob, media_id), "a room without m.room.encryption is not encrypted, whatever is sent there"
    await send_image(alice, plain, media_id)
    await say(alice, secret)
    assert await sees(bob, media_id)
    assert not await sees(carol, media_id), "what was shown openly is not meant by encrypted events"
    banner = await upload(alice)
    path = f"/profile/{quote(alice.user_id)}/org.example.banner"
    await alice.put(path, {"org.example.banner": mxc(banner)})
    await alice.delete(path)
    await say(alice, secret)
    assert not await sees(carol, banner)


async def test_a_redaction_does_not_make_it_secret_again(server: Server) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    plain, secret = await together(alice, bob), await encrypted(alice, carol)
    media_id = await upload(alice)
    event_id = await send_image(alice, plain, media_id)
    await alice.put(f"/rooms/{quote(plain)}/redact/{quote(event_id)}/r", {})
    await say(alice, secret)
    assert not await sees(carol, media_id)
    assert not await sees(bob, media_id)


async def test_somebody_else_cannot_take_it_out_of_an_encrypted_room(server: Server) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    secret, own = await encrypted(alice, bob), await together(carol)
    media_id = await hidden(alice)
    await send_image(carol, own, media_id)
    await say(alice, secret)
    assert await sees(bob, media_id)
    assert not await sees(carol, media_id)


async def test_who_sees_it_in_an_encrypted_room_may_show_it_openly(server: Server) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    secret, plain = await encrypted(alice, bob), await together(bob, carol)
    media_id = await hidden(alice)
    await say(alice, secret)
    await send_image(bob, plain, media_id)
    assert await sees(carol, media_id)


async def test_what_was_uploaded_long_before_is_not_meant(server: Server, clock: FixedClock) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await encrypted(alice, bob)
    media_id = await hidden(alice)
    clock.advance(DAY + 1)
    await say(alice, room_id)
    assert not await sees(bob, media_id)


async def test_only_the_first_event_after_an_upload_writes_anything(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    first, second = await encrypted(alice, bob), await encrypted(alice, bob)
    seen: list[str] = []
    server.app.committer.on_commit(
        lambda writes: seen.extend(s.sql for write in writes for s in write.statements if "media_encrypted" in s.sql)
    )
    for room_id in (first, first, second, first, second):
        await say(alice, room_id)
        await server.app.ending["media"]()
    assert len(seen) == 2, "once for each room after a start"
    await hidden(alice)
    for room_id in (first, first, second, first, second):
        await say(alice, room_id)
        await server.app.ending["media"]()
    assert len(seen) == 4


async def test_a_restart_forgets_nothing(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await encrypted(alice, bob)
    before, media_id = await hidden(alice), await hidden(alice)
    await say(alice, room_id)
    await server.restart()
    assert await sees(bob, before)
    later = await hidden(alice)
    await server.restart()
    await say(alice, room_id)
    assert await sees(bob, media_id)
    assert await sees(bob, later)


async def test_they_are_not_removed_as_unused(server: Server, clock: FixedClock) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await encrypted(alice, bob)
    media_id = await hidden(alice)
    await say(alice, room_id)
    lonely = await hidden(alice)
    clock.advance(3 * DAY)
    await clean(server)
    assert await sees(bob, media_id)
    assert not await sees(alice, lonely)
    # A redaction of one event says nothing of the others, which may refer to it as well.
    event_id = await say(alice, room_id)
    await alice.put(f"/rooms/{quote(room_id)}/redact/{quote(event_id)}/r", {})
    await clean(server)
    assert await sees(bob, media_id)


async def test_they_go_with_the_messages(server: Server, clock: FixedClock) -> None:
    """Retention removes all events that can have meant a file: then nothing holds it."""
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id, operator = await encrypted(alice, bob), Operator(server)
    media_id = await hidden(alice)
    await say(alice, room_id)
    clock.advance(DAY // 2)
    last = await hidden(alice)
    await say(alice, room_id)
    clock.advance(7 * DAY - HOUR)
    await say(bob, room_id)
    await operator.retain()
    await clean(server)
    assert await sees(bob, media_id), "a message of half a day later is still there, and may mean it"
    clock.advance(2 * HOUR)
    await operator.retain()
    for _ in range(2):
        await clean(server)
    assert not await sees(alice, media_id)
    assert not await sees(alice, last)
    assert not [path for path in (server.data_dir / "blobs").rglob("*") if path.is_file()]


async def test_they_go_with_the_room(server: Server, clock: FixedClock) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    first, second = await encrypted(alice, bob), await encrypted(alice, bob)
    media_id = await hidden(alice)
    await say(alice, first)
    await say(alice, second)
    clock.advance(2 * DAY)
    await Operator(server).purge(first)
    await clean(server)
    assert await sees(bob, media_id)
    await Operator(server).purge(second)
    await clean(server)
    assert not await sees(alice, media_id)
