"""Debian's Chromium. Its package is installed when it is missing (as root, or with sudo)."""

from __future__ import annotations

from pathlib import Path

from tests import debian

PROGRAM = Path("/usr/bin/chromium")
FONTS = {
    "fonts-noto-cjk": Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    "fonts-noto-color-emoji": Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"),
}
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""A camera that shows a test picture to every page that asks."""
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-GB", *CAMERA]


def install() -> Path:
    """The program, installed unless it is there. Chinese needs a font of its own, and so do emoji."""
    wanted = {"chromium": PROGRAM, **FONTS}
    missing = [package for package, file in wanted.items() if not file.exists()]
    if missing:
        debian.install(*missing)
    return PROGRAM
