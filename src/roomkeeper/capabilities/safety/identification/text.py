"""Names, phone numbers, plates and badges, compared with what was read in a picture or heard. Pure.

Both sides are brought to one form: width, case and separators do not count. What reading confuses (O and 0, 8 and B, 粤
and 奥) is the same letter in plates and badges, and one letter more, less or other is forgiven in long ones; each costs
score. Words of a line are joined, since reading splits and joins them: a window of neighbouring words is looked up,
never a part of a word, so that "Ann" is not found in "Planning".
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final, Generic, Literal, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
TextKind = Literal["name", "phone", "plate", "badge", "belonging"]

EXACT: Final = 1.0
CONFUSED: Final = 0.9
"""The same but for letters that reading confuses."""
CLOSE: Final = 0.75
"""One letter more, less or other."""
PARTIAL_PHONE: Final = 0.95
"""The same number without the code of its country or place."""
LONGEST: Final = 40
"""Letters of what is compared; what is longer is compared as far as that."""
MOST_WORDS: Final = 12
MOST_NAMES: Final = 4
WORDS: Final[tuple[TextKind, ...]] = ("name", "plate", "badge", "belonging")
MOST_LETTERS: Final = 5_000
"""Letters of a submission that are looked at."""
PHONE_DIGITS: Final = 7
LEAST: Final[Mapping[TextKind, int]] = {"name": 4, "phone": PHONE_DIGITS, "plate": 4, "badge": 4, "belonging": 4}
LEAST_IDEOGRAPHS: Final[Mapping[TextKind, int]] = {"name": 2, "phone": 99, "plate": 4, "badge": 3, "belonging": 2}
FORGIVEN_FROM: Final[Mapping[TextKind, int]] = {"name": 8, "phone": 99, "plate": 7, "badge": 7, "belonging": 10}
"""Letters from which one may be wrong: with fewer, too many are alike."""

_LOOKALIKES: Final = str.maketrans(
    # Cyrillic and Greek capitals that are drawn as Latin ones.
    "АВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABEKMHOPCTYXIJSABEZHIKMNOPTYX",
)
_CONFUSED: Final = str.maketrans("OQDILSBZG", "000115826")
"""For plates and badges, whose letters are no words."""
_PROVINCES: Final = str.maketrans("粵奥滬泸蘇办魯遼迁贛軍瓊陝喻雲寧貴閩", "粤粤沪沪苏苏鲁辽辽赣军琼陕渝云宁贵闽")
"""Characters of Chinese plates that are written, or read, in other ways."""
_WORD: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+")
_PHONE: Final = re.compile(r"\+?\d[\d ()./\-\u2013]{5,30}\d")


Place = tuple[Literal["whole", "beginning", "end"], TextKind, int, str]
"""Under what a text is found: a whole, or a half of one of that length."""


class Match(NamedTuple):
    """How well something that was registered fits, and the words in which it was found."""

    score: float
    found: str


def plain(text: str) -> str:
    """In capitals, of one width, with Latin letters for those that look so. Unicode UAX #15 (NFKC)."""
    return unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)


def letters(text: str) -> str:
    """What is compared of a text: its letters and digits."""
    return "".join(_WORD.findall(plain(text)))[:LONGEST]


def folded(kind: TextKind, text: str) -> str:
    """The same with one letter for all that reading confuses."""
    if kind in ("plate", "badge"):
        return text.translate(_PROVINCES).translate(_CONFUSED)
    return text


def digits(text: str) -> str:
    """A phone number: its digits, without what is dialled before a country or a place."""
    return "".join(re.findall(r"\d", plain(text))).lstrip("0")


def is_telling(kind: TextKind, text: str) -> bool:
    """Whether it is long enough to tell somebody from others."""
    if kind == "phone":
        return PHONE_DIGITS <= len(digits(text)) <= 15
    found = letters(text)
    ideographs = sum("\u3400" <= each <= "\u9fff" for each in found)
    if kind in ("plate", "badge"):
        return len(found) >= (LEAST_IDEOGRAPHS if ideographs else LEAST)[kind] and any(map(str.isdigit, found))
    return len(found) >= LEAST[kind] or ideographs >= LEAST_IDEOGRAPHS[kind]


def windows(line: str) -> Iterator[tuple[str, str]]:
    """All that may be one thing in a line: neighbouring words, joined, and as they stand."""
    words = [(found.group(), found.start(), found.end()) for found in _WORD.finditer(line)]
    for first in range(len(words)):
        joined = ""
        for word, _, end in words[first : first + MOST_WORDS]:
            joined += word
            if len(joined) > LONGEST:
                break
            yield joined, line[words[first][1] : end]


