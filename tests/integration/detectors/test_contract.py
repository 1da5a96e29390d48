"""The detectors' plug-ins do what every plug-in must: see tests/integration/analysis/test_contract.py.

Whatever the file: a result, or a failure of a kind that is defined; within its time; without its worker dying of it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomkeeper.core.analysis import AnalysisFailed, AnyAnalyser, process
from roomkeeper.core.analysis.service import Analysis
from tests import samples
from tests.integration.detectors import documents, plugins
from tests.integration.detectors.plugins import outcome, run

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFINED = {"unreadable", "too_large", "memory"}
ANALYSERS = pytest.mark.parametrize("analyser", plugins.ALL, ids=[analyser.name for analyser in plugins.ALL])
GOOD: dict[str, bytes] = {
    "archive": documents.zipped({"a.txt": b"a"}),
    "decode": samples.png(),
    "document": documents.docx("hello"),
    "fingerprint": samples.png(400, 300),
    "features": samples.png(400, 300),
    "match": b"",
    "sound": documents.wave(12),
}


def worker_of(analysis: Analysis, analyser: AnyAnalyser) -> int | None:
    workers = analysis.pools[analyser.kind].workers
    return workers[0].pid if workers else None


def put(file: Path, data: bytes) -> None:
    file.write_bytes(data)


async def survives(analysis: Analysis, analyser: AnyAnalyser, file: Path, data: bytes) -> Any:
    """Run it on anything; its worker must be there afterwards, unless it was for want of memory."""
    before = worker_of(analysis, analyser)
    put(file, data)
    found = await outcome(analysis, analyser, file)
    if isinstance(found, AnalysisFailed):
        assert found.reason in DEFINED, found
        assert str(found)
    else:
        assert isinstance(found, analyser.result)
    if not (isinstance(found, AnalysisFailed) and found.reason == "memory"):
        assert before is None or worker_of(analysis, analyser) == before, "a broken file must not end the worker"
    return found


@pytest.fixture(autouse=True)
def ageless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are not to be replaced for their age."""
    monkeypatch.setattr(process, "JOBS", 1_000_000)


@ANALYSERS
async def test_good_files(analysis: Analysis, analyser: AnyAnalyser, tmp_path: Path) -> None:
    file = tmp_path / "blob"
    put(file, GOOD[analyser.name])
    first = await run(analysis, analyser, file)
    assert isinstance(first, analyser.result)
    assert await run(analysis, analyser, file) == first
    worker = worker_of(analysis, analyser)
    assert worker is not None
    os.kill(worker, 9)
    assert await run(analysis, analyser, file) == first
    assert worker_of(analysis, analyser) != worker


@ANALYSERS
async def test_bad_files(analysis: Analysis, analyser: AnyAnalyser, tmp_path: Path) -> None:
    for data in (*samples.broken().values(), *samples.too_large().values(), *samples.good().values()):
        await survives(analysis, analyser, tmp_path / "blob", data)


@ANALYSERS
async def test_bad_documents(analysis: Analysis, analyser: AnyAnalyser, tmp_path: Path) -> None:
    for data in documents.hostile().values():
        await survives(analysis, analyser, tmp_path / "blob", data)


@ANALYSERS
async def test_every_cut(analysis: Analysis, analyser: AnyAnalyser, tmp_path: Path) -> None:
    for data in documents.good().values():
        for length in range(0, len(data), max(1, len(data) // 5)):
            await survives(analysis, analyser, tmp_path / "blob", data[:length])


@ANALYSERS
async def test_every_flip(analysis: Analysis, analyser: AnyAnalyser, tmp_path: Path) -> None:
    for data in documents.good().values():
        for place in range(0, len(data), max(1, len(data) // 6)):
            flipped = bytearray(data)
            flipped[place] ^= 0xFF
            await survives(analysis, analyser, tmp_path / "blob", bytes(flipped))


@ANALYSERS
async def test_files_that_are_none(analysis: Analysis, analyser: AnyAnalyser, tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path, Path("/dev/null"), Path("/proc/self/mem")):
        found = await outcome(analysis, analyser, path)
        assert not isinstance(found, AnalysisFailed) or found.reason in DEFINED


@ANALYSERS
async def test_its_words(analyser: AnyAnalyser) -> None:
    assert analyser.name.isidentifier()
    assert analyser.version
    assert " " not in analyser.version
    assert 0 < analyser.seconds <= 120
    assert issubclass(analyser.parameters, msgspec.Struct)
    assert issubclass(analyser.result, msgspec.Struct)
    assert analyser.reference.startswith("roomkeeper.")
