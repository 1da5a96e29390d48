"""From the upload to the refusal: what detectors see decides about a message."""

from __future__ import annotations

import json
from pathlib import Path

from tests import samples
from tests.clamd import EICAR, ClamdProcess
from tests.conftest import MakeServer
from tests.harness import Answer, Client, Server
from tests.integration.accounts.operator import operator
from tests.integration.detectors import documents, pictures
from tests.integration.detectors.test_known import add
from tests.integration.detectors.world import upload


async def send(client: Client, room_id: str, uri: str, number: int) -> Answer:
    content = {"msgtype": "m.file", "body": "file", "filename": f"file{number}", "url": uri}
    return await client.attempt("PUT", f"/rooms/{room_id}/send/m.room.message/m{number}", content)


async def test_what_is_known_is_refused(server: Server) -> None:
    customer, desk = await server.register("customer"), await server.register("desk")
    room_id = await customer.create_room(preset="public_chat")
    await desk.join(room_id)
    original = await upload(desk, samples.encoded(pictures.scene(1), "PNG"), "image/png")
    await add(server, media=original, note="a note of ours")
    similar = await upload(customer, pictures.SIMILAR["strong compression"](pictures.scene(1)), "image/jpeg")
    status, answer = await send(customer, room_id, similar, 1)
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN"), answer
    assert "a note of ours" not in json.dumps(answer)
    harmless = await upload(customer, samples.encoded(pictures.scene(2), "JPEG"), "image/jpeg")
    assert (await send(customer, room_id, harmless, 2))[0] == 200
    assert "file2" in json.dumps(await desk.sync())
    cases = (await operator(server, "GET", "/screening/cases"))[1]["cases"]
    assert any("prohibited" in label for case in cases for label in case["labels"]), cases


async def test_malware_in_an_archive_is_refused(make_server: MakeServer, tmp_path: Path) -> None:
    clamd = await ClamdProcess(tmp_path).start()
    try:
        server = await make_server(ROOMKEEPER_MALWARE_CLAMD=clamd.address)
        customer = await server.register("customer")
        room_id = await customer.create_room()
        bad = await upload(customer, documents.zipped({"a/eicar.txt": EICAR}), "application/zip")
        status, answer = await send(customer, room_id, bad, 1)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN"), answer
        good = await upload(customer, documents.zipped({"a/letter.txt": b"hello"}), "application/zip")
        status, answer = await send(customer, room_id, good, 2)
        assert status == 200, answer
        assert "file2" in json.dumps(await customer.sync())
    finally:
        await clamd.stop()
