"""One worker of each kind for all tests of a module, so that each model is loaded once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from roomkeeper.core.analysis import AnalysisSettings, AnyAnalyser, WorkerKind, senses
from roomkeeper.core.analysis.models import IMAGES
from roomkeeper.core.analysis.service import Analysis
from tests import senses as material

Look = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """ffmpeg, espeak-ng and a font with Chinese letters."""
    material.install()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def analysis() -> AsyncIterator[Analysis]:
    """The senses, as the server has them."""
    analysis = Analysis(AnalysisSettings())
    for kind in (WorkerKind(name=IMAGES, processes=1, memory=1024 * 1024 * 1024), *senses.KINDS):
        analysis.add_kind(kind)
    for analyser in senses.ALL:
        analysis.register(analyser)
    assert not analysis.absent
    yield analysis
    await analysis.stop()


@pytest.fixture
def look(analysis: Analysis, tmp_path: Path) -> Look:
    """Have some bytes looked at by a sense."""

    async def run(sense: AnyAnalyser, data: bytes, **parameters: Any) -> Any:
        path = tmp_path / "blob"
        path.write_bytes(data)
        return await analysis.run(sense, path, sense.parameters(**parameters), user="a")

    return run
