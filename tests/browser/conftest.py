"""A browser for all tests here, the pages built from their sources, and a server for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from scripts import web

from tests.browser import chromium
from tests.browser.people import People
from tests.process import ServerProcess


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    web.check()
    web.build()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    async with async_playwright() as playwright:
        program = str(chromium.install())
        browser = await playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server over real HTTP."""
    server = await ServerProcess(tmp_path / "data").start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, process: ServerProcess) -> AsyncIterator[People]:
    """Those who use it, each in a browser context of their own. What a page logs as an error fails the test."""
    people = People(browser, process)
    yield people
    await people.leave()
    assert not people.errors, people.errors
