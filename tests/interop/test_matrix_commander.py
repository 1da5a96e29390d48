"""matrix-commander, which is a program for the command line, against a real server over HTTP."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import nio  # type: ignore[import-untyped]
import pytest

from tests import samples
from tests.interop import commander
from tests.interop.commander import Commander
from tests.interop.conftest import PASSWORD, SignUp, new_client, ok
from tests.process import ServerProcess

_numbers = itertools.count(1)

Arrive = Callable[[str], Awaitable[tuple[Commander, str]]]


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    commander.install()


@pytest.fixture
def arrive(process: ServerProcess, tmp_path: Path, sign_up: SignUp) -> Arrive:
    """A new user whose name starts so, who uses it, with their user id."""

    async def arrive(name: str) -> tuple[Commander, str]:
        client = await sign_up(name)
        user = Commander(tmp_path / f"{name}{next(_numbers)}")
        user.sign_in_with(process.url, client.user_id, client.device_id, client.access_token)
        return user, client.user_id

    return arrive


async def room_of(user: Commander, name: str, *options: str) -> tuple[str, str]:
    """A new room's id and alias. With the id of a room of version 12, which has no colon, it does not find the room."""
    (made,) = await user.ask("--room-create", f"room-{next(_numbers)}", "--name", name, *options)
    return str(made["room_id"]), str(made["alias_full"])


async def test_encrypted_messages_files_and_pictures_are_sent_and_received(arrive: Arrive, tmp_path: Path) -> None:
    desk, _ = await arrive("desk")
    customer, customer_id = await arrive("customer")
    room_id, alias = await room_of(desk, "The desk", "--topic", "questions")
    await desk.run("--room-invite", alias, "--user", customer_id)
    invited = await customer.ask("--room-invites", "LIST+JOIN")
    assert [(answer["room_id"], answer["membership"]) for answer in invited] == [(room_id, "invite")]
    await customer.listen()  # which publishes the device's keys

    note, picture = tmp_path / "note.txt", tmp_path / "picture.png"
    note.write_text("an answer in a file")
    picture.write_bytes(samples.png(100, 50))
    await desk.run("--room", alias, "--message", "a secret answer 🗝")
    await desk.run("--room", alias, "--file", str(note))
    await desk.run("--room", alias, "--image", str(picture))
    contents = await customer.listen()
    assert [content["body"] for content in contents] == ["a secret answer 🗝", "note.txt", "picture.png"]
    assert [content["msgtype"] for content in contents] == ["m.text", "m.file", "m.image"]
    assert all(content["file"]["url"].startswith("mxc://") for content in contents[1:])
    for file in (note, picture):
        assert (customer.downloads / file.name).read_bytes() == file.read_bytes()

    await customer.run("--room", alias, "--message", "thank you")
    assert "thank you" in [content.get("body") for content in await desk.listen()]


async def test_open_rooms_with_a_client_of_another_kind(arrive: Arrive, sign_up: SignUp) -> None:
    desk, desk_id = await arrive("desk")
    customer = await sign_up("customer")
    room_id, alias = await room_of(desk, "Open", "--plain")
    await desk.run("--room-invite", alias, "--user", customer.user_id)
    ok(await customer.join(room_id), nio.JoinResponse)
    await desk.run("--room", alias, "--message", "hello")
    await desk.run("--room", alias, "--notice", "--message", "we close at six")
    await desk.run("--room", alias, "--markdown", "--message", "**bold**")
    synced = ok(await customer.sync(timeout=0), nio.SyncResponse)
    events = synced.rooms.join[room_id].timeline.events
    said = [event for event in events if isinstance(event, nio.RoomMessageText | nio.RoomMessageNotice)]
    assert [event.body for event in said] == ["hello", "we close at six", "**bold**"]
    assert isinstance(said[1], nio.RoomMessageNotice)
    assert "<strong>bold</strong>" in said[2].formatted_body
    assert {event.sender for event in said} == {desk_id}

    content = {"msgtype": "m.text", "body": "is anybody there?"}
    ok(await customer.room_send(room_id, "m.room.message", content), nio.RoomSendResponse)
    assert "is anybody there?" in [content.get("body") for content in await desk.listen()]
    await desk.run("--room-redact", alias, said[0].event_id, "a slip")
    found = ok(await customer.room_get_event(room_id, said[0].event_id), nio.RoomGetEventResponse)
    assert isinstance(found.event, nio.RedactedEvent)


async def test_the_id_of_a_room_of_version_12_is_not_understood(arrive: Arrive, room_version: str) -> None:
    desk, _ = await arrive("desk")
    room_id, _ = await room_of(desk, "The desk", "--plain")
    said = desk.run("--room", room_id, "--message", "hello")
    if room_version == "11":
        await said
    else:
        with pytest.raises(AssertionError, match="Message send failed"):
            await said


async def test_what_it_asks_besides(arrive: Arrive) -> None:
    desk, desk_id = await arrive("desk")
    room_id, alias = await room_of(desk, "The desk", "--plain")
    assert (await desk.ask("--whoami"))[0]["user_id"] == desk_id
    await desk.run("--set-display-name", "Desk 3")
    assert (await desk.ask("--get-display-name"))[0]["displayname"] == "Desk 3"
    assert (await desk.ask("--joined-rooms"))[0]["rooms"] == [room_id]
    (members,) = await desk.ask("--joined-members", room_id)
    assert [member["user_id"] for member in members["members"]] == [desk_id]
    state = await desk.ask("--room-get-state", alias)
    assert "m.room.power_levels" in str(state)
    assert len(await desk.ask("--devices")) == 1
    assert (await desk.ask("--content-repository-config"))[0]["upload_size"] == 100 * 2**20
    await desk.run("--room-leave", alias, "--room-forget", alias)
    assert (await desk.ask("--joined-rooms"))[0]["rooms"] == []


async def test_it_signs_in_by_itself_where_old_clients_are_served(tmp_path: Path) -> None:
    async with asyncio.timeout(120):
        server = await ServerProcess(tmp_path / "data", ROOMKEEPER_LEGACY_CLIENTS="on").start()
        try:
            if not await serves_r0(server):
                pytest.skip("it asks for the ways to sign in at /_matrix/client/r0, which is not served")
            client: Any = new_client(server, "desk")
            ok(await client.register("desk", PASSWORD, "nio"), nio.RegisterResponse)
            await client.close()
            desk = Commander(tmp_path / "desk")
            (desk.folder / "store").rmdir()  # it makes its own
            sign_in = ("--login", "PASSWORD", "--homeserver", server.url, "--user-login", client.user_id)
            await desk.run(
                *sign_in, "--password", PASSWORD, "--device", "Terminal", "--room-default", "#none:example.org"
            )
            assert (await desk.ask("--whoami"))[0]["user_id"] == client.user_id
            await desk.run("--logout", "ME")
        finally:
            await server.stop()


async def serves_r0(server: ServerProcess) -> bool:
    """Whether paths from before version 1.1 of the specification are there."""
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/_matrix/client/r0/login") as answer:
        return answer.status == 200
