"""What is in a file: the plug-ins of `core/analysis`, for what is submitted and for what is registered."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np

from roomkeeper.capabilities.safety.identification import rules
from roomkeeper.capabilities.safety.identification.models import Box, Failure, Found
from roomkeeper.capabilities.safety.identification.rules import NotGoodEnough
from roomkeeper.capabilities.safety.identification.vectors import Floats
from roomkeeper.capabilities.safety.models import FeatureKind
from roomkeeper.core.analysis import AnalysisFailed, Priority
from roomkeeper.core.analysis.models import Analyser, Parameters, Result
from roomkeeper.core.analysis.senses import (
    FACES,
    FEATURES,
    MATCH,
    READING,
    SPEECH,
    VOICES,
    faces,
    likeness,
    pictures,
    reading,
    speech,
    voices,
)
from roomkeeper.core.analysis.service import Analysis

FRAMES: Final = 12
"""Of a film, which are looked at."""
HEARD_S: Final = 60.0
"""Of a sound, whose words are listened to."""
HEARD: Final = 0.85
"""How surely words are heard; the model does not say."""
VERSIONS: Final = {"face": FACES.version, "voice": VOICES.version, "belonging": FEATURES.version}
"""What is registered is made anew where one of these changes."""
ALIKE: Final = 100.0
"""Places that agree, from which on more is no surer."""
TEMPORARY: Final = frozenset({"busy", "stopped", "timeout", "crashed", "memory"})


class Unavailable(Exception):
    """It cannot be looked at; `failure` says why, and `is_final` whether it may be tried again."""

    def __init__(self, failure: Failure, *, is_final: bool = True) -> None:
        super().__init__(failure)
        self.failure: Failure = failure
        self.is_final = is_final


class SeenFace(NamedTuple):
    """A face, where it is, and when in a film."""

    vector: Floats
    box: Box
    at_ms: int | None


class HeardVoice(NamedTuple):
    """A voice."""

    vector: Floats


class ReadLine(NamedTuple):
    """Words that were read or heard, how surely, and where."""

    text: str
    score: float
    box: Box | None
    at_ms: int | None


class Belonging(NamedTuple):
    """A picture of something that somebody has registered."""

    feature_id: str
    user_id: str
    features: bytes


class Sight(NamedTuple):
    """All in a file that can be compared."""

    faces: Sequence[SeenFace] = ()
    voices: Sequence[HeardVoice] = ()
    lines: Sequence[ReadLine] = ()
    thing: likeness.Features | None = None

    @property
    def found(self) -> Found:
        """How much that is."""
        return Found(
            faces=len(self.faces), voices=len(self.voices), lines=len(self.lines), is_thing=self.thing is not None
        )

    def __bool__(self) -> bool:
        return bool(self.faces or self.voices or self.lines or self.thing)


class Looking:
    """Asks the plug-ins."""

    def __init__(self, analysis: Analysis, folder: Path) -> None:
        """`folder`: where files are for as long as workers look at them."""
        self._folder = folder
        self._analysis = analysis

    async def clear(self) -> None:
        """At the start: what a crash has left."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    # ------------------------------------------------------------ what is submitted

    async def look(self, path: Path, content_type: str, user_id: str) -> Sight:
        """All in a picture, film or sound. Raises `Unavailable`."""
        kind = content_type.partition("/")[0]
        seen = pictures.PictureParameters(frames=FRAMES)
        answers = await asyncio.gather(
            *(
                [self._try(FACES, path, seen, user_id), self._try(READING, path, seen, user_id)]
                if kind in ("image", "video")
                else [_nothing(), _nothing()]
            ),
            self._try(FEATURES, path, likeness.FeatureParameters(), user_id) if kind == "image" else _nothing(),
            *(
                [
                    self._try(VOICES, path, voices.VoiceParameters(), user_id),
                    self._try(SPEECH, path, speech.SpeechParameters(seconds=HEARD_S), user_id),
                ]
                if kind in ("audio", "video")
                else [_nothing(), _nothing()]
            ),
        )
        sight = _sight(*answers)
        if not sight:
            raise _why(answers)
        return sight

    async def _try(
        self, analyser: Analyser[Parameters, Result], path: Path, parameters: Parameters, user_id: str
    ) -> Result | AnalysisFailed:
        try:
            return await self._analysis.run(analyser, path, parameters, user=user_id)
        except AnalysisFailed as failure:
            return failure

    async def compare(
        self, thing: likeness.Features, others: Sequence[Belonging], path: Path, user_id: str
    ) -> list[int]:
        """For each of the others, in how many places it agrees with a picture. Raises `Unavailable`."""
        found: list[int] = []
        for start in range(0, len(others), likeness.MOST_PAIRS):
            part = [each.features for each in others[start : start + likeness.MOST_PAIRS]]
            parameters = likeness.MatchParameters(features=thing, others=part)
            try:
                matches = await self._analysis.run(MATCH, path, parameters, user=user_id)
            except AnalysisFailed as failure:
                raise _why([failure]) from None
            found += matches.inliers
        return found

    # ------------------------------------------------------------ what is registered

    async def template(self, kind: FeatureKind, data: bytes, user_id: str, *, is_urgent: bool = True) -> bytes:
        """What is compared of a picture or recording. Raises `NotGoodEnough`, `Unavailable`."""
        priority = Priority.INTERACTIVE if is_urgent else Priority.BACKGROUND
        async with self._file(data) as path:
            try:
                if kind == "face":
                    seen = await self._analysis.run(
                        FACES, path, pictures.PictureParameters(frames=1), user=user_id, priority=priority
                    )
                    return _bytes(rules.check_face(seen.faces).vector)
                if kind == "voice":
                    heard = await self._analysis.run(
                        VOICES, path, voices.VoiceParameters(), user=user_id, priority=priority
                    )
                    return _bytes(rules.check_voice(heard).vector)
                thing = await self._analysis.run(
                    FEATURES, path, likeness.FeatureParameters(), user=user_id, priority=priority
                )
            except AnalysisFailed as failure:
                if failure.reason in ("unreadable", "too_large"):
                    raise NotGoodEnough("unreadable" if failure.reason == "unreadable" else "too_large") from None
                raise _why([failure]) from None
        if not thing.plain:
            raise NotGoodEnough("too_plain")
        return thing.plain

    @asynccontextmanager
    async def _file(self, data: bytes) -> AsyncIterator[Path]:
        """The bytes as a file that workers can read, for as long as they do."""

        def write() -> Path:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(data)
                return Path(file.name)

        path = await asyncio.to_thread(write)
        try:
            yield path
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)


