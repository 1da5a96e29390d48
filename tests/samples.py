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


def many_frames(count: int, width: int, height: int) -> bytes:
    """A GIF file with a great many frames, each of a single pixel on a large screen."""
    screen = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff"
    control = b"\x21\xf9\x04\x00\x01\x00\x00\x00"
    first = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    other = b"\x2c\x05\x00\x05\x00\x01\x00\x01\x00\x00\x02\x02\x4c\x01\x00"
    return screen + (control + first) + (control + other) * (count - 1) + b";"


@cache
def polyglots() -> dict[str, tuple[bytes, bytes]]:
    """Images that are something else as well, and what of them must not come along into a thumbnail."""
    jar = zipped("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\nMain-Class: Evil\n")
    text = chunk(b"tEXt", b"Comment\x00" + SCRIPT)
    whole = png(400, 300)
    return {
        "gifar": (encoded(picture(400, 300).quantize(8), "GIF") + jar, b"META-INF"),
        "html in a jpeg comment": (jpeg(400, 300, comment=b"<html><body>" + SCRIPT), SCRIPT),
        "script in a png text": (whole[:33] + text + whole[33:], SCRIPT),
        "html behind a png": (whole + b"<html>" + SCRIPT, SCRIPT),
        "zip behind a webp": (encoded(picture(400, 300), "WEBP") + jar, b"META-INF"),
        "php in a gif comment": (
            encoded(picture(400, 300).quantize(8), "GIF", comment=b"<?php system($_GET[1]); ?>"),
            b"<?php",
        ),
    }


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
        "gif of a thousand frames": many_frames(1000, 500, 500),
        **{name: data for name, (data, _) in polyglots().items()},
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
    webp = bytearray(encoded(picture(8, 8), "WEBP", lossless=True))
    webp[21:25] = struct.pack("<I", 0x0FFFFFFF | struct.unpack("<I", webp[21:25])[0] & 0xF0000000)
    tall = bytearray(jpeg())
    tall[start + 5 : start + 9] = struct.pack(">HH", 65_500, 1_000)
    return {
        "huge webp": bytes(webp),
        "tall jpeg": bytes(tall),
        "gif bomb of many frames": many_frames(5000, 20_000, 20_000),
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
        **_broken_structures(whole_png, whole_jpeg, gif, webp),
        **_broken_documents(),
    }


def _broken_structures(whole_png: bytes, whole_jpeg: bytes, gif: bytes, webp: bytes) -> dict[str, bytes]:
    """Images of which a part lies."""
    noise = random.Random(2)
    head, frame, scan = whole_png[:33], whole_jpeg.find(b"\xff\xc0"), whole_jpeg.find(b"\xff\xda")
    data = whole_png.find(b"IDAT")
    length = int.from_bytes(whole_png[data - 4 : data], "big")
    bad_data_crc = bytearray(whole_png)
    bad_data_crc[data + 4 + length] ^= 0xFF
    larger = bytearray(whole_jpeg)
    larger[frame + 5 : frame + 9] = struct.pack(">HH", 4000, 6000)
    no_size = bytearray(whole_jpeg)
    no_size[frame + 5 : frame + 9] = bytes(4)
    components = bytearray(whole_jpeg)
    components[frame + 9] = 200
    code_size = bytearray(gif)
    code_size[gif.find(b"\x2c") + 10 + 0] = 0xFF
    wrong_size = webp[:4] + b"\x01\x00\x00\x00" + webp[8:]
    bomb = zlib.compress(bytes(60_000_000), 9)
    return {
        "png with a wrong checksum of its pixels": bytes(bad_data_crc),
        "png with a wrong signature": b"\x89PNG\n\r\x1a\n" + whole_png[8:],
        "png with two headers": head + head[8:] + whole_png[33:],
        "png with its header last": PNG_SIGNATURE + whole_png[33:] + head[8:],
        "png without an end": whole_png[:-12],
        "png with a palette that is missing": png_of(64, 48, chunk(b"IDAT", zlib.compress(bytes(9999))), colour=3),
        "png with a profile bomb": head + chunk(b"iCCP", b"x\x00\x00" + bomb) + b"\x00\x00\x00\x00IDAT",
        "png with more pixels than it says": png_of(64, 48, chunk(b"IDAT", bomb[: len(bomb) // 2])),
        "png of negative length": head + struct.pack(">i", -1) + b"IDAT",
        "moving png without frames": head + chunk(b"acTL", struct.pack(">II", 2**31, 0)) + chunk(b"IDAT", b""),
        "moving png that lies about its frames": head + chunk(b"acTL", struct.pack(">II", 1000, 0)) + whole_png[33:],
        "jpeg that is larger than its pixels": bytes(larger),
        "jpeg without size": bytes(no_size),
        "jpeg of 200 components": bytes(components),
        "jpeg without tables": whole_jpeg[:2] + whole_jpeg[frame:],
        "jpeg without its end": whole_jpeg[:-2],
        "jpeg with noise for pixels": whole_jpeg[: scan + 14] + noise.randbytes(3000),
        "jpeg of jpegs": whole_jpeg[:scan] * 50,
        "jpeg with exif that points to itself": _looping_exif(),
        "gif with a wrong code size": bytes(code_size),
        "gif without its end": gif[:-1],
        "gif with an endless extension": gif[:13] + b"\x21\xff" + b"\xff" + noise.randbytes(255) * 10,
        "webp with a wrong size": wrong_size,
        "webp of an unknown kind": webp[:12] + b"VPXX" + webp[16:],
        "bmp of negative size": b"BM" + bytes(12) + struct.pack("<Iii", 40, -2_000_000_000, -1) + bytes(40),
        "avif of nothing": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf\x00\x00\x00\x01mdat" + bytes(16),
        "avif of endless boxes": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf"
        + b"\x00\x00\x10\x00meta\x00\x00\x00\x00" * 400,
    }


def _looping_exif() -> bytes:
    """A JPEG file whose EXIF directory names itself as the next one, and as the one that it contains."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    directory = b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8)
    segment = b"Exif\x00\x00" + directory
    whole = jpeg(600, 400)
    cut = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + whole[2:]
    return cut[: len(cut) // 3]


def _broken_documents() -> dict[str, bytes]:
    """Drawings, documents and archives that are an attack on who opens them; here they are no images."""
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    tiff = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", 2)
    tiff += struct.pack("<HHII", 256, 4, 1, 2**31) + struct.pack("<HHII", 257, 4, 1, 2**31) + bytes(4)
    return {
        "svg of a billion laughs": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "lol">'
        + laughs
        + b"]><svg>&l9;</svg>",
        "svg that contains itself": b'<svg xmlns="http://www.w3.org/2000/svg"><g id="a"><use href="#a"/></g></svg>',
        "svg that reads a file": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><text>&x;</text></svg>',
        "svg deep down": b"<svg>" + b"<g>" * 20_000,
        "tiff bomb": tiff,
        "tiff that points to itself": tiff[:-4] + struct.pack("<I", 8),
        "pdf with script": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n",
        "jpeg start and html": b"\xff\xd8\xff\xfe<html>" + SCRIPT,
        "zip named png": zipped("picture.png", png()),
        "zip in a zip in a zip": zipped("a.zip", zipped("b.zip", zipped("c", bytes(9_000_000)))),
        "html in utf-16": ("\ufeff<html>" + SCRIPT.decode()).encode("utf-16-le"),
        "html behind spaces": b" \r\n\t" * 500 + b"<script>1</script>",
        "php": b"<?php system($_GET[1]); ?>",
    }
