"""Words in pictures: Chinese and Latin, by PP-OCRv6 (small), as packed by rapidocr.

A picture is looked at with its longer side made `SIDE` pixels. Lines may stand at any angle; letters that have fewer
than about ten pixels then are not read.
"""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from roomkeeper.core.analysis.models import Analyser
from roomkeeper.core.analysis.senses import kinds, pictures, weights
from roomkeeper.core.analysis.senses.pictures import Area, PictureParameters

if TYPE_CHECKING:
    from PIL.Image import Image

PACKAGE = "rapidocr"
SIDE = 960
SMALL_SIDE = 480
"""Pixels, below which a picture is enlarged."""
SURE = 0.5
"""How sure a line must be."""
MOST_LINES = 300


class Line(msgspec.Struct, frozen=True):
    """A line of words: how surely it is that (0 to 1), where, by how many degrees it is turned clockwise (-180 to 180),
    and at which second of a film."""

    text: str
    score: float
    box: Area
    angle: float
    at: float | None = None


class Lines(msgspec.Struct, frozen=True):
    """All in a file, from top to bottom as far as they are; the same line of a film's frames once."""

    lines: list[Line]


class ReadingAnalyser(Analyser[PictureParameters, Lines]):
    """Reads pictures, and frames of films."""

    name = "reading"
    version = "pp-ocrv6-small-1"
    kind = kinds.READING
    seconds = 60.0
    parameters = PictureParameters
    result = Lines

    def __init__(self) -> None:
        self._engine: Any = None

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return weights.absence("ocr", PACKAGE, "onnxruntime", "cv2")

    def load(self) -> None:
        """rapidocr and its models, with one thread."""
        from roomkeeper.core.analysis.analysers import images

        images.load_decoders()
        importlib.import_module("cv2").setNumThreads(1)
        rapidocr = importlib.import_module("rapidocr")
        self._engine = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.text_score": SURE,
                "Global.max_side_len": SIDE,
                # As they come: lifting the shorter side, as it does by itself, makes ribbons enormous.
                "Det.limit_type": "max",
                "Det.limit_side_len": SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def run(self, path: Path, parameters: PictureParameters) -> Lines:
        """See `Analyser.run`."""
        found: dict[str, Line] = {}
        for shown in pictures.shown(path, parameters, SIDE):
            for line in self._read(_enlarged(shown.image), shown.at):
                key = line.text if shown.at is not None else f"{len(found)}"
                found.setdefault(key, line)
        return Lines(list(found.values())[:MOST_LINES])

    def _read(self, image: Image, at: float | None) -> list[Line]:
        import numpy as np

        pixels = np.asarray(image)
        answer = self._engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        if not answer.txts:
            return []
        size = pixels.shape[1], pixels.shape[0]
        return [
            Line(text.strip(), round(float(score), 3), *_place(corners, size), at)
            for text, score, corners in zip(answer.txts, answer.scores, answer.boxes, strict=True)
            if text.strip()
        ]


def _enlarged(image: Image) -> Image:
    """Small pictures twice as large: their letters are small as well."""
    if max(image.size) >= SMALL_SIDE:
        return image
    return image.resize((image.width * 2, image.height * 2))


def _place(corners: Any, size: tuple[int, int]) -> tuple[Area, float]:
    """The upright rectangle around four corners, and by how much the line is turned. The first two corners are the
    beginning and end of its upper edge."""
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    along = corners[1] - corners[0]
    angle = math.degrees(math.atan2(float(along[1]), float(along[0])))
    return pictures.area(float(left), float(top), float(right - left), float(bottom - top), size), round(angle, 1)
