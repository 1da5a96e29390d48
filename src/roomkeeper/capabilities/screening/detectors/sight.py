"""Nakedness and gore in pictures and films: how surely, and when; where in a picture neither can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from roomkeeper.capabilities.screening.detectors.files import analysed
from roomkeeper.capabilities.screening.detectors.interface import (
    Absent,
    Detector,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Scores,
    Span,
)
from roomkeeper.core.analysis import AnyAnalyser
from roomkeeper.core.analysis.senses import GORE, NUDITY, films
from roomkeeper.core.analysis.senses.pictures import PictureParameters
from roomkeeper.core.analysis.senses.sight import Moment, Moments
from roomkeeper.core.analysis.service import Analysis

NEAR = 0.5
"""A moment belongs to a scene where its score is that part of the worst one's."""
MOST_SCENES = 10


class _SightDetector(Detector):
    """Asks one classifier, which gives one label a score."""

    kinds = frozenset[MediaKind]({"image", "video"})
    timeout = 60.0
    failing_waits = True
    analyser: ClassVar[AnyAnalyser]

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    @property
    def version(self) -> str:
        """Of the model."""
        return str(self.analyser.version)

    def absence(self) -> str | None:
        """Its model is optional."""
        return self._analysis.absence(self.analyser)

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        if file.kind == "video" and (missing := films.absence()) is not None:
            raise Absent(missing)
        found: Moments = await analysed(self._analysis, self.analyser, file, PictureParameters())
        label = self.name
        findings = tuple(
            Finding(label, worst, f"{worst:.0%} from {span.start:.0f} s on.", span=span)
            for worst, span in scenes(found.moments)[:MOST_SCENES]
        )
        return Scores(labels={label: found.worst.score}, findings=findings)


class NudityDetector(_SightDetector):
    """Naked people."""

    name = "nudity"
    labels: ClassVar[Mapping[str, Label]] = {"nudity": Label("It shows naked people.", review=0.6, block=0.9)}
    analyser = NUDITY


class GoreDetector(_SightDetector):
    """Blood and wounds."""

    name = "gore"
    labels: ClassVar[Mapping[str, Label]] = {"gore": Label("It shows blood or wounds.", review=0.5, block=0.9)}
    analyser = GORE


def scenes(moments: Sequence[Moment]) -> list[tuple[float, Span]]:
    """What stands out in a film: stretches of moments near the worst one, each with its score, the worst first."""
    timed = [(each.score, each.at) for each in moments if each.at is not None]
    if not timed:
        return []
    limit = NEAR * max(score for score, _ in timed)
    apart = timed[1][1] - timed[0][1] if len(timed) > 1 else 1.0
    found: list[tuple[float, Span]] = []
    is_going_on = False
    for score, at in timed:
        if score >= limit and is_going_on:
            worst, span = found.pop()
            found.append((max(worst, score), Span(span.start, round(at + apart / 2, 2))))
        elif score >= limit:
            found.append((score, Span(round(max(at - apart / 2, 0.0), 2), round(at + apart / 2, 2))))
        is_going_on = score >= limit
    return sorted(found, key=lambda scene: -scene[0])
