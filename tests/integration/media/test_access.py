"""Who may see a medium."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.media.uploading import create, download, fill, mxc, send_image, thumbnail, together, upload


async def sees(client: Client, media_id: str) -> bool:
    """Whether it can be downloaded; who may not see it is told that it does not exist."""
    answer = await download(client, media_id)
    assert answer.status in (200, 404)
    if answer.status == 404:
        assert answer.errcode == "M_NOT_FOUND"
        assert (await thumbnail(client, media_id)).status == 404
    return answer.status == 200


async def three(server: Server) -> tuple[Client, Client, Client]:
    return await server.register("alice"), await server.register("bob"), await server.register("carol")


async def test_the_uploader_alone_until_an_event_shows_it(server: Server) -> None:
    alice, bob, carol = await three(server)
    room_id = await together(alice, bob)
    media_id = await upload(alice)
    assert await sees(alice, media_id)
    assert not await sees(bob, media_id)
    await send_image(alice, room_id, media_id)
    assert await sees(bob, media_id)
    assert not await sees(carol, media_id)
    await alice.invite(room_id, carol.user_id)
    assert not await sees(carol, media_id)
    await carol.join(room_id)
    assert await sees(carol, media_id)
    await bob.leave(room_id)
    assert not await sees(bob, media_id)
    assert await sees(alice, media_id)


CONTENTS: dict[str, Any] = {
    "url": lambda uri: {"msgtype": "m.image", "body": "x", "url": uri},
    "thumbnail": lambda uri: {"msgtype": "m.file", "body": "x", "info": {"thumbnail_url": uri}},
    "encrypted file": lambda uri: {"msgtype": "m.image", "body": "x", "file": {"url": uri, "v": "v2"}},
    "encrypted thumbnail": lambda uri: {"msgtype": "m.image", "info": {"thumbnail_file": {"url": uri}}},
    "formatted body": lambda uri: {"msgtype": "m.text", "body": "x", "formatted_body": f'<img src="{uri}" alt="x">'},
    "edit": lambda uri: {"body": "x", "m.new_content": {"url": uri}, "m.relates_to": {}},
    "anything": lambda uri: {"org.example": [[{"deep": f"see {uri}, please"}]]},
    "escaped": lambda uri: {"url": uri},
}


@pytest.mark.parametrize("how", CONTENTS)
async def test_wherever_an_event_mentions_it(server: Server, how: str) -> None:
    alice, bob, carol = await three(server)
    room_id = await together(alice, bob)
    media_id = await upload(alice)
    await alice.put(f"/rooms/{quote(room_id)}/send/m.room.message/1", CONTENTS[how](mxc(media_id)))
    assert await sees(bob, media_id)
    assert not await sees(carol, media_id)


async def test_json_escapes_hide_nothing(server: Server) -> None:
    alice, bob, _ = await three(server)
    room_id = await together(alice, bob)
    media_id = await upload(alice)
    body = f'{{"url": "mxc:\\/\\/example.org\\/{media_id}"}}'.encode()
    path = f"/_matrix/client/v3/rooms/{quote(room_id)}/send/m.room.message/1"
    status, _, _ = await server.raw("PUT", path, body, {"authorization": f"Bearer {alice.token}"})
    assert status == 200
    assert await sees(bob, media_id)


async def test_state_and_stickers_and_first_events(server: Server) -> None:
    alice, bob, _ = await three(server)
    first, second, third = [await upload(alice) for _ in range(3)]
    room_id = await together(alice, bob, initial_state=[{"type": "org.example", "content": {"picture": mxc(first)}}])
    assert await sees(bob, first)
    await alice.put(f"/rooms/{quote(room_id)}/send/m.sticker/1", {"body": "x", "info": {}, "url": mxc(second)})
    assert await sees(bob, second)
    await alice.set_state(room_id, "m.room.member", {"membership": "join", "avatar_url": mxc(third)}, alice.user_id)
    assert await sees(bob, third)


async def test_room_avatars(server: Server) -> None:
    alice, bob, carol = await three(server)
    private, public = await upload(alice), await upload(alice)
    room_id = await alice.create_room(
        invite=[bob.user_id], initial_state=[{"type": "m.room.avatar", "content": {"url": mxc(private)}}]
    )
    assert await sees(bob, private), "who is invited sees where to"
    assert not await sees(carol, private)
    await alice.create_room(
        preset="public_chat", initial_state=[{"type": "m.room.avatar", "content": {"url": mxc(public)}}]
    )
    assert await sees(carol, public)
    message = await upload(alice)
    await send_image(alice, room_id, message)
    assert not await sees(bob, message)


async def test_profile_avatars(server: Server) -> None:
    alice, bob, _ = await three(server)
    media_id, other = await upload(alice), await upload(alice)
    path = f"/profile/{quote(alice.user_id)}/avatar_url"
    await alice.put(path, {"avatar_url": mxc(media_id)})
    assert await sees(bob, media_id)
    await alice.put(path, {"avatar_url": mxc(other)})
    assert await sees(bob, other)
    assert not await sees(bob, media_id)
    await alice.put(path, {"avatar_url": ""})
    assert not await sees(bob, other)
    await alice.put(f"/profile/{quote(alice.user_id)}/org.example.banner", {"org.example.banner": mxc(other)})
    assert await sees(bob, other)


async def test_a_redaction_takes_it_away(server: Server) -> None:
    alice, bob, _ = await three(server)
    room_id, other_room = await together(alice, bob), await together(alice, bob)
    media_id = await upload(alice)
    first = await send_image(alice, room_id, media_id)
    second = await send_image(alice, room_id, media_id)
    third = await send_image(alice, other_room, media_id)
    for event_id, where, left in ((first, room_id, True), (third, other_room, True), (second, room_id, False)):
        await alice.put(f"/rooms/{quote(where)}/redact/{quote(event_id)}/r{event_id[1:5]}", {})
        assert await sees(bob, media_id) is left
    assert await sees(alice, media_id)


async def test_knowing_an_id_opens_nothing(server: Server) -> None:
    alice, bob, carol = await three(server)
    room_id = await together(alice, bob)
    media_id = await upload(alice)
    own = await together(carol)
    await send_image(carol, own, media_id)
    await carol.set_state(own, "m.room.avatar", {"url": mxc(media_id)})
    await carol.put(f"/profile/{quote(carol.user_id)}/avatar_url", {"avatar_url": mxc(media_id)})
    await settle(server)
    assert not await sees(carol, media_id)
    assert not await sees(bob, media_id)
    await send_image(alice, room_id, media_id)
    assert await sees(bob, media_id)
    assert not await sees(carol, media_id)


async def settle(server: Server) -> None:
    """Wait for what happens after commits."""
    await server.app.ending["media"]()


async def test_who_sees_it_may_show_it_to_others(server: Server) -> None:
    alice, bob, carol = await three(server)
    first, second = await together(alice, bob), await together(bob, carol)
    media_id = await upload(alice)
    await send_image(alice, first, media_id)
    await send_image(bob, second, media_id)
    await settle(server)
    assert await sees(carol, media_id)
    # And it stays shown when the way on which it came is gone.
    await bob.leave(first)
    assert await sees(carol, media_id)
    assert await sees(bob, media_id)


async def test_what_a_crash_left_undecided_is_decided_later(server: Server) -> None:
    alice, bob, carol = await three(server)
    first, second = await together(alice, bob), await together(bob, carol)
    media_id = await upload(alice)
    await send_image(alice, first, media_id)
    await send_image(bob, second, media_id)
    await settle(server)
    from roomkeeper.platform.database import Write

    write = Write()
    write.add("UPDATE media_references SET granted = FALSE WHERE room_id = $1", second)
    await server.app.committer.submit(write)
    assert await sees(carol, media_id)


async def test_an_event_before_its_file(make_server: MakeServer) -> None:
    # With screening it would wait for the file, and be held.
    server = await make_server(ROOMKEEPER_SCREENING_ENABLED="off")
    alice, bob, carol = await three(server)
    room_id = await together(alice, bob)
    media_id = await create(alice)
    await send_image(alice, room_id, media_id)
    waiting = asyncio.ensure_future(download(bob, media_id))
    assert (await download(carol, media_id)).status == 404
    await asyncio.sleep(0.05)
    assert (await fill(alice, media_id, b"content")).status == 200
    assert (await waiting).body == b"content"


async def test_a_message_without_media_writes_nothing_of_them(server: Server) -> None:
    alice, bob, _ = await three(server)
    room_id = await together(alice, bob)
    seen: list[str] = []
    server.app.committer.on_commit(
        lambda writes: seen.extend(statement.sql for write in writes for statement in write.statements)
    )
    await alice.send(room_id, "hello mxc, mxc:/ and others")
    assert seen
    assert not any("media" in sql for sql in seen)


async def test_a_great_many_mentions(server: Server) -> None:
    alice, bob, _ = await three(server)
    room_id = await together(alice, bob)
    media_id = await upload(alice)
    content = {"list": [mxc(f"nothing{number}") for number in range(1200)] + [mxc(media_id)] * 100}
    await alice.put(f"/rooms/{quote(room_id)}/send/org.example/1", content)
    assert await sees(bob, media_id)
