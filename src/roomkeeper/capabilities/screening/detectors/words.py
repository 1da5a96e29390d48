"""Words that are written in pictures and films, and spoken in sounds and films, for the text rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from roomkeeper.capabilities.screening.detectors.files import analysed
from roomkeeper.capabilities.screening.detectors.interface import (
    Absent,
    Box,
    Detector,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Refused,
    Scores,
    Span,
    Text,
)
from roomkeeper.core.analysis.senses import READING, SPEECH, films
from roomkeeper.core.analysis.senses.pictures import PictureParameters
from roomkeeper.core.analysis.senses.reading import Line
from roomkeeper.core.analysis.senses.speech import SpeechParameters
from roomkeeper.core.analysis.service import Analysis

FRAMES = 8
"""Of a film that are read: each takes half a second."""


class OcrTextDetector(Detector):
    """Words in pictures, Chinese and Latin."""

    name = "ocr_text"
    kinds = frozenset[MediaKind]({"image", "video"})
    timeout = 90.0
    failing_waits = True
    labels: ClassVar[Mapping[str, Label]] = {}

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    @property
    def version(self) -> str:
        """Of the model."""
        return READING.version

    def absence(self) -> str | None:
        """Its model is optional."""
        return self._analysis.absence(READING)

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`. Each line where it stands, and then all together: a phrase may go over several."""
        if file.kind == "video" and (missing := films.absence()) is not None:
            raise Absent(missing)
        found = await analysed(self._analysis, READING, file, PictureParameters(frames=FRAMES))
        texts = [_line(line) for line in found.lines]
        if len(texts) > 1:
            texts.append(Text("\n".join(line.text for line in found.lines), "all words in the picture"))
        return Scores(texts=tuple(texts))


def _line(line: Line) -> Text:
    box = Box(line.box.x, line.box.y, line.box.width, line.box.height)
    span = None if line.at is None else Span(line.at, line.at)
    return Text(line.text, "words in the picture", box, span)


class SpeechTextDetector(Detector):
    """Words in sounds: English alone. Of what is said in other languages it says that it does not understand."""

    name = "speech_text"
    kinds = frozenset[MediaKind]({"audio", "video"})
    timeout = 240.0
    failing_waits = True
    labels: ClassVar[Mapping[str, Label]] = {
        "not_understood": Label("Somebody speaks, but not English, or not clearly: nobody knows what is said."),
        "not_heard": Label("It is longer than is listened to."),
    }

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    @property
    def version(self) -> str:
        """Of the model."""
        return SPEECH.version

    def absence(self) -> str | None:
        """Its model and the program are optional."""
        return self._analysis.absence(SPEECH)

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`. Each stretch when it is said, and then all together."""
        labels = dict.fromkeys(self.labels, 0.0)
        try:
            speech = await analysed(self._analysis, SPEECH, file, SpeechParameters())
        except Refused:
            if file.kind == "video":
                return Scores(labels=labels)  # a film may have no sound
            raise
        findings, texts = list[Finding](), list[Text]()
        for each in speech.utterances:
            span = Span(each.start, each.end)
            if each.english:
                texts.append(Text(each.text, "what is said", span=span))
            else:
                labels["not_understood"] = 1.0
                findings.append(Finding("not_understood", 1.0, "What is said here is not understood.", span=span))
        if speech.duration > speech.heard + 1:
            labels["not_heard"] = 1.0
            rest = Span(speech.heard, speech.duration)
            findings.append(Finding("not_heard", 1.0, "Nobody listened to this part.", span=rest))
        if len(texts) > 1:
            texts.append(Text(" ".join(each.text for each in texts), "all that is said"))
        return Scores(labels=labels, findings=tuple(findings), texts=tuple(texts))
