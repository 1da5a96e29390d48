"""Who may submit and who decides; what is good enough to be registered; who is a candidate. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec
import numpy as np

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.identification.models import (
    Candidate,
    Evidence,
    Identification,
)
from roomkeeper.capabilities.safety.models import Asked, Event, FeatureKind, Position, Role
from roomkeeper.core.analysis.senses.faces import ENOUGH as FACE_ENOUGH
from roomkeeper.core.analysis.senses.faces import Face
from roomkeeper.core.analysis.senses.voices import ENOUGH as VOICE_ENOUGH
from roomkeeper.core.analysis.senses.voices import Voice
from roomkeeper.platform.errors import InvalidParameter

EXACT_M: Final = 100.0
"""Whose position is as exact counts by the point, as where people are gathered."""
MOST_CANDIDATES: Final = 10
MOST_EVIDENCE: Final = 8
LEAST_VOICE_S: Final = 3.0

Quality = Literal[
    "no_face",
    "many_faces",
    "too_small",
    "too_dark",
    "too_bright",
    "blurred",
    "turned_away",
    "silence",
    "too_short",
    "noisy",
    "too_plain",
    "too_few_letters",
    "unreadable",
    "too_large",
]
ADVICE: Final[Mapping[Quality, str]] = {
    "no_face": "No face was found: take a picture of the face from the front.",
    "many_faces": "There is more than one face: take a picture with this person alone.",
    "too_small": "It is too small: come closer, or take a larger picture.",
    "too_dark": "It is too dark: turn towards a window or a lamp.",
    "too_bright": "It is too bright: turn away from the light.",
    "blurred": "It is blurred: hold still, and wipe the lens.",
    "turned_away": "The face looks to the side: look into the camera.",
    "silence": "No voice was heard: speak closer to the microphone.",
    "too_short": "It is too short: speak for five seconds or more.",
    "noisy": "There is too much noise: record it where it is quiet.",
    "too_plain": "There is too little on it to know it again: show the side with a pattern, a label or a scratch.",
    "too_few_letters": "That is too short to tell somebody from others: write all of it.",
    "unreadable": "This file cannot be read: choose a JPEG, PNG or WebP picture, or an Ogg, MP3, WAV or MP4 recording.",
    "too_large": "This file is too large: choose a smaller one.",
}


class NotGoodEnough(InvalidParameter):
    """This is not good enough to be compared."""

    def __init__(self, *what: Quality) -> None:
        super().__init__(" ".join(ADVICE[each] for each in what), **{"org.roomkeeper.quality": list(what)})
        self.what = what


# ------------------------------------------------------------ who


def may_request(event: Event, actor: str, asked: Asked | None, position: Position | None) -> bool:
    """Whether somebody may have a file compared for an event: who reported it, an organisation in its group, and
    whoever is in the group and in its area now; nobody else. `asked`: what they are to it, for those in the group."""
    if not event.is_open:
        return False
    if event.raised_by == actor and event.source != "cap":
        return True
    if asked is None or asked.state != "confirmed":
        return False
    return asked.role in ("reporter", "organisation") or (position is not None and is_there(event, position))


def is_there(event: Event, position: Position) -> bool:
    """Whether a position is in an event's area, as far as it is known."""
    unit = geometry.vector(position.latitude, position.longitude)[None, :]
    if position.accuracy <= EXACT_M:
        return bool(geometry.inside(event.details.area, unit)[0])
    return bool(geometry.reaching(event.details.area, unit, np.array([position.accuracy]))[0])


def is_in_charge(event: Event, actor: str, role: Role | None) -> bool:
    """Whether somebody sees candidates and decides: a safety officer, or the organisation that reported the event or
    has taken it in hand."""
    return role == "officer" or (role == "organisation" and actor in responsible_for(event))


def responsible_for(event: Event) -> set[str]:
    """The accounts that have an event in hand, so far as any has."""
    found = {event.details.handled_by} if event.details.handled_by else set()
    return found | ({event.raised_by} if event.source == "organisation" else set())


# ------------------------------------------------------------ what is good enough


def check_face(faces: list[Face]) -> Face:
    """The one face of a picture that is registered. Raises `NotGoodEnough`."""
    if not faces:
        raise NotGoodEnough("no_face")
    first = faces[0]
    others = [each for each in faces[1:] if area_of(each) * 4 >= area_of(first)]
    if others:
        raise NotGoodEnough("many_faces")
    what: list[Quality] = []
    if first.size < FACE_ENOUGH or not first.vector:
        what.append("too_small")
    if first.light < FACE_ENOUGH:
        what.append("too_dark" if first.brightness < 0.5 else "too_bright")
    elif first.sharpness < FACE_ENOUGH:  # which cannot be told in the dark
        what.append("blurred")
    if first.frontal < FACE_ENOUGH:
        what.append("turned_away")
    if what:
        raise NotGoodEnough(*what)
    return first


def area_of(face: Face) -> float:
    """How much of the picture a face takes."""
    return face.box.width * face.box.height


def check_voice(voice: Voice) -> Voice:
    """A recording that is registered. Raises `NotGoodEnough`."""
    if voice.duration < LEAST_VOICE_S:
        raise NotGoodEnough("too_short")
    if not voice.vector:
        raise NotGoodEnough("silence")
    if voice.seconds < LEAST_VOICE_S:
        raise NotGoodEnough("too_short")
    if voice.quality < VOICE_ENOUGH:
        raise NotGoodEnough("noisy")
    return voice


# ------------------------------------------------------------ candidates


def above(evidence: Evidence) -> float:
    """How far a score is above its threshold, 0 to 1: what makes those of different kinds comparable."""
    room = 1 - evidence.threshold
    return min(max((evidence.score - evidence.threshold) / room, 0.0), 1.0) if room > 0 else 1.0


def ranked(found: Iterable[tuple[str, Evidence]], without: str) -> list[Candidate]:
    """The likeliest people with what speaks for each, but for one who submitted it."""
    by_person: defaultdict[str, dict[tuple[FeatureKind, str], Evidence]] = defaultdict(dict)
    for user_id, evidence in found:
        best = by_person[user_id].get((evidence.kind, evidence.feature_id))
        if best is None or best.score < evidence.score:
            by_person[user_id][evidence.kind, evidence.feature_id] = evidence
    candidates = [
        Candidate(user_id=user_id, score=round(above(ordered[0]), 4), evidence=tuple(ordered[:MOST_EVIDENCE]))
        for user_id, each in by_person.items()
        if user_id != without and (ordered := sorted(each.values(), key=above, reverse=True))
    ]
    return sorted(candidates, key=lambda each: (-each.score, each.user_id))[:MOST_CANDIDATES]


def shown_to_submitter(identification: Identification) -> Identification:
    """What whoever submitted it may know: whether anybody was found tells who has registered."""
    if identification.state in ("waiting", "failed"):
        return identification
    return msgspec.structs.replace(identification, state="decided")
