"""What kind of entry an event becomes, which policy counts, what an answer is."""

from __future__ import annotations

import pytest

from roomkeeper.capabilities.records import rules
from roomkeeper.capabilities.records.models import Policy
from roomkeeper.capabilities.records.texts import NOTICES, answer_of, notice


@pytest.mark.parametrize(
    ("event_type", "state_key", "pdu", "kind"),
    [
        ("m.room.message", None, b'{"content":{"body":"x"}}', "message"),
        ("m.room.message", None, b'{"content":{"m.relates_to":{"rel_type":"m.replace","event_id":"$a"}}}', "edit"),
        ("m.room.message", None, b'{"content":{"body":"\\"m.replace\\""}}', "message"),
        ("m.room.message", None, b'{"content":{"body":"m.replace","m.relates_to":"m.replace"}}', "message"),
        ("m.room.member", "@a:b", b'{"content":{"membership":"join"}}', "join"),
        ("m.room.member", "@a:b", b'{"content":{}}', "other"),
        ("m.room.member", None, b'{"content":{"membership":"join"}}', "other"),
        ("m.room.topic", "", b'{"content":{}}', "state"),
        ("org.example.thing", None, b'{"content":{}}', "other"),
        ("m.room.encrypted", None, b'{"content":{}}', "encrypted"),
    ],
)
def test_kinds(event_type: str, state_key: str | None, pdu: bytes, kind: str) -> None:
    assert rules.kind_of(event_type, state_key, pdu) == kind


def test_the_nearest_policy_counts() -> None:
    general, sales = Policy(record=False), Policy(department_id="sales")
    given = {("", "session"): general, ("sales", "session"): sales}
    assert rules.policy_for(given, "session", ["north", "sales"]) is sales
    assert rules.policy_for(given, "session", ["support"]) is general
    assert rules.policy_for({}, "session", []).record
    assert not rules.policy_for({}, "room", ["sales"]).record


@pytest.mark.parametrize(
    ("policy", "first", "refused"),
    [
        (Policy(consent="none"), {"recorded": True, "consent": "none"}, False),
        (Policy(consent="tell"), {"recorded": True, "consent": "shown"}, False),
        (Policy(consent="ask", until_answer=False), {"recorded": False, "consent": "asked"}, False),
        (Policy(consent="ask", on_refusal="continue"), {"recorded": True, "consent": "asked"}, True),
    ],
)
def test_what_the_room_says(policy: Policy, first: dict[str, object], refused: bool) -> None:
    assert rules.first_state(policy) == first
    assert rules.answered(policy, agrees=True) == {"recorded": True, "consent": "given"}
    assert rules.answered(policy, agrees=False) == {"recorded": refused, "consent": "refused"}


@pytest.mark.parametrize(
    ("body", "was_asked", "answer"),
    [
        ("Yes.", True, True),
        (" no ", True, False),
        ("同意", True, True),
        ("不同意。", True, False),
        ("yes, but when?", True, None),
        ("yes", False, None),
        ("RECORD  NO", False, False),
        ("同意记录", False, True),
        (5, True, None),
    ],
)
def test_answers(body: object, was_asked: bool, answer: bool | None) -> None:
    assert answer_of(body, was_asked=was_asked) is answer


def test_everything_is_said_in_both_languages() -> None:
    said = {what for what, _ in NOTICES}
    assert len(NOTICES) == 2 * len(said)
    assert notice("tell", "zh-CN")["body"] == NOTICES["tell", "zh"]
    assert notice("tell", "de")["body"] == NOTICES["tell", "en"]
