"""Pictures of the screen that the desktop takes: new files in the folders where it puts them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Final

from roomkeeper_agent.sources.folders import Changes

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".avif", ".jxl"})
YOUNG_S: Final = 120.0
"""A file that was changed longer ago is no new picture, but one that was moved here."""
SETTLED_S: Final = 0.2
MOST_TRIES: Final = 50
MOST_SEEN: Final = 1000


async def new_pictures(folders: Iterable[Path]) -> AsyncGenerator[Path, None]:
    """New pictures, when they are written whole, for ever."""
    watched = list(folders)
    seen: dict[tuple[int, int], None] = {}
    async with Changes(watched, recursive=False) as changes:
        while True:
            await changes.wait()
            paths = changes.taken()
            for path in sorted(paths if paths is not None else _all(watched)):
                mark = await asyncio.to_thread(_mark, path, watched)
                if mark is None or mark in seen:
                    continue
                if await _is_whole(path):
                    seen[mark] = None
                    yield path
            for old in list(seen)[:-MOST_SEEN]:
                del seen[old]


def _all(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


def _mark(path: Path, folders: Iterable[Path]) -> tuple[int, int] | None:
    """What makes it this file; `None` where it is no new picture in one of the folders."""
    if path.suffix.lower() not in SUFFIXES or path.parent not in folders or path.name.startswith("."):
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    is_young = abs(time.time() - found.st_mtime) < YOUNG_S
    return (found.st_dev, found.st_ino) if path.is_file() and is_young else None


async def _is_whole(path: Path) -> bool:
    """Wait until nothing is written to it any more; whether it is there then, with something in it."""
    size = -1
    for _ in range(MOST_TRIES):
        try:
            found = (await asyncio.to_thread(path.stat)).st_size
        except OSError:
            return False
        if found == size and found > 0:
            return True
        size = found
        await asyncio.sleep(SETTLED_S)
    return size > 0
