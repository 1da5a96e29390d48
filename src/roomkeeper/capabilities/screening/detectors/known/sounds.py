"""Known sounds: Chromaprint fingerprints, made by `fpcalc` in a worker process and compared here.

A fingerprint is a series of 32 bits for each eighth of a second. The same sound, however it was encoded, gives nearly
the same series, and so does a part of it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening.detectors.files import FILES
from roomkeeper.core.analysis import limits
from roomkeeper.core.analysis.models import Analyser, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROGRAM = "fpcalc"
MISSING = "The program fpcalc is not installed: it is in Debian's package libchromaprint-tools."
STEP = 0.1238
"""Seconds that each number stands for."""
SHORTEST = 40
"""Numbers (5 seconds) that must agree."""
ERROR = 0.2
"""Part of the bits that may differ."""
KEY_BITS = 20
"""A place where two series may belong together is found by so many equal bits of one number."""
OFFSETS = 10
"""So many ways to lay a series along known ones are tried."""
MOST_OUTPUT = 4 * 1024 * 1024


class SoundParameters(msgspec.Struct, frozen=True):
    """`seconds` of the sound that are listened to, from its beginning."""

    seconds: Annotated[int, Meta(ge=1, le=3600)] = 600


class Sound(msgspec.Struct, frozen=True):
    """The fingerprint: numbers of 32 bits, little-endian; and how long the sound is, in seconds."""

    fingerprint: bytes
    duration: float


class _Output(msgspec.Struct):
    duration: float
    fingerprint: list[Annotated[int, Meta(ge=0, lt=2**32)]]


class SoundAnalyser(Analyser[SoundParameters, Sound]):
    """Lets `fpcalc` listen; it is confined as its worker is, and ends with it."""

    name = "sound"
    version = "chromaprint-1"
    kind = FILES
    seconds = 60.0
    parameters = SoundParameters
    result = Sound

    def run(self, path: Path, parameters: SoundParameters) -> Sound:
        """See `Analyser.run`."""
        program = shutil.which(PROGRAM)
        if program is None:
            raise Refused("unreadable", MISSING)
        # Some versions take the end of a sound for an error: what they print says whether they heard anything.
        command = [program, "-ignore-errors", "-raw", "-json", "-length", str(parameters.seconds), f"file:{path}"]
        done = subprocess.run(  # noqa: S603 - a fixed program and a path of ours
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, preexec_fn=limits.end_with_parent
        )
        if not done.stdout or len(done.stdout) > MOST_OUTPUT:
            raise Refused("unreadable", f"There is no sound in it: {done.stderr[-200:].decode(errors='replace')}")
        output = msgspec.json.decode(done.stdout, type=_Output)
        if not output.fingerprint:
            raise Refused("unreadable", "It is too short, or silent.")
        numbers = b"".join(number.to_bytes(4, "little") for number in output.fingerprint)
        return Sound(numbers, output.duration)


class SoundIndex:
    """Known fingerprints in memory. Built anew from all, since they change seldom."""

    def __init__(self, sounds: Sequence[tuple[int, bytes]]) -> None:
        import numpy as np

        self._sounds = {item_id: np.frombuffer(data, np.uint32) for item_id, data in sounds}
        self._keys: NDArray[Any] = np.array([], np.uint32)
        if self._sounds:
            series = list(self._sounds.values())
            keys = np.concatenate(series) >> (32 - KEY_BITS)
            owners = np.repeat(np.array(list(self._sounds), np.int64), [len(numbers) for numbers in series])
            places = np.concatenate([np.arange(len(numbers)) for numbers in series])
            order = np.argsort(keys, kind="stable")
            self._keys, self._owners, self._places = keys[order], owners[order], places[order]

    def __len__(self) -> int:
        return len(self._sounds)

    def find(self, fingerprint: bytes) -> list[tuple[int, float, float, float]]:
        """Known sounds in a sound: (item, part of the bits that differ, from second, to second), the best first."""
        import numpy as np

        asked = np.frombuffer(fingerprint, np.uint32)
        found: dict[int, tuple[int, float, float, float]] = {}
        for (item_id, offset), _ in self._offsets(asked).most_common(OFFSETS):
            known = self._sounds[item_id]
            start, end = max(0, offset), min(len(asked), len(known) + offset)
            if end - start < min(SHORTEST, len(known)) or end - start < SHORTEST // 4:
                continue
            differing = np.bitwise_count(asked[start:end] ^ known[start - offset : end - offset])
            error, first, behind = _best_stretch(differing)
            if error <= ERROR and (item_id not in found or found[item_id][1] > error):
                found[item_id] = (item_id, round(error, 3), (start + first) * STEP, (start + behind) * STEP)
        return sorted(found.values(), key=lambda match: match[1])

    def _offsets(self, asked: NDArray[Any]) -> Counter[tuple[int, int]]:
        """How often each way to lay a known series along this one makes numbers equal."""
        import numpy as np

        votes: Counter[tuple[int, int]] = Counter()
        if not len(self._keys):
            return votes
        keys = asked >> (32 - KEY_BITS)
        first, behind = np.searchsorted(self._keys, keys, "left"), np.searchsorted(self._keys, keys, "right")
        for place, (start, end) in enumerate(zip(first, np.minimum(behind, first + 200), strict=True)):
            for owner, known in zip(self._owners[start:end].tolist(), self._places[start:end].tolist(), strict=True):
                votes[owner, place - known] += 1
        return votes


def _best_stretch(differing: NDArray[Any]) -> tuple[float, int, int]:
    """The stretch of `SHORTEST` numbers that differs least (all where there are fewer): error, start, end."""
    import numpy as np

    length = min(SHORTEST, len(differing))
    sums = np.convolve(differing.astype(np.int64), np.ones(length, np.int64), "valid")
    start = int(np.argmin(sums))
    return float(sums[start]) / (32 * length), start, start + length
