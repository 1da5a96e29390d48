"""What an image is, and whether all of it decodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.analysers import images
from roomkeeper.core.analysis.models import Analyser


class ProbeParameters(msgspec.Struct, frozen=True):
    """`max_pixels`: what a frame may have."""

    max_pixels: Annotated[int, Meta(ge=1)] = 50_000_000


class ImageFacts(msgspec.Struct, frozen=True):
    """Media type; width and height in pixels, as seen upright; whether it moves, and can be seen through."""

    content_type: str
    width: int
    height: int
    animated: bool
    alpha: bool


class ProbeAnalyser(Analyser[ProbeParameters, ImageFacts]):
    """Decodes the (first) picture whole."""

    name = "probe"
    version = "1"
    parameters = ProbeParameters
    result = ImageFacts

    def load(self) -> None:
        """Pillow."""
        images.load_decoders()

    def run(self, path: Path, parameters: ProbeParameters) -> ImageFacts:
        """See `Analyser.run`."""
        with images.opened(path, parameters.max_pixels) as image:
            width, height = image.size
            image.load()
            turned = images.orientation(image) >= 5
            return ImageFacts(
                content_type=images.FORMATS[image.format or ""],
                width=height if turned else width,
                height=width if turned else height,
                animated=images.is_animated(image),
                alpha=images.has_alpha(image),
            )
