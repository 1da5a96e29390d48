"""All that is compared, in memory for as long as somebody compares: opened when a submission is looked at, wiped after
some minutes without one. What people register or withdraw meanwhile is in it, or out of it, at once.

Opening 100,000 of them takes seconds, in pieces behind everything else; comparing takes milliseconds, in a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final, cast, get_args

import numpy as np

from roomkeeper.capabilities.safety.identification.looking import Belonging, ReadLine, Sight
from roomkeeper.capabilities.safety.identification.models import Box, Evidence
from roomkeeper.capabilities.safety.identification.text import TextIndex, TextKind
from roomkeeper.capabilities.safety.identification.vectors import Floats, VectorIndex
from roomkeeper.capabilities.safety.models import FeatureContent, FeatureKind
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import identification as store
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.core.analysis.senses import faces, voices
from roomkeeper.platform.application import Application
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")

PAGE: Final = 100
"""Features that are opened in one piece: a millisecond or two."""
LOOK_S: Final = 5.0
TEXT_KINDS: Final[tuple[FeatureKind, ...]] = ("name", "phone", "plate", "badge", "belonging")
MOST_FOUND: Final = 20
"""Features that one face or voice may be likened to."""
MOST_BELONGINGS: Final = 2_000
"""Pictures of belongings that are compared, the newest: each takes milliseconds."""


class Known:
    """What is compared, in clear. Keys are ids of features."""

    def __init__(self) -> None:
        self.faces: VectorIndex[str] = VectorIndex(faces.DIMENSIONS)
        self.voices: VectorIndex[str] = VectorIndex(voices.DIMENSIONS)
        self.texts: TextIndex[str] = TextIndex()
        self.belongings: dict[str, bytes] = {}
        self.owners: dict[str, tuple[str, FeatureKind]] = {}
        self._of: dict[str, set[str]] = {}

    def put_text(self, feature_id: str, user_id: str, kind: FeatureKind, text: str) -> None:
        """A text of somebody."""
        self.texts.put(feature_id, cast(TextKind, kind), text)
        self._own(feature_id, user_id, kind)

    def put_template(self, feature_id: str, user_id: str, kind: FeatureKind, template: bytes) -> None:
        """What was made of a picture or recording; nothing is compared of one that is empty."""
        if not template:
            return
        if kind == "belonging":
            self.belongings[feature_id] = template
        else:
            index = self.faces if kind == "face" else self.voices
            index.put(feature_id, np.frombuffer(template, np.float32))
        self._own(feature_id, user_id, kind)

    def _own(self, feature_id: str, user_id: str, kind: FeatureKind) -> None:
        self.owners[feature_id] = (user_id, kind)
        self._of.setdefault(user_id, set()).add(feature_id)

    def remove(self, feature_id: str) -> None:
        """One less."""
        owner = self.owners.pop(feature_id, None)
        if owner is None:
            return
        for index in (self.faces, self.voices, self.texts):
            index.remove(feature_id)
        self.belongings.pop(feature_id, None)
        self._of[owner[0]].discard(feature_id)

    def remove_all(self, user_id: str) -> None:
        """All of somebody."""
        for feature_id in list(self._of.get(user_id, ())):
            self.remove(feature_id)
        self._of.pop(user_id, None)

    def newest_belongings(self) -> list[str]:
        """Those that are compared: ids begin with the time at which they were made."""
        return sorted(self.belongings, reverse=True)[:MOST_BELONGINGS]

    def wipe(self) -> None:
        """Let nothing of it stay in memory."""
        for index in (self.faces, self.voices, self.texts):
            index.wipe()
        for table in (self.belongings, self.owners, self._of):
            table.clear()


class Register:
    """Opens and wipes what is known, and compares with it."""

    def __init__(self, app: Application, vault: Vault, settings: SafetySettings) -> None:
        self._app = app
        self._vault = vault
        self._settings = settings
        self._known: Known | None = None
        self._turn = asyncio.Lock()
        self._used = 0.0

    @property
    def is_open(self) -> bool:
        """Whether anything is in memory."""
        return self._known is not None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Known]:
        """What is known; nothing of it changes meanwhile."""
        async with self._turn:
            if self._known is None:
                self._known = await self._load()
            try:
                yield self._known
            finally:
                self._used = time.monotonic()

    async def _load(self) -> Known:
        known, begun = Known(), time.monotonic()
        for read, enter in ((store.texts_after, self._enter_text), (store.templates_after, self._enter_template)):
            after = ""
            while found := await read(self._app.driver, after, PAGE):
                await self._app.giving_way.turn()
                for each in found:
                    enter(known, each)
                after = found[-1].feature_id
        seconds = round(time.monotonic() - begun, 2)
        log.info("what identifies people is opened", features=len(known.owners), seconds=seconds)
        return known

    def _enter_text(self, known: Known, each: store.Known) -> None:
        content = self._vault.open(each.wrapped, each.user_id, each.feature_id, each.sealed)
        if content.consented_ts:
            known.put_text(each.feature_id, each.user_id, kind_of(each.kind), content.text)

    def _enter_template(self, known: Known, each: store.Known) -> None:
        data = self._vault.open_bytes(each.wrapped, each.user_id, each.feature_id, "template", each.sealed)
        known.put_template(each.feature_id, each.user_id, kind_of(each.kind), data)

    async def run(self) -> None:
        """Wipe it when nobody has compared for a while; for ever."""
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                is_idle = time.monotonic() - self._used >= self._settings.identification_minutes * 60
                if self.is_open and is_idle:
                    await self.wipe()
        finally:
            await self.wipe()

    async def wipe(self) -> None:
        """Let nothing of it stay in memory."""
        async with self._turn:
            if self._known is not None:
                self._known.wipe()
                self._known = None

    # ------------------------------------------------------------ what changes

    async def added(
        self, feature_id: str, user_id: str, kind: FeatureKind, content: FeatureContent, template: bytes
    ) -> None:
        """Somebody has registered something."""
        async with self._turn:
            if self._known is not None and content.text:
                self._known.put_text(feature_id, user_id, kind, content.text)
            elif self._known is not None:
                self._known.put_template(feature_id, user_id, kind, template)

    async def removed(self, user_id: str, feature_id: str | None = None) -> None:
        """Somebody has withdrawn something, or everything."""
        async with self._turn:
            if self._known is not None and feature_id is not None:
                self._known.remove(feature_id)
            elif self._known is not None:
                self._known.remove_all(user_id)

    # ------------------------------------------------------------ comparing

    async def compare(self, sight: Sight) -> list[tuple[str, Evidence]]:
        """Who has registered something like what was seen, with what speaks for it; not ranked."""
        async with self.opened() as known:
            found = await asyncio.to_thread(compared, known, sight, thresholds(self._settings))
            return [(known.owners[each.feature_id][0], each) for each in found if each.feature_id in known.owners]

    async def belongings(self) -> tuple[list[Belonging], int]:
        """The pictures of belongings that are compared, and how many are not."""
        async with self.opened() as known:
            newest = known.newest_belongings()
            pictures = [Belonging(each, known.owners[each][0], known.belongings[each]) for each in newest]
            return pictures, len(known.belongings) - len(newest)


def thresholds(settings: SafetySettings) -> dict[FeatureKind, float]:
    """From which score on a feature of a kind makes a candidate."""
    texts = dict.fromkeys(TEXT_KINDS, settings.text_threshold)
    return {"face": settings.face_threshold, "voice": settings.voice_threshold, **texts}


def compared(known: Known, sight: Sight, least: Mapping[FeatureKind, float]) -> list[Evidence]:
    """What of what is known is like what was seen; belongings are compared elsewhere."""
    return [
        *_alike(known.faces, "face", least["face"], [(each.vector, each.box, each.at_ms) for each in sight.faces]),
        *_alike(known.voices, "voice", least["voice"], [(each.vector, None, None) for each in sight.voices]),
        *_read(known, sight.lines, least),
    ]


def _alike(
    index: VectorIndex[str], kind: FeatureKind, threshold: float, seen: list[tuple[Floats, Box | None, int | None]]
) -> Iterable[Evidence]:
    if not seen:
        return
    results = index.search(np.stack([vector for vector, _, _ in seen]), threshold, MOST_FOUND)
    for (_, box, at_ms), found in zip(seen, results, strict=True):
        for feature_id, score in found:
            score = round(score, 4)
            yield Evidence(feature_id=feature_id, kind=kind, score=score, threshold=threshold, box=box, at_ms=at_ms)


def _read(known: Known, lines: Iterable[ReadLine], least: Mapping[FeatureKind, float]) -> Iterable[Evidence]:
    for line in lines:
        for feature_id, match in known.texts.search([line.text]).items():
            kind = known.owners[feature_id][1]
            score = round(match.score * min(line.score, 1.0), 4)
            if score >= least[kind]:
                yield Evidence(
                    feature_id=feature_id,
                    kind=kind,
                    score=score,
                    threshold=least[kind],
                    box=line.box,
                    at_ms=line.at_ms,
                    text=match.found,
                )


def kind_of(stored: str) -> FeatureKind:
    """A kind as it is stored."""
    if stored not in get_args(FeatureKind):
        raise ValueError(f"{stored} is no kind of feature")
    return cast(FeatureKind, stored)
