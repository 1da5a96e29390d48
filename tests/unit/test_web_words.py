"""The web pages' words: both languages say the same things, and all that the pages ask for is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from roomkeeper.core.organisation.sessions.models import State

SOURCES = Path(__file__).parents[2] / "web" / "src"
PLURAL = re.compile(r"_(one|other)\Z")


def entries(words: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The keys of a language with dots, without what tells one from many; and their texts."""
    for name, value in words.items():
        if isinstance(value, dict):
            yield from entries(value, f"{before}{name}.")
        else:
            yield PLURAL.sub("", before + name), value


def language(name: str) -> dict[str, str]:
    """One language's words by key: the chat's, and those that other pages and parts add."""
    files = (SOURCES / "i18n" / f"{name}.json", *sorted(SOURCES.rglob(f"words/{name}.json")))
    return dict(entry for file in files for entry in entries(json.loads(file.read_text(encoding="utf-8"))))


def test_both_languages_say_the_same() -> None:
    english, chinese = language("en"), language("zh")
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        used = set(re.findall(r"\{\{\w+\}\}", text)), set(re.findall(r"\{\{\w+\}\}", chinese[key]))
        assert used[0] == used[1], key


def test_every_word_that_is_asked_for_is_there() -> None:
    known = language("en")
    asked = {
        key
        for file in SOURCES.rglob("*.ts*")
        for key in re.findall(
            r"""(?:\bt\(\[?|title: )"([A-Za-z.]+\.[A-Za-z.]+|[a-z]+)["]""", file.read_text(encoding="utf-8")
        )
    }
    assert len(asked) > 50
    assert asked <= known.keys()


def test_every_state_of_a_session_has_a_word() -> None:
    known = language("en")
    for state in get_args(State):
        assert known[f"info.state.{state}"]
        assert known[f"console.sessionState.{state}"]
