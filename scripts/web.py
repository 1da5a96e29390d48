"""`make web`: builds the pages of ``web/`` into the package, with the Node.js that comes from PyPI.

Nothing is done where the build is as new as the sources: what they were is kept beside the build. Builds that are asked
for together in one working copy wait for one another.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts import nodejs

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "web"
BUILT = ROOT / "src" / "roomkeeper" / "web_dist"
STAMP = ".sources"
SOURCES = ("src", "public")
COMPRESSED = {".js", ".css", ".json", ".svg", ".txt", ".wasm", ".webmanifest"}
"""Files of these kinds are kept compressed as well: the server sends them as they are."""
BUILD_SECONDS = 300
BUDGETS = {"index": 450, "console": 250, "record": 210}
"""KiB, compressed, that the first load of each page may have."""


class BuildFailed(Exception):
    """A tool of the build ended with an error; the message has what it printed."""


def build() -> bool:
    """Build the pages unless they are built from these sources; whether it was done. Raises `BuildFailed`."""
    nodejs.install_packages(FOLDER)
    with (FOLDER / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources, stamp = digest(), BUILT / STAMP
        if stamp.exists() and stamp.read_text() == sources:
            return False
        run("vite/bin/vite.js", "build", "--logLevel", "warn")
        run("vite/bin/vite.js", "build", "--logLevel", "warn", "--config", "vite.worker.config.ts")
        compress()
        weigh()
        stamp.write_text(sources)
    return True


def check() -> None:
    """Check the types of the sources. Raises `BuildFailed`."""
    nodejs.install_packages(FOLDER)
    run("typescript/bin/tsc", "--noEmit")
    for other in ("worker", "build"):
        run("typescript/bin/tsc", "--noEmit", "--project", f"tsconfig.{other}.json")


def run(program: str, *arguments: str) -> None:
    """Run a program of ``node_modules``. Raises `BuildFailed`."""
    command = [str(nodejs.NODE), str(FOLDER / "node_modules" / program), *arguments]
    done = subprocess.run(  # noqa: S603 - a tool of our own, with our own arguments
        command,
        cwd=FOLDER,
        env=nodejs.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise BuildFailed(f"{program} {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")


def digest() -> str:
    """What the sources are, names and contents."""
    found = hashlib.sha256()
    for file in sources():
        content = file.read_bytes()
        found.update(f"{file.relative_to(FOLDER)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def sources() -> Iterator[Path]:
    """All files that the build is made of, in order."""
    yield from sorted(file for file in FOLDER.iterdir() if file.is_file() and not file.name.startswith("."))
    for folder in SOURCES:
        yield from sorted(file for file in (FOLDER / folder).rglob("*") if file.is_file())


def compress() -> None:
    """Write a compressed copy beside each file that gets smaller by it."""
    for file in sorted(BUILT.rglob("*")):
        if file.suffix in COMPRESSED:
            compressed = gzip.compress(file.read_bytes(), 9, mtime=0)
            if len(compressed) < file.stat().st_size:
                file.with_name(f"{file.name}.gz").write_bytes(compressed)


def weigh() -> None:
    """Print what each page loads before it shows anything. Raises `BuildFailed` where that is too much."""
    manifest = json.loads((BUILT / ".vite" / "manifest.json").read_text())
    for page, budget in BUDGETS.items():
        files = first_files(manifest, f"{page}.html")
        total = sum(compressed_size(BUILT / name) for name in files) / 1024
        print(f"first load of {page}.html: {total:.0f} KiB compressed of {budget}")
        if total > budget:
            raise BuildFailed(f"{page}.html loads too much: {sorted(files)}")


def first_files(manifest: dict[str, Any], page: str) -> set[str]:
    """The files that a page names, and those that they import at once."""
    waiting, seen, files = [page], set(), set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            files |= {manifest[name]["file"], *manifest[name].get("css", ())}
            waiting += manifest[name].get("imports", ())
    return files


def compressed_size(file: Path) -> int:
    """Bytes of a file as browsers get it."""
    return len(gzip.compress(file.read_bytes(), 9))


def main() -> None:
    """Build, or with ``--check`` check the types."""
    try:
        if "--check" in sys.argv[1:]:
            check()
        elif build():
            print(f"The web pages are built into {BUILT.relative_to(ROOT)}.")
    except (BuildFailed, nodejs.PackagesNotInstalled) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
