"""From the upload to the refusal, by what models see, read and hear. One server, so that each is loaded once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from roomkeeper.capabilities.screening import rescreening
from roomkeeper.core.analysis.senses import GORE
from roomkeeper.platform.jobs import service
from tests import senses as material
from tests.consistency import check_data_dir
from tests.databases import databases
from tests.harness import Answer, Client, Server
from tests.integration.media.test_access import sees
from tests.integration.media.uploading import together, upload
from tests.integration.retention.operator import Operator
from tests.integration.screening.test_words import policies, words
from tests.integration.screening.world import ROOT, events_of, parts_of, send_file, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHINESE, ENGLISH = "出售假护照", "sell fake passports"
SAID = "Hello, my friend. We sell fake passports and driving licences to everybody who wants one."
SECONDS = 300.0
MESSAGE = {"msgtype": "m.file", "body": "a file"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """With models, a phrase in two languages that may not be sent, and time for a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "START_DELAY_S", 0.0)
        patch.setattr(rescreening, "GATHER_S", 0.05)
        server = await Server(
            tmp_path_factory.mktemp("senses") / "data",
            ROOMKEEPER_ANALYSIS_SENSES="reading,nudity,gore,speech",
            ROOMKEEPER_REGISTRATION="open",
        ).start()
        await words(server, CHINESE, ENGLISH)
        patient = {name: {"timeout": SECONDS} for name in ("ocr_text", "speech_text", "nudity", "gore")}
        await policies(server, {"name": "patient", "detectors": patient})
        yield server
        await server.stop()
    check_data_dir(server.data_dir)
    await databases.drop_all()


class Talk:
    """Two people and a room."""

    def __init__(self, server: Server, alice: Client, bob: Client, room_id: str) -> None:
        self.server, self.alice, self.bob, self.room_id = server, alice, bob, room_id

    async def looked_at(self, data: bytes, content_type: str) -> str:
        """Upload, and wait until everything has looked at it."""
        media_id = await upload(self.alice, data, content_type=content_type)

        async def looked() -> bool:
            return bool((await self.alice.get(f"{ROOT}/uploads/{media_id}"))["state"] == "checked")

        await until(looked, SECONDS)
        return media_id

    async def send(self, data: bytes, content_type: str) -> Answer:
        """Send a file; status and body."""
        media_id = await self.looked_at(data, content_type)
        return await send_file(self.alice, self.room_id, media_id, **MESSAGE)

    async def reasons(self, number: int = 1) -> list[dict[str, Any]]:
        """Those of the newest of so many cases, as a moderator sees them."""
        operator = Operator(self.server)

        async def cases() -> Any:
            found = await operator.ask("GET", "/screening/cases", sender=self.alice.user_id, order="newest")
            return found["cases"] if len(found["cases"]) >= number else None

        case = (await until(cases))[0]
        detail = await operator.ask("GET", f"/screening/cases/{case['case_id']}")
        return list(detail["reasons"])


@pytest_asyncio.fixture(loop_scope="module")
async def talk(server: Server, request: pytest.FixtureRequest) -> Talk:
    """People of their own for each test."""
    name = request.node.name.replace("test_", "")[:40].lower()
    alice, bob = await server.register(f"alice.{name}"), await server.register(f"bob.{name}")
    return Talk(server, alice, bob, await together(alice, bob))


async def test_a_chinese_phrase_in_a_picture_is_refused(talk: Talk) -> None:
    before = await events_of(talk.bob, talk.room_id)
    status, answer = await talk.send(material.encoded(material.written(CHINESE)), "image/png")
    assert (status, answer["errcode"], answer["org.roomkeeper.reason"]) == (403, "M_FORBIDDEN", "blocked"), answer
    assert await events_of(talk.bob, talk.room_id) == before
    (reason,) = await talk.reasons()
    assert (reason["detector"], reason["source"]) == ("ocr_text", "text")
    assert CHINESE in reason["text"]
    box = reason["box"]
    assert 0.3 < box["x"] < 0.4
    assert 0.4 < box["y"] < 0.5
    assert 0.2 < box["width"] < 0.4
    assert (await talk.send(material.encoded(material.written("明天见")), "image/png"))[0] == 200


async def test_a_phrase_over_several_lines_is_refused(talk: Talk) -> None:
    status, _ = await talk.send(material.encoded(material.written("出售假\n护照", turned=90)), "image/png")
    assert status == 403
    (reason,) = await talk.reasons()
    assert "box" not in reason


