"""The command `roomkeeper`, run as an administrator runs it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.databases import databases
from tests.process import ENVIRONMENT


async def roomkeeper(data_dir: Path, *arguments: object, **environment: str) -> tuple[int, str]:
    """Run a command on a data directory: exit code and output."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ROOMKEEPER_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "roomkeeper",
        *map(str, arguments),
        env={
            **inherited,
            **ENVIRONMENT,
            **await databases.environment(data_dir),
            "ROOMKEEPER_DATA_DIR": str(data_dir),
            **environment,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def works(data_dir: Path, *arguments: object) -> str:
    """The output of a command that works."""
    code, output = await roomkeeper(data_dir, *arguments)
    assert code == 0, output
    return output
