"""Where the agent keeps what it keeps. spec: XDG Base Directory Specification"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Self

import msgspec

NAME = "roomkeeper-agent"


class Paths(msgspec.Struct, frozen=True):
    """Folders of their own for settings, for what must survive, and for the socket; nobody else may look into them."""

    config: Path
    state: Path
    runtime: Path

    @classmethod
    def of_user(cls) -> Self:
        """Those of who runs this; all below `ROOMKEEPER_AGENT_HOME`, where that is set."""
        if home := os.environ.get("ROOMKEEPER_AGENT_HOME"):
            return cls.below(Path(home))
        state = _xdg("XDG_STATE_HOME", ".local/state") / NAME
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        return cls(_xdg("XDG_CONFIG_HOME", ".config") / NAME, state, Path(runtime) / NAME if runtime else state / "run")

    @classmethod
    def below(cls, home: Path) -> Self:
        """All of them in one folder."""
        return cls(home / "config", home / "state", home / "run")

    @property
    def settings(self) -> Path:
        """What is watched, and how."""
        return self.config / "agent.toml"

    @property
    def account(self) -> Path:
        """Who is signed in where."""
        return self.state / "account.json"

    @property
    def token(self) -> Path:
        """The access token, where no Secret Service keeps it."""
        return self.state / "token"

    @property
    def secrets(self) -> Path:
        """The folder of the sources' passwords and tokens, where no Secret Service keeps them."""
        return self.state / "secrets"

    @property
    def tracking(self) -> Path:
        """What the agent did and could not tell yet."""
        return self.state / "tracking.json"

    @property
    def policy(self) -> Path:
        """The last policy, as the server has signed it."""
        return self.state / "policy.json"

    @property
    def captures(self) -> Path:
        """Pictures of the screen that the agent has taken."""
        return self.state / "captures"

    @property
    def spool(self) -> Path:
        """The folder of the spool."""
        return self.state / "spool"

    @property
    def socket(self) -> Path:
        """Where the running agent listens."""
        return self.runtime / "agent.sock"

    def make(self) -> None:
        """Make the folders, for their owner alone."""
        for folder in (self.config, self.state, self.runtime):
            private_folder(folder)


def private_folder(folder: Path) -> None:
    """A folder that its owner alone can open. Raises `PermissionError` where it is somebody else's."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def write_private(path: Path, content: bytes) -> None:
    """A file that its owner alone can read: whole, or not at all."""
    there = path.with_name(path.name + ".new")
    there.unlink(missing_ok=True)
    with open(os.open(there, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    there.replace(path)


def _xdg(variable: str, otherwise: str) -> Path:
    given = Path(os.environ.get(variable, ""))
    return given if given.is_absolute() else Path.home() / otherwise
