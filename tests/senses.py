"""What the models are shown and told: sample pictures of packages, rendered words, voices of espeak-ng, films."""

from __future__ import annotations

import functools
import importlib.util
import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests import debian

if TYPE_CHECKING:
    from PIL.Image import Image

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
PROGRAMS = {"ffmpeg": "ffmpeg", "espeak-ng": "espeak-ng"}
SAMPLES = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "officer": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    **{
        name: ("skimage", f"data/{name}")
        for name in ("brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "color.png", "grass.png")
    },
    **{
        name: ("skimage", f"data/{name}")
        for name in ("gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png")
    },
    **{
        name: ("skimage", f"data/{name}")
        for name in ("page.png", "phantom.png", "retina.jpg", "rocket.jpg", "text.png")
    },
}
"""By name: the package and the file in it. The first two show a face each."""


def install() -> None:
    """Have the programs and the font."""
    missing = [package for package, program in PROGRAMS.items() if shutil.which(program) is None]
    if not FONT.exists():
        missing.append("fonts-noto-cjk")
    if missing:
        debian.install(*missing)


@functools.cache
def sample(name: str) -> bytes:
    """A picture."""
    package, file = SAMPLES[name]
    spec = importlib.util.find_spec(package)
    assert spec is not None, "make setup installs requirements/samples.txt"
    assert spec.origin is not None
    return (Path(spec.origin).parent / file).read_bytes()


def opened(name: str) -> Image:
    """A picture, decoded."""
    from PIL import Image as Images

    return Images.open(io.BytesIO(sample(name))).convert("RGB")


def encoded(image: Image, kind: str = "PNG") -> bytes:
    """The bytes of a picture."""
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def written(
    text: str,
    *,
    size: int = 48,
    canvas: tuple[int, int] = (960, 720),
    turned: float = 0.0,
    behind: str = "white",
    colour: str = "black",
) -> Image:
    """A picture with words in its middle, `turned` by so many degrees."""
    from PIL import Image as Images
    from PIL import ImageDraw, ImageFont

    install()
    image = Images.new("RGB", canvas, behind)
    font = ImageFont.truetype(str(FONT), size)
    layer = Images.new("L", (max(canvas),) * 2, 0)
    drawn = ImageDraw.Draw(layer)
    box = drawn.multiline_textbbox((0, 0), text, font=font)
    place = ((layer.width - box[2] - box[0]) / 2, (layer.height - box[3] - box[1]) / 2)
    drawn.multiline_text(place, text, font=font, fill=255)
    layer = layer.rotate(turned, fillcolor=0)
    left, top = (layer.width - canvas[0]) // 2, (layer.height - canvas[1]) // 2
    image.paste(colour, mask=layer.crop((left, top, left + canvas[0], top + canvas[1])))
    return image


@functools.cache
def spoken(text: str, voice: str = "en-us") -> bytes:
    """A WAVE file in which that is said."""
    install()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), text], check=True, capture_output=True)
        return path.read_bytes()


def film(frames: Sequence[Image], sound: bytes | None = None, *, seconds: float = 1.0) -> bytes:
    """A film (MPEG-4) that shows each picture for so many seconds."""
    install()
    with tempfile.TemporaryDirectory() as folder:
        for number, frame in enumerate(frames):
            frame.resize((640, 480)).save(Path(folder) / f"{number:03}.png")
        command = ["ffmpeg", "-v", "error", "-framerate", f"{1 / seconds}", "-i", f"{folder}/%03d.png"]
        if sound is not None:
            (Path(folder) / "said.wav").write_bytes(sound)
            command += ["-i", f"{folder}/said.wav", "-c:a", "aac"]
        out = f"{folder}/film.mp4"
        subprocess.run([*command, "-c:v", "mpeg4", "-q:v", "3", "-r", "10", out], check=True, capture_output=True)
        return Path(out).read_bytes()


def silence(seconds: float) -> bytes:
    """A WAVE file in which nothing is to be heard."""
    return wave([0] * int(16_000 * seconds))


def hum(seconds: float) -> bytes:
    """One in which a steady tone is."""
    import math

    return wave([int(8000 * math.sin(2 * math.pi * 220 * at / 16_000)) for at in range(int(16_000 * seconds))])


def wave(samples: Sequence[int]) -> bytes:
    """A WAVE file: 16 bits, 16 kHz."""
    import struct
    import wave as waves

    file = io.BytesIO()
    with waves.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()
