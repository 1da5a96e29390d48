"""schemathesis, which others wrote, asks the administration's endpoints what their description allows.

No answer is a 500, and each is of the shape that the description says. The server is one as an administrator starts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from roomkeeper.platform.instance import find_running
from tests.databases import databases
from tests.process import ServerProcess

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
PREFIX = "/_roomkeeper/v1/"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server over HTTP."""
    process = await ServerProcess(tmp_path / "data").start()
    yield process
    await process.stop()
    await databases.drop_all()


@pytest.mark.parametrize("examples", [4, pytest.param(150, marks=pytest.mark.long)])
async def test_the_description_is_true(server: ServerProcess, examples: int) -> None:
    running = find_running(server.data_dir)
    assert running is not None
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}{PREFIX}openapi.json") as answer:
        description = await answer.json()
    description["paths"] = {path: each for path, each in description["paths"].items() if path.startswith(PREFIX)}
    asked = await asyncio.to_thread(attack, description, server.url, running.token, examples)
    assert asked >= len(description["paths"])


def attack(description: dict[str, Any], url: str, token: str, examples: int) -> int:
    """Ask each endpoint some times; how many were asked. A fault is raised."""
    count = 0
    results: Any = schemathesis.openapi.from_dict(description).get_all_operations()
    for result in results:
        operation = result.ok()
        count += 1

        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            headers = {"Authorization": f"Bearer {token}"}
            case.call_and_validate(base_url=url, headers=headers, checks=CHECKS, timeout=30)

        ask()
    return count
