"""A case with all that helps to decide it: where it was to be sent, what each detector saw and from which score on that
counts, the words of its files, and where in its text the text rules found something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from roomkeeper.capabilities.screening.judging import Judge
from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.models import Asked, Case, Policy
from roomkeeper.capabilities.screening.rules import Look, action_of, rule_for
from roomkeeper.capabilities.screening.senders import Senders, department_of
from roomkeeper.capabilities.screening.text.models import Action
from roomkeeper.capabilities.screening.text.rules import is_unspaced
from roomkeeper.capabilities.screening.text.service import Lists
from roomkeeper.core.media import Media
from roomkeeper.core.organisation.sessions.models import SESSION
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.errors import NotFound

MOST_TEXT = 4000
"""Characters of the words in one file that are shown."""
MOST_MARKS = 50


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How surely a file has a label, and from which scores on it is reviewed or blocked by the policy now in force."""

    label: str
    score: float
    review: float | None
    block: float | None
    action: Action


class CaseLook(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector said of a file."""

    media_id: str
    detector: str
    outcome: str
    message: str = ""
    scores: list[Score] = []


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of words that a detector found in a file; `source`: where in it."""

    media_id: str
    detector: str
    source: str
    text: str


class CaseDetail(Case, frozen=True, kw_only=True, omit_defaults=True):
    """A case with what helps to decide it.

    `is_session`: its room is a session with a customer, which mostly has no name. `policy`: the name of the policy that
    counts for its sender and room now. `marks`: where in `text` something was found, as first character and the one
    after the last.
    """

    room_name: str = ""
    is_session: bool = False
    policy: str = ""
    looks: tuple[CaseLook, ...] = ()
    extracts: tuple[Extract, ...] = ()
    marks: tuple[tuple[int, int], ...] = ()


class Details:
    """Puts it together."""

    def __init__(
        self, rooms: Rooms, media: Media, looking: Looking, judge: Judge, senders: Senders, lists: Lists
    ) -> None:
        self._rooms = rooms
        self._media = media
        self._looking = looking
        self._judge = judge
        self._senders = senders
        self._lists = lists

    async def of(self, case: Case) -> CaseDetail:
        """One case."""
        name, is_session, asked = await self._where(case)
        looks, extracts, policy = list[CaseLook](), list[Extract](), ""
        for each in case.media:
            medium = await self._media.look_up(each.media_id)
            if medium is None or medium.sha256 is None:
                continue
            counts = self._judge.policy(medium, asked)
            policy = policy or counts.name
            for look in await self._looking.known(self._looking.file_of(medium)):
                looks.append(self._look(look, counts, each.media_id))
                extracts += _extracts(look, each.media_id)
        marks = list[tuple[int, int]]()
        if case.text and any(reason.source == "text" for reason in case.reasons):
            text_rules = self._lists.rules
            marks = await asyncio.to_thread(marks_in, case.text, lambda part: {
                (found.list_id, found.pattern) for found in text_rules.search(part)
            })  # fmt: skip
        return CaseDetail(
            **{name: getattr(case, name) for name in case.__struct_fields__},
            room_name=name,
            is_session=is_session,
            policy=policy or self._judge.policy_of_words(asked).name,
            looks=tuple(looks),
            extracts=tuple(extracts),
            marks=tuple(marks),
        )

    async def _where(self, case: Case) -> tuple[str, bool, Asked]:
        """What the room is called, whether it is a session, and who sends there, as policies ask for it."""
        name, department, is_session = "", "", False
        try:
            room = await self._rooms.cache.get(case.room_id) if case.room_id else None
        except NotFound:
            room = None
        if room is not None:
            given, department = room.content("m.room.name").get("name"), department_of(room)
            name = given if isinstance(given, str) else ""
            is_session = bool(room.content(SESSION))
        asked = await self._senders.of(case.sender, department)
        return name, is_session, msgspec.structs.replace(asked, room_id=case.room_id)

    def _look(self, look: Look, policy: Policy, media_id: str) -> CaseLook:
        detector = next((each for each in self._looking.detectors.all() if each.name == look.detector), None)
        rule = None if detector is None else rule_for(policy, detector)
        scores = []
        for label, score in sorted(look.scores.labels.items(), key=lambda item: (-item[1], item[0])):
            limits = None if rule is None else rule.thresholds.get(label)
            scores.append(
                Score(
                    label=label,
                    score=round(score, 4),
                    review=None if limits is None else limits.review,
                    block=None if limits is None else limits.block,
                    action="allow" if limits is None else action_of(score, limits),
                )
            )
        return CaseLook(
            media_id=media_id, detector=look.detector, outcome=look.outcome, message=look.message, scores=scores
        )


def _extracts(look: Look, media_id: str) -> list[Extract]:
    found, left = [], MOST_TEXT
    for text in look.scores.texts:
        if left <= 0:
            break
        found.append(Extract(media_id=media_id, detector=look.detector, source=text.source, text=text.text[:left]))
        left -= len(text.text)
    return found


def marks_in(text: str, search: Callable[[str], set[tuple[str, str]]]) -> list[tuple[int, int]]:
    """Where in a text something stands that `search` finds in all of it: the shortest parts, from word to word.

    What is found is found in some form of the text, in which it stands elsewhere; so parts of the text are searched.
    """
    wanted, ends = search(text), _between_words(text)
    marks: list[tuple[int, int]] = []
    begin = 0
    while wanted and len(marks) < MOST_MARKS:
        end = _first(ends, lambda at, begin=begin: at > begin and bool(search(text[begin:at]) & wanted))  # type: ignore[misc]
        if end is None:
            break
        start = _first(
            [at for at in reversed(ends) if begin <= at < end],
            lambda at, end=end: bool(search(text[at:end]) & wanted),  # type: ignore[misc]
        )
        start = begin if start is None else start
        while start < end and not text[start].isalnum() and search(text[start + 1 : end]) & wanted:
            start += 1
        marks.append((start, end))
        begin = end
    return marks


def _between_words(text: str) -> list[int]:
    """The places in a text where a word may begin or end."""
    found = [0]
    for at in range(1, len(text)):
        before, after = text[at - 1], text[at]
        if not (before.isalnum() and after.isalnum()) or is_unspaced(before) or is_unspaced(after):
            found.append(at)
    return [*found, len(text)]


def _first(places: Sequence[int], is_it: Callable[[int], bool]) -> int | None:
    return next((at for at in places if is_it(at)), None)
