"""A hash that stays nearly the same when an image is re-encoded, made smaller or grey: PDQ, 256 bits.

Two images are taken for the same where their hashes differ in 31 bits or fewer; quality below 50 tells nothing.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.analysers import images
from roomkeeper.core.analysis.models import Analyser

SIDE = 512
"""Pixels: what is larger is made smaller first, as the authors of PDQ recommend."""


class HashParameters(msgspec.Struct, frozen=True):
    """`max_pixels`: what the image may have."""

    max_pixels: Annotated[int, Meta(ge=1)] = 50_000_000


class PerceptualHash(msgspec.Struct, frozen=True):
    """The algorithm, the hash (hexadecimal) and how much it tells (0 to 100)."""

    algorithm: str
    hash: str
    quality: int


class PerceptualHashAnalyser(Analyser[HashParameters, PerceptualHash]):
    """Hashes the (first) picture, upright."""

    name = "perceptual_hash"
    version = "pdq-1"
    parameters = HashParameters
    result = PerceptualHash

    def load(self) -> None:
        """Pillow, numpy and pdqhash."""
        images.load_decoders()
        importlib.import_module("numpy")
        importlib.import_module("pdqhash")

    def run(self, path: Path, parameters: HashParameters) -> PerceptualHash:
        """See `Analyser.run`."""
        import numpy as np
        import pdqhash

        with images.opened(path, parameters.max_pixels) as image:
            if image.format == "JPEG":
                image.draft("RGB", (SIDE, SIDE))
            image.load()
            plain = images.upright(image).convert("RGB")
            plain.thumbnail((SIDE, SIDE))
            bits, quality = pdqhash.compute(np.asarray(plain))
        return PerceptualHash("pdq", np.packbits(bits.astype(np.uint8)).tobytes().hex(), int(quality))
