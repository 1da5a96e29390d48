"""What models cost a server: processor time for a photograph that all detectors of images look at, memory before, while
and after they are used; and how well they do (`bench.recognition`).
"""

import asyncio
import io
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

import msgspec
from tests import senses as material

from bench import recognition
from bench.load import LoadFailedError
from bench.matrix import User, request_bytes
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.scenarios.media import upload
from bench.servers import Roomkeeper, Target

MIB = 2**20
SIZE = (4000, 3000)
IDLE_S = 3
PATIENCE_S = 120.0
FIGURES = (
    Figure("cpu_photo", "a photograph of 12 megapixels, all detectors of images, CPU", "s"),
    Figure("cpu_speech", "ten seconds of speech, CPU", "s"),
    Figure("idle", "memory of models before they are used", "MiB"),
    Figure("used", "memory of models of pictures while they are", "MiB"),
    Figure("used_speech", "memory of the model of speech while it is", "MiB"),
    Figure("after", "memory of models when nobody has used them for a while", "MiB"),
    Figure("read", "lines and plates, Chinese and Latin, read to the letter", "%"),
    Figure("ghosts", "pictures without words in which some are read", "%"),
    Figure("heard", "English words of espeak-ng that are heard", "%"),
    Figure("taken", "sentences in other languages that are taken for English", "%"),
    Figure("nudity_false", "harmless pictures that are taken for nakedness", "%"),
    Figure("nudity_highest", "their highest score", ""),
    Figure("gore_false", "harmless pictures that are taken for gore", "%"),
    Figure("gore_highest", "their highest score", ""),
    Figure("faces_known", "faces that are known again after changes", "%"),
    Figure("faces_confused", "faces that are taken for somebody else's", "%"),
    Figure("voices", "voices that are nearest to themselves", "%"),
)


class Seeing(Roomkeeper):
    """A server with models, which end soon."""

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "ROOMKEEPER_ANALYSIS_SENSES": "reading,nudity,gore,speech",
            "ROOMKEEPER_ANALYSIS_IDLE_SECONDS": str(IDLE_S),
        }


@dataclass(frozen=True)
class Recognition:
    """`photos` one after another; `quick`: a part of each set."""

    photos: int = 8
    quick: bool = False
    name: str = "recognition"
    goals: tuple[Goal, ...] = (
        Goal("cpu_photo", 1.5),
        Goal("idle", 0),
        Goal("after", 0),
        Goal("taken", 0),
        Goal("nudity_false", 0),
        Goal("gore_false", 0),
        Goal("faces_confused", 0),
    )

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, "models that see, read and hear", FIGURES, self.goals)
        material.install()
        for target in targets:
            if type(target) is Roomkeeper:
                sample = await self._measure(target)
                outcome.add(target.name, {**sample, **(await recognition.measure(self.quick))})
        return outcome

    async def _measure(self, target: Target) -> dict[str, float]:
        seeing = Seeing(target.data_dir.with_name(f"{target.data_dir.name}-seeing"))
        with started(seeing):
            user = await User.register(seeing.endpoint, "photographer")
            before = _models(seeing)
            costs = [await _cost(seeing, user, photo(number), "image/jpeg") for number in range(self.photos + 1)]
            used = _models(seeing)
            await _ended(seeing, before)
            said = material.spoken(". ".join(recognition.SENTENCES[:2]))
            speech = [await _cost(seeing, user, said + bytes(2 * number), "audio/wav") for number in range(2)]
            used_speech = _models(seeing)
            await _ended(seeing, before)
            after = _models(seeing)
        seconds = (len(said) - 44) / 44_100
        return {
            "cpu_photo": median(costs[1:]),
            "cpu_speech": speech[-1] * 10 / seconds,
            "idle": before / MIB,
            "used": (used - before) / MIB,
            "used_speech": (used_speech - before) / MIB,
            "after": after / MIB,
        }


def photo(number: int) -> bytes:
    """A photograph with a face, and words on a sign."""
    image = material.opened("astronaut").resize(SIZE)
    sign = material.written(f"Dock {number}, goods in", canvas=(1200, 300), size=90)
    image.paste(sign, (random.Random(number).randrange(2500), 2600))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def _models(target: Target) -> int:
    """Bytes of memory of the processes below the server's."""
    return target.tree.resident_below()


async def _cost(target: Target, user: User, data: bytes, content_type: str) -> float:
    """CPU seconds until everything has looked at a file."""
    begun = target.tree.cpu()
    media_id = (await upload(user, data, content_type)).rpartition("/")[2]
    path = f"/_roomkeeper/v1/screening/uploads/{quote(media_id)}"
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        status, answer = await user.acting.request(request_bytes("GET", path, user.endpoint, user.token))
        if status == 200 and msgspec.json.decode(answer)["state"] == "checked":
            return target.tree.cpu() - begun
        await asyncio.sleep(0.05)
    raise LoadFailedError(f"a file was not looked at within {PATIENCE_S} s")


async def _ended(target: Target, memory: int) -> None:
    """Until the workers have gone that nobody needs."""
    for _ in range(int(PATIENCE_S * 5)):
        if _models(target) <= memory:
            return
        await asyncio.sleep(0.2)
