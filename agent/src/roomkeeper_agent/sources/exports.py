"""Exported chats: a file, a folder, or a zip file, which may be anything and is opened with care.

Nothing of it is written anywhere but into a folder of our own, under names of our own. What is too large, packed too
densely, encrypted or broken is passed over and said to be.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from roomkeeper_agent.sources.base import LocalFile, Problem, SourceFailed
from roomkeeper_agent.sources.normalise import name_of

MOST_MEMBERS: Final = 50_000
MOST_BYTES: Final = 16 * 1024**3
"""Of all that is taken out of one export."""
MOST_FILE: Final = 2 * 1024**3
MOST_RATIO: Final = 200
"""How many times smaller a member of a zip file may be than what comes out of it, if that is large."""
LARGE: Final = 8 * 1024**2
PIECE: Final = 1024 * 1024


class Unreadable(Exception):
    """Something of an export cannot be read; the message says why."""


class Export:
    """An exported chat: its files by their names. Close it, and what was taken out of it is gone."""

    def __init__(self, path: Path) -> None:
        """Raises `Unreadable`."""
        self.path = path.expanduser()
        self.problems: list[Problem] = []
        self._taken = 0
        self._number = 0
        self._folder: Path | None = None
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        try:
            if self.path.is_file() and zipfile.is_zipfile(self.path):
                self._open_zip()
            elif not self.path.exists():
                raise Unreadable("There is no such file.")
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, RecursionError) as error:
            raise Unreadable(f"It cannot be opened: {error}.") from error

    def _open_zip(self) -> None:
        self._zip = zipfile.ZipFile(self.path)
        infos = self._zip.infolist()
        if len(infos) > MOST_MEMBERS:
            self.close()
            raise Unreadable(f"It has {len(infos)} files; more than {MOST_MEMBERS} are not opened.")
        for info in infos:
            if not info.is_dir():
                self._members.setdefault(info.filename, info)

    def close(self) -> None:
        """Close it, and remove what was taken out of it."""
        if self._zip is not None:
            self._zip.close()
        self.clear()

    def clear(self) -> None:
        """Remove what was taken out of it up to now."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def digest(self) -> str:
        """What tells whether it is the same file as before: size and time of its last change."""
        try:
            found = self.path.stat()
        except OSError:
            return ""
        return hashlib.sha256(f"{found.st_size} {found.st_mtime_ns}".encode()).hexdigest()[:16]

    def names(self, suffix: str) -> list[str]:
        """Its files whose names end so."""
        if self._zip is not None:
            return [name for name in self._members if name.lower().endswith(suffix)]
        if self.path.is_dir():
            return sorted(path.name for path in self.path.iterdir() if path.name.lower().endswith(suffix))
        return [self.path.name]

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """A file of it, to be read in pieces. Raises `Unreadable`; and `SourceFailed` where its copy finds no room."""
        try:
            if self._zip is not None:
                info = self._members[name]
                self._check(info)
                with self._zip.open(info) as file:
                    yield file
            else:
                with (self.path / name if self.path.is_dir() else self.path).open("rb") as file:
                    yield file
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise SourceFailed(
                    "There is no room for files of the export: free some; it goes on by itself."
                ) from error
            raise Unreadable(f"{name} cannot be read: {error}.") from error

    def _check(self, info: zipfile.ZipInfo) -> None:
        """What the zip file says of a member. Raises `Unreadable`."""
        if info.flag_bits & 1:
            raise Unreadable(f"{info.filename} is encrypted.")
        if info.file_size > MOST_FILE:
            raise Unreadable(f"{info.filename} has {info.file_size} bytes; more than {MOST_FILE} are not taken out.")
        if info.file_size > LARGE and info.file_size > info.compress_size * MOST_RATIO:
            raise Unreadable(f"{info.filename} is packed so densely that it may be a trap; it is not taken out.")

    def file(self, name: str, shown: str = "", kind: str = "") -> LocalFile | None:
        """A file of it that belongs to an entry.

        `None`: it is not there, or not to be had (then `problems` says so).
        """
        title = name_of(shown or PurePosixPath(name).name)
        if self._zip is None:
            path = self._below(name)
            return LocalFile(path=str(path), name=title, type=kind) if path is not None else None
        member = name if name in self._members else self._by_last_part(name)
        if member is None:
            return None
        try:
            return LocalFile(path=str(self._extracted(member)), name=title, type=kind)
        except Unreadable as error:
            self.problems.append(Problem(where=f"{self.path}: {name}", why=str(error)))
            return None

    def _below(self, name: str) -> Path | None:
        """A file beside the export, and nowhere else."""
        folder = (self.path if self.path.is_dir() else self.path.parent).resolve()
        try:
            path = (folder / name).resolve()
            return path if path.is_relative_to(folder) and path.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None

    def _by_last_part(self, name: str) -> str | None:
        return next((member for member in self._members if PurePosixPath(member).name == name), None)

    def _extracted(self, member: str) -> Path:
        """Take a member out, counting what really comes. Raises `Unreadable`."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="roomkeeper-agent-import-"))
        self._number += 1
        path = self._folder / f"{self._number}{PurePosixPath(member).suffix[:10]}"
        packed = max(1, self._members[member].compress_size)
        written = 0
        try:
            with self.opened(member) as source, path.open("wb") as target:
                while piece := source.read(PIECE):
                    written += len(piece)
                    self._taken += len(piece)
                    if written > MOST_FILE or (written > LARGE and written > packed * MOST_RATIO):
                        raise Unreadable(f"{member} grows without end as it is taken out.")
                    if self._taken > MOST_BYTES:
                        raise Unreadable(f"More than {MOST_BYTES} bytes would come out of this export.")
                    target.write(piece)
        except (Unreadable, ValueError) as error:
            path.unlink(missing_ok=True)
            raise Unreadable(str(error)) from error
        return path
