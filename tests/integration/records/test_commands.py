"""`roomkeeper records` on a server that runs, and `roomkeeper-verify` as it is installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import aiohttp

from tests.integration.organisation.test_commands import admin, command
from tests.process import ServerProcess

PASSWORD = "correct horse battery"


async def talk(server: ServerProcess) -> None:
    """A customer writes to somebody of the staff."""
    url = f"{server.url}/_matrix/client/v3"
    async with aiohttp.ClientSession() as session:
        body = {"username": "customer", "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        async with session.post(f"{url}/register", json=body) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        room = {"invite": ["@desk:example.org"], "is_direct": True}
        async with session.post(f"{url}/createRoom", json=room, headers=headers) as answer:
            room_id = (await answer.json())["room_id"]
        message = {"msgtype": "m.text", "body": "My chair is broken"}
        path = f"{url}/rooms/{room_id}/send/m.room.message/1"
        async with session.put(path, json=message, headers=headers) as answer:
            assert answer.status == 200


async def test_records(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path / "data").start()
    try:
        admin(server, "people", "create", "desk")
        await talk(server)
        listed = command(server, "records", "list")
        record = next(
            word for line in listed.splitlines() for word in line.split() if len(word) == 23 and word.isalnum()
        )
        assert "roomkeeper" in listed
        hold = command(server, "records", "hold", "record", record, "--reason", "court")
        assert record in command(server, "records", "holds")
        output = tmp_path / "records.zip"
        said = await asyncio.to_thread(command, server, "records", "export", str(output), "--reason", "complaint 17")
        assert "1 records" in said
        key = command(server, "records", "checkpoint").split()[-1]
        assert "Released" in command(server, "records", "release", hold.split()[1].rstrip(":"), "--reason", "over")
        command(server, "records", "erase", "--record", record, "--reason", "asked for")
        assert "complaint 17" in admin(server, "audit")
    finally:
        await server.stop()
    verify = Path(sys.executable).with_name("roomkeeper-verify")
    arguments = [str(verify)] if verify.exists() else [sys.executable, "-m", "roomkeeper_verify"]
    done = await asyncio.to_thread(
        subprocess.run, [*arguments, str(output), "--key", key], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything is as it was recorded." in done.stdout
