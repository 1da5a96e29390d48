"""Tokens: what comes out of text, and the law that what stands in a text can be looked for in its tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.search import rules
from roomkeeper.core.search.segmentation import MAX_TOKENS, MAX_WORD, fold, tokens

HAN = st.text(alphabet="你好世界手机中文搜索", min_size=1, max_size=12)
MIXED = st.text(
    alphabet=st.characters(codec="utf-8") | st.sampled_from("你好世界あいうカキク가나다กขค ab-'\"*\u0301"), max_size=80
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Hello, World!", ["hello", "world"]),
        ("don't", ["don", "t"]),
        ("snake_case", ["snake", "case"]),
        ("v1.19", ["v1", "19"]),
        ("Ünïcödé", ["unicode"]),
        ("U\u0308ni", ["uni"]),
        ("ＡＢＣ１２", ["abc12"]),
        ("ﬁne", ["fine"]),
        ("Straße", ["strasse"]),
        ("ΣΊΣΥΦΟΣ", ["σισυφοσ"]),
        ("ёлка", ["елка"]),
        ("שָׁלוֹם", ["שלום"]),
        ("مُحَمَّد", ["محمد"]),
        ("हिन्दी", ["हिन्दी"]),
        ("你", ["你"]),
        ("你好", ["你", "你好", "好"]),
        ("你好吗", ["你", "你好", "好", "好吗", "吗"]),
        ("你好,吗", ["你", "你好", "好", "吗"]),
        ("用iPhone手机", ["用", "iphone", "手", "手机", "机"]),
        ("ｶﾞ", ["ガ"]),
        ("がき", ["が", "がき", "き"]),
        ("안녕", ["안", "안녕", "녕"]),
        ("𠮷野", ["𠮷", "𠮷野", "野"]),
        ("😀👍", []),
        ("\x00\ud800 a", ["a"]),
        ("'a' | \"b\" & c:*", ["a", "b", "c"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_bounds() -> None:
    assert tokens("a" * 1000) == ["a" * MAX_WORD]
    assert len(tokens("a b " * 10_000)) == MAX_TOKENS
    assert len(tokens("字" * 100_000)) == MAX_TOKENS


@given(MIXED)
def test_tokens_hold_no_operators(text: str) -> None:
    for token in tokens(text):
        assert token
        assert not set(token) & set(" \t\n\0\"'\\&|!():*<>-+^{}")
        assert len(token) <= MAX_WORD


@given(MIXED)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert tokens(fold(text)) == tokens(text)


@given(HAN, HAN, HAN)
def test_every_part_of_a_run_is_found(before: str, part: str, after: str) -> None:
    (clause,) = rules.parse(part)
    assert clause.needle in rules.spaced(rules.words_of(before + part + after))


@given(st.lists(st.sampled_from(["hello", "你好", "手机壳", "a", "字", "world", "12"]), min_size=1, max_size=8))
def test_every_phrase_is_found(words: list[str]) -> None:
    text = " ".join(words)
    (clause,) = rules.parse(f'"{text}"')
    assert clause.needle in rules.spaced(rules.words_of(f"before {text} after"))
