"""Pictures with enough in them to be told from one another, and what people do to them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageFilter

from tests import samples

WIDTH, HEIGHT = 640, 480


def scene(seed: int) -> Image.Image:
    """A picture of many shapes, different for each seed."""
    source = random.Random(seed)

    def colour() -> tuple[int, int, int]:
        return source.randrange(256), source.randrange(256), source.randrange(256)

    image = Image.new("RGB", (WIDTH, HEIGHT), colour())
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = source.randrange(WIDTH), source.randrange(HEIGHT)
        box = (x, y, x + source.randrange(10, 120), y + source.randrange(10, 90))
        shapes: list[Callable[..., None]] = [draw.ellipse, draw.rectangle, draw.line]
        source.choice(shapes)(box, fill=colour())
    return image.filter(ImageFilter.GaussianBlur(0.7))


def framed(image: Image.Image) -> Image.Image:
    """With a border around it."""
    frame = Image.new("RGB", (WIDTH + 200, HEIGHT + 180), "black")
    frame.paste(image, (120, 70))
    return frame


SIMILAR: Mapping[str, Callable[[Image.Image], bytes]] = {
    "another format": lambda image: samples.encoded(image, "WEBP"),
    "strong compression": lambda image: samples.encoded(image, "JPEG", quality=15),
    "half the size": lambda image: samples.encoded(image.resize((WIDTH // 2, HEIGHT // 2)), "JPEG"),
    "grey": lambda image: samples.encoded(image.convert("L"), "JPEG"),
    "a quarter turn": lambda image: samples.encoded(image.rotate(90, expand=True), "JPEG"),
    "mirrored": lambda image: samples.encoded(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "JPEG"),
    "darker": lambda image: samples.encoded(image.point(lambda value: value * 0.7), "JPEG"),
}
"""What PDQ sees through."""
PARTS: Mapping[str, Callable[[Image.Image], bytes]] = {
    "cropped": lambda image: samples.encoded(image.crop((100, 80, 540, 400)), "JPEG"),
    "framed": lambda image: samples.encoded(framed(image), "JPEG"),
    "turned": lambda image: samples.encoded(image.rotate(15, expand=True), "JPEG"),
    "mirrored and cropped": lambda image: samples.encoded(
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop((60, 60, 500, 430)), "JPEG"
    ),
}
"""What it takes features for."""
