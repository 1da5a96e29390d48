"""A desktop without a screen: an X server (Xvfb) with a window in front."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from shutil import which

from tests import debian

PROGRAMS = {"Xvfb": "xvfb", "xprop": "x11-utils", "xdotool": "xdotool"}


@asynccontextmanager
async def desktop() -> AsyncIterator[str]:
    """Its display, as in DISPLAY."""
    missing = [package for program, package in PROGRAMS.items() if which(program) is None]
    if missing:
        await asyncio.to_thread(debian.install, *missing)
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *("Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp"),
        pass_fds=(write,),
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as said:
            yield f":{(await asyncio.to_thread(said.readline)).strip()}"
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def window(display: str, title: str, kind: str) -> AsyncIterator[None]:
    """A window of that title and class, in front."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.agent.window", title, kind),
        env={**os.environ, "DISPLAY": display},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield
    finally:
        process.kill()
        await process.wait()
