"""`roomkeeper departures`, on a server that runs."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp

from tests.integration.organisation.test_commands import admin, command
from tests.process import ServerProcess

PASSWORD = "correct horse battery"


async def test_a_departure(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path / "data").start()
    try:
        for name in ("ann", "ben"):
            admin(server, "people", "create", name)
        await _session(server, "customer", "@ann:example.org")
        assert "1 customers, 1 of them" not in command(server, "departures", "record", "@ann:example.org", "--preview")
        preview = command(server, "departures", "record", "@ann:example.org", "--to", "@ben:example.org", "--preview")
        assert "1 customers, 0 of them without an answer" in preview
        assert "@ben:example.org" in preview
        assert "active" in admin(server, "people", "list", "--search", "ann")

        recorded = command(server, "departures", "record", "@ann:example.org", "--to", "@ben:example.org")
        assert "waiting" in recorded
        departure = recorded.split("departure ")[1].split()[0]
        assert "departed" in admin(server, "people", "list", "--search", "ann")
        assert departure in command(server, "departures", "list", "--user", "@ann:example.org")
        listed = command(server, "departures", "customers", departure, "--status", "waiting")
        assert "@customer:example.org" in listed
        assert "@ben:example.org" in listed
        assert "finished" in command(server, "departures", "show", departure)
        command(server, "departures", "undo", departure, "--reason", "came back")
        assert "withdrawn" in command(server, "departures", "show", departure)
        assert "came back" in admin(server, "audit")
    finally:
        await server.stop()


async def test_one_that_is_planned_with_a_file(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path / "data").start()
    try:
        for name in ("ann", "ben"):
            admin(server, "people", "create", name)
        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps({"rules": [{"staff_id": "@ben:example.org"}], "limit": 5}))
        at = ("--at", "2099-01-31T18:00", "--plan", str(plan))
        recorded = command(server, "departures", "record", "@ann:example.org", *at)
        assert "planned" in recorded
        assert "2099-01-31" in recorded
        assert "already" in command(server, "departures", "record", "@ann:example.org", fails=True)
        departure = recorded.split("departure ")[1].split()[0]
        assert "cancelled" in command(server, "departures", "cancel", departure)
        for wrong in (["--at", "soon"], ["--plan", str(tmp_path / "none.json")], ["--to", "@ann:example.org"]):
            command(server, "departures", "record", "@ann:example.org", *wrong, fails=True)
    finally:
        await server.stop()


async def _session(server: ServerProcess, customer: str, staff: str) -> None:
    body = {"username": customer, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
    async with aiohttp.ClientSession(server.url) as session:
        async with session.post("/_matrix/client/v3/register", json=body) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        room = {"invite": [staff], "is_direct": True, "preset": "trusted_private_chat"}
        async with session.post("/_matrix/client/v3/createRoom", json=room, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
