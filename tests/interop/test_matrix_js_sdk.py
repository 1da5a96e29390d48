"""matrix-js-sdk, the library under Element, against a real server over HTTP.

Each function that a file in ``js/scenarios`` exports is a test here. It runs in Node.js with the real package; what it
prints, every request, and what the SDK logs is shown when it fails. It fails, too, where the server refused something
that it did not expect, and where an answer is not as the specification says.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import pytest_asyncio
from scripts import nodejs

from tests import samples, spec
from tests.process import ServerProcess

FOLDER = Path(__file__).resolve().parent / "js"
SCENARIOS = FOLDER / "scenarios"
SCENARIO_SECONDS = 90
"""The driver gives up before."""
LINE_LIMIT = 64 * 2**20


def scenarios() -> Iterator[Any]:
    """All of them, in the order of the files."""
    for file in sorted(SCENARIOS.glob("*.mjs")):
        for name in re.findall(r"^export async function (\w+)\(", file.read_text(), re.MULTILINE):
            yield pytest.param(file.stem, name, id=f"{file.stem}-{name}")


class Driver:
    """A Node.js process that runs scenarios, one after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, server: ServerProcess, room_version: str, folder: Path) -> Self:
        """Start it for one server; `folder` has the sample files."""
        process = await asyncio.create_subprocess_exec(
            str(nodejs.NODE),
            str(FOLDER / "run.mjs"),
            server.url,
            room_version,
            str(folder),
            str(server.data_dir / "instance.json"),
            env=nodejs.environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
        )
        return cls(process)

    async def run(self, file: str, scenario: str) -> Any:
        """Run one; what the driver reports."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"file": file, "scenario": scenario}).encode() + b"\n")
        async with asyncio.timeout(SCENARIO_SECONDS):
            line = await self._process.stdout.readline()
        assert line, f"Node.js ended in the middle of {file}-{scenario}; standard error says why"
        return json.loads(line)

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def driver(
    process: ServerProcess, room_version: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Driver]:
    """Node.js with the SDK, for the server of this room version."""
    await asyncio.to_thread(nodejs.install_packages, FOLDER)
    folder = tmp_path_factory.mktemp("samples")
    (folder / "picture.png").write_bytes(samples.png(1000, 500))
    driver = await Driver.start(process, room_version, folder)
    yield driver
    await driver.stop()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("file", "scenario"), scenarios())
async def test_scenario(driver: Driver, file: str, scenario: str) -> None:
    done = await driver.run(file, scenario)
    assert done["ok"], done["report"]
    for method, path, status, body in done["answers"]:
        spec.check(method, path, status, body)
