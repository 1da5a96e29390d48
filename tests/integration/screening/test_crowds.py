"""More files than the workers can look at: nothing passes unseen, and waiting for a worker is no failure."""

from __future__ import annotations

import asyncio
from typing import ClassVar
from urllib.parse import quote

from roomkeeper.capabilities.screening.detectors.interface import MediaFile, Scores, on_turn
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.media.uploading import together, upload
from tests.integration.screening.world import ROOT, Marks, parts_of, send_file, until

PNG = samples.png()


class Queued(Marks):
    """Waits for a worker until `gate` is open; then looks for as long as `seconds`."""

    timeout: ClassVar[float] = 0.3
    seconds = 0.0

    async def look(self, file: MediaFile) -> Scores:
        turned = on_turn.get()
        turned(False)
        await self.gate.wait()
        turned(True)
        await asyncio.sleep(self.seconds)
        return await super().look(file)


def add_queued(server: Server) -> Queued:
    """Add it to a running server."""
    queued = Queued()
    parts_of(server).detectors.add(queued)
    return queued


async def test_waiting_for_a_worker_is_no_part_of_a_detectors_time(server: Server) -> None:
    queued = add_queued(server)
    queued.gate.clear()
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, PNG)
    sending = asyncio.create_task(send_file(alice, room_id, media_id))
    await asyncio.sleep(1)  # Three times what it may take.
    assert not sending.done()
    queued.gate.set()
    status, answer = await sending
    assert status == 200
    await bob.get(f"/rooms/{quote(room_id)}/event/{quote(answer['event_id'])}")
    assert parts_of(server).looking.failures == {}


async def test_its_time_counts_from_its_turn_on(server: Server) -> None:
    queued = add_queued(server)
    queued.seconds = 30.0
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    assert (await send_file(alice, room_id, await upload(alice, PNG)))[0] == 200

    async def failed() -> bool:
        return "marks" in parts_of(server).looking.failures

    await until(failed)


async def test_more_than_may_wait_for_a_worker_are_tried_again(make_server: MakeServer) -> None:
    """Nobody is told that a file could not be looked into because others were before it."""
    server = await make_server(ROOMKEEPER_ANALYSIS_QUEUE_LENGTH="1", ROOMKEEPER_ANALYSIS_IMAGE_WORKERS="1")
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media = [await upload(alice, PNG + str(number).encode()) for number in range(8)]
    refused = 0

    async def delivered(media_id: str) -> None:
        nonlocal refused
        while (answer := await send_file(alice, room_id, media_id))[0] == 429:
            assert answer[1]["retry_after_ms"] > 0
            refused += 1
            await asyncio.sleep(0.2)
        assert answer[0] == 200
        await bob.get(f"/rooms/{quote(room_id)}/event/{quote(answer[1]['event_id'])}")

    await asyncio.gather(*map(delivered, media))
    assert refused > 0
    assert parts_of(server).looking.failures == {}
    assert (await alice.get(f"{ROOT}/mine"))["cases"] == []
