"""One worker process, as the server sees it: started, given one job at a time, watched, killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from roomkeeper.core.analysis.models import WorkerKind
from roomkeeper.core.analysis.protocol import HEADER_BYTES, Answer, Done, Failed, Hello, Job, decode_answer, frame
from roomkeeper.core.analysis.protocol import frame_length as length_of

START_SECONDS = 60.0
"""A worker that hangs while it starts is noticed by this alone; starting takes half a second on a machine at rest."""
PATIENCE = 4
"""Seconds that a job may take for each that it may use a processor: others may be using it."""
WATCH_SECONDS = 0.1
"""How often the memory of a worker is looked at while it works."""
JOBS = 500
"""After so many a worker is replaced, whatever its libraries may have leaked."""
PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
"""All of the environment that a worker gets: the rest may hold secrets."""


class WorkerDied(Exception):
    """The process ended, or broke the protocol, instead of answering. `over_memory`: it was killed for its memory."""

    def __init__(self, message: str, *, over_memory: bool = False) -> None:
        super().__init__(message)
        self.over_memory = over_memory


class WorkerProcess:
    """A running worker."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        memory: int,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._memory = memory
        self._jobs = 0
        self._over_memory = False
        self.offline = False

    @classmethod
    async def start(cls, kind: WorkerKind, references: Sequence[str]) -> WorkerProcess:
        """Start a fresh interpreter with these plug-ins, and wait until it has loaded them. Raises `WorkerDied`."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-m",
                    "roomkeeper.core.analysis.worker",
                    str(theirs.fileno()),
                    str(kind.memory),
                    *references,
                    pass_fds=(theirs.fileno(),),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    env=_environment(),
                )
            except OSError as error:
                ours.close()
                raise WorkerDied(f"cannot start a worker: {error}") from None
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        worker = cls(process, reader, writer, kind.memory)
        try:
            await worker._greet()
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                hello = await self._answer()
        except TimeoutError:
            raise WorkerDied("a worker did not start in time") from None
        if not isinstance(hello, Hello) or hello.problem:
            raise WorkerDied(f"a worker cannot work: {hello}")
        self.offline = hello.offline

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_worn(self) -> bool:
        """Whether it should be replaced: it has done its share, or kept too much memory."""
        return self._jobs >= JOBS or self._resident() > self._memory // 2

    async def run(self, job: Job, seconds: float) -> Done | Failed:
        """Give it a job. Raises `TimeoutError` after so many seconds of a processor or `PATIENCE` times as many in all,
        and `WorkerDied`; it must be killed then.
        """
        self._jobs += 1
        watch = asyncio.create_task(self._watch_memory())
        try:
            async with asyncio.timeout(PATIENCE * seconds):
                self._writer.write(frame(job))
                answer = await self._answer()
        finally:
            watch.cancel()
        if isinstance(answer, Hello):
            raise WorkerDied("a worker greeted twice")
        return answer

    async def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._writer.close()
        await self._process.wait()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _answer(self) -> Answer:
        try:
            length = length_of(await self._reader.readexactly(HEADER_BYTES))
            answer: Answer = decode_answer(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):
            code = await self._process.wait()
            if code == -signal.SIGXCPU:
                raise TimeoutError from None
            raise WorkerDied(f"a worker ended with {code}", over_memory=self._over_memory) from None
        except ValueError as error:
            raise WorkerDied(f"a worker answered nonsense: {error}") from None
        return answer

    async def _watch_memory(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._resident() > self._memory:
                self._over_memory = True
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                return

    def _resident(self) -> int:
        """Bytes of memory that it uses; 0 where that is not known."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * resource.getpagesize()


def _environment() -> dict[str, str]:
    # Libraries that bring their own threads would take the whole machine.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, **threads, "PYTHONDONTWRITEBYTECODE": "1"}
