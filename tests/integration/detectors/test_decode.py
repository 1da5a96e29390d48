"""Decode safety: files that are what they seem, and files that are more, or less."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from roomkeeper.capabilities.screening.detectors.structure import ENDS
from roomkeeper.core.analysis import sniff
from tests import debian, samples
from tests.integration.detectors import documents, pictures
from tests.integration.detectors.world import Asker, detector, media_file

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALONE = [
    name for name in samples.good() if name not in ("jpeg and zip", "png and html") and name not in samples.polyglots()
]
ELSEWHERE = {"html in a jpeg comment", "script in a png text", "php in a gif comment"}
"""Polyglots whose other half stands inside of the picture: allowed, and harmless where it is served as a picture."""


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


MP4 = box(b"ftyp", b"isom\x00\x00\x02\x00isom") + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", bytes(500))
MATROSKA = b"\x1aE\xdf\xa3\x87B\x82\x84webm" + b"\x18S\x80g\x90" + bytes(16)
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x1e" + b"\x01vorbis" + bytes(23)
WHOLE = {"mp4": MP4, "matroska": MATROSKA, "ogg": OGG, "wave": documents.wave(1), "pdf": documents.pdf("x")}


@pytest.mark.parametrize("name", ALONE)
async def test_honest_pictures(shared: Asker, name: str) -> None:
    assert await shared.seen("decode", samples.good()[name]) == set()


async def test_honest_others(shared: Asker) -> None:
    for name, data in WHOLE.items():
        assert sniff(data[:4096]) in ENDS, name
        assert await shared.seen("decode", data) == set(), name


async def test_two_files_in_one(shared: Asker) -> None:
    jar = documents.zipped({"META-INF/MANIFEST.MF": b"Main-Class: Evil"})
    program = b"MZ" + bytes(200)
    for name in ALONE:
        for other in (jar, b"<html>" + samples.SCRIPT, documents.pdf("x"), program):
            assert {"appended", "polyglot"} <= await shared.seen("decode", samples.good()[name] + other), name
    for name, data in WHOLE.items():
        assert {"appended", "polyglot"} <= await shared.seen("decode", data + jar), name
    for name, (data, _) in samples.polyglots().items():
        assert ("polyglot" in await shared.seen("decode", data)) is (name not in ELSEWHERE), name


async def test_a_far_archive(shared: Asker) -> None:
    data = samples.jpeg() + bytes(300_000) + documents.zipped({"a": b"b"})
    assert {"appended", "polyglot"} <= await shared.seen("decode", data)


async def test_what_cameras_append(shared: Asker) -> None:
    for data in (samples.jpeg() + samples.jpeg(), samples.jpeg() + MP4, samples.jpeg() + bytes(1000)):
        assert await shared.seen("decode", data) == {"appended"}


@pytest.mark.parametrize("name", [name for name in samples.too_large() if name != "tall jpeg"])
async def test_bombs(shared: Asker, name: str) -> None:
    """A JPEG file of 65 megapixels is none: it is decoded no larger than needed, as those of cameras are."""
    seen = await shared.seen("decode", samples.too_large()[name])
    # Some do not even open within the memory of a worker.
    assert "bomb" in seen or (name in {"long png", "huge webp"} and "broken" in seen), seen


async def test_cameras_have_more_pixels(shared: Asker) -> None:
    data = samples.encoded(pictures.scene(1).resize((12_000, 6_000)), "JPEG", quality=30)
    assert await shared.seen("decode", data) == set()
    assert "pdq" in (await shared.look("known", data)).hashes
    large = samples.encoded(samples.picture(9_000, 6_000), "BMP")
    assert await shared.seen("decode", large) == {"large"}


async def test_broken_and_truncated(shared: Asker) -> None:
    for name in ("png", "jpeg", "gif", "webp", "bmp", "avif"):
        data = samples.good()[name]
        assert await shared.seen("decode", data[: len(data) // 2]) & {"broken", "truncated"}, name
    for name, data in WHOLE.items():
        assert "truncated" in await shared.seen("decode", data[: len(data) * 2 // 3]), name
    assert "broken" in await shared.seen("decode", samples.broken()["png with noise for pixels"])


async def test_what_it_leaves_to_others(shared: Asker) -> None:
    decode = detector(shared.server, "decode")
    for data in (b"text", documents.good()["zip"], documents.docx("x")):
        assert not decode.concerns(media_file(shared.folder, data))


async def test_real_films(shared: Asker, tmp_path: Path) -> None:
    """Files as a real encoder writes them end where we think."""
    await asyncio.to_thread(debian.install, "ffmpeg")
    film = ("-f", "lavfi", "-i", "testsrc=size=160x120:rate=5:duration=1", "-f", "lavfi", "-i", "sine=duration=1")
    for name in ("a.mp4", "a.webm", "a.mkv", "a.ogg", "a.wav", "a.mov", "a.m4a"):
        target = tmp_path / name
        process = await asyncio.create_subprocess_exec(
            "ffmpeg", "-v", "error", "-y", *film, "-shortest", str(target), stdin=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0
        data = await asyncio.to_thread(target.read_bytes)
        assert await shared.seen("decode", data) == set(), name
        jar = documents.zipped({"a": b"b"})
        assert {"appended", "polyglot"} <= await shared.seen("decode", data + jar), name
        assert "truncated" in await shared.seen("decode", data[: len(data) * 3 // 4]), name