async def _nothing() -> None:
    return None


def _sight(
    seen: faces.Faces | AnalysisFailed | None,
    read: reading.Lines | AnalysisFailed | None,
    thing: likeness.Features | AnalysisFailed | None,
    heard: voices.Voice | AnalysisFailed | None,
    said: speech.Speech | AnalysisFailed | None,
) -> Sight:
    return Sight(
        faces=[
            SeenFace(_vector(each.vector), _box(each.box), _ms(each.at))
            for each in (seen.faces if isinstance(seen, faces.Faces) else ())
            if each.vector
        ],
        voices=[HeardVoice(_vector(heard.vector))] if isinstance(heard, voices.Voice) and heard.vector else [],
        lines=[
            *(
                ReadLine(each.text, each.score, _box(each.box), _ms(each.at))
                for each in (read.lines if isinstance(read, reading.Lines) else ())
            ),
            *(
                ReadLine(each.text, HEARD, None, _ms(each.start))
                for each in (said.utterances if isinstance(said, speech.Speech) else ())
                if each.text
            ),
        ],
        thing=thing if isinstance(thing, likeness.Features) and thing.plain else None,
    )


def _why(answers: Sequence[msgspec.Struct | AnalysisFailed | None]) -> Unavailable:
    """Why nothing was found: whatever may be different next time first."""
    reasons = [each.reason for each in answers if isinstance(each, AnalysisFailed)]
    if any(reason in TEMPORARY for reason in reasons):
        return Unavailable("busy", is_final=False)
    if any(isinstance(each, msgspec.Struct) for each in answers):
        return Unavailable("nothing_to_compare")
    for reason, failure in (("too_large", "too_large"), ("unreadable", "unreadable")):
        if reason in reasons:
            return Unavailable(failure)  # type: ignore[arg-type]
    return Unavailable("unavailable")


def _vector(numbers: Sequence[float]) -> Floats:
    return np.asarray(numbers, np.float32)


def _bytes(numbers: Sequence[float]) -> bytes:
    return _vector(numbers).tobytes()


def _box(area: pictures.Area) -> Box:
    return (area.x, area.y, area.width, area.height)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
