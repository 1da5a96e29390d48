"""Debian's packages, installed where a program is missing (as root, or with sudo), by one process at a time."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from pathlib import Path

LOCK = Path(tempfile.gettempdir()) / f"roomkeeper-tests-{os.getuid()}.apt.lock"
"""Held while packages are being installed: tests run in several processes, and apt-get does not wait for another."""


class NotInstalled(Exception):
    """apt-get could not install it; the message has what it printed."""


def install(*packages: str) -> None:
    """Install packages; those that are there stay as they are. Raises `NotInstalled`."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (
            ["update", "-q"],
            ["-o", "DPkg::Lock::Timeout=300", "install", "-qy", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(
                [*as_root, "apt-get", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            if done.returncode != 0:
                said = done.stderr.decode(errors="replace")[-1000:]
                raise NotInstalled(f"apt-get {' '.join(command)}: {said}")
