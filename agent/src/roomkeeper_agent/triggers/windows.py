"""Which window is in front.

`Windows` is what the rest knows. On X11 it is asked of the window manager by `xprop`; where there is no X11 (a Wayland
session tells no program about the windows of others), nothing is known. Other systems put their own in its place: on
Windows GetForegroundWindow, on macOS NSWorkspace.frontmostApplication.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from shutil import which
from typing import Final, Protocol

import msgspec

SECONDS: Final = 3.0
"""Of waiting for an answer."""

# spec: Extended Window Manager Hints §_NET_ACTIVE_WINDOW, §_NET_WM_NAME, §_NET_WM_PID
_ACTIVE: Final = re.compile(r"window id # (0x[0-9a-fA-F]+)")
_LINE: Final = re.compile(r"^(\w+)\([^)]*\) = (.*)$", re.MULTILINE)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Window(msgspec.Struct, frozen=True):
    """The window in front: its title, and what names its program there are (class, process)."""

    title: str = ""
    names: tuple[str, ...] = ()
    id: str = ""


class Windows(Protocol):
    """Knows windows."""

    def active(self) -> Window | None:
        """The window in front; `None` where that is not known."""


class NoWindows:
    """Where nothing is known about windows."""

    def active(self) -> Window | None:
        """Not known."""
        return None


class X11Windows:
    """Asks the X server, by `xprop`."""

    def active(self) -> Window | None:
        """See `Windows`."""
        found = _ACTIVE.search(_xprop("-root", "_NET_ACTIVE_WINDOW"))
        if found is None or int(found[1], 16) == 0:
            return None
        return window_of(found[1], _xprop("-id", found[1], "_NET_WM_NAME", "WM_NAME", "WM_CLASS", "_NET_WM_PID"))


def window_of(window_id: str, said: str) -> Window:
    """A window, of what `xprop` says."""
    values = dict(_LINE.findall(said))
    titles = [_strings(values.get(name, "")) for name in ("_NET_WM_NAME", "WM_NAME")]
    title = next((each[0] for each in titles if each), "")
    names = _strings(values.get("WM_CLASS", ""))
    if (pid := values.get("_NET_WM_PID", "")).isdecimal():
        names += _process(int(pid))
    return Window(title, tuple(dict.fromkeys(name.lower() for name in names if name)), window_id)


def windows_here() -> Windows:
    """What there is on this desktop."""
    return X11Windows() if os.environ.get("DISPLAY") and which("xprop") else NoWindows()


def _xprop(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a program that was found, with arguments of ours
            [which("xprop") or "xprop", *arguments], capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _strings(value: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", each) for each in _QUOTED.findall(value)]


def _process(pid: int) -> list[str]:
    try:
        return [Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()]
    except OSError:
        return []
