"""Smaller versions of images, made anew from their pixels: nothing else of the file comes along.

spec: client-server §Thumbnails: never larger than the original, never smaller than asked for where it need not be.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.analysers import images
from roomkeeper.core.analysis.models import Analyser

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG_QUALITY = 82
MAX_FRAMES = 60
MAX_FRAME_PIXELS = 12_000_000
"""Pixels that all frames of an animated thumbnail may have together."""
AS_THEY_ARE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that may be answered to who asks for a thumbnail."""


class ThumbnailParameters(msgspec.Struct, frozen=True):
    """The box in pixels, and how to fill it; `animated`: move, if the original does."""

    width: Annotated[int, Meta(ge=1, le=4096)]
    height: Annotated[int, Meta(ge=1, le=4096)]
    method: Literal["scale", "crop"]
    animated: bool = False
    max_pixels: Annotated[int, Meta(ge=1)] = 50_000_000


class Thumbnail(msgspec.Struct, frozen=True):
    """The image; `data` is empty where the original is as small already and can be used itself."""

    content_type: str
    width: int
    height: int
    data: bytes


class ThumbnailAnalyser(Analyser[ThumbnailParameters, Thumbnail]):
    """Makes a thumbnail: JPEG, PNG where it can be seen through, WebP where it moves."""

    name = "thumbnail"
    version = "1"
    parameters = ThumbnailParameters
    result = Thumbnail

    def load(self) -> None:
        """Pillow."""
        images.load_decoders()

    def run(self, path: Path, parameters: ThumbnailParameters) -> Thumbnail:
        """See `Analyser.run`."""
        with images.opened(path, parameters.max_pixels) as image:
            if image.format != "JPEG":
                # Looking for metadata may decode, and would swallow what goes wrong; JPEG need not be decoded whole.
                image.load()
            moves = images.is_animated(image)
            content_type = images.FORMATS[image.format or ""]
            turned = images.orientation(image) >= 5
            size = image.size[::-1] if turned else image.size
            if fits(size, parameters) and content_type in AS_THEY_ARE and (parameters.animated or not moves):
                image.load()  # what does not decode is not passed on as a thumbnail
                return Thumbnail(content_type, *size, b"")
            if parameters.animated and moves:
                frames = _frames(image, parameters)
                if len(frames) > 1:
                    return _animated(frames)
                image.seek(0)
            return _still(image, parameters)


def fits(size: tuple[int, int], box: ThumbnailParameters) -> bool:
    """Whether nothing is to be made smaller."""
    return size[0] <= box.width and size[1] <= box.height


def region(size: tuple[int, int], box: ThumbnailParameters) -> tuple[int, int, int, int]:
    """What of the image is shown: all of it, or the middle, in the proportions of the box. Left, top, right, bottom."""
    width, height = size
    if box.method == "scale":
        return 0, 0, width, height
    shrink = min(width / box.width, height / box.height)
    shown = (max(1, min(width, round(box.width * shrink))), max(1, min(height, round(box.height * shrink))))
    left, top = (width - shown[0]) // 2, (height - shown[1]) // 2
    return left, top, left + shown[0], top + shown[1]


def reduced(size: tuple[int, int], box: ThumbnailParameters) -> tuple[int, int]:
    """How large what is shown becomes: as large as goes into the box, and never larger than it is."""
    if box.method == "crop" and size[0] >= box.width and size[1] >= box.height:
        return box.width, box.height
    ratio = min(1.0, box.width / size[0], box.height / size[1])
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def _still(image: Image, box: ThumbnailParameters) -> Thumbnail:
    if image.format == "JPEG" and box.method == "scale":
        longer = max(box.width, box.height)
        image.draft(None, (longer * 2, longer * 2))  # lets the decoder skip what is not needed
    image.load()
    small = _shrunk(_plain(images.upright(image)), box)
    data = io.BytesIO()
    if small.mode == "RGBA" and small.getchannel("A").getextrema() == (255, 255):
        small = small.convert("RGB")  # there is nothing to see through after all
    if small.mode == "RGBA":
        small.save(data, "PNG", optimize=False)
        return Thumbnail("image/png", *small.size, data.getvalue())
    small.save(data, "JPEG", quality=JPEG_QUALITY, progressive=True)
    return Thumbnail("image/jpeg", *small.size, data.getvalue())


def _frames(image: Image, box: ThumbnailParameters) -> list[tuple[Image, int]]:
    """The frames, made smaller, with the milliseconds that each is shown; fewer than two where it has too many."""
    frames: list[tuple[Image, int]] = []
    pixels = 0
    with contextlib.suppress(EOFError):
        for number in range(MAX_FRAMES + 1):
            image.seek(number)
            duration = image.info.get("duration", 100)
            small = _shrunk(_plain(image), box)
            pixels += small.width * small.height
            if number == MAX_FRAMES or pixels > MAX_FRAME_PIXELS:
                return []
            frames.append((small, max(20, int(duration)) if isinstance(duration, int | float) else 100))
    return frames


def _animated(frames: list[tuple[Image, int]]) -> Thumbnail:
    first, *others = [frame.convert("RGBA") for frame, _ in frames]
    options: dict[str, Any] = {"duration": [milliseconds for _, milliseconds in frames], "loop": 0, "method": 2}
    data = io.BytesIO()
    first.save(data, "WEBP", save_all=True, append_images=others, quality=75, **options)
    return Thumbnail("image/webp", *first.size, data.getvalue())


def _shrunk(image: Image, box: ThumbnailParameters) -> Image:
    from PIL.Image import Resampling

    shown = region(image.size, box)
    size = reduced((shown[2] - shown[0], shown[3] - shown[1]), box)
    return image.resize(size, Resampling.LANCZOS, box=shown, reducing_gap=3.0)


def _plain(image: Image) -> Image:
    """The pixels alone, as RGB or RGBA in the usual colours: no metadata, no profile, no palette."""
    mode = "RGBA" if images.has_alpha(image) else "RGB"
    profile = image.info.get("icc_profile")
    plain = image.convert(mode)
    if profile and image.mode in ("RGB", "RGBA"):
        plain = _usual_colours(plain, profile)
    plain.info = {}
    return plain


def _usual_colours(image: Image, profile: bytes) -> Image:
    """Convert to sRGB; a profile that cannot be used is ignored."""
    from PIL import ImageCms

    with contextlib.suppress(Exception):
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
        return converted or image
    return image
