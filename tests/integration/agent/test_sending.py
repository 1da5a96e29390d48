"""`roomkeeper-agent send`: the verdict is said, and what may not be sent opens no chat."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests import samples
from tests.integration.agent.desk import AgentProcess, Place


async def test_a_file_and_its_verdict(place: Place, agent: AgentProcess, tmp_path: Path) -> None:
    file = tmp_path / "shot 1.png"
    file.write_bytes(samples.png(20, 20))
    assert "Nobody is signed in" in await agent.command("send", str(file), code=1)
    await agent.command("sign-in", place.process.url, "--user", "desk")
    said = await agent.command("send", str(file), "--no-open")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert "may be sent" in said
    assert digest in said
    assert f"{place.process.url}/app/#/attach/example.org%3A" in said
    assert said.rstrip().endswith(f"/{digest}/shot%201.png/")
    assert "does not exist" in await agent.command("send", str(tmp_path / "none"), code=2)


async def test_a_file_that_is_blocked(place: Place, agent: AgentProcess, tmp_path: Path) -> None:
    disguised = tmp_path / "invoice.pdf"
    disguised.write_bytes(b"\x7fELF" + bytes(200))
    await agent.command("sign-in", place.process.url, "--user", "desk")
    said = await agent.command("send", str(disguised), "--no-open")
    assert "can't be sent" in said
    assert "#/attach/" not in said
