"""The plug-in that reads pages does what every plug-in must (tests/integration/analysis/test_contract.py)."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roomkeeper.core.analysis import AnalysisFailed, AnalysisSettings, WorkerKind
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.previews import WORKER_MEMORY
from roomkeeper.core.previews.page import MAX_BYTES, PAGES, Page, PageAnalyser, PageParameters
from tests import samples

PAGE = PageAnalyser()
GOOD = b'<title>T</title><meta property="og:description" content="D"><img src=/i.png>'
FOUND = Page({"og:title": "T", "og:description": "D"}, ["http://localhost/i.png"])


@pytest.fixture
async def analysis() -> AsyncIterator[Analysis]:
    """One worker, with the memory that it has in the server."""
    analysis = Analysis(AnalysisSettings())
    analysis.add_kind(WorkerKind(name=PAGES, processes=1, memory=WORKER_MEMORY))
    analysis.register(PAGE)
    yield analysis
    await analysis.stop()


async def outcome(analysis: Analysis, path: Path) -> Page | AnalysisFailed:
    async with asyncio.timeout(PAGE.seconds + 30):
        try:
            return await analysis.run(PAGE, path, PageParameters(), user="a")
        except AnalysisFailed as failure:
            return failure


async def test_good_pages(analysis: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "blob"
    file.write_bytes(GOOD)
    assert await outcome(analysis, file) == FOUND
    assert await outcome(analysis, file) == FOUND
    worker = analysis.pools[PAGES].workers[0]
    os.kill(worker.pid, 9)
    assert await outcome(analysis, file) == FOUND
    assert analysis.pools[PAGES].workers[0] is not worker


async def test_anything_else(analysis: Analysis, tmp_path: Path) -> None:
    file, source = tmp_path / "blob", random.Random(1)
    file.write_bytes(GOOD)
    await outcome(analysis, file)
    worker = analysis.pools[PAGES].workers[0]
    whole = [*samples.good().values(), *samples.broken().values(), source.randbytes(5000), b""]
    endless = (b"<a b='", b"<!--", b"<", b"<p ", b"&#1;", b"<div>", b"<script>", b"<title>", "é".encode())
    whole += [text * (MAX_BYTES // len(text)) for text in endless]
    for data in whole:
        file.write_bytes(data)
        found = await outcome(analysis, file)
        assert isinstance(found, Page) or found.reason == "unreadable", data[:50]
    for path in (tmp_path / "absent", tmp_path, Path("/dev/null"), Path("/proc/self/mem")):
        found = await outcome(analysis, path)
        assert isinstance(found, Page) or found.reason == "unreadable"
    assert analysis.pools[PAGES].workers == [worker], "none of it has ended the worker"
