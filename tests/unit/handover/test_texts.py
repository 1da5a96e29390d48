"""What customers are told and answer in a text."""

from __future__ import annotations

import string
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.handover.texts import CHINESE, ENGLISH, NO, YES, Name, answer_of, text


@pytest.mark.parametrize(
    "said",
    [
        *("1", "１", " 1. ", "(1)", "①", "1️⃣", "#1", "1!", "1\n", "Answer 1", "option 1", "I take 1", "1 please"),
        *("yes", "Yes!", "YES", "ｙｅｓ", "yes please", "Yes, please.", "y", "ok", "OK.", "okay"),
        *("continue", "go on", "sure", "Sure, thanks", "👍", "\u200byes\ufeff", '"yes"'),
        *(
            "好",
            "好的。",
            "好的！",
            "是",
            "是的",
            "可以",
            "继续",
            "我同意",
            "同意",
            "没问题",
            "选1",
            "回复１",
            "我选 1",
            "选择一",
        ),
        *("１。", "「1」", "好吧…", "我愿意"),
    ],
)
def test_yes(said: str) -> None:
    assert answer_of(said) is True


@pytest.mark.parametrize(
    "said",
    [
        *("2", "２", " 2) ", "②", "2️⃣", "Answer 2", "no", "No!", "NO.", "no thanks", "No, thank you", "nope", "n"),
        *("I don't want to", "I don’t want to", "I do not want to", "not now", "Not now, please", "decline", "👎"),
        *("不", "不要", "不要！", "不用了", "不用", "不同意", "我不同意", "不继续", "拒绝", "选2", "不好", "我不要"),
    ],
)
def test_no(said: str) -> None:
    assert answer_of(said) is False


@pytest.mark.parametrize(
    "said",
    [
        *("", " ", "3", "12", "1 or 2?", "yes or no", "not sure", "no problem, continue", "Where is my chair?", "?"),
        *("yesterday", "nothing", "11", "1.2", "是不是", "好不好", "x" * 41, "yes " * 20, "1 " + "x" * 60),
        *(None, 1, True, [], {}, b"1", "I would like to talk with somebody else", "hello 1 2"),
    ],
)
def test_neither(said: object) -> None:
    assert answer_of(said) is None


@pytest.mark.parametrize(
    ("said", "meant"), [("1", True), ("２", False), ("yes", None), ("好的", None), ("option 1", None)]
)
def test_digits_only(said: str, meant: bool | None) -> None:
    """Where people talk with one another meanwhile, "ok" is no answer to the question."""
    assert answer_of(said, digits_only=True) is meant


@given(st.text() | st.text(alphabet="12１２ yesno不好的.!?'’ \u200b", max_size=50))
def test_any_text_is_judged(said: str) -> None:
    assert answer_of(said) in (True, False, None)
    assert answer_of(said, digits_only=True) in (True, False, None)


@given(st.sampled_from(sorted(YES | NO)), st.sampled_from(["", " ", "!", ".", "。", "！", "\n", "..."]), st.booleans())
def test_what_stands_around_does_not_count(word: str, around: str, upper: bool) -> None:
    said = f"{around}{word.upper() if upper else word}{around}"
    assert answer_of(said) is (word in YES)


def test_no_word_means_both() -> None:
    assert not YES & NO


@pytest.mark.parametrize("name", get_args(Name))
def test_every_text_is_there_in_both_languages(name: Name) -> None:
    """With the same names in it, and all of them filled in."""
    fields = [
        {field for _, field, _, _ in string.Formatter().parse(texts[name]) if field} for texts in (ENGLISH, CHINESE)
    ]
    assert fields[0] == fields[1]
    for language in ("en", "zh"):
        said = text(name, language, "en", leaver="{A}", successor="B{0}", link="L")
        assert "{leaver}" not in said
        assert "{successor}" not in said


@pytest.mark.parametrize(
    ("language", "default", "is_chinese"),
    [
        ("zh", "en", True),
        ("zh-Hant-TW", "en", True),
        ("ZH-cn", "en", True),
        ("", "zh", True),
        ("fr", "zh", False),
        ("en", "zh", False),
        ("", "en", False),
        ("zha", "en", False),
    ],
)
def test_languages(language: str, default: str, is_chinese: bool) -> None:
    said = text("left", language, default, leaver="A", successor="B", link="")
    assert ("离职" in said) is is_chinese
