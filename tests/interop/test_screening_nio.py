"""A stock client that uploads, then sends: what it and the others see of screening; malware by the real clamd."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nio  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from roomkeeper.platform.instance import find_running
from tests import samples
from tests.clamd import EICAR, ClamdProcess
from tests.consistency import check_data_dir
from tests.interop.conftest import SignUp, call, ok
from tests.interop.test_media_nio import upload
from tests.process import ServerProcess

SECONDS = 60.0


@pytest.fixture(scope="module", params=["12"])
def room_version(request: pytest.FixtureRequest) -> str:
    """One version is enough: screening does not depend on it."""
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(room_version: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A running server with a real clamd."""
    folder: Path = tmp_path_factory.mktemp("screening")
    clamd = await ClamdProcess(folder).start()
    environment = {"ROOMKEEPER_DEFAULT_ROOM_VERSION": room_version, "ROOMKEEPER_MALWARE_CLAMD": clamd.address}
    server = await ServerProcess(folder / "data", **environment).start()
    yield server
    await server.stop()
    await clamd.stop()
    check_data_dir(folder / "data")


async def operate(process: ServerProcess, client: Any, method: str, path: str, body: str = "") -> Any:
    """An endpoint of the operator."""
    running = find_running(process.data_dir)
    assert running is not None
    headers = {"Authorization": f"Bearer {running.token}"}
    answer = await client.send(method, f"/_roomkeeper/v1{path}", body or None, headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def pair(sign_up: SignUp) -> tuple[Any, Any, str]:
    """Two people, and the room in which they are."""
    customer, desk = await sign_up("customer"), await sign_up("desk")
    room_id = ok(await customer.room_create(invite=[desk.user_id]), nio.RoomCreateResponse).room_id
    ok(await desk.join(room_id), nio.JoinResponse)
    return customer, desk, str(room_id)


async def show(client: Any, room_id: str, uri: str, name: str, kind: str = "m.image") -> Any:
    """Send a message with a file that was uploaded before, as stock clients do; what nio makes of the answer."""
    return await client.room_send(room_id, "m.room.message", {"msgtype": kind, "body": name, "url": uri})


async def bodies(client: Any, room_id: str) -> list[str]:
    """What somebody sees, the newest first."""
    answer = ok(await client.room_messages(room_id, limit=50), nio.RoomMessagesResponse)
    return [event.body for event in answer.chunk if isinstance(event, nio.RoomMessage)]


async def until_seen(client: Any, room_id: str, body: str) -> None:
    """Wait until somebody sees a message."""
    async with asyncio.timeout(SECONDS):
        while body not in await bodies(client, room_id):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def synced_bodies(client: Any, room_id: str) -> list[str]:
    """What a new device of somebody is shown: what is held, too, where it is their own."""
    timeline = (await call(client, "GET", "/sync"))["rooms"]["join"][room_id]["timeline"]["events"]
    return [event["content"].get("body", "") for event in timeline]


async def test_allowed_and_held_and_released(process: ServerProcess, sign_up: SignUp) -> None:
    customer, desk, room_id = await pair(sign_up)
    uri = await upload(customer, samples.png(), "image/png", "good.png")
    ok(await show(customer, room_id, uri, "good.png"), nio.RoomSendResponse)
    await until_seen(desk, room_id, "good.png")
    assert ok(await desk.download(uri), nio.DownloadResponse).body == samples.png()

    list_body = '{"name": "doubtful", "action": "review", "patterns": ["refund"]}'
    await operate(process, customer, "POST", "/screening/lists", list_body)
    uri = await upload(customer, samples.png(80, 60), "image/png", "refund.png")
    sent = ok(await show(customer, room_id, uri, "my refund"), nio.RoomSendResponse)
    assert "my refund" in await synced_bodies(customer, room_id)
    assert "my refund" not in await synced_bodies(desk, room_id)
    assert "my refund" not in await bodies(desk, room_id)
    ok(await desk.download(uri), nio.DownloadError)
    synced = ok(await desk.sync(full_state=True), nio.SyncResponse)
    events = synced.rooms.join[room_id].timeline.events
    assert sent.event_id not in [event.event_id for event in events]
    [case] = (await operate(process, customer, "GET", "/screening/cases?state=waiting"))["cases"]
    assert case["event_id"] == sent.event_id
    await operate(process, customer, "POST", f"/screening/cases/{case['case_id']}/approve", "{}")
    await until_seen(desk, room_id, "my refund")
    assert ok(await desk.download(uri), nio.DownloadResponse).body == samples.png(80, 60)


async def test_a_client_that_knows_nothing_is_told_by_a_notice(process: ServerProcess, sign_up: SignUp) -> None:
    customer, _desk, room_id = await pair(sign_up)
    uri = await upload(customer, samples.png(90, 60), "image/png", "refund.png")
    ok(await show(customer, room_id, uri, "another refund"), nio.RoomSendResponse)
    async with asyncio.timeout(SECONDS):
        while True:
            synced = ok(await customer.sync(full_state=True), nio.SyncResponse)
            notices = [name for name in synced.rooms.invite if name != room_id]
            if notices:
                break
            await asyncio.sleep(0.1)
    ok(await customer.join(notices[0]), nio.JoinResponse)
    async with asyncio.timeout(SECONDS):
        while True:
            path = f"/rooms/{notices[0]}/messages?dir=b&limit=10"
            said = [event["content"].get("body", "") for event in (await call(customer, "GET", path))["chunk"]]
            if any("is being reviewed before others see it" in each for each in said):
                return
            await asyncio.sleep(0.1)


async def test_malware_is_refused_in_words_also_in_an_archive(process: ServerProcess, sign_up: SignUp) -> None:
    customer, desk, room_id = await pair(sign_up)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("letters/invoice.txt", EICAR)
    for data, kind, name in (
        (EICAR, "text/plain", "invoice.txt"),
        (packed.getvalue(), "application/zip", "invoices.zip"),
    ):
        uri = await upload(customer, data, kind, name)
        refused = ok(await show(customer, room_id, uri, name, "m.file"), nio.RoomSendError)
        assert refused.status_code == "M_FORBIDDEN"
        assert "it contains malware" in refused.message
        ok(await desk.download(uri), nio.DownloadError)
    # The same archive without it arrives.
    clean = io.BytesIO()
    with zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("letters/letter.txt", "Good day.")
    uri = await upload(customer, clean.getvalue(), "application/zip", "letters.zip")
    ok(await show(customer, room_id, uri, "letters.zip", "m.file"), nio.RoomSendResponse)
    await until_seen(desk, room_id, "letters.zip")
    assert "invoices.zip" not in await bodies(desk, room_id)
