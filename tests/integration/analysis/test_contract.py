"""What every plug-in must do, whatever it looks for. A new one is covered as soon as it is registered.

1. Right results for good files, the same ones each time.
2. A defined failure, or a result, for anything else: within its time, without its worker dying of it.
3. It still works after its worker was killed.
4. Its results survive being sent, and its parameters have bounds that are checked.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from roomkeeper.core.analysis import (
    BUILT_IN,
    PERCEPTUAL_HASH,
    PROBE,
    THUMBNAIL,
    TYPE,
    AnalysisFailed,
    AnalysisSettings,
    AnyAnalyser,
    Thumbnail,
    ThumbnailParameters,
    WorkerKind,
    process,
)
from roomkeeper.core.analysis.models import IMAGES
from roomkeeper.core.analysis.service import Analysis
from tests import samples

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARAMETERS: dict[str, dict[str, Any]] = {"thumbnail": {"width": 32, "height": 32, "method": "scale"}}
READS_ANYTHING = {"type"}
"""Plug-ins whose answer for a broken file is a result."""
DEFINED = {"unreadable", "too_large", "memory"}
ANALYSERS = pytest.mark.parametrize("analyser", BUILT_IN, ids=[analyser.name for analyser in BUILT_IN])
MIB = 1024 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def analysis() -> AsyncIterator[Analysis]:
    """The plug-ins as the server has them, in one worker."""
    analysis = Analysis(AnalysisSettings())
    analysis.add_kind(WorkerKind(name=IMAGES, processes=1, memory=1024 * MIB))
    for analyser in BUILT_IN:
        analysis.register(analyser)
    yield analysis
    await analysis.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test puts its file. Its name says nothing."""
    return tmp_path / "blob"


def parameters_of(analyser: AnyAnalyser) -> Any:
    return msgspec.convert(PARAMETERS.get(analyser.name, {}), analyser.parameters)


async def run(analysis: Analysis, analyser: AnyAnalyser, file: Path, parameters: Any = None) -> Any:
    """Run within the plug-in's time."""
    async with asyncio.timeout(analyser.seconds + 30):
        return await analysis.run(analyser, file, parameters or parameters_of(analyser), user="a")


async def outcome(analysis: Analysis, analyser: AnyAnalyser, file: Path) -> Any:
    """The result or the failure."""
    try:
        return await run(analysis, analyser, file)
    except AnalysisFailed as failure:
        return failure


