"""Taking pictures of the screen, when the employee asks for a record."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Final

from roomkeeper_agent.paths import private_folder

MOST_KEPT: Final = 500
"""Pictures that are kept in the folder after they were uploaded."""
MOST_PAGES: Final = 50
SECONDS: Final = 3.0
SETTLE_S: Final = 0.4
"""After a key is pressed, until the window shows what is above."""


class NoScreen(Exception):
    """There is no screen of which a picture can be taken; the message says why."""


def capture(folder: Path, pages: int = 1) -> list[Path]:
    """Take a picture, and with `pages` more while scrolling back in the window in front. Raises `NoScreen`.

    The first file is what is seen now, and the others what is above it, until that does not change any more.
    """
    private_folder(folder)
    _tidy(folder)
    taken: list[Path] = []
    before = b""
    for page in range(min(pages, MOST_PAGES)):
        path = folder / f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S.%fZ')}-{page + 1}.png"
        pixels = _grab(path)
        if pixels == before:
            path.unlink()
            break
        before = pixels
        taken.append(path)
        if page + 1 < pages and not _scroll_back():
            break
    return taken


def _grab(path: Path) -> bytes:
    """A picture of all screens as a file; and its pixels."""
    if not os.environ.get("DISPLAY"):
        raise NoScreen("There is no X11 display here: take the picture with the desktop's own key instead.")
    import mss
    import mss.tools

    try:
        with mss.mss() as screen:
            shot = screen.grab(screen.monitors[0])
            mss.tools.to_png(shot.rgb, shot.size, output=str(path))
            return bytes(shot.rgb)
    except mss.exception.ScreenShotError as error:
        raise NoScreen(f"No picture of the screen can be taken: {error}.") from None


def _scroll_back() -> bool:
    """Press Page Up in the window in front; whether that can be done (it needs `xdotool`)."""
    if (tool := which("xdotool")) is None:
        return False
    try:
        # What the hotkey is made of may be down still.
        command = [tool, "key", "--clearmodifiers", "Page_Up"]
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - ours
    except (OSError, subprocess.TimeoutExpired):
        return False
    time.sleep(SETTLE_S)
    return done.returncode == 0


def _tidy(folder: Path) -> None:
    for old in sorted(folder.glob("*.png"))[:-MOST_KEPT]:
        old.unlink(missing_ok=True)