async def test_the_same_spoken_in_english_is_refused(talk: Talk) -> None:
    status, answer = await talk.send(material.spoken(SAID), "audio/wav")
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN"), answer
    (reason,) = await talk.reasons()
    assert (reason["detector"], reason["source"]) == ("speech_text", "text")
    assert reason["span"]["start"] == 0
    assert reason["span"]["end"] > 3
    harmless = "Hello, my friend. We will meet tomorrow morning in the office."
    assert (await talk.send(material.spoken(harmless), "audio/wav"))[0] == 200


async def test_other_languages_lead_to_no_verdict_unless_a_policy_says_so(talk: Talk) -> None:
    said = material.spoken("Guten Tag, wir treffen uns morgen um zehn Uhr im Büro und besprechen den Vertrag", "de")
    media_id = await talk.looked_at(said, "audio/wav")
    assert (await send_file(talk.alice, talk.room_id, media_id, **MESSAGE))[0] == 200
    strict = {"thresholds": {"not_understood": {"review": 0.5}}, "timeout": SECONDS}
    before = (await Operator(talk.server).ask("GET", "/screening/policies"))["policies"]
    await policies(talk.server, {"name": "strict", "detectors": {"speech_text": strict}})
    status, answer = await send_file(talk.alice, talk.room_id, media_id, **MESSAGE)
    assert status == 200
    assert answer["event_id"] not in await events_of(talk.bob, talk.room_id), "it is held"
    (reason,) = await talk.reasons()
    assert (reason["label"], reason["span"]["start"]) == ("not_understood", 0)
    await policies(talk.server, *before)


async def test_frames_and_sound_of_a_film_are_looked_at(talk: Talk) -> None:
    harmless = material.opened("coffee.png")
    shown = material.film([harmless, harmless, material.written(CHINESE, size=90), harmless])
    assert (await talk.send(shown, "video/mp4"))[0] == 403
    (reason,) = await talk.reasons()
    assert reason["detector"] == "ocr_text"
    assert 1.9 < reason["span"]["start"] < 3.1
    said = material.film([harmless] * 6, material.spoken(SAID))
    assert (await talk.send(said, "video/mp4"))[0] == 403
    assert (await talk.reasons(2))[0]["detector"] == "speech_text"
    assert (await talk.send(material.film([harmless] * 3), "video/mp4"))[0] == 200, "it has no sound"


async def test_thresholds_of_a_policy_decide(talk: Talk) -> None:
    """The picture's own score stands for that of a picture that no repository should have."""
    picture = material.sample("retina.jpg")
    media_id = await talk.looked_at(picture, "image/jpeg")
    assert (await send_file(talk.alice, talk.room_id, media_id))[0] == 200
    before = (await Operator(talk.server).ask("GET", "/screening/policies"))["policies"]
    for number, label in enumerate(("nudity", "gore"), start=1):
        low = {"thresholds": {label: {"review": 0.005, "block": 0.01}}, "timeout": SECONDS}
        await policies(talk.server, {"name": "low", "detectors": {label: low}})
        status, answer = await send_file(talk.alice, talk.room_id, media_id)
        assert (status, answer["org.roomkeeper.labels"]) == (403, [label])
        assert (await talk.reasons(number))[0]["label"] == label
        off = {"enabled": False}
        await policies(talk.server, {"name": "off", "detectors": {label: off}})
        assert (await send_file(talk.alice, talk.room_id, media_id))[0] == 200
    await policies(talk.server, *before)


async def test_a_new_version_looks_anew_at_what_was_sent(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = material.encoded(material.opened("rocket.jpg").crop((0, 0, 400, 400)))
    media_id = await talk.looked_at(picture, "image/png")
    assert (await send_file(talk.alice, talk.room_id, media_id))[0] == 200
    assert await sees(talk.bob, media_id)
    detectors = parts_of(talk.server).detectors
    gore = detectors.get("gore")
    assert gore is not None
    # What the model says is as before; from the new version on, half as much is enough.
    monkeypatch.setattr(type(GORE), "version", "2")
    monkeypatch.setattr(type(gore), "labels", {"gore": type(gore).labels["gore"].__class__("Gore.", 0.005, 0.01)})
    detectors.version_changed(gore)

    async def withheld() -> bool:
        return not await sees(talk.bob, media_id)

    await until(withheld, SECONDS)
    path = f"/rooms/{quote(talk.room_id)}/messages"
    assert (await talk.alice.get(path, dir="b"))["chunk"]
