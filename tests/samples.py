"""Media for tests: good ones of many kinds, and broken or hostile ones, all made here."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from functools import cache
from typing import Any

from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SCRIPT = b"<script>alert(1)</script>"


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture with something in it: a gradient, whose left top corner is white."""
    image = Image.radial_gradient("L").resize((width, height)).convert(mode)
    image.paste(255 if mode == "L" else (255,) * len(image.getbands()), (0, 0, width // 4, height // 4))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file."""
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def png(width: int = 64, height: int = 48) -> bytes:
    """A PNG file."""
    return encoded(picture(width, height), "PNG")


def jpeg(width: int = 64, height: int = 48, **options: Any) -> bytes:
    """A JPEG file."""
    return encoded(picture(width, height), "JPEG", **options)


def frames(count: int, width: int = 64, height: int = 48) -> list[Image.Image]:
    """Pictures that differ."""
    return [picture(width, height).rotate(7 * number) for number in range(count)]


def moving(kind: str, count: int = 5, width: int = 64, height: int = 48) -> bytes:
    """A file with several frames."""
    first, *others = frames(count, width, height)
    return encoded(first, kind, save_all=True, append_images=others, duration=50, loop=0)


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG file that claims this size and has these chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG_SIGNATURE + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def zipped(name: str = "inside.txt", content: bytes = b"text") -> bytes:
    """A ZIP file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return data.getvalue()


def with_exif(orientation: int = 6, comment: str = "a secret place") -> bytes:
    """A JPEG file from a camera that was held sideways, with things in it that are nobody's business."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = comment
    return encoded(picture(), "JPEG", exif=exif, comment=comment.encode())


@cache
def good() -> dict[str, bytes]:
    """Images that must be read."""
    palette = picture().quantize(8)
    return {
        "png": png(),
        "jpeg": jpeg(),
        "progressive jpeg": jpeg(progressive=True),
        "grey jpeg": encoded(picture(mode="L"), "JPEG"),
        "cmyk jpeg": encoded(picture().convert("CMYK"), "JPEG"),
        "jpeg with exif": with_exif(),
        "png with alpha": encoded(picture(mode="RGBA"), "PNG"),
        "png with palette": encoded(palette, "PNG", transparency=0),
        "16 bit png": encoded(Image.new("I;16", (64, 48), 30000), "PNG"),
        "one bit png": encoded(picture().convert("1"), "PNG"),
        "gif": encoded(palette, "GIF"),
        "webp": encoded(picture(), "WEBP"),
        "lossless webp": encoded(picture(mode="RGBA"), "WEBP", lossless=True),
        "bmp": encoded(picture(), "BMP"),
        "avif": encoded(picture(), "AVIF"),
        "moving gif": moving("GIF"),
        "moving png": moving("PNG"),
        "moving webp": moving("WEBP"),
        "one pixel": png(1, 1),
        "a thread": png(1, 2000),
        "jpeg and zip": jpeg() + zipped(),
        "png and html": png() + SCRIPT,
    }


@cache
def too_large() -> dict[str, bytes]:
    """Images that say in their headers, or later, that they are enormous."""
    rows = zlib.compress(bytes(20_000 * 61), 9)
    jpeg_head = bytearray(jpeg())
    start = jpeg_head.find(b"\xff\xc0")
    jpeg_head[start + 5 : start + 9] = struct.pack(">HH", 65_000, 65_000)
    gif = bytearray(encoded(picture().quantize(8), "GIF"))
    gif[6:10] = struct.pack("<HH", 65_535, 65_535)
    large_frame = bytearray(moving("GIF", 3))
    place = large_frame.rfind(b"\x2c\x00\x00\x00\x00")
    large_frame[place + 5 : place + 9] = struct.pack("<HH", 60_000, 60_000)
    bmp = bytearray(encoded(picture(), "BMP"))
    bmp[18:26] = struct.pack("<ii", 100_000, 100_000)
    return {
        "png bomb": png_of(20_000, 20_000, chunk(b"IDAT", rows)),
        "huge png header": png_of(60_000, 60_000),
        "largest png header": png_of(2**31 - 1, 2**31 - 1, chunk(b"IDAT", b"x")),
        "long png": png_of(1, 2**30, chunk(b"IDAT", rows)),
        "huge jpeg header": bytes(jpeg_head),
        "huge gif screen": bytes(gif),
        "huge bmp": bytes(bmp),
    }


@cache
def broken() -> dict[str, bytes]:
    """Files that are no image, or one that cannot be read."""
    noise = random.Random(1)
    whole_png, whole_jpeg = png(600, 400), jpeg(600, 400)
    webp, avif, gif = encoded(picture(), "WEBP"), encoded(picture(), "AVIF"), encoded(picture().quantize(8), "GIF")
    bad_crc = bytearray(whole_png)
    bad_crc[29] ^= 0xFF
    scan = whole_jpeg.find(b"\xff\xda")
    return {
        "nothing": b"",
        "one byte": b"\xff",
        "zeros": bytes(5000),
        "noise": noise.randbytes(5000),
        "png signature": PNG_SIGNATURE,
        "png header": whole_png[:33],
        "half a png": whole_png[: len(whole_png) // 2],
        "png with a wrong checksum": bytes(bad_crc),
        "png without width": png_of(0, 10, chunk(b"IDAT", zlib.compress(b"x"))),
        "png with noise for pixels": png_of(64, 48, chunk(b"IDAT", noise.randbytes(500))),
        "png with too few pixels": png_of(64, 48, chunk(b"IDAT", zlib.compress(bytes(10)))),
        "png without pixels": png_of(64, 48),
        "png of an unknown depth": png_of(64, 48, chunk(b"IDAT", zlib.compress(bytes(9999))), depth=7),
        "png with an endless chunk": whole_png[:33] + b"\xff\xff\xff\xffIDAT" + bytes(100),
        "png with a text bomb": png_of(
            64, 48, chunk(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(80_000_000), 9)), chunk(b"IDAT", b"x")
        ),
        "jpeg start": b"\xff\xd8\xff",
        "jpeg markers": b"\xff\xd8" + b"\xff\xe0\x00\x10JFIF\x00" * 50,
        "half a jpeg": whole_jpeg[: len(whole_jpeg) // 2],
        "jpeg head alone": whole_jpeg[:scan],
        "jpeg with a lying segment": b"\xff\xd8\xff\xe1\xff\xffExif\x00\x00" + bytes(10),
        "gif head": gif[:13],
        "half a gif": gif[: len(gif) // 2],
        "gif with noise for pixels": gif[: len(gif) - 200] + noise.randbytes(30),
        "riff alone": b"RIFF\xff\xff\xff\xffWEBP",
        "half a webp": webp[: len(webp) // 2],
        "webp with noise": webp[:20] + noise.randbytes(200),
        "half an avif": avif[: len(avif) // 2],
        "avif with noise": avif[:40] + noise.randbytes(500),
        "bmp head": encoded(picture(), "BMP")[:40],
        "text": b"hello " * 100,
        "html": b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "svg behind a comment": b"<!-- " + b"x" * 5000 + b' --><svg xmlns="http://www.w3.org/2000/svg"/>',
        "zip": zipped(),
        "zip bomb": zipped(content=bytes(20_000_000)),
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(100),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        "program": b"\x7fELF" + bytes(200),
        "shell script": b"#!/bin/sh\nrm -rf /\n",
        "tiff": encoded(picture(), "TIFF"),
        "icon": encoded(picture(32, 32), "ICO"),
        "gif and script": b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)",
    }
