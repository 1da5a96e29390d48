"""Finding words, also where they are disguised, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.screening.text.models import TextList
from roomkeeper.capabilities.screening.text.normalise import forms, plain
from roomkeeper.capabilities.screening.text.rules import BadPattern, TextRules, check


def a_list(list_id: str = "l", **values: object) -> TextList:
    """A list of words."""
    return TextList(list_id=list_id, name=list_id, created_ts=0, updated_ts=0, **values)  # type: ignore[arg-type]


RULES = TextRules(
    [
        (a_list("words"), ["rotten", "stale bread", "mould*", "*worm*", "烂鱼", "гниль", "C++", "ass"]),
        (a_list("allowed", kind="allow"), ["rotten borough", "烂鱼场"]),
        (a_list("expressions", kind="expressions"), [r"\b\d{4}-\d{4}\b"]),
    ]
)


def found(text: str) -> list[str]:
    """The patterns that are found in a text."""
    return [each.pattern for each in RULES.search(text)]


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("It is rotten.", "rotten"),
        ("ROTTEN", "rotten"),
        ("r0tt3n!", "rotten"),
        ("ｒｏｔｔｅｎ", "rotten"),
        ("𝓻𝓸𝓽𝓽𝓮𝓷", "rotten"),
        ("róttèn", "rotten"),
        ("r\u200bo\u200bt\u200bt\u200be\u200bn", "rotten"),
        ("rоttеn", "rotten"),  # two letters are Cyrillic
        ("r.o.t.t.e.n", "rotten"),
        ("so r o t t e n it is", "rotten"),
        ("r-o-t-t-e-n", "rotten"),
        ("rooooooten rotttttten", "rotten"),
        ("stale\n  bread", "stale bread"),
        ("mouldiness", "mould*"),
        ("bookworms", "*worm*"),
        ("这是烂鱼吗", "烂鱼"),
        ("烂 鱼", "烂鱼"),
        ("烂*鱼", "烂鱼"),
        ("Это ГНИЛЬ!", "гниль"),
        ("1234-5678", r"\b\d{4}-\d{4}\b"),
        ("1234\u20135678 １２３４-５６７８", r"\b\d{4}-\d{4}\b"),
    ],
)
def test_what_is_found(text: str, pattern: str) -> None:
    assert pattern in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fresh",
        "class pass assess",
        "rotten borough",
        "A Rotten Borough election",
        "烂鱼场",
        "гнильё x",
        "I a m 4 you",
    ],
)
def test_what_is_not_found(text: str) -> None:
    assert found(text) == []


def test_an_allowed_phrase_excuses_itself_alone() -> None:
    assert found("rotten borough, rotten egg") == ["rotten"]


def test_a_word_of_another_language_is_no_lookalike_of_a_latin_one() -> None:
    rules = TextRules([(a_list(), ["cop"])])
    assert rules.search("сор в углу") == []
    assert rules.search("bad сор here")


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2000}", "(?=x)", r"(a)\1", "a*", "x|"])
def test_expressions_that_cannot_be_used(pattern: str) -> None:
    with pytest.raises(BadPattern):
        check(pattern, "expressions")


def test_expressions_take_linear_time() -> None:
    rules = TextRules([(a_list(kind="expressions"), [r"(a+)+$", r"(x+x+)+y"])])
    assert rules.search("a" * 50_000 + "!" + "x" * 50_000) == []


@given(st.text(max_size=300))
def test_any_text_is_searched(text: str) -> None:
    RULES.search(text)
    assert plain(plain(text)) == plain(text) or len(text) > 0
    assert forms(text)[0] == plain(text)


@given(st.text(alphabet="\ud800\udfffab \u0301", max_size=50))
def test_half_characters_are_searched(text: str) -> None:
    RULES.search(text)


@given(st.lists(st.text(alphabet="abcdefgh", min_size=3, max_size=8), min_size=1, max_size=20, unique=True))
def test_each_word_of_a_list_is_found(patterns: list[str]) -> None:
    rules = TextRules([(a_list(), patterns)])
    assert {each.pattern for each in rules.search(" ".join(patterns))} == set(patterns)