def is_close(one: str, other: str) -> bool:
    """Whether they differ by one letter more, less or other."""
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    same = next((place for place, letter in enumerate(one) if letter != other[place]), len(one))
    if len(one) == len(other):
        return one[same + 1 :] == other[same + 1 :]
    return one[same:] == other[same + 1 :]


class TextIndex(Generic[Key]):
    """Texts under keys. With one letter wrong, a text has its first or its second half unharmed: that finds it."""

    def __init__(self) -> None:
        self._texts: dict[Key, tuple[TextKind, tuple[str, ...]]] = {}
        self._places: defaultdict[Place, set[Key]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, key: Key, kind: TextKind, text: str) -> None:
        """Add one, or replace it; what would be found in everything is not added."""
        self.remove(key)
        if not is_telling(kind, text):
            return
        self._texts[key] = (kind, _forms(kind, text))
        for place in self._places_of(key):
            self._places[place].add(key)

    def remove(self, key: Key) -> bool:
        """Whether there was one."""
        if key not in self._texts:
            return False
        for place in self._places_of(key):
            self._places[place].discard(key)
            if not self._places[place]:
                del self._places[place]
        del self._texts[key]
        return True

    def _places_of(self, key: Key) -> set[Place]:
        kind, forms = self._texts[key]
        found: set[Place] = set()
        for known in forms:
            # Numbers are told with and without the codes of country and place: the last digits find them.
            form = known[-PHONE_DIGITS:] if kind == "phone" else folded(kind, known)
            found.add(("whole", kind, 0, form))
            if len(form) >= FORGIVEN_FROM[kind]:
                half = len(form) // 2
                found |= {("beginning", kind, len(form), form[:half]), ("end", kind, len(form), form[half:])}
        return found

    def search(self, lines: Iterable[str]) -> dict[Key, Match]:
        """What stands in these lines, each with its best match."""
        found: dict[Key, Match] = {}
        left = MOST_LETTERS
        for line in lines:
            text = plain(line)[:left]
            left -= len(text)
            for key, match in self._in_line(text):
                if key not in found or found[key].score < match.score:
                    found[key] = match
        return found

    def _in_line(self, line: str) -> Iterator[tuple[Key, Match]]:
        yield from self._phones(line)
        for joined, written in windows(line):
            for kind in WORDS:
                yield from self._in_window(kind, joined, written)

    def _in_window(self, kind: TextKind, joined: str, written: str) -> Iterator[tuple[Key, Match]]:
        form = folded(kind, joined)
        for key in self._places.get(("whole", kind, 0, form), ()):
            yield key, Match(EXACT if joined in self._texts[key][1] else CONFUSED, written)
        for length in range(max(len(form) - 1, FORGIVEN_FROM[kind]), len(form) + 2):
            half = length // 2
            near = self._places.get(("beginning", kind, length, form[:half]), set())
            near = near | self._places.get(("end", kind, length, form[len(form) - (length - half) :]), set())
            for key in near:
                known = [folded(kind, each) for each in self._texts[key][1]]
                if form not in known and any(is_close(each, form) for each in known):
                    yield key, Match(CLOSE, written)

    def _phones(self, line: str) -> Iterator[tuple[Key, Match]]:
        for written in _PHONE.findall(line):
            number = digits(written)
            if len(number) < PHONE_DIGITS:
                continue
            for key in self._places.get(("whole", "phone", 0, number[-PHONE_DIGITS:]), ()):
                known = self._texts[key][1][0]
                if known == number:
                    yield key, Match(EXACT, written)
                elif known.endswith(number) or number.endswith(known):
                    yield key, Match(PARTIAL_PHONE, written)

    def wipe(self) -> None:
        """Let nothing of it stay."""
        self._texts.clear()
        self._places.clear()


def _forms(kind: TextKind, text: str) -> tuple[str, ...]:
    """All in which it may be written; names with the family's name first or last."""
    if kind == "phone":
        return (digits(text),)
    words = _WORD.findall(plain(text))
    forms = [letters(text)]
    if kind == "name" and 2 <= len(words) <= MOST_NAMES and all(len(word) > 1 for word in words):
        forms.append("".join([words[-1], *words[:-1]])[:LONGEST])
        forms.append("".join([*words[1:], words[0]])[:LONGEST])
    return tuple(dict.fromkeys(forms))
