"""Times as programs print them: of any language, with or without a date, of 12 or 24 hours."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

_NUMBERS: Final = re.compile(r"\d+")
_BETWEEN: Final = re.compile(r"[\s\u200e\u200f\u202f,.:/\-T년월일시분초年月日号時时点分秒]*")
_BEFORE_NOON: Final = ("上午", "오전", "午前", "πμ", "π.μ.", "ص", "a. m.", "a.m.", "am")
_AFTER_NOON: Final = ("下午", "오후", "午後", "μμ", "μ.μ.", "م", "p. m.", "p.m.", "pm")
_DIGITS: Final = {ord(digit): str(index % 10) for index, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९")}

MONTHS: Final = {
    name: number
    for names in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jän feb mär apr mai jun jul aug sep okt nov dez",
        "jan feb mrz apr mai jun jul aug sep okt nov dez",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "jan fév mar avr mai jui jul aoû sep oct nov déc",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "jan feb mrt apr mei jun jul aug sep okt nov dec",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
        "янв фев мар апр май июн июл авг сен окт ноя дек",
        "led úno bře dub kvě čen čec srp zář říj lis pro",
        "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
        "jan feb mar apr maj jun jul aug sep okt nov dec",
        "oca şub mar nis may haz tem ağu eyl eki kas ara",
        "janv febr márc ápr máj jún júl aug szept okt nov dec",
        "січ лют бер кві тра чер лип сер вер жов лис гру",
        "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
        "1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월",
        "january february march april may june july august september october november december",
    )
    for number, name in enumerate(names.split(), 1)
    # Where two languages use a name for two months (Czech and Ukrainian "lis"), the first of them is taken.
}


class Moment(NamedTuple):
    """What a stamp says: a time of the day in seconds, and the numbers of its date, if any, in the order they stand
    in.
    """

    seconds: int
    date: tuple[int, int, int] | None = None


@lru_cache(maxsize=4096)
def moment(stamp: str) -> Moment | None:
    """What a stamp says; `None`: it is none. Nothing but a time may stand in it."""
    if len(stamp) > 40:
        return None
    text = stamp.translate(_DIGITS).casefold()
    text, noon = _noon(text)
    numbers = [int(number) for number in _NUMBERS.findall(text) if len(number) <= 4]
    if len(numbers) not in (2, 3, 5, 6) or _BETWEEN.fullmatch(_NUMBERS.sub("", text)) is None:
        return None
    day, clock = (numbers[:3], numbers[3:]) if len(numbers) > 3 else ([], numbers)
    hour, minute, second = (*clock, 0)[:3]
    if noon and 1 <= hour <= 12:
        hour = hour % 12 + (12 if noon == "pm" else 0)
    if hour > 23 or minute > 59 or second > 60:
        return None
    found = (day[0], day[1], day[2]) if day else None
    return Moment(hour * 3600 + minute * 60 + min(second, 59), found)


def _noon(text: str) -> tuple[str, str]:
    """The stamp without what says before or after noon, and which of them it says."""
    for words, noon in ((_BEFORE_NOON, "am"), (_AFTER_NOON, "pm")):
        for word in words:
            if word in text:
                return text.replace(word, " ", 1), noon
    return text, ""


def dates(numbers: tuple[int, int, int]) -> dict[str, date]:
    """What the three numbers of a date can mean, by their order: "ymd", "dmy", "mdy"."""
    one, two, three = numbers
    orders = {"ymd": (one, two, three)} if one > 31 else {"dmy": (three, two, one), "mdy": (three, one, two)}
    found: dict[str, date] = {}
    for name, (year, month, day) in orders.items():
        try:
            found[name] = date(year + 2000 if year < 100 else year, month, day)
        except ValueError:
            continue
    return found


def nearest(numbers: tuple[int, int, int], to: date) -> date | None:
    """What a date means, where another is known that is near it."""
    found = dates(numbers).values()
    return min(found, key=lambda each: abs(each - to), default=None)


def month(name: str) -> int | None:
    """The number of a month from its name, shortened or not, in many languages."""
    name = name.casefold().rstrip(".")
    if name in MONTHS:
        return MONTHS[name]
    return MONTHS.get(name[:3]) if len(name) > 3 else None


class Days:
    """Tells the day of times that have none: it is the next one whenever the clock goes back by much.

    By a little, it is the clock that was set back, or the end of summer time (`folds`: that an hour comes twice
    then). So a pause of nearly a whole day is not seen; `known` corrects that, where something else says which day it
    is.
    """

    BACK_S: Final = 120

    def __init__(self, start: date, state: tuple[int, int, int] | None = None) -> None:
        self._start = start
        self.day, self.shift, self.last = state or (0, 0, -1)

    @property
    def state(self) -> tuple[int, int, int]:
        """Days that were counted, days that were added to them, seconds of the last time."""
        return (self.day, self.shift, self.last)

    def at(self, seconds: int, *, folds: bool = False) -> datetime:
        """The time with its day."""
        back = self.last - seconds
        if back > self.BACK_S and not (folds and back <= 3600 + self.BACK_S):
            self.day += 1
        self.last = seconds
        return self._when(seconds)

    def order(self, seconds: int) -> int:
        """The same for ids: of what was counted alone."""
        return self.day * 86_400 + seconds

    def known(self, day: date) -> None:
        """It is this day, or a later one than was counted."""
        self.shift = max(self.shift, (day - self._start).days - self.day)

    def _when(self, seconds: int) -> datetime:
        try:
            day = self._start + timedelta(days=self.day + self.shift)
        except OverflowError:
            day = self._start
        return datetime(day.year, day.month, day.day, seconds // 3600, seconds // 60 % 60, seconds % 60)  # noqa: DTZ001
