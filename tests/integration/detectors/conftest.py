"""Workers with all plug-ins of the detectors, as the server has them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from roomkeeper.capabilities.screening.detectors.files import KIND
from roomkeeper.core.analysis import BUILT_IN, AnalysisSettings, WorkerKind
from roomkeeper.core.analysis.models import IMAGES
from roomkeeper.core.analysis.service import Analysis
from tests import debian
from tests.consistency import check_data_dir
from tests.databases import databases
from tests.harness import Server
from tests.integration.detectors import plugins
from tests.integration.detectors.world import Asker


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    if shutil.which("fpcalc") is None:
        debian.install("libchromaprint-tools")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def analysis() -> AsyncIterator[Analysis]:
    """One worker of each kind."""
    analysis = Analysis(AnalysisSettings())
    analysis.add_kind(WorkerKind(name=IMAGES, processes=1, memory=1024 * 1024 * 1024))
    analysis.add_kind(KIND)
    for analyser in (*BUILT_IN, *plugins.ALL):
        analysis.register(analyser)
    yield analysis
    await analysis.stop()


@pytest.fixture
def asker(server: Server, tmp_path: Path) -> Asker:
    """Asks the detectors of a server."""
    return Asker(server, tmp_path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """Asks the detectors of a server that the tests of a module have in common, so that workers start once."""
    folder = tmp_path_factory.mktemp("shared")
    server = await Server(folder / "data").start()
    yield Asker(server, folder)
    await server.stop()
    check_data_dir(server.data_dir)
    await databases.drop_all()
