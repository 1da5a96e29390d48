"""The workers that read documents, archives and sounds, and how a plug-in's failure is told as a detector's."""

from __future__ import annotations

from typing import Any, NoReturn

from roomkeeper.capabilities.screening.detectors.interface import Absent, Busy, Failed, MediaFile, Refused, on_turn
from roomkeeper.core.analysis.models import Analyser, AnalysisFailed, Parameters, Result, WorkerKind
from roomkeeper.core.analysis.service import Analysis

FILES = "files"
"""The kind of worker that reads what is no image."""
MIB = 1024 * 1024
WORKER_MEMORY = 768 * MIB
KIND = WorkerKind(name=FILES, processes=1, memory=WORKER_MEMORY)


async def analysed(
    analysis: Analysis, analyser: Analyser[Parameters, Result], file: MediaFile, parameters: Parameters
) -> Result:
    """What a plug-in finds in the file. Raises `Absent`, `Busy`, `Failed` and `Refused`."""
    turned = on_turn.get()
    turned(False)
    try:
        return await analysis.run(
            analyser,
            file.path,
            parameters,
            user=file.uploader,
            priority=file.priority,
            begins=lambda: turned(True),
        )
    except AnalysisFailed as failure:
        tell(failure)
    finally:
        turned(True)


def tell(failure: AnalysisFailed) -> NoReturn:
    """Raise what a detector raises for it: what is the file's own doing does not change when it is asked again.

    That it took too much memory is no reason to let it pass, as what cannot be looked into usually does.
    """
    if failure.reason in ("unreadable", "too_large"):
        raise Refused(str(failure)) from None
    if failure.reason == "absent":
        raise Absent(str(failure)) from None
    if failure.reason == "busy":
        raise Busy(str(failure)) from None
    raise Failed(str(failure)) from None


def printable(text: Any, most: int = 200) -> str:
    """Words out of a file, as they can stand in a finding: one line, bounded, nothing that turns text around."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text)[: most + 1])
    return plain if len(plain) <= most else plain[: most - 1] + "…"
