"""Waiting for something to change below folders, without asking again and again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

log = logging.getLogger(__name__)

POLLING_S: Final = 5.0
"""How often is looked where the system cannot tell: network drives, or no inotify watch left."""
MOST_NAMED: Final = 1000
"""Paths that are remembered as changed; with more of them, everything is to be looked at."""
ABOUT: Final = frozenset({"created", "modified", "moved", "deleted", "closed"})


class Changes:
    """Changes below folders (which need not exist yet), to be waited for.

    ```
    async with Changes([folder]) as changes:
        while True:
            ...  # look at everything, or at changes.taken()
            await changes.wait()
    ```
    What changes while one looks is not missed: the next `wait` returns at once.
    """

    def __init__(self, folders: Iterable[Path], *, recursive: bool = True) -> None:
        self._folders = list(dict.fromkeys(folders))
        self._recursive = recursive
        self._event = asyncio.Event()
        self._paths: set[Path] | None = set()
        self._observer: BaseObserver | None = None
        self._watched: set[Path] = set()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._stop)

    def _start(self) -> None:
        try:
            self._observe(Observer())
        except OSError as error:
            log.warning("changes of files are looked for every %s seconds: %s", POLLING_S, error)
            self._stop()
            self._observe(PollingObserver(timeout=POLLING_S))

    def _observe(self, observer: BaseObserver) -> None:
        self._observer, self._watched = observer, set()
        self._watch()
        observer.start()

    def _watch(self) -> None:
        """Watch each folder, or what is there above it until it is there itself."""
        assert self._observer is not None
        handler = _Handler(self)
        for folder in self._folders:
            there = folder
            while not there.is_dir():
                there = there.parent
            if there not in self._watched:
                self._observer.schedule(handler, str(there), recursive=self._recursive and there == folder)
                self._watched.add(there)

    def _stop(self) -> None:
        if self._observer is None:
            return
        with contextlib.suppress(RuntimeError):  # where it was never started
            self._observer.stop()
            self._observer.join()
        self._observer = None

    def told(self, paths: Iterable[str]) -> None:
        """Something has changed; called from the observer's thread, or a test."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._told, [Path(path) for path in paths if path])

    def _told(self, paths: list[Path]) -> None:
        if self._paths is not None:
            self._paths.update(paths)
            if len(self._paths) > MOST_NAMED:
                self._paths = None
        self._event.set()

    def taken(self) -> set[Path] | None:
        """What has changed since this was asked the last time; `None`: too much to say."""
        taken, self._paths = self._paths, set()
        return taken

    async def wait(self) -> None:
        """Until something changes."""
        await self._event.wait()
        self._event.clear()
        if not all(folder in self._watched for folder in self._folders):
            await asyncio.to_thread(self._watch)


class _Handler(FileSystemEventHandler):
    """Tells of whatever changes anything."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Reading is no change, and is told too: it would wake us by our own reading.
        if event.event_type in ABOUT:
            self._changes.told([_text(event.src_path), _text(event.dest_path)])


def _text(path: bytes | str) -> str:
    return path.decode(sys.getfilesystemencoding(), "surrogateescape") if isinstance(path, bytes) else path
