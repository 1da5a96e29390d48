"""A desktop's Secret Service: GNOME's keyring on a session bus of its own, unlocked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from shutil import which

from tests import debian

PROGRAMS = {"dbus-daemon": "dbus-daemon", "gnome-keyring-daemon": "gnome-keyring", "secret-tool": "libsecret-tools"}
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={home}/bus</listen>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>
  </policy>
</busconfig>
"""
"""A bus that starts no programs. Debian's own starts a second keyring, locked, for whoever asks before the first one
has the name; and that one asks for a password in a window, where there is none."""
READY_SECONDS = 120


@asynccontextmanager
async def secret_service(home: Path) -> AsyncIterator[dict[str, str]]:
    """What programs need in their environment to reach it."""
    missing = [package for program, package in PROGRAMS.items() if which(program) is None]
    if missing:
        await asyncio.to_thread(debian.install, *missing)
    await asyncio.to_thread(home.mkdir, parents=True)
    configuration, log = home / "bus.conf", home / "keyring.log"
    await asyncio.to_thread(configuration.write_text, BUS.format(home=home), "utf-8")
    pipe = asyncio.subprocess.PIPE
    bus = await asyncio.create_subprocess_exec(
        *("dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address=1"),
        stdout=pipe,
    )
    assert bus.stdout is not None
    address = (await bus.stdout.readline()).decode().strip()
    environment = {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_DATA_HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    with log.open("wb") as written:
        keyring = await asyncio.create_subprocess_exec(
            *("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"),
            f"--control-directory={home}",
            env={**os.environ, **environment, "HOME": str(home)},
            stdin=pipe,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=written,
        )
    assert keyring.stdin is not None
    keyring.stdin.write(b"a password\n")
    keyring.stdin.close()
    try:
        await _ready(environment, keyring, log)
        yield environment
    finally:
        for process in (keyring, bus):
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _ready(environment: dict[str, str], keyring: asyncio.subprocess.Process, log: Path) -> None:
    """Until it keeps things. It makes the keyring `login`, unlocked, before it takes its name on the bus."""
    said = ""
    try:
        async with asyncio.timeout(READY_SECONDS):
            while (said := await _stored(environment)) and keyring.returncode is None:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.1)
    except TimeoutError:
        pass
    assert not said, f"no Secret Service: {said} {await asyncio.to_thread(log.read_text)}"


async def _stored(environment: dict[str, str]) -> str:
    """Store something; why that did not work, or "" when it did."""
    process = await asyncio.create_subprocess_exec(
        *("secret-tool", "store", "--label=test", "test", "ready"),
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate(b"yes")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return said.decode() or f"secret-tool ended with {process.returncode}" if process.returncode else ""
