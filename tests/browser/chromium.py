"""Debian's Chromium. Its package is installed when it is missing (as root, or with sudo)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROGRAM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-GB"]


class ChromiumNotInstalled(Exception):
    """apt-get could not install it; the message has what it printed."""


def install() -> Path:
    """The program, installed unless it is there. Chinese and emoji need fonts of their own."""
    if not PROGRAM.exists():
        _apt("chromium", "fonts-noto-cjk", "fonts-noto-color-emoji")
    return PROGRAM


def _apt(*packages: str) -> None:
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*as_root, "apt-get", *command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise ChromiumNotInstalled(f"apt-get {' '.join(command)}: {done.stderr.decode(errors='replace')[-1000:]}")
