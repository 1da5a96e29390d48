"""Identification: who has such a face among 100,000, and such a plate; what it costs to open them all; recall and false
matches on a set of `bench.identities`. In this process, by the functions that the server uses, without a server.
"""

import asyncio
import resource
import secrets
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import identities
from bench.load import LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.servers import Roomkeeper, Target
from roomkeeper.capabilities.safety.identification import evaluation
from roomkeeper.capabilities.safety.identification.looking import Looking, ReadLine, SeenFace, Sight
from roomkeeper.capabilities.safety.identification.register import Known, compared, thresholds
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.core import analysis
from roomkeeper.core.analysis.senses import faces
from roomkeeper.core.analysis.settings import AnalysisSettings

KINDS = ("face", "voice", "plate", "badge", "name", "belonging")
FIGURES = (
    Figure("face", "a face, CPU, 99 %", "ms"),
    Figure("crowd", "the same for 20 faces in one picture, CPU", "ms"),
    Figure("plate", "20 lines that were read, CPU, 99 %", "ms"),
    Figure("open", "opening (decrypting) a template, CPU", "µs"),
    Figure("memory", "memory of a face and a plate", "bytes"),
    *(
        figure
        for kind in KINDS
        for figure in (
            Figure(f"{kind}_recall", f"{kind}: recall at the threshold of the settings", "%"),
            Figure(f"{kind}_false", f"{kind}: false matches", "%"),
        )
    ),
    Figure("seconds", "a submission, time", "s"),
)
WHERE = (0.1, 0.1, 0.2, 0.2)


@dataclass(frozen=True)
class Identification:
    """So many people, each with a face and a plate; of the labelled set, as many plates and badges as are `shown`."""

    people: int = 100_000
    queries: int = 200
    shown: int = 20
    name: str = "identification"
    goals: tuple[Goal, ...] = (Goal("face", 50), Goal("crowd", 250), Goal("plate", 50))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"identification, {self.people:,} faces and plates", FIGURES, self.goals)
        if any(isinstance(target, Roomkeeper) for target in targets):
            outcome.add(Roomkeeper.name, {**self._measure(), **(await self._evaluated())})
        return outcome

    async def _evaluated(self) -> dict[str, float]:
        settings, workers = SafetySettings(), analysis.make(AnalysisSettings())
        with tempfile.TemporaryDirectory() as folder:
            await asyncio.to_thread(identities.make, Path(folder), self.shown)
            try:
                report = await evaluation.evaluate(
                    Path(folder), Looking(workers, Path(folder, "examined")), settings, lambda _name: None
                )
            finally:
                await workers.stop()
        print("\n".join("  ".join(line) for line in evaluation.lines(report)))
        sample = {"seconds": report.seconds}
        for row in report.rows:
            if row.is_set and row.kind in KINDS and row.wanted and row.others:
                sample[f"{row.kind}_recall"] = 100 * row.found / row.wanted
                sample[f"{row.kind}_false"] = 100 * row.false / row.others
        return sample

    def _measure(self) -> dict[str, float]:
        chance = np.random.default_rng(1)
        vectors = chance.normal(size=(self.people, faces.DIMENSIONS)).astype(np.float32)
        known, before = Known(), _resident()
        for number, vector in enumerate(vectors):
            known.put_template(f"face{number}", f"@person{number}:example.org", "face", vector.tobytes())
            known.put_text(f"plate{number}", f"@person{number}:example.org", "plate", plate(number))
        sample = {"memory": (_resident() - before) / self.people, "open": self._opened(vectors)}
        noise = chance.normal(scale=0.5, size=(self.queries, faces.DIMENSIONS)).astype(np.float32)
        numbers = chance.integers(self.people, size=self.queries).tolist()
        seen = [vectors[number] + each for number, each in zip(numbers, noise, strict=True)]
        sample["face"] = self._timed(
            known, [(Sight(faces=[_face(one)]), f"face{number}") for number, one in zip(numbers, seen, strict=True)]
        )
        crowds = [
            (Sight(faces=[_face(one) for one in seen[at : at + 20]]), f"face{numbers[at]}")
            for at in range(self.queries - 20)
        ]
        sample["crowd"] = self._timed(known, crowds)
        others = [_line(f"Gate {number} is closed today") for number in range(19)]
        pages = [(Sight(lines=[_line(plate(number)), *others]), f"plate{number}") for number in numbers]
        sample["plate"] = self._timed(known, pages)
        return sample

    def _timed(self, known: Known, sights: Sequence[tuple[Sight, str]]) -> float:
        """Milliseconds of CPU, all threads, 99 %."""
        times, least = [], thresholds(SafetySettings())
        for sight, expected in sights:
            begun = time.process_time()
            found = compared(known, sight, least)
            times.append(time.process_time() - begun)
            if expected not in {each.feature_id for each in found}:
                raise LoadFailedError(f"{expected} was not found")
        return float(np.percentile(times, 99)) * 1000

    def _opened(self, vectors: NDArray[np.float32]) -> float:
        """Microseconds of CPU for each of some that are sealed as the server seals them."""
        count = min(2_000, len(vectors))
        with tempfile.TemporaryDirectory() as folder:
            vault = Vault(Path(folder) / "safety.key")
            sealed = []
            for number, vector in enumerate(vectors[:count]):
                user_id, item = f"@person{number}:example.org", secrets.token_hex(8)
                wrapped = vault.new_key(user_id)
                data = vault.seal_bytes(wrapped, user_id, item, "template", vector.tobytes())
                sealed.append((wrapped, user_id, item, data))
            known, begun = Known(), time.thread_time()
            for wrapped, user_id, item, data in sealed:
                template = vault.open_bytes(wrapped, user_id, item, "template", data)
                known.put_template(item, user_id, "face", template)
            return (time.thread_time() - begun) / count * 1e6


def plate(number: int) -> str:
    """A plate of a region, a letter and five digits."""
    return f"{'京沪粤苏浙鲁川渝'[number % 8]}{chr(65 + number // 8 % 26)}·{number * 7919 % 100_000:05}"


def _face(vector: NDArray[np.float32]) -> SeenFace:
    return SeenFace(vector, WHERE, None)


def _line(text: str) -> ReadLine:
    return ReadLine(text, 0.99, WHERE, None)


def _resident() -> int:
    """Bytes, at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
