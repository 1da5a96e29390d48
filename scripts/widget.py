"""Builds the chat for web pages, `/widget.js`, from web/widget: `python -m scripts.widget`.

Node.js comes from PyPI, the few packages that are needed to build (none gets into the file) from npm.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from scripts import nodejs

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "web" / "widget"
BUILT = ROOT / "src" / "roomkeeper" / "core" / "organisation" / "widget" / "static" / "widget.js"
BUILD_SECONDS = 120


class BuildFailed(Exception):
    """The widget could not be built; the message has what was printed."""


def build() -> Path:
    """The built file, made anew where a source is newer. Raises `BuildFailed`, `nodejs.PackagesNotInstalled`."""
    nodejs.install_packages(SOURCE)
    BUILT.parent.mkdir(exist_ok=True)
    with (SOURCE / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current():
            _run("node_modules/typescript/bin/tsc", "--noEmit")
            _run("build.mjs", str(BUILT))
    return BUILT


def _is_current() -> bool:
    sources = [*SOURCE.glob("src/*.ts"), *SOURCE.glob("*.json"), SOURCE / "build.mjs"]
    return BUILT.exists() and BUILT.stat().st_mtime_ns > max(file.stat().st_mtime_ns for file in sources)


def _run(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own Node.js
        [str(nodejs.NODE), *arguments],
        cwd=SOURCE,
        env=nodejs.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise BuildFailed(f"{' '.join(arguments)} failed ({done.returncode})\n{done.stdout}{done.stderr}")


def main() -> None:
    """Build, and say so where that was needed."""
    before = BUILT.stat().st_mtime_ns if BUILT.exists() else 0
    try:
        built = build()
    except (BuildFailed, nodejs.PackagesNotInstalled) as error:
        sys.exit(str(error))
    if built.stat().st_mtime_ns != before:
        print(f"The widget is built into {built.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
