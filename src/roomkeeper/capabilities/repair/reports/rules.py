"""What a report is: its language, its kind by the words in it, whether it says the same as another. Pure.

1. Language: Chinese where a tenth of the letters are Han; else English, as what we speak besides.
2. Kind: each kind has words and expressions that people use, by language. What is found counts by its length, once; the
   kind with the most is taken where it has enough, and twice as much as the next: else the reporter is asked which of
   the candidates it is.
3. The same report: of one user, with the same kind and properties, or the same words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from roomkeeper.capabilities.repair.reports.models import UNDER_WAY, Report

Lexicon = Mapping[str, Mapping[str, Sequence[str]]]
"""By kind and language, what people write who have that trouble; what stands on both sides of ``+`` must be there."""

ENOUGH: Final = 4
"""Letters of expressions that must be found at least; a Chinese character counts as two."""
MOST_CANDIDATES: Final = 5
HAN_SHARE: Final = 0.1
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER: Final = re.compile(r"\w")
_SPACES: Final = re.compile(r"\s+")
_BROKEN: Final = {
    "en": (
        "still broken", "still not", "does not work", "doesn't work", "not working", "not fixed", "still stuck",
        "broken", "no",
    ),
    "zh": ("还是不行", "还是", "没有解决", "没好", "没修好", "仍然", "依然", "不行", "没有"),
}  # fmt: skip
_WORKS: Final = {
    "en": ("it works", "works now", "works", "fixed", "solved", "thanks", "thank you", "yes"),
    "zh": ("好了", "可以了", "解决了", "修好了", "谢谢", "没问题了", "正常了"),
}
_STATUS: Final = {"en": ("status", "how far", "any news"), "zh": ("进展", "状态", "怎么样了")}
SAID_IN: Final = "said_in"
"""The property with the id of the message by which something was reported."""
SHORT: Final = 60
"""Characters: what is longer is a report, whatever words are in it."""


class Classified(msgspec.Struct, frozen=True):
    """The kind, where that is sure; else what it may be, the likeliest first."""

    kind: str
    candidates: tuple[str, ...] = ()


def language_of(text: str, default: str) -> str:
    """``zh`` or ``en``; `default` where there are no letters."""
    letters = _LETTER.findall(text)
    if not letters:
        return default
    return "zh" if len(_HAN.findall(text)) >= HAN_SHARE * len(letters) else "en"


def normalised(text: str) -> str:
    """Text as it is compared: width and case folded, one space between words."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")).strip()


def classify(text: str, lexicon: Lexicon) -> Classified:
    """The kind of trouble that `text` tells of."""
    said = normalised(text)
    scores = {
        kind: sum(_score(said, by_language.get(language, ())) for language in by_language)
        for kind, by_language in lexicon.items()
    }
    ranked = sorted((kind for kind, score in scores.items() if score), key=lambda kind: (-scores[kind], kind))
    if not ranked:
        return Classified("")
    best, next_best = scores[ranked[0]], scores[ranked[1]] if len(ranked) > 1 else 0
    if best >= ENOUGH and best >= 2 * next_best:
        return Classified(ranked[0])
    return Classified("", tuple(ranked[:MOST_CANDIDATES]))


def _score(said: str, expressions: Sequence[str]) -> int:
    return sum(_weight(expression) for expression in expressions if _is_in(normalised(expression), said))


def _is_in(expression: str, said: str) -> bool:
    return all(_has(part.strip(), said) for part in expression.split("+"))


def _has(part: str, said: str) -> bool:
    """Chinese is written without spaces; other words must begin where a word does: "ban" is not in "urban"."""
    if not part:
        return False
    if _HAN.search(part):
        return part in said
    return re.search(rf"(?<!\w){re.escape(part)}", said) is not None


def _weight(expression: str) -> int:
    return sum(2 if _HAN.match(character) else 1 for character in expression if character.isalnum())


def is_same(report: Report, other: Report) -> bool:
    """Whether a report says of the same user what another that is under way says already."""
    if other.state not in UNDER_WAY or report.user_id != other.user_id:
        return False
    if report.kind and other.kind:
        return report.kind == other.kind and _about(report) == _about(other)
    return bool(report.text) and normalised(report.text) == normalised(other.text)


def _about(report: Report) -> dict[str, str]:
    return {name: value for name, value in report.properties.items() if name != SAID_IN}


def says(text: str) -> str:
    """What a short message to support says of the last report: ``works``, ``broken``, ``status``, or nothing."""
    said = normalised(text).strip(" .!?。！？~")
    if len(said) > SHORT:
        return ""
    for meaning, words in (("broken", _BROKEN), ("status", _STATUS), ("works", _WORKS)):
        for part in (each for by_language in words.values() for each in by_language):
            if (
                said == part
                or (len(part) > 3 and _has(part, said))
                or (_HAN.search(part) and len(part) > 1 and part in said)
            ):
                return meaning
    return ""


def chosen(text: str, candidates: Sequence[str], titles: Mapping[str, Sequence[str]]) -> str | None:
    """Which of numbered candidates an answer means: its number, or words of its title; empty: none of them."""
    said = normalised(text).strip(" .)。）、")
    if said.isascii() and said.isdigit():
        number = int(said[:4])
        if 1 <= number <= len(candidates):
            return candidates[number - 1]
        return "" if number == len(candidates) + 1 or number == 0 else None
    for candidate in candidates:
        if (
            any(said and said in normalised(title) for title in (candidate, *titles.get(candidate, ())))
            and len(said) > 1
        ):
            return candidate
    return None
