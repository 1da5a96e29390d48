"""The file of an export: one zip file with what was written, the media, and a signed manifest."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

MEDIA: Final = "media.jsonl"
"""The list of the media that go with it: it is not in the file itself."""
SIGNED: Final = ("manifest.json", "manifest.sig")
BLOCK: Final = 1024 * 1024
Manifest = Callable[[Sequence[dict[str, Any]], int], tuple[bytes, str]]
"""Makes the manifest of some files, of which so many are media; and its signature."""
LEFT_OUT: Final = {
    "withheld": "contents of messages that were redacted: they need a permission of their own",
    "erased": "contents that were erased: their digests are there",
    "not recorded": "events that happened while nothing was recorded, by policy or since the customer did not agree",
    "files gone": "files that are not on this server any more",
    "files not asked for": "files, which were not asked for",
    "files too large for an e-mail": "files that are too large for an e-mail; they are among the media",
    "texts cut": "texts of more than 20,000 letters, of which the PDF has the beginning",
}
"""What is counted as left out, and why."""


def pack(folder: Path, target: Path, manifest: Manifest) -> tuple[int, str]:
    """Make the zip file; its size and hash. It takes long, and runs on a thread."""
    files: list[dict[str, Any]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            name = str(path.relative_to(folder))
            if name != MEDIA:
                files.append(_add(packed, path, name))
        added: set[str] = set()
        for line in lines_of(folder / MEDIA):
            if line["media"] not in added:
                added.add(line["media"])
                files.append(_add(packed, Path(line["path"]), f"media/{line['media']}"))
        told, signature = manifest(files, len(added))
        packed.writestr(SIGNED[0], told)
        packed.writestr(SIGNED[1], signature + "\n")
    return target.stat().st_size, _sha256(target)


def lines_of(path: Path) -> Any:
    """The objects in a file of JSON Lines, if there is one."""
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield json.loads(line)


def _add(packed: zipfile.ZipFile, path: Path, name: str) -> dict[str, Any]:
    """Put a file into the zip file; what the manifest says of it."""
    packed.write(path, name)
    return {"name": name, "size": path.stat().st_size, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


async def blocks(path: Path) -> AsyncIterator[bytes]:
    """A file, piece by piece."""
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block


def remove_later(folder: Path) -> None:
    """Remove a folder on a thread: it may have many files."""
    asyncio.get_running_loop().run_in_executor(None, lambda: shutil.rmtree(folder, ignore_errors=True))
