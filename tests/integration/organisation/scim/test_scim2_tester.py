"""scim2-tester, which others wrote, finds no fault: over HTTP, with a server as an administrator starts it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from roomkeeper.platform.instance import find_running
from tests.databases import databases
from tests.process import ServerProcess

OTHERS = 1
"""Resource types have this many checks at least."""


async def test_no_fault_is_found(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path / "data").start()
    try:
        running = find_running(server.data_dir)
        assert running is not None
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {running.token}"}) as session:
            url = f"{server.url}/_roomkeeper/v1/provisioning_tokens"
            async with session.post(url, json={"name": "tester"}) as answer:
                token = (await answer.json())["token"]
        results = await asyncio.to_thread(checked, f"{server.url}/scim/v2", token)
    finally:
        await server.stop()
        await databases.drop_all()
    faults = [f"{each.title} {each.resource_type}: {each.reason}" for each in results if each.status not in FINE]
    assert not faults, "\n".join(faults)
    assert {each.resource_type for each in results} >= {"User", "Group"}
    assert len(results) > 50


FINE = (Status.SUCCESS, Status.SKIPPED, Status.ACCEPTABLE)


def checked(url: str, token: str) -> list[Any]:
    """What the tester finds."""
    with Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        return list(check_server(SyncSCIMClient(client)))
