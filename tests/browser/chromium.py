"""Debian's Chromium. Its package is installed when it is missing (as root, or with sudo)."""

from __future__ import annotations

from pathlib import Path

from tests import debian

PROGRAM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-GB"]


def install() -> Path:
    """The program, installed unless it is there. Chinese needs a font of its own, and so do emoji."""
    if not PROGRAM.exists():
        debian.install("chromium", "fonts-noto-cjk", "fonts-noto-color-emoji")
    return PROGRAM
