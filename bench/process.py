"""What a server process costs, read from /proc, and which core it may use. Linux only.

Figures: CPU in seconds (user + system, whole process tree, ended children included), memory in bytes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))


def generator_core() -> int:
    """The core of the load generator: the first one allowed."""
    return CORES[0]


def server_core() -> int:
    """The core of every server under test: the last one allowed (the generator's own if there is only one)."""
    return CORES[-1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Stay on one core within the block; a process started inside inherits it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Tree:
    """A process with its descendants."""

    root: int

    def pids(self) -> list[int]:
        """The live processes of the tree, root first; empty once the root is gone."""
        found = [self.root] if (PROC / str(self.root)).exists() else []
        for pid in found:  # grows while it is walked
            found.extend(_children(pid))
        return found

    def cpu(self) -> float:
        """Seconds of CPU used so far by the whole tree (resolution: one clock tick, usually 10 ms)."""
        return sum(_ticks(pid) for pid in self.pids()) / TICKS_PER_SECOND

    def resident(self) -> int:
        """Bytes of memory resident now."""
        return sum(_status(pid, "VmRSS") for pid in self.pids())

    def resident_below(self) -> int:
        """Bytes of memory resident now in the processes that the root has started."""
        return sum(_status(pid, "VmRSS") for pid in self.pids()[1:])

    def peak(self) -> int:
        """The highest number of resident bytes since the start or since `reset_peak`."""
        return sum(_status(pid, "VmHWM") for pid in self.pids())

    def reset_peak(self) -> None:
        """Begin a new peak; a process that does not allow it keeps its old one."""
        for pid in self.pids():
            try:
                (PROC / str(pid) / "clear_refs").write_text("5")
            except OSError:
                continue


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            found.extend(int(child) for child in (task / "children").read_text().split())
    except OSError:
        pass  # ended meanwhile
    return found


def _ticks(pid: int) -> int:
    """utime + stime + cutime + cstime: fields 14 to 17 of /proc/PID/stat."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0
    fields = text.rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])


def _status(pid: int, key: str) -> int:
    try:
        text = (PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0
