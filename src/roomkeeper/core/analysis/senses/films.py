"""Frames and sound of films, and sounds of any kind, by the program `ffmpeg`, which is confined as the worker is that
starts it and ends with it. It is a program of its own rather than a library: Debian's is under the GPL.

It gets one local file, and may open nothing else: playlists and references to other files are not followed.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from roomkeeper.core.analysis import limits
from roomkeeper.core.analysis.models import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROGRAM = "ffmpeg"
MISSING = "The program ffmpeg is not installed: it is in Debian's package ffmpeg."
RATE = 16_000
"""Samples of sound in a second."""
FORMATS = "mov,mp4,m4a,3gp,matroska,webm,avi,ogg,wav,flac,mp3,aac,aiff,amr"
MOST_PIXELS = 33_177_600
"""Of a frame: 8K."""
_DURATION = re.compile(rb"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_PICTURE = re.compile(rb"Stream #[^\n]*: Video: [^\n]*?, ([1-9]\d{0,5})x([1-9]\d{0,5})[ ,\n]")


@functools.cache
def absence() -> str | None:
    """Whether the program is not there. Looked for once."""
    return None if shutil.which(PROGRAM) else MISSING


def duration_of(path: Path) -> float:
    """Seconds that a film or sound has, 0 where it does not say."""
    return _probed(path)[0]


def frames(path: Path, count: int, side: int) -> Iterator[tuple[float, Any]]:
    """So many frames, spread over a film: the second, and its picture (RGB, uint8, no side longer than `side`).

    Raises `Refused` where there is none.
    """
    duration, width, height = _probed(path)
    if not width or not height:
        raise Refused("unreadable", "There is no picture in it.")
    if width * height > MOST_PIXELS:
        raise Refused("too_large", f"A film of {width} x {height} pixels is too large.")
    number = 0
    for at in _moments(duration, count):
        frame = _frame(path, at, side)
        if frame is not None:
            number += 1
            yield at, frame
    if not number:
        raise Refused("unreadable", "No picture in it can be shown.")


def _moments(duration: float, count: int) -> Sequence[float]:
    """The middle of each of so many parts, none shorter than half a second; the first frame alone where it is not
    known how long it is."""
    parts = min(count, max(1, int(duration * 2)))
    return [duration * (number + 0.5) / parts for number in range(parts)]


def _frame(path: Path, at: float, side: int) -> NDArray[Any] | None:
    import numpy as np

    scale = f"scale='min({side},iw)':'min({side},ih)':force_original_aspect_ratio=decrease"
    arguments = ("-frames:v", "1", "-an", "-vf", scale, "-f", "image2pipe", "-c:v", "ppm", "-")
    output = _run(path, at, arguments, most=side * side * 3 + 100)
    header = re.match(rb"P6\n(\d+) (\d+)\n255\n", output)
    if header is None:
        return None
    width, height = int(header[1]), int(header[2])
    pixels = output[header.end() : header.end() + width * height * 3]
    if len(pixels) < width * height * 3:
        return None
    return cast("NDArray[Any]", np.frombuffer(pixels, np.uint8).reshape(height, width, 3))


def sound(path: Path, seconds: float) -> NDArray[Any]:
    """The beginning of a sound, or of a film's: samples from -1 to 1, `RATE` in a second, all channels in one.

    Raises `Refused` where there is none.
    """
    import numpy as np

    arguments = ("-vn", "-t", str(seconds), "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-")
    output = _run(path, 0.0, arguments, most=int(seconds * RATE) * 2)
    if len(output) < 2:
        raise Refused("unreadable", "There is no sound in it.")
    return np.frombuffer(output[: len(output) // 2 * 2], "<i2").astype(np.float32) / 32768


def _run(path: Path, at: float, arguments: Sequence[str], most: int) -> bytes:
    """What it writes, `most` bytes at most; it is ended when it writes more."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise Refused("unreadable", MISSING)
    command = [
        program, "-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file,pipe",
        "-format_whitelist", FORMATS, "-ss", f"{at:.3f}", "-i", f"file:{path}", *arguments,
    ]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - a fixed program and a path of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=limits.end_with_parent,
    ) as process:
        output = cast("IO[bytes]", process.stdout).read(most)
        process.kill()
    return output


def _probed(path: Path) -> tuple[float, int, int]:
    """Seconds, width and height; 0 for what it does not have."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise Refused("unreadable", MISSING)
    command = [
        program, "-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS,
        "-i", f"file:{path}",
    ]  # fmt: skip
    said = subprocess.run(  # noqa: S603 - as above
        command, stdin=subprocess.DEVNULL, capture_output=True, check=False, preexec_fn=limits.end_with_parent
    ).stderr
    duration, picture = _DURATION.search(said), _PICTURE.search(said)
    seconds = 0.0 if duration is None else int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3])
    width, height = (0, 0) if picture is None else (int(picture[1]), int(picture[2]))
    return seconds, width, height
