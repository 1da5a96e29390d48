"""A disk on which nothing more can be written: uploads are refused plainly, and all else goes on.

The system's limit on the size of a file stands for the disk: writing fails in the same place in the same way.
"""

from __future__ import annotations

import io
import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.process import ServerProcess

MIB = 1024 * 1024


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    try:
        yield await process.start()
    finally:
        await process.kill()


async def register(session: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """The headers of a new user."""
    body = {"username": "desk", "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
    async with session.post(f"{url}/_matrix/client/v3/register", json=body) as answer:
        assert answer.status == 200, await answer.text()
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def test_uploads_are_refused_until_there_is_room(process: ServerProcess) -> None:
    async with aiohttp.ClientSession() as session:
        headers = await register(session, process.url)

        async def upload(content: bytes) -> tuple[int, dict[str, Any]]:
            url = f"{process.url}/_matrix/media/v3/upload"
            async with session.post(url, data=io.BytesIO(content), headers=headers) as answer:
                return answer.status, await answer.json()

        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (2 * MIB, resource.RLIM_INFINITY))
        for _ in range(3):
            status, answer = await upload(os.urandom(4 * MIB))
            assert (status, "disk is full" in answer["error"]) == (503, True), answer
        assert (await upload(b"small"))[0] == 200
        blobs = [path for path in (process.data_dir / "blobs").rglob("*") if path.is_file()]
        assert len(blobs) == 1, "something was left of what could not be written"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert (await upload(os.urandom(4 * MIB)))[0] == 200
