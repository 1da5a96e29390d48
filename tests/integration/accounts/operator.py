"""Asking the operator API as the administrator of the machine."""

from __future__ import annotations

from typing import Any

from roomkeeper.platform.instance import find_running
from tests.harness import Answer, Server


async def operator(server: Server, method: str, path: str, json: Any = None, **query: Any) -> Answer:
    """Status and body; the token is read from the data directory."""
    running = find_running(server.data_dir)
    assert running is not None
    return await server.request(method, f"/_roomkeeper/v1{path}", json, running.token, query=query)
