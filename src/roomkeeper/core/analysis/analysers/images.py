"""Opening images that a stranger made: few formats, size known from the header before anything is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from roomkeeper.core.analysis.models import Refused

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
}
"""Those that are decoded, by Pillow's names."""
MAX_SIDE = 65_535
ORIENTATION = 0x0112
"""The EXIF tag."""


def load_decoders() -> None:
    """Import what decodes."""
    from PIL import Image

    Image.preinit()
    Image.init()


@contextmanager
def opened(path: Path | IO[bytes], max_pixels: int) -> Iterator[Image]:
    """The image, not decoded yet. Raises `Refused`; inside the context, too, where it turns out to be larger.

    That Pillow raises anything at all on broken input is its worker's affair.
    """
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = max_pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=list(FORMATS)) as image:
                width, height = image.size
                if width * height > max_pixels or max(width, height) > MAX_SIDE:
                    raise Refused("too_large", f"An image of {width} x {height} pixels is too large.")
                yield image
        except UnidentifiedImageError:
            raise Refused("unreadable", "This is no image of a kind that is read here.") from None
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise Refused("too_large", f"The image has more than {max_pixels} pixels.") from None


def orientation(image: Image) -> int:
    """How a camera was held: 1 to 8, 1 where that is not known."""
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse the image
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(image: Image) -> Image:
    """The image as the camera's holder saw it."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def is_animated(image: Image) -> bool:
    """Whether it has more than one frame."""
    return bool(getattr(image, "is_animated", False))


def has_alpha(image: Image) -> bool:
    """Whether parts of it may be transparent."""
    return "A" in image.mode or "a" in image.mode or "transparency" in image.info
