"""A real XMPP server (Prosody) with people and a room, without encryption, on a port of its own."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any, Self

import slixmpp

from tests.agent.following import program
from tests.integration.appservices.bridge import free_port

PASSWORD = "correct horse"
ROOM = "shop@rooms.example.org"
START_SECONDS = 60.0
CONFIGURATION = """
run_as_root = true
data_path = "{folder}/data"
log = {{ info = "{folder}/prosody.log" }}
c2s_ports = {{ {port} }}
c2s_interfaces = {{ "127.0.0.1" }}
s2s_ports = {{ }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "carbons"{mam} }}
modules_disabled = {{ "s2s", "tls" }}
VirtualHost "example.org"
Component "rooms.example.org" "muc"
    modules_enabled = {{ {muc_mam} }}
    restrict_room_creation = false
    muc_room_locking = false
"""


class Prosody:
    """The server. People: desk, customer."""

    def __init__(self, folder: Path, *, has_archive: bool) -> None:
        self.port = free_port()
        self._folder = folder
        self._has_archive = has_archive
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Self:
        """Start it, and wait until it takes connections."""
        prosody = await asyncio.to_thread(program, "prosody")
        accounts = self._folder / "data" / "example%2eorg" / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        for name in ("desk", "customer"):
            (accounts / f"{name}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')
        configuration = self._folder / "prosody.cfg.lua"
        mam, muc_mam = (', "mam"', '"muc_mam"') if self._has_archive else ("", "")
        configuration.write_text(CONFIGURATION.format(folder=self._folder, port=self.port, mam=mam, muc_mam=muc_mam))
        with (self._folder / "output.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                prosody, "--config", str(configuration), "-F", stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                assert self._process.returncode is None, (self._folder / "output.log").read_text()
                await asyncio.sleep(0.05)
        return self

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()

    def settings(self, **more: Any) -> dict[str, Any]:
        """Of the source, for the desk."""
        return {
            "jid": "desk@example.org",
            "password": PASSWORD,
            "host": "127.0.0.1",
            "port": self.port,
            "tls": False,
            **more,
        }

    async def client(self, name: str) -> Any:
        """Somebody who is signed in."""
        client: Any = slixmpp.ClientXMPP(f"{name}@example.org/phone", PASSWORD)
        client.enable_plaintext, client.enable_starttls, client.enable_direct_tls = True, False, False
        client["feature_mechanisms"].unencrypted_scram = client["feature_mechanisms"].unencrypted_plain = True
        client.register_plugin("xep_0045")
        started = asyncio.get_running_loop().create_future()
        client.add_event_handler("session_start", lambda _: started.set_result(None))
        client.connect("127.0.0.1", self.port)
        await asyncio.wait_for(started, START_SECONDS)
        client.send_presence()
        return client
