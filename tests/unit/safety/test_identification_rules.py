"""Who may submit, who decides, what is good enough, and who is a candidate."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.capabilities.safety.geometry import Area, Circle
from roomkeeper.capabilities.safety.identification import rules
from roomkeeper.capabilities.safety.identification.models import Details as SubmissionDetails
from roomkeeper.capabilities.safety.identification.models import Evidence, Identification
from roomkeeper.capabilities.safety.identification.rules import NotGoodEnough
from roomkeeper.capabilities.safety.models import Asked, Details, Event, Position
from roomkeeper.core.analysis.senses.faces import Face
from roomkeeper.core.analysis.senses.pictures import Area as Box
from roomkeeper.core.analysis.senses.voices import Voice

HERE = (52.5, 13.4)
REPORTER, STATION = "@reporter:example.org", "@station:example.org"


def event(**what: Any) -> Event:
    details = Details(title="Fire", area=Area(circles=(Circle(*HERE, 500.0),)), handled_by=what.pop("handled_by", None))
    values = {"state": "open", "source": "person", "raised_by": REPORTER, **what}
    return Event(event_id="e", kind="fire", created_ts=0, updated_ts=0, details=details, **values)


def asked(role: Any, state: Any = "confirmed") -> Asked:
    return Asked(event_id="e", user_id="@x:example.org", role=role, reason="near", place=0, state=state, found_ts=0)


def position(metres: float, accuracy: float = 5.0) -> Position:
    latitude = HERE[0] + metres / 111_200
    return Position(
        latitude=latitude, longitude=HERE[1], accuracy=accuracy, ts=0, expires_ts=1, mode="live", source="app"
    )


@pytest.mark.parametrize(
    ("actor", "who", "where", "may"),
    [
        (REPORTER, None, None, True),
        ("@x:example.org", asked("reporter"), None, True),
        ("@x:example.org", asked("organisation"), None, True),
        ("@x:example.org", asked("near"), position(100), True),
        ("@x:example.org", asked("follower"), position(100), True),
        ("@x:example.org", asked("near"), position(700), False),
        ("@x:example.org", asked("near"), position(700, accuracy=1000), True),
        ("@x:example.org", asked("near"), None, False),
        ("@x:example.org", asked("near", "asked"), position(100), False),
        ("@x:example.org", None, position(100), False),
        ("@x:example.org", asked("officer"), None, False),
        ("@x:example.org", asked("concerned"), None, False),
    ],
)
def test_who_may_submit(actor: str, who: Asked | None, where: Position | None, may: bool) -> None:
    assert rules.may_request(event(), actor, who, where) is may
    assert not rules.may_request(event(state="resolved"), actor, who, where)


def test_nobody_reports_what_a_feed_does() -> None:
    assert not rules.may_request(event(source="cap"), REPORTER, None, None)


def test_who_decides() -> None:
    assert rules.is_in_charge(event(), "@anybody:example.org", "officer")
    assert not rules.is_in_charge(event(), STATION, "organisation")
    assert rules.is_in_charge(event(handled_by=STATION), STATION, "organisation")
    assert rules.is_in_charge(event(source="organisation", raised_by=STATION), STATION, "organisation")
    assert not rules.is_in_charge(event(handled_by=STATION), "@other:example.org", "organisation")
    for role in ("reporter", "near", "follower", "concerned", None):
        assert not rules.is_in_charge(event(handled_by=REPORTER), REPORTER, role)


def face(**what: Any) -> Face:
    values: dict[str, Any] = {
        "box": Box(0.3, 0.3, 0.3, 0.3),
        "landmarks": [],
        "score": 0.9,
        "size": 1.0,
        "sharpness": 1.0,
        "frontal": 1.0,
        "light": 1.0,
        "brightness": 0.5,
        "vector": [1.0],
    }
    return Face(**{**values, **what})


@pytest.mark.parametrize(
    ("faces", "what"),
    [
        ([], ("no_face",)),
        ([face(), face(box=Box(0, 0, 0.2, 0.2))], ("many_faces",)),
        ([face(size=0.1)], ("too_small",)),
        ([face(vector=[])], ("too_small",)),
        ([face(light=0.1, brightness=0.05, sharpness=0.0)], ("too_dark",)),
        ([face(light=0.1, brightness=0.97)], ("too_bright",)),
        ([face(sharpness=0.1, frontal=0.1)], ("blurred", "turned_away")),
    ],
)
def test_a_face_that_is_not_good_enough(faces: list[Face], what: tuple[str, ...]) -> None:
    with pytest.raises(NotGoodEnough) as refused:
        rules.check_face(faces)
    assert refused.value.what == what
    assert refused.value.data["org.roomkeeper.quality"] == list(what)


def test_a_passer_by_in_the_background_does_not_matter() -> None:
    assert rules.check_face([face(), face(box=Box(0, 0, 0.05, 0.05))]) == face()


@pytest.mark.parametrize(
    ("voice", "what"),
    [
        (Voice([1.0], 2.0, 2.5, 30.0, 0.5), "too_short"),
        (Voice([], 0.0, 9.0, 0.0, 0.0), "silence"),
        (Voice([1.0], 2.0, 9.0, 30.0, 0.5), "too_short"),
        (Voice([1.0], 8.0, 9.0, 4.0, 0.2), "noisy"),
    ],
)
def test_a_voice_that_is_not_good_enough(voice: Voice, what: str) -> None:
    with pytest.raises(NotGoodEnough) as refused:
        rules.check_voice(voice)
    assert refused.value.what == (what,)


def proof(kind: Any, score: float, threshold: float, feature_id: str = "f") -> Evidence:
    return Evidence(feature_id=feature_id, kind=kind, score=score, threshold=threshold)


def test_candidates_are_ranked_by_how_far_they_are_above_the_threshold() -> None:
    found = [
        ("@voice:example.org", proof("voice", 0.8, 0.75)),
        ("@face:example.org", proof("face", 0.8, 0.45)),
        ("@face:example.org", proof("face", 0.6, 0.45)),
        ("@face:example.org", proof("plate", 0.9, 0.6, "g")),
        (REPORTER, proof("face", 0.99, 0.45)),
    ]
    first, second = rules.ranked(found, REPORTER)
    assert (first.user_id, [(each.kind, each.score) for each in first.evidence]) == (
        "@face:example.org",
        [("plate", 0.9), ("face", 0.8)],
    )
    assert second.user_id == "@voice:example.org"
    assert first.score > second.score > 0


def test_there_are_ten_at_most() -> None:
    crowd = [(f"@p{number}:example.org", proof("face", 0.5 + number / 100, 0.45)) for number in range(30)]
    found = rules.ranked(crowd, REPORTER)
    assert [each.user_id for each in found] == [f"@p{number}:example.org" for number in range(29, 19, -1)]


@pytest.mark.parametrize("state", ["review", "nothing", "decided"])
def test_whoever_submits_is_told_the_same_whoever_is_found(state: Any) -> None:
    submission = Identification(
        identification_id="i",
        event_id="e",
        requested_by=REPORTER,
        media_id="m",
        state=state,
        created_ts=0,
        details=SubmissionDetails(content_type="image/png", size=1),
    )
    assert rules.shown_to_submitter(submission).state == "decided"
