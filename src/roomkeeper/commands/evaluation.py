"""`roomkeeper evaluate FOLDER`: how well people are recognised in a labelled folder, by threshold."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

import msgspec

from roomkeeper.capabilities.safety.identification import evaluation
from roomkeeper.capabilities.safety.identification.evaluation import FolderRefused, Report
from roomkeeper.capabilities.safety.identification.looking import Looking
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.commands.failures import Failure
from roomkeeper.commands.terminal import console, table
from roomkeeper.core import analysis
from roomkeeper.core.analysis.settings import AnalysisSettings
from roomkeeper.platform.settings import SettingsSource


def evaluate(folder: Path, config: Path | None, *, as_json: bool) -> None:
    """Print the table. Raises `Failure` where the folder is not laid out as it must be."""
    source = SettingsSource.load(config)
    settings, senses = source.section(SafetySettings), source.section(AnalysisSettings)
    try:
        report = asyncio.run(_evaluate(folder, settings, senses))
    except FolderRefused as error:
        raise Failure(str(error)) from None
    if as_json:
        console.print(json.dumps(msgspec.to_builtins(report), ensure_ascii=False), markup=False)
    else:
        _print(report)


async def _evaluate(folder: Path, settings: SafetySettings, senses: AnalysisSettings) -> Report:
    workers = analysis.make(senses)
    with tempfile.TemporaryDirectory() as examined, console.status("") as status:
        try:
            return await evaluation.evaluate(
                folder, Looking(workers, Path(examined)), settings, lambda name: status.update(name)
            )
        finally:
            await workers.stop()


def _print(report: Report) -> None:
    enrolled = ", ".join(f"{count} {kind}" for kind, count in sorted(report.enrolled.items())) or "nothing"
    console.print(
        f"{report.people} people ({enrolled}), {report.submissions} submissions, {report.seconds} s for each.",
        markup=False,
    )
    for name, files in (("Not enrolled", report.refused), ("Not compared", report.failed)):
        for path, why in files:
            console.print(f"{name}: {path} ({why})", markup=False)
    shown = table("Kind", "Threshold", "Found", "Recall", "False matches", "Share")
    for line in evaluation.lines(report):
        shown.add_row(*line)
    console.print(shown, markup=False)
    console.print("* the threshold that the settings have (safety.…_threshold)", markup=False)
