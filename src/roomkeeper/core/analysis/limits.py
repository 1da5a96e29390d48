"""What a worker process takes away from itself before it reads anything: memory, files, network, priority.

Everything here is best effort but for the memory: what the system does not allow is left as it is, and `Hello.offline`
and `roomkeeper doctor` tell whether the network is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path

NICENESS = 5
"""Messages go before analyses; on a machine that is always busy these still get a third of what a request gets."""
OPEN_FILES = 64
MAPPINGS = 768 * 1024 * 1024
"""Bytes of address space on top of the memory: libraries and thread stacks are mapped, but not used."""
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def confine(memory: int) -> bool:
    """Confine this process; `memory` is in bytes. Whether it has no network any more."""
    libc = ctypes.CDLL(None, use_errno=True)
    # A server that is killed must not leave workers behind.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    with contextlib.suppress(OSError):
        # Where memory runs out, this process goes, not the server.
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    offline = _leave_network(libc)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_AS, (memory + MAPPINGS, memory + MAPPINGS))
    return offline


def yield_to_others() -> None:
    """Let this process take what requests leave over. Not while it starts: somebody may wait for its first answer."""
    os.nice(NICENESS)


def end_with_parent() -> None:
    """For a program that a worker starts: it must not go on when the worker is killed."""
    with contextlib.suppress(OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def allow_cpu(seconds: float) -> None:
    """Let this process use that many more seconds of processor time; the system ends it (SIGXCPU) after that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Move into a network namespace of one's own, which has no connections; root may, others by a user namespace."""
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))
