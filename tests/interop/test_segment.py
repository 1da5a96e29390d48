"""Segment's own SDKs, segment-analytics-python and @segment/analytics-node, send to a real server, unchanged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from scripts import nodejs

from roomkeeper.platform.instance import find_running
from tests.interop import environments
from tests.process import ServerProcess

FOLDER = Path(__file__).resolve().parent / "js"
USER = "@alice:example.org"
COUNT = 25
REQUIREMENTS = Path(__file__).with_name("segment.txt")
ENVIRONMENT = Path(__file__).parents[2] / "build" / "segment"
SENDER = Path(__file__).with_name("segment_sender.py")


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A running server."""
    server = await ServerProcess(tmp_path / "data").start()
    yield server
    await server.stop()


async def ask(server: ServerProcess, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """As the operator, below the endpoints of repair."""
    running = find_running(server.data_dir)
    assert running is not None
    headers = {"authorization": f"Bearer {running.token}"}
    url = f"{server.url}/_roomkeeper/v1/repair{path}"
    async with aiohttp.ClientSession() as session, session.request(method, url, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def flow(server: ServerProcess) -> dict[str, Any]:
    """What was tracked of the user."""
    return await ask(server, "GET", f"/flow?kind=message_stuck&user_id={quote(USER)}")


async def write_key(server: ServerProcess) -> str:
    """A new one."""
    return str((await ask(server, "POST", "/keys", {"name": "sdk"}))["write_key"])


async def run(program: Path | str, *arguments: str) -> Any:
    """What a sender prints, as JSON."""
    sender = await asyncio.create_subprocess_exec(
        str(program), *arguments, env=nodejs.environment(), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(sender.communicate(), 60)
    return json.loads(out)


async def run_python(server: ServerProcess, key: str, form: str) -> list[str]:
    """The errors of Segment's SDK for Python, which sends some events."""
    await asyncio.to_thread(environments.install, ENVIRONMENT, REQUIREMENTS)
    program = ENVIRONMENT / "bin" / "python"
    errors: list[str] = await run(program, str(SENDER), server.url, key, USER, str(COUNT), form)
    return errors


@pytest.mark.parametrize("form", ["plain", "gzip"])
async def test_segment_analytics_python(process: ServerProcess, form: str) -> None:
    assert await run_python(process, await write_key(process), form) == []
    found = await flow(process)
    assert {each["correlation_id"] for each in found["attempts"]} == {f"py{number}" for number in range(COUNT)}
    assert all(each["steps"][0]["event"].get("drift", []) == [] for each in found["attempts"])


async def test_segment_analytics_python_is_told_what_is_wrong(process: ServerProcess) -> None:
    errors = await run_python(process, "wrong", "plain")
    assert "M_UNKNOWN_TOKEN" in errors[0]


async def test_segment_analytics_node(process: ServerProcess) -> None:
    await asyncio.to_thread(nodejs.install_packages, FOLDER)
    key = await write_key(process)
    told = await run(nodejs.NODE, str(FOLDER / "segment.mjs"), process.url, key, USER, str(COUNT))
    assert told == {"sent": COUNT, "errors": []}
    found = await flow(process)
    assert {each["correlation_id"] for each in found["attempts"]} == {f"js{number}" for number in range(COUNT)}
