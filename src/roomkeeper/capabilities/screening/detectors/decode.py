"""Whether a file is, from its beginning to its end, the one thing that it seems to be, and can be opened safely.

A picture is decoded whole, within limits; what is no picture is walked over. Files that are two things at once (a
picture with an archive behind it) pass everything that looks at their beginning alone.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening.detectors import structure
from roomkeeper.capabilities.screening.detectors.files import MIB, analysed
from roomkeeper.capabilities.screening.detectors.interface import (
    Detector,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Scores,
)
from roomkeeper.core.analysis.analysers import images
from roomkeeper.core.analysis.analysers.types import HEAD, sniff
from roomkeeper.core.analysis.models import Analyser, Refused
from roomkeeper.core.analysis.senses import fingerprint
from roomkeeper.core.analysis.service import Analysis

MAX_FRAMES = 2000
MAX_FRAME_PIXELS = 500_000_000
"""Pixels of all frames together."""
SMALL_FILE = 5 * MIB
"""What is smaller than that, and has more pixels than are decoded, is no honest picture."""


class DecodeParameters(msgspec.Struct, frozen=True):
    """`max_pixels`: what a frame may have."""

    max_pixels: Annotated[int, Meta(ge=1)] = 50_000_000


class Decoded(msgspec.Struct, frozen=True):
    """What is wrong: (label, what). `appended`: bytes behind the end; `frames` that decode, 0 for no picture."""

    problems: list[tuple[str, str]]
    appended: int
    frames: int


class DecodeAnalyser(Analyser[DecodeParameters, Decoded]):
    """Decodes a picture, walks over anything else of which the structure is known."""

    name = "decode"
    version = "1"
    seconds = 30.0
    parameters = DecodeParameters
    result = Decoded

    def load(self) -> None:
        """Pillow."""
        images.load_decoders()

    def run(self, path: Path, parameters: DecodeParameters) -> Decoded:
        """See `Analyser.run`."""
        with path.open("rb") as file:
            content_type = sniff(file.read(HEAD))
            problems, appended = _walked(file.fileno(), content_type)
        frames = 0
        if content_type in DECODED:
            try:
                frames = _frames(path, parameters.max_pixels)
            except Refused as error:
                large = "bomb" if path.stat().st_size < SMALL_FILE else "large"
                problems.append((large if error.reason == "too_large" else "broken", str(error)))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - decoders raise anything
                problems.append(("broken", f"It does not decode: {type(error).__name__}: {error}"))
        elif content_type not in structure.ENDS:
            raise Refused("unreadable", "It is of no kind that is looked at here.")
        return Decoded(problems, appended, frames)


DECODED = frozenset({*images.FORMATS.values(), "image/apng"})


def _walked(descriptor: int, content_type: str | None) -> tuple[list[tuple[str, str]], int]:
    """What the structure tells, and how many bytes stand behind the end."""
    find_end = structure.ENDS.get(content_type or "")
    if find_end is None:
        return [], 0
    with contextlib.closing(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)) as data:
        try:
            end = find_end(data)
        except structure.Truncated as error:
            problems, end = [("truncated", f"Its structure: {error}.")], len(data)
        except structure.Broken as error:
            problems, end = [("broken", f"Its structure: {error}.")], len(data)
        else:
            problems = []
        appended = len(data) - end
        if appended:
            problems.append(("appended", f"{appended} bytes stand behind its end."))
        # Broken or not: an archive at the end can be read by who looks for one.
        other = structure.other_file(data, end) if appended else None
        if content_type != "application/pdf" and problems and not appended:
            other = structure.other_file(data, max(0, len(data) - structure.SEARCHED))
    if other is not None:
        problems.append(("polyglot", f"It is something else as well: {other}."))
    return problems, appended


def _frames(path: Path, max_pixels: int) -> int:
    """How many frames there are, all of which decode. Raises whatever decoders raise."""
    with fingerprint.opened(path, max_pixels) as image:
        image.load()
        if not images.is_animated(image):
            return 1
        pixels = image.width * image.height
        for number in range(1, MAX_FRAMES + 1):
            try:
                image.seek(number)
                image.load()
            except EOFError:
                return number
            pixels += image.width * image.height
            if pixels > MAX_FRAME_PIXELS:
                raise Refused("too_large", f"Its frames have more than {MAX_FRAME_PIXELS} pixels together.")
        raise Refused("too_large", f"It has more than {MAX_FRAMES} frames.")


class DecodeDetector(Detector):
    """Looks at pictures, videos, sounds and PDF files."""

    name = "decode"
    kinds = frozenset[MediaKind]({"image", "video", "audio", "document"})
    timeout = 40.0
    required = True
    labels: ClassVar[Mapping[str, Label]] = {
        "bomb": Label("Decoding it takes more memory than any honest picture.", review=0.5, block=0.9),
        "large": Label("It has more pixels than are looked at.", review=0.5),
        "polyglot": Label("It is another kind of file as well, such as an archive behind a picture.", review=0.5),
        "broken": Label("It does not decode.", review=0.9),
        "truncated": Label("Its end is missing."),
        "appended": Label("Something stands behind its end. Cameras and phones do that, too."),
    }

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._analyser = DecodeAnalyser()
        analysis.register(self._analyser)

    @property
    def version(self) -> str:
        """Of the decoding."""
        return self._analyser.version

    def concerns(self, file: MediaFile) -> bool:
        """What it knows the structure of, by its first bytes."""
        return file.sniffed_type in structure.ENDS or file.sniffed_type in DECODED

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        found = await analysed(self._analysis, self._analyser, file, DecodeParameters())
        labels = dict.fromkeys(self.labels, 0.0)
        findings = []
        for label, text in found.problems:
            labels[label] = 1.0
            findings.append(Finding(label, 1.0, text[:500]))
        return Scores(labels=labels, findings=tuple(findings))