def put(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def worker_of(analysis: Analysis) -> int | None:
    workers = analysis.pools[IMAGES].workers
    return workers[0].pid if workers else None


@ANALYSERS
@pytest.mark.parametrize("name", samples.good())
async def test_good_files(analysis: Analysis, analyser: AnyAnalyser, file: Path, name: str) -> None:
    put(file, samples.good()[name])
    first = await run(analysis, analyser, file)
    assert isinstance(first, analyser.result)
    assert await run(analysis, analyser, file) == first


@ANALYSERS
@pytest.mark.parametrize("name", [*samples.broken(), *samples.too_large()])
async def test_bad_files(
    analysis: Analysis, analyser: AnyAnalyser, file: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "JOBS", 1_000_000)  # it is not to be replaced for its age
    put(file, {**samples.broken(), **samples.too_large()}[name])
    await run(analysis, TYPE, file)
    worker = worker_of(analysis)
    found = await outcome(analysis, analyser, file)
    if isinstance(found, AnalysisFailed):
        assert analyser.name not in READS_ANYTHING
        assert found.reason in DEFINED, found
        assert str(found)
    else:
        # Decoders forgive some things; what is enormous they must not.
        assert isinstance(found, analyser.result)
        assert name not in samples.too_large() or analyser.name in READS_ANYTHING
    out_of_memory = isinstance(found, AnalysisFailed) and found.reason == "memory"
    assert out_of_memory or worker_of(analysis) == worker, "a broken file must not end the worker"


@ANALYSERS
async def test_every_cut(analysis: Analysis, analyser: AnyAnalyser, file: Path) -> None:
    for data in (samples.png(300, 200), samples.jpeg(300, 200), samples.moving("GIF"), samples.moving("WEBP")):
        for length in range(0, len(data), max(1, len(data) // 12)):
            put(file, data[:length])
            found = await outcome(analysis, analyser, file)
            assert not isinstance(found, AnalysisFailed) or found.reason in DEFINED


@ANALYSERS
async def test_files_that_are_none(analysis: Analysis, analyser: AnyAnalyser, tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path, Path("/dev/null"), Path("/proc/self/mem")):
        found = await outcome(analysis, analyser, path)
        assert not isinstance(found, AnalysisFailed) or found.reason in DEFINED


@ANALYSERS
async def test_it_survives_a_kill(analysis: Analysis, analyser: AnyAnalyser, file: Path) -> None:
    put(file, samples.png())
    first = await run(analysis, analyser, file)
    worker = worker_of(analysis)
    assert worker is not None
    os.kill(worker, 9)
    assert await run(analysis, analyser, file) == first
    assert worker_of(analysis) != worker


@ANALYSERS
async def test_its_words(analyser: AnyAnalyser) -> None:
    assert analyser.name
    assert analyser.version
    assert analyser.name.isidentifier()
    assert 0 < analyser.seconds <= 120
    assert issubclass(analyser.parameters, msgspec.Struct)
    assert issubclass(analyser.result, msgspec.Struct)
    module, _, name = analyser.reference.partition(":")
    assert module.startswith("roomkeeper.")
    assert name == type(analyser).__name__


# ------------------------------------------------------------------ what each of them finds


async def test_probe(analysis: Analysis, file: Path) -> None:
    expected = {
        "png": ("image/png", 64, 48, False, False),
        "jpeg with exif": ("image/jpeg", 48, 64, False, False),
        "png with alpha": ("image/png", 64, 48, False, True),
        "moving gif": ("image/gif", 64, 48, True, False),
        "moving webp": ("image/webp", 64, 48, True, True),
        "moving png": ("image/png", 64, 48, True, False),
        "avif": ("image/avif", 64, 48, False, False),
        "one pixel": ("image/png", 1, 1, False, False),
    }
    for name, facts in expected.items():
        put(file, samples.good()[name])
        assert msgspec.structs.astuple(await run(analysis, PROBE, file)) == facts, name


async def test_the_pixel_limit_is_checked_before_decoding(analysis: Analysis, file: Path) -> None:
    put(file, samples.png(300, 200))
    with pytest.raises(AnalysisFailed) as failed:
        await run(analysis, PROBE, file, PROBE.parameters(max_pixels=59_999))
    assert failed.value.reason == "too_large"
    assert (await run(analysis, PROBE, file, PROBE.parameters(max_pixels=60_000))).width == 300


async def test_types(analysis: Analysis, file: Path) -> None:
    put(file, samples.broken()["svg"])
    found = await run(analysis, TYPE, file)
    assert (found.content_type, found.text, found.active) == ("image/svg+xml", True, True)


async def thumbnail(analysis: Analysis, file: Path, data: bytes, **parameters: Any) -> Thumbnail:
    put(file, data)
    wanted = msgspec.convert({"width": 32, "height": 32, "method": "scale", **parameters}, ThumbnailParameters)
    found = await run(analysis, THUMBNAIL, file, wanted)
    assert isinstance(found, Thumbnail)
    return found


async def test_thumbnails_scale_and_crop(analysis: Analysis, file: Path) -> None:
    large = samples.png(640, 320)
    scaled = await thumbnail(analysis, file, large, width=320, height=240)
    assert (scaled.content_type, scaled.width, scaled.height) == ("image/jpeg", 320, 160)
    cropped = await thumbnail(analysis, file, large, width=96, height=96, method="crop")
    assert (cropped.width, cropped.height) == (96, 96)
    clear = await thumbnail(analysis, file, samples.encoded(samples.picture(400, 400, "RGBA"), "PNG"))
    assert clear.content_type == "image/png"
    thread = await thumbnail(analysis, file, samples.png(1, 2000))
    assert (thread.width, thread.height) == (1, 32)


async def test_what_is_small_already_is_used_itself(analysis: Analysis, file: Path) -> None:
    for data, content_type in ((samples.png(20, 20), "image/png"), (samples.jpeg(32, 32), "image/jpeg")):
        assert await thumbnail(analysis, file, data) == Thumbnail(
            content_type, *((20, 20) if b"PNG" in data else (32, 32)), b""
        )
    # But not what no browser shows, or moves where that is not wanted.
    bitmap = samples.encoded(samples.picture(20, 20), "BMP")
    assert (await thumbnail(analysis, file, bitmap)).data
    moving = samples.moving("GIF", width=20, height=20)
    assert (await thumbnail(analysis, file, moving)).content_type == "image/jpeg"
    assert not (await thumbnail(analysis, file, moving, animated=True)).data


async def test_moving_thumbnails(analysis: Analysis, file: Path) -> None:
    for kind in ("GIF", "PNG", "WEBP"):
        data = samples.moving(kind, 5, 200, 100)
        found = await thumbnail(analysis, file, data, animated=True)
        assert (found.content_type, found.width, found.height) == ("image/webp", 32, 16)
        assert found.data.count(b"ANMF") == 5
        still = await thumbnail(analysis, file, data)
        assert still.content_type == "image/jpeg"
    many = await thumbnail(analysis, file, samples.moving("GIF", 200, 40, 40), animated=True)
    assert many.content_type == "image/jpeg", "what moves for too long stands still"


async def test_thumbnails_tell_nothing_but_the_picture(analysis: Analysis, file: Path) -> None:
    for data in (samples.with_exif(), samples.good()["jpeg and zip"], samples.good()["png and html"]):
        found = await thumbnail(analysis, file, data)
        for secret in (b"secret", b"Exif", b"PK\x03\x04", b"<script", b"inside"):
            assert secret not in found.data


async def test_thumbnails_stand_upright(analysis: Analysis, file: Path) -> None:
    found = await thumbnail(analysis, file, samples.with_exif(orientation=6))
    assert (found.width, found.height) == (24, 32)
    found = await thumbnail(analysis, file, samples.with_exif(orientation=3))
    assert (found.width, found.height) == (32, 24)


async def test_perceptual_hashes(analysis: Analysis, file: Path) -> None:
    async def bits(data: bytes) -> int:
        put(file, data)
        found = await run(analysis, PERCEPTUAL_HASH, file)
        assert found.algorithm == "pdq"
        assert len(found.hash) == 64
        return int(found.hash, 16)

    original = samples.picture(400, 300)
    reference = await bits(samples.encoded(original, "PNG"))
    for other in (
        samples.encoded(original, "JPEG", quality=40),
        samples.encoded(original.resize((200, 150)), "PNG"),
        samples.encoded(original.convert("L"), "PNG"),
    ):
        assert (reference ^ await bits(other)).bit_count() <= 31
    assert (reference ^ await bits(samples.encoded(original.rotate(90), "PNG"))).bit_count() > 60


async def test_wrong_parameters_are_no_crash(analysis: Analysis, file: Path) -> None:
    put(file, samples.png())
    wrong = ThumbnailParameters(0, -5, "sideways")  # type: ignore[arg-type]
    with pytest.raises(AnalysisFailed) as failed:
        await run(analysis, THUMBNAIL, file, wrong)
    assert failed.value.reason == "unreadable"
