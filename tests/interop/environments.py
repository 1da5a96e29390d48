"""Programs that need packages which ours must not have: each in an environment of its own, under `build`."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import uv

INSTALL_SECONDS = 300


class NotInstalled(Exception):
    """uv could not install it; the message has what it printed."""


def install(environment: Path, requirements: Path) -> None:
    """Install what a list of packages names, unless that was done since it changed. Raises `NotInstalled`.

    Test runs that start together in one working copy wait for one another.
    """
    environment.parent.mkdir(parents=True, exist_ok=True)
    done = environment / "installed.txt"
    with (environment.parent / f"{environment.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.read_bytes() == requirements.read_bytes():
            return
        shutil.rmtree(environment, ignore_errors=True)
        _uv(["venv", "--python", sys.executable, str(environment)])
        _uv(["pip", "install", "--python", str(environment / "bin" / "python"), "-r", str(requirements)])
        done.write_bytes(requirements.read_bytes())


def _uv(arguments: Iterable[str]) -> None:
    ran = subprocess.run(
        [uv.find_uv_bin(), "--quiet", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        raise NotInstalled(f"uv {arguments} failed; is the package index reachable?\n{ran.stdout}{ran.stderr}")
