"""Making exports in tests, and looking into them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harness import Client
from tests.integration.organisation.talking import until
from tests.integration.records.recorded import RECORDS


async def export(client: Client, **body: Any) -> dict[str, Any]:
    """An export whose file is made."""
    export_id = (await client.post(f"{RECORDS}/exports", body))["export"]["export_id"]
    found: dict[str, Any] = {}

    async def is_made() -> bool:
        found.update(await client.get(f"{RECORDS}/exports/{export_id}"))
        assert found["job"]["state"] in ("queued", "running", "succeeded"), found
        return bool(found["job"]["state"] == "succeeded")

    await until(is_made)
    return dict(found["export"])


async def download(client: Client, made: dict[str, Any], folder: Path) -> Path:
    """The file of an export."""
    path = f"{RECORDS}/exports/{made['export_id']}/download"
    status, _, content = await client.server.raw("GET", path, headers={"authorization": f"Bearer {client.token}"})
    assert status == 200
    assert len(content) == made["size"]
    file = folder / f"{made['export_id']}.zip"
    file.write_bytes(content)
    return file


def verified(file: Path, *options: str) -> tuple[int, str]:
    """What `roomkeeper-verify` says: its exit status and words. It is run where Roomkeeper cannot be imported."""
    code = (
        "import sys; sys.modules['roomkeeper'] = None\n"
        "from roomkeeper_verify.cli import main; sys.argv[0] = 'roomkeeper-verify'; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), *options], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr
