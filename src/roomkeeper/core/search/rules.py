"""Pure decisions of search: what of an event is found, what a search term means, how well a result fits.

1.  Found are the body of a message, the name and the topic of a room.
2.  A message that was edited is found by its newest body alone.
3.  All words of a search term must occur, in any order; those in quotes one after the other. The last word, unless in
    quotes, may be the beginning of a longer one. Characters that are no letters or digits mean nothing.
4.  Rank is that of BM25. How much a word weighs is told by the results that the searcher may see, and by nothing else:
    how rare a word is on the whole server is nobody's business. Since all results have all words, the rarer one is
    that which takes the lesser part of their texts.
5.  A topic is found by its plain text, in whichever form it is given. spec: client-server §m.room.topic
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from roomkeeper.core.search.models import Clause, Query
from roomkeeper.core.search.segmentation import Piece, fold, pieces, tokens, written_words
from roomkeeper.wire.events import Event

KEYS: Final = {
    "m.room.message": ("content.body", "body"),
    "m.room.name": ("content.name", "name"),
    "m.room.topic": ("content.topic", "topic"),
}
"""The key that is searched in each type of event, and the member of the content that it stands for."""
INDEXED_TYPES: Final = (*KEYS, "m.room.redaction")

MAX_TERM: Final = 2_000
"""Characters of a search term that count."""
MAX_CLAUSES: Final = 24
"""Words and phrases of a search term that count."""
MAX_PHRASE: Final = 64
"""Tokens of a phrase that count."""
SHORTEST_PREFIX: Final = 2
MAX_HIGHLIGHTS: Final = 50
MAX_FORMS: Final = 10
"""Representations of a topic that are looked at."""

_QUOTED: Final = re.compile('["“”„«»＂]')

SHORT: Final = 500
"""Characters of a text whose tokens are remembered for a while."""

SATURATION: Final = 1.2
LENGTH_WEIGHT: Final = 0.6
USUAL_LENGTH: Final = 16
"""Tokens of a usual message."""


def parse(term: str) -> Query:
    """The clauses of a search term; none where it has no words."""
    clauses: dict[Clause, None] = {}
    found: list[Piece] = []
    parts = _QUOTED.split(term[:MAX_TERM])
    for number, part in enumerate(parts):
        found = list(pieces(fold(part)))
        if number % 2 and number < len(parts) - 1:
            if found:
                clauses.setdefault(_phrase(found))
        else:
            for piece in found:
                clauses.setdefault(_phrase([piece]))
                if len(clauses) >= MAX_CLAUSES:
                    break
    query = list(clauses)[:MAX_CLAUSES]
    ends_in_word = bool(query and found) and len(term) <= MAX_TERM and term[-1].isalnum()
    if ends_in_word and query[-1].text == found[-1].text:
        query[-1] = _as_prefix(query[-1])
    return tuple(query)


def _phrase(found: Sequence[Piece]) -> Clause:
    """Pieces one after the other. The characters at both ends are in the pairs already."""
    in_order = [token for piece in found for token in piece.tokens()]
    if found[0].is_run and len(found[0].text) > 1:
        in_order = in_order[1:]
    if found[-1].is_run and len(found[-1].text) > 1:
        in_order = in_order[:-1]
    return Clause(tuple(in_order[:MAX_PHRASE]), "".join(piece.text for piece in found) if len(found) == 1 else "")


def _as_prefix(clause: Clause) -> Clause:
    last = clause.tokens[-1]
    is_word = len(clause.tokens) == 1 and clause.text == last and not next(pieces(last)).is_run
    if not is_word or len(last) < SHORTEST_PREFIX:
        return clause
    return msgspec.structs.replace(clause, is_prefix=True)


def searchable(event: Event) -> tuple[str, str] | None:
    """The key (``body``, ``name``, ``topic``) and the text by which an event is found; `None` where it is not."""
    key = KEYS.get(event.type)
    if key is None or (event.type == "m.room.message") is event.is_state:
        return None
    text = event.content.get(key[1])
    texts = [text] if isinstance(text, str) else []
    if event.type == "m.room.topic":
        texts += [plain for plain in _plain_texts(event.content.get("m.topic")) if plain not in texts]
    joined = "\n".join(texts)
    return (key[1], joined) if joined else None


def _plain_texts(content: Any) -> list[str]:
    """The text/plain representations in a ``m.topic``. spec: client-server §TopicContentBlock"""
    block = content.get("m.text") if isinstance(content, dict) else None
    return [
        form["body"]
        for form in (block if isinstance(block, list) else [])[:MAX_FORMS]
        if isinstance(form, dict)
        and form.get("mimetype", "text/plain") == "text/plain"
        and isinstance(form.get("body"), str)
    ]


def replaced_event_id(event: Event) -> str | None:
    """The id of the message that this one edits. spec: client-server §Event replacements"""
    if event.type != "m.room.message" or event.is_state:
        return None
    relation = event.content.get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.replace":
        return None
    target = relation.get("event_id")
    return target if isinstance(target, str) else None


def new_text(edit: Event, original: Event) -> str | None:
    """The body that an edit gives its original; `None` where it is no valid edit of it."""
    if replaced_event_id(edit) != original.event_id or edit.sender != original.sender:
        return None
    content: Any = edit.content.get("m.new_content")
    text = content.get("body") if isinstance(content, dict) else None
    return text if isinstance(text, str) else None


def words_of(text: str) -> str:
    """What is indexed of a text: its tokens, joined by spaces."""
    return _words_of_short(text) if len(text) <= SHORT else " ".join(tokens(text))


@lru_cache(maxsize=2_048)
def _words_of_short(text: str) -> str:
    """What is said is indexed more than once, shortly after one another: for who searches rooms, and records."""
    return " ".join(tokens(text))


Weights = tuple[int, ...]
"""How much each clause of a query counts, in hundredths; 100 on average."""


def weights(query: Query, texts: Sequence[str]) -> Weights:
    """What each clause weighs among texts that all have it; `texts` are what `words_of` made of them."""
    if len(query) < 2 or not texts:
        return (100,) * len(query)
    padded = [spaced(words) for words in texts]
    total = sum(words.count(" ") + 1 for words in texts)
    rarities = [math.log1p(total / max(sum(text.count(clause.needle) for text in padded), 1)) for clause in query]
    mean = sum(rarities) / len(rarities)
    return tuple(round(100 * rarity / mean) for rarity in rarities)


def spaced(words: str) -> str:
    """Tokens as `Clause.needle` is looked for in them."""
    return f" {words.replace(' ', '  ')} "


def rank(query: Query, words: str, weights: Weights | None = None) -> float:
    """How well a text fits; higher is better. `words` is what `words_of` made of it."""
    padded = spaced(words)
    length = words.count(" ") + 1
    norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * length / USUAL_LENGTH)
    score = 0.0
    for number, clause in enumerate(query):
        often = padded.count(clause.needle)
        score += often * (SATURATION + 1) / (often + norm) * (weights[number] / 100 if weights else 1)
        if clause.is_prefix and f"{clause.needle} " in padded:
            score += 0.5
    if len(query) > 1 and f" {'  '.join(token for clause in query for token in clause.tokens)}" in padded:
        score += 1.0
    return math.floor(score * 1e6) / 1e6


def highlights(query: Query, texts: Iterable[str]) -> list[str]:
    """What to mark in the texts that were found: the words as they are written there, at most `MAX_HIGHLIGHTS`."""
    runs = {clause.text for clause in query if clause.text and len(clause.text) >= 1}
    wanted = {token for clause in query for token in clause.tokens}
    prefixes = tuple(clause.tokens[-1] for clause in query if clause.is_prefix)
    found: dict[str, None] = {}
    for text in texts:
        for written in written_words(text):
            folded = fold(written)
            if folded in wanted or (prefixes and folded.startswith(prefixes)):
                found.setdefault(written)
            else:
                for run in runs:
                    if len(run) < len(folded) and next(pieces(run)).is_run and run in folded:
                        found.setdefault(run)
            if len(found) >= MAX_HIGHLIGHTS:
                return list(found)
    return list(found)
