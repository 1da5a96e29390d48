"""Perceptual hashes of a picture: PDQ, 256 bits, of it as it is and turned and mirrored. Runs in a worker process."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.analysers import images
from roomkeeper.core.analysis.models import Analyser, Refused

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 512
"""Pixels: what is larger is made smaller first, as the authors of PDQ recommend."""
MAX_PIXELS = 50_000_000
JPEG_PIXELS = 250_000_000
"""Cameras make JPEG files that are larger than `MAX_PIXELS`; these are made smaller while they are decoded."""
FRAMES = 5
"""Of what moves, so many are looked at, spread over the first `REACH`."""
REACH = 60
TELLING = 50
"""PDQ's own quality, 0 to 100: below that a picture has too little in it for its hash to tell it from others."""


class FingerprintParameters(msgspec.Struct, frozen=True):
    """`max_pixels`: what a frame may have."""

    max_pixels: Annotated[int, Meta(ge=1)] = MAX_PIXELS


class Fingerprint(msgspec.Struct, frozen=True):
    """PDQ hashes (hexadecimal): `upright` of the first frame, `all` of each frame in eight ways of turning it.

    Frames that tell nothing are left out; `upright` is empty where the first one is. `quality` is the best frame's.
    """

    upright: str
    all: list[str]
    quality: int


class FingerprintAnalyser(Analyser[FingerprintParameters, Fingerprint]):
    """Hashes a picture, or some frames of what moves."""

    name = "fingerprint"
    version = "pdq-1"
    parameters = FingerprintParameters
    result = Fingerprint

    def load(self) -> None:
        """Pillow, numpy and pdqhash."""
        load()

    def run(self, path: Path, parameters: FingerprintParameters) -> Fingerprint:
        """See `Analyser.run`."""
        return fingerprint_of(path, parameters.max_pixels)


def load() -> None:
    """Import what `fingerprint_of` needs."""
    images.load_decoders()
    importlib.import_module("numpy")
    importlib.import_module("pdqhash")


def fingerprint_of(file: Path | IO[bytes], max_pixels: int = MAX_PIXELS) -> Fingerprint:
    """The hashes. Raises `Refused`, and whatever decoders raise."""
    import numpy as np
    import pdqhash

    upright, found, best = "", [], 0
    with opened(file, max_pixels) as image:
        for number, frame in enumerate(_frames(image)):
            vectors, quality = pdqhash.compute_dihedral(np.asarray(frame))
            hashes = [np.packbits(bits.astype(np.uint8)).tobytes().hex() for bits in vectors]
            best = max(best, int(quality))
            if quality >= TELLING:
                upright = upright or (hashes[0] if number == 0 else "")
                found += hashes
    return Fingerprint(upright, list(dict.fromkeys(found)), best)


@contextlib.contextmanager
def opened(file: Path | IO[bytes], max_pixels: int = MAX_PIXELS) -> Iterator[Image]:
    """The picture, not decoded yet; a JPEG file will be decoded no larger than is needed here. Raises `Refused`."""
    with images.opened(file, max(max_pixels, JPEG_PIXELS)) as image:
        if image.format == "JPEG":
            image.draft("RGB", (SIDE, SIDE))
        elif image.width * image.height > max_pixels:
            raise Refused("too_large", f"An image of {image.width} x {image.height} pixels is too large.")
        yield image


def _frames(image: Image) -> Iterator[Image]:
    """The first frame, which must decode, and some of the others as far as they do."""
    image.load()
    yield small(image)
    if not images.is_animated(image):
        return
    with contextlib.suppress(Exception):
        count = min(int(getattr(image, "n_frames", 1)), REACH)
        for number in range(1, min(count, FRAMES)):
            image.seek(number * count // FRAMES if count > FRAMES else number)
            yield small(image)


def small(image: Image) -> Image:
    """Upright, in the usual colours, on white where it can be seen through, and no larger than is looked at."""
    from PIL import Image as Images

    turned = images.upright(image)
    if images.has_alpha(turned):
        over = turned.convert("RGBA")
        plain = Images.new("RGB", over.size, "white")
        plain.paste(over, mask=over.getchannel("A"))
    else:
        plain = turned.convert("RGB")
    plain.thumbnail((SIDE, SIDE))
    return plain
