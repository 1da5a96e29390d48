"""What a report is by its words; which operation is taken, and what it is called with; bug reports, read strictly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.repair.kinds.operations import BUILTIN
from roomkeeper.capabilities.repair.operations import rules as operations
from roomkeeper.capabilities.repair.operations.models import Condition, HttpCall, Operation, RemedyStep
from roomkeeper.capabilities.repair.reports import rageshake, rules
from roomkeeper.platform.errors import MatrixError

LEXICON: dict[str, dict[str, list[str]]] = {
    each.kind: {language: list(words) for language, words in each.words.items()} for each in BUILTIN
}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My messages are stuck sending since this morning", "message_stuck"),
        ("消息一直在发送，发不出去", "message_stuck"),
        ("The picture is refused although it is harmless", "media_refused"),
        ("图片发不出，被拒绝了", "media_refused"),
        ("I accepted the invitation, and the room is not in my list", "room_missing"),
        ("接受邀请后找不到房间", "room_missing"),
        ("I keep being signed out and must log in again", "signed_out"),
        ("一直要登录，反复登录", "signed_out"),
        ("My contact has left and nobody takes over", "handover_missing"),
        ("对接人离职了，没人接手", "handover_missing"),
    ],
)
def test_the_kind_is_told_by_the_words(text: str, kind: str) -> None:
    assert rules.classify(text, LEXICON).kind == kind


@pytest.mark.parametrize("text", ["", "Hello", "你好", "It is odd", "urban planning"])
def test_what_says_nothing_has_no_kind(text: str) -> None:
    assert rules.classify(text, LEXICON) == rules.Classified("")


def test_what_may_be_two_things_is_asked() -> None:
    found = rules.classify("I was logged out, and my picture is blocked", LEXICON)
    assert (found.kind, set(found.candidates)) == ("", {"signed_out", "media_refused"})


@pytest.mark.parametrize(
    ("text", "language"), [("Hello", "en"), ("你好", "zh"), ("App 打不开", "zh"), ("!!!", "zh"), ("room 房", "zh")]
)
def test_the_language_is_that_of_the_letters(text: str, language: str) -> None:
    assert rules.language_of(text, "zh") == language


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Still broken!", "broken"),
        ("还是不行", "broken"),
        ("it works now, thanks", "works"),
        ("好了，谢谢", "works"),
        ("status", "status"),
        ("My lamp is dark", ""),
    ],
)
def test_short_words_on_the_last_report(text: str, meaning: str) -> None:
    assert rules.says(text) == meaning


@given(st.text(max_size=300))
def test_any_words_are_classified(text: str) -> None:
    found = rules.classify(text, LEXICON)
    assert not (found.kind and found.candidates)
    assert rules.language_of(text, "en") in ("en", "zh")
    assert rules.says(text) in ("", "works", "broken", "status")


def operation(name: str, **more: Any) -> Operation:
    """An operation."""
    step = RemedyStep(name="x")
    return Operation(
        kind="lamp", title=name, steps=(step,), operation_id=name, version=1, changed_by="x", changed_ts=1, **more
    )


def test_conditions_and_priority_choose() -> None:
    values = {"flow": {"deviation": "message_refused"}, "report": {"client": "web"}}
    usual = operation("usual")
    special = operation(
        "special", priority=200, conditions=(Condition(path="flow.deviation", one_of=("message_refused",)),)
    )
    absent = operation("absent", priority=300, conditions=(Condition(path="flow.deviation", exists=False),))
    off = operation("off", priority=400, is_enabled=False)
    assert operations.choose([usual, special, absent, off], values) == special
    assert operations.choose([absent, off], values) is None
    assert operations.choose([usual, absent], {"flow": {"deviation": ""}}) == absent


def test_values_stay_values() -> None:
    values = {"user_id": "@a:b", "report": {"room_id": 'a"b/../c', "empty": ""}}
    call = HttpCall(
        url="http://h/{user_id}/{report.room_id}", body='{"r": "{report.room_id}"}', headers={"X": "{user_id}"}
    )
    made = operations.request_of(call, values)
    assert made.url == "http://h/%40a%3Ab/a%22b%2F..%2Fc"
    assert made.body == '{"r": "a\\"b/../c"}'
    assert operations.filled("{report.empty|user_id}", values) == "@a:b"
    with pytest.raises(operations.Unfilled):
        operations.filled("{report.empty}", values)


@pytest.mark.parametrize("url", ["http://h@evil/", "http://evil/", "ftp://h/", "http://h:81/", "http://h.evil/"])
def test_requests_go_to_named_hosts_alone(url: str) -> None:
    assert not operations.is_allowed(url, ("h",))
    assert operations.is_allowed("http://h/x", ("h",))


@given(
    st.binary(max_size=600), st.sampled_from(["multipart/form-data; boundary=x", "application/json", "text/plain", ""])
)
def test_any_bug_report_is_read_or_refused(body: bytes, content_type: str) -> None:
    for framed in (body, b"--x\r\n" + body + b"\r\n--x--\r\n"):
        try:
            found = rageshake.read(content_type, framed)
        except MatrixError as error:
            assert error.status == 400  # noqa: PT017 - either is right
        else:
            assert len(found.text) <= rageshake.LONGEST_FIELD
