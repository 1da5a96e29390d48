"""Running plug-ins: which there are, and where their jobs go."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from roomkeeper.core.analysis.analysers import PROBE
from roomkeeper.core.analysis.analysers.probe import ProbeParameters
from roomkeeper.core.analysis.models import (
    IMAGES,
    Analyser,
    AnalysisFailed,
    AnyAnalyser,
    Parameters,
    Priority,
    Result,
    WorkerKind,
)
from roomkeeper.core.analysis.pool import Pool, PooledJob
from roomkeeper.core.analysis.protocol import Job
from roomkeeper.core.analysis.settings import SENSES, AnalysisSettings
from roomkeeper.platform.application import DoctorFinding
from roomkeeper.platform.figures import Finding

ONE_PIXEL = bytes.fromhex("47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b")
"""The smallest image, for the check."""


class Analysis:
    """The plug-ins, and a pool of workers for each kind."""

    def __init__(self, settings: AnalysisSettings) -> None:
        self._settings = settings
        self._kinds: dict[str, WorkerKind] = {}
        self._analysers: dict[str, AnyAnalyser] = {}
        self.pools: dict[str, Pool] = {}

    def add_kind(self, kind: WorkerKind) -> None:
        """Declare a kind of worker. `ValueError` where there is one of that name."""
        if kind.name in self._kinds:
            raise ValueError(f"there are two kinds of worker {kind.name}")
        self._kinds[kind.name] = kind
        self.pools[kind.name] = Pool(
            kind, lambda: self._references(kind.name), self._settings.queue_length, self._settings.idle_seconds
        )

    def register(self, analyser: AnyAnalyser) -> None:
        """Add a plug-in, before its kind's first worker starts. `ValueError` where name or kind are wrong."""
        if analyser.name in self._analysers:
            raise ValueError(f"there are two analysers {analyser.name}")
        if analyser.kind not in self._kinds:
            raise ValueError(f"{analyser.name} wants a worker of the kind {analyser.kind}, which nobody declared")
        self._analysers[analyser.name] = analyser

    def absence(self, analyser: AnyAnalyser) -> str | None:
        """Why a plug-in cannot be used, `None` where it can: not installed, or not wanted here."""
        if analyser.name in SENSES and analyser.name not in self._settings.senses:
            return "It is turned off: analysis.senses does not name it."
        absence: str | None = analyser.absence()
        return absence

    @property
    def analysers(self) -> list[AnyAnalyser]:
        """All registered plug-ins."""
        return list(self._analysers.values())

    def _references(self, kind: str) -> list[str]:
        """What a worker loads: all of its kind, but for what is not there."""
        return [each.reference for each in self._analysers.values() if each.kind == kind and self.absence(each) is None]

    async def run(
        self,
        analyser: Analyser[Parameters, Result],
        path: Path,
        parameters: Parameters,
        *,
        user: str,
        priority: Priority = Priority.INTERACTIVE,
        begins: Callable[[], None] | None = None,
    ) -> Result:
        """The result of a plug-in for the file at `path`, on behalf of `user`; `begins` is called when a worker has
        time for it. Raises `AnalysisFailed`.
        """
        absence = self.absence(analyser)
        if absence is not None:
            raise AnalysisFailed("absent", absence)
        encoded = msgspec.Raw(msgspec.msgpack.encode(parameters))
        message = Job(analyser.name, _absolute(path), encoded, analyser.seconds)
        job = PooledJob(analyser, message, user, priority, begins)
        self.pools[analyser.kind].submit(job)
        try:
            return msgspec.msgpack.decode(await job.future, type=analyser.result)  # type: ignore[no-any-return]
        except msgspec.DecodeError as error:
            raise AnalysisFailed("crashed", f"The worker's result is not one: {error}") from None

    @property
    def absent(self) -> list[tuple[str, str]]:
        """The plug-ins that cannot be used, and why."""
        return [(each.name, why) for each in self.analysers if (why := self.absence(each)) is not None]

    async def stop(self) -> None:
        """End all workers."""
        await asyncio.gather(*(pool.stop() for pool in self.pools.values()))

    @property
    def waiting(self) -> int:
        """Jobs of all kinds that wait for a worker."""
        return sum(pool.waiting for pool in self.pools.values())

    @property
    def workers(self) -> int:
        """Worker processes that run."""
        return sum(len(pool.workers) for pool in self.pools.values())

    async def examine(self) -> Finding:
        """For the health: whether files are looked into as fast as they come."""
        values: dict[str, str | int | float] = {"waiting": self.waiting, "workers": self.workers}
        if self.waiting < self._settings.queue_length / 2:
            text = f"{self.waiting} files wait to be looked into."
            return Finding(state="well", code="analysis.well", text=text, values=values)
        return Finding(
            state="warning",
            code="analysis.busy",
            text=f"{self.waiting} files wait to be looked into by {self.workers} workers.",
            advice="Set image_workers higher where the machine has processors to spare.",
            values=values,
        )

    async def check(self) -> DoctorFinding:
        """For `roomkeeper doctor`: whether a worker starts, works, and is confined."""
        with tempfile.TemporaryDirectory() as folder:
            image = Path(folder) / "pixel.gif"
            await asyncio.to_thread(image.write_bytes, ONE_PIXEL)
            try:
                await self.run(PROBE, image, ProbeParameters(max_pixels=1), user="doctor")
            except AnalysisFailed as error:
                return DoctorFinding(False, f"Images cannot be looked at ({error.reason}): {error}")
            offline = all(worker.offline for worker in self.pools[IMAGES].workers)
            await self.stop()
        names = ", ".join(analyser.name for analyser in self.analysers if self.absence(analyser) is None)
        if offline:
            said = f"Workers start, and have no network. Plug-ins: {names}."
        else:
            said = f"Workers start, but the system does not let them give up the network. Plug-ins: {names}."
        return DoctorFinding(True, " ".join([said, *(f"{name} is not there. {why}" for name, why in self.absent)]))


def _absolute(path: Path) -> str:
    return str(path.absolute())
