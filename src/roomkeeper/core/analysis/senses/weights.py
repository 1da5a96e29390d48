"""Weights of models: files inside installed packages, found without importing those, and sessions that run them.

Nothing is ever downloaded. What each of them is, who made it and on what terms: docs/adr/0014-models.md.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any


@functools.cache
def folder_of(package: str) -> Path | None:
    """Where a package is installed, `None` where it is not."""
    spec = importlib.util.find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def find(package: str, name: str) -> Path:
    """A file of a package. `FileNotFoundError` where it is not there."""
    folder = folder_of(package)
    if folder is None or not (folder / name).is_file():
        raise FileNotFoundError(f"{package} has no {name}")
    return folder / name


@functools.cache
def missing(*packages: str) -> tuple[str, ...]:
    """Those that are not installed."""
    return tuple(package for package in packages if folder_of(package) is None)


def absence(extra: str, *packages: str) -> str | None:
    """What is not installed and how to get it, `None` where all is there. `extra`: which has them; without one, they
    are installed without what they depend on."""
    gone = [package.replace("_", "-") for package in missing(*packages)]
    if not gone:
        return None
    how = f"pip install 'roomkeeper[{extra}]'" if extra else f"pip install --no-deps {' '.join(gone)}"
    return f"Not installed: {', '.join(gone)}. Get it by: {how}"


def session(path: Path) -> Any:
    """An onnxruntime session with one thread.

    It keeps its memory from one run to the next: asking the system for it each time takes twice the time of the
    computing, and a worker that nobody needs ends anyway.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
