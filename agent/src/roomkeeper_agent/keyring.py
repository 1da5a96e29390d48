"""Passwords and tokens: kept by the desktop's Secret Service where there is one, else in a file for its owner alone."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from shutil import which
from typing import Final, Literal

import msgspec

from roomkeeper_agent.paths import write_private

Kept = Literal["file", "secret-service"]
IN_FILE: Final = "file"
IN_SERVICE: Final = "secret-service"
TOOL: Final = "secret-tool"
SECONDS: Final = 10
APPLICATION: Final = ("application", "roomkeeper-agent")


class Secret(msgspec.Struct, frozen=True):
    """One of them: `label` for people, `attributes` by which the service finds it, and `file` where there is none."""

    label: str
    attributes: tuple[str, ...]
    file: Path

    def keep(self, value: str) -> Kept:
        """Keep it; where that is. Raises `OSError`."""
        self._ask("store", f"--label={self.label}", given=value)
        if self._ask("lookup") == value:
            self.file.unlink(missing_ok=True)
            return IN_SERVICE
        write_private(self.file, value.encode())
        return IN_FILE

    def find(self, kept: str) -> str | None:
        """What was kept there; `None` where it is gone, or the service is locked."""
        if kept == IN_SERVICE:
            return self._ask("lookup")
        with contextlib.suppress(FileNotFoundError):
            return self.file.read_text("utf-8").strip("\n") or None
        return None

    def forget(self, kept: str) -> None:
        """Keep it no longer."""
        if kept == IN_SERVICE:
            self._ask("clear")
        self.file.unlink(missing_ok=True)

    def _ask(self, what: str, *options: str, given: str | None = None) -> str | None:
        """What the Secret Service answers; `None` where there is none, or it has nothing."""
        if (tool := which(TOOL)) is None:
            return None
        try:
            done = subprocess.run(  # noqa: S603 - a program that was found, with arguments of ours
                [tool, what, *options, *APPLICATION, *self.attributes],
                input=given, capture_output=True, text=True, timeout=SECONDS, check=False,
            )  # fmt: skip
        except (subprocess.TimeoutExpired, OSError, UnicodeError):
            return None
        return done.stdout.removesuffix("\n") or None if done.returncode == 0 else None
