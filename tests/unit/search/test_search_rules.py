"""Queries, ranks, highlights, and what counts as an edit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.search import rules
from roomkeeper.core.search.models import Clause
from roomkeeper.core.search.rules import highlights, parse, rank, words_of
from roomkeeper.wire.events import Event


def word(text: str, *, is_prefix: bool = False) -> Clause:
    return Clause((text,), text, is_prefix)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("", ()),
        ("?!", ()),
        ("hello", (word("hello", is_prefix=True),)),
        ("hello ", (word("hello"),)),
        ("h", (word("h"),)),
        ("hello wor", (word("hello"), word("wor", is_prefix=True))),
        ("hello hello", (word("hello", is_prefix=True),)),
        ("wor hello wor hel wor", (word("wor"), word("hello"), word("hel"))),
        ('"hello world"', (Clause(("hello", "world"), ""),)),
        ("„hello world“ no", (Clause(("hello", "world"), ""), word("no", is_prefix=True))),
        ('"hello world', (word("hello"), word("world", is_prefix=True))),
        ('""', ()),
        ("手", (word("手"),)),
        ("手机", (Clause(("手机",), "手机"),)),
        ("手机壳", (Clause(("手机", "机", "机壳"), "手机壳"),)),
        ('"买 手机"', (Clause(("买", "手", "手机"), ""),)),
    ],
)
def test_parse(term: str, expected: tuple[Clause, ...]) -> None:
    assert parse(term) == expected


@given(st.text(max_size=3000))
def test_queries_are_bounded(term: str) -> None:
    query = parse(term)
    assert len(query) <= rules.MAX_CLAUSES
    assert all(0 < len(clause.tokens) <= rules.MAX_PHRASE for clause in query)


def test_long_terms_are_cut() -> None:
    assert len(parse(" ".join(str(number) for number in range(10_000)))) == rules.MAX_CLAUSES
    assert not any(clause.is_prefix for clause in parse(" ".join(str(number) for number in range(10_000))))


def order(term: str, *texts: str) -> list[str]:
    """The texts, best first."""
    return sorted(texts, key=lambda text: -rank(parse(term), words_of(text)))


def test_rank() -> None:
    assert order("tea", "tea and cake and much else", "tea", "tea tea")[0] == "tea tea"
    assert order("tea", "tea and cake and much else", "tea")[0] == "tea"
    assert order("green tea", "tea that is green", "some green tea")[0] == "some green tea"
    assert order("gar", "a garden", "a gar")[0] == "a gar"
    assert order("手机", "手机手机", "我的手机")[0] == "手机手机"
    assert order("tea ", "tea and", "tea tea")[0] == "tea tea"
    assert rank(parse("tea"), words_of("coffee")) == 0


def test_weights() -> None:
    texts = [words_of(text) for text in ("the heron and the reed", "the heron", "the the heron")]
    the, heron = rules.weights(parse("the heron"), texts)
    assert the < 100 < heron
    assert the + heron == pytest.approx(200, abs=1)
    assert rank(parse("the heron "), words_of("heron the heron"), (the, heron)) > rank(
        parse("the heron "), words_of("the the heron"), (the, heron)
    )
    assert rules.weights(parse("heron"), texts) == (100,)
    assert rules.weights(parse("the heron"), []) == (100, 100)
    assert all(0 < weight < 10**5 for weight in rules.weights(parse("a b c"), ["", "", ""]))


def test_highlights() -> None:
    assert highlights(parse("caf"), ["Café, CAFETERIA; face"]) == ["Café", "CAFETERIA"]
    assert highlights(parse("手机"), ["我的手机壳", "手机"]) == ["手机"]
    assert highlights(parse('"good morning"'), ["Good morning, good man"]) == ["Good", "morning", "good"]
    assert len(highlights(parse("ab"), [" ".join(f"ab{number}" for number in range(1000))])) == rules.MAX_HIGHLIGHTS


def message(content: dict[str, Any], *, sender: str = "@a:x", event_type: str = "m.room.message") -> Event:
    return Event(
        event_id="$e",
        room_id="!r:x",
        type=event_type,
        sender=sender,
        state_key=None if event_type == "m.room.message" else "",
        content=content,
        origin_server_ts=0,
        depth=1,
        prev_events=[],
        auth_events=[],
        redacts=None,
        pdu={},
    )


@pytest.mark.parametrize("content", [{}, {"body": 1}, {"body": None}, {"body": ""}, {"body": {"a": 1}}])
def test_without_text_nothing_is_found(content: dict[str, Any]) -> None:
    assert rules.searchable(message(content)) is None


def test_searchable() -> None:
    assert rules.searchable(message({"body": "text"})) == ("body", "text")
    assert rules.searchable(message({"name": "text"}, event_type="m.room.name")) == ("name", "text")
    assert rules.searchable(message({"topic": "text"}, event_type="m.room.topic")) == ("topic", "text")
    assert rules.searchable(message({"body": "text"}, event_type="m.room.member")) is None


def test_edits() -> None:
    original = message({"body": "old"})
    edit = {
        "body": "* new",
        "m.new_content": {"body": "new"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$e"},
    }
    assert rules.new_text(message(edit), original) == "new"
    assert rules.new_text(message(edit, sender="@b:x"), original) is None
    assert rules.new_text(message({**edit, "m.new_content": {"body": 1}}), original) is None
    assert rules.new_text(message({**edit, "m.new_content": 1}), original) is None
    assert (
        rules.new_text(message({**edit, "m.relates_to": {"rel_type": "m.thread", "event_id": "$e"}}), original) is None
    )
    assert rules.replaced_event_id(message({"m.relates_to": {"rel_type": "m.replace", "event_id": 1}})) is None
    assert rules.replaced_event_id(message({"m.relates_to": "m.replace"})) is None
