"""The pictures of a file: of a photo the one, of what moves some, of a film frames. Runs in worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.analysers import images
from roomkeeper.core.analysis.analysers.types import HEAD, sniff
from roomkeeper.core.analysis.models import Refused
from roomkeeper.core.analysis.senses import films

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 50_000_000
JPEG_PIXELS = 250_000_000
"""As for fingerprints: larger JPEG files are made smaller while they are decoded."""
REACH = 60
"""Of an animation, the first so many frames may be looked at."""
SMALLEST = 8
"""Pixels: a picture of which a side is shorter shows nothing."""


class PictureParameters(msgspec.Struct, frozen=True):
    """`frames`: how many pictures of what moves are looked at, spread over it."""

    frames: Annotated[int, Meta(ge=1, le=60)] = 12


class Shown(NamedTuple):
    """A picture (RGB, upright, on white where it can be seen through) and the second at which it is shown, `None`
    where nothing moves."""

    image: Image
    at: float | None

    @property
    def pixels(self) -> Any:
        """Height, width, 3; uint8."""
        import numpy as np

        return np.asarray(self.image)


class Area(msgspec.Struct, frozen=True):
    """Where in a picture: left, top, width, height, as parts of its width and height (0 to 1), upright."""

    x: float
    y: float
    width: float
    height: float


def area(x: float, y: float, width: float, height: float, size: tuple[int, int]) -> Area:
    """From pixels in a picture of that size; what stands out of it is cut off."""
    left, top = min(max(x / size[0], 0.0), 1.0), min(max(y / size[1], 0.0), 1.0)
    right, bottom = min(max((x + width) / size[0], left), 1.0), min(max((y + height) / size[1], top), 1.0)
    return Area(round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4))


def shown(path: Path, parameters: PictureParameters, side: int) -> Iterator[Shown]:
    """The pictures, no side longer than `side`. Raises `Refused`, and whatever decoders raise."""
    from PIL import Image as Images

    with path.open("rb") as file:
        content_type = sniff(file.read(HEAD)) or ""
    if content_type.startswith("video/"):
        for at, pixels in films.frames(path, parameters.frames, side):
            yield Shown(Images.fromarray(pixels), at)
        return
    with images.opened(path, max(MAX_PIXELS, JPEG_PIXELS)) as image:
        if min(image.size) < SMALLEST:
            raise Refused("unreadable", f"A picture of {image.width} x {image.height} pixels shows nothing.")
        if image.format == "JPEG":
            image.draft("RGB", (side, side))
        elif image.width * image.height > MAX_PIXELS:
            raise Refused("too_large", f"An image of {image.width} x {image.height} pixels is too large.")
        image.load()
        yield from (
            _animation(image, parameters.frames, side)
            if images.is_animated(image)
            else [Shown(plain(image, side), None)]
        )


def _animation(image: Image, count: int, side: int) -> Iterator[Shown]:
    """The first frame, which must decode, and some of the others as far as they do."""
    number = min(int(getattr(image, "n_frames", 1)), REACH)
    wanted = {each * number // count for each in range(count)} if number > count else set(range(number))
    seconds = 0.0
    for each in range(number):
        try:
            image.seek(each)
            if each in wanted:
                yield Shown(plain(image, side), round(seconds, 2))
        except (EOFError, OSError, SyntaxError, ValueError):
            if each == 0:
                raise
            return
        seconds += float(image.info.get("duration") or 100) / 1000


def plain(image: Image, side: int) -> Image:
    """Upright, in the usual colours, on white where it can be seen through, no side longer than `side`."""
    from PIL import Image as Images

    turned = images.upright(image)
    if images.has_alpha(turned):
        over = turned.convert("RGBA")
        flat = Images.new("RGB", over.size, "white")
        flat.paste(over, mask=over.getchannel("A"))
    else:
        flat = turned.convert("RGB")
    flat.thumbnail((side, side))
    return flat
