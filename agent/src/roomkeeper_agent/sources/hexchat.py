"""HexChat: logs in ~/.config/hexchat/logs, a file for each channel or person.

Lines have the time as the setting "Log timestamp format" says: usually "Nov 23 10:15:00", in the desktop's language and
without a year. That is the one of the last line "**** BEGIN LOGGING AT …" before it, and the next one after December.
"""

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from roomkeeper_agent.sources.base import Conversation, Found
from roomkeeper_agent.sources.irc_lines import Events, bare, hexchat_events
from roomkeeper_agent.sources.logs import PASSED, Log, LogSource, Passed, Reader, Said
from roomkeeper_agent.sources.normalise import Zone, name_of, plain_of, translator
from roomkeeper_agent.sources.stamps import Days, dates, moment, month, nearest

BEGIN: Final = re.compile(r"\*{4} .*?(\w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})\s*")
NAMED_MONTH: Final = re.compile(
    r"[\[(]?(?P<month>[^\W\d_]{2,12}\.?|\d{1,2}[月월]) {1,2}(?P<day>\d{1,2})[日일]? "
    r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?[\])]? (?P<rest>.*)",
    re.DOTALL,
)
NUMBERS: Final = re.compile(
    r"[\[(]?(?P<stamp>(?:\d{2,4}[-./]\d\d[-./]\d{2,4}[ T])?\d\d:\d\d(?::\d\d)?(?: [AP]M)?)[\])]? (?P<rest>.*)",
    re.DOTALL,
)
WHO: Final = re.compile(r"<(?P<who>[^>\t]{1,100})>\t(?P<text>.*)", re.DOTALL)
NOTICE: Final = re.compile(r"-(?P<who>[^\s/\t]{1,100})(?:/[^\t]*)?-\t(?P<text>.*)", re.DOTALL)
PRIVATE: Final = re.compile(r"[*>](?P<who>[^\s*<]{1,100})[*<]\t(?P<text>.*)", re.DOTALL)
NEW_YEAR: Final = 180
"""Days by which a date without a year goes back where it is of the next year."""


class HexChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`folder`: where the logs are; `timezone`: of the clock that wrote them, where it is not this machine's."""

    folder: str = "~/.config/hexchat/logs"
    timezone: str = ""


class HexChat(LogSource):
    """Follows the logs of HexChat (and XChat, whose are alike)."""

    name: ClassVar[str] = "hexchat"
    title: ClassVar[str] = "HexChat"
    Settings: ClassVar[type[msgspec.Struct]] = HexChatSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """~/.config/hexchat/logs, and where HexChat keeps it as a Flatpak."""
        folders = [home / ".config/hexchat/logs", home / ".var/app/io.github.Hexchat/config/hexchat/logs"]
        return [
            Found(title=f"HexChat, {folder}", settings={"folder": str(folder)}) for folder in folders if folder.is_dir()
        ]

    def __init__(self, settings: HexChatSettings) -> None:
        super().__init__(settings.folder)
        self._zone = Zone(settings.timezone)
        self._events = Events(hexchat_events(translator("hexchat")))

    def log_of(self, path: Path) -> Log | None:
        """See `LogSource.log_of`: `<network>/<channel>.log`; what servers say is no conversation."""
        if path.suffix != ".log" or path.stem in ("", "server") or path.name.startswith("."):
            return None
        network = path.parent.as_posix() if len(path.parts) > 1 else ""
        if path.stem == network:
            return None
        conversation = name_of(path.stem)
        return Log(
            Conversation(program="hexchat", account=name_of(network), conversation=conversation, title=conversation)
        )

    def reader(self, path: Path, state: Any, written: float) -> Reader:  # noqa: ARG002 - a line says it all
        """See `LogSource.reader`."""
        return HexChatReader(self._zone, self._events, written, state)


class HexChatReader:
    """Lines of a log. `state`: year, day of the year of the last line, its time, and what `Days` knows."""

    def __init__(self, zone: Zone, events: Events, written: float, state: Any) -> None:
        self._zone = zone
        self._events = events
        self._written = zone.local(max(0, min(int(written), 2**33)) * 1000)
        self._at: datetime | None = datetime.fromisoformat(state[0]) if state else None
        self._days = Days(datetime.fromisoformat(state[1]).date(), tuple(state[2])) if state and state[1] else None
        self._began = state[1] if state else ""
        self._ms = 0

    @property
    def state(self) -> Any:
        """See `Reader.state`."""
        if self._at is None:
            return None
        return [self._at.isoformat(), self._began, list(self._days.state) if self._days else None]

    def line(self, text: str) -> Said | Passed | None:
        """See `Reader.line`. No message has several lines."""
        if found := BEGIN.fullmatch(text):
            with contextlib.suppress(ValueError):
                self._begin(datetime.strptime(found[1], "%b %d %H:%M:%S %Y"))  # noqa: DTZ007 - a clock's, as all are
            return PASSED
        if text.startswith("**** ") or not text.strip():
            return PASSED
        rest = self._dated(text)
        if rest is None:
            # What a plug-in has printed: it is of the time of the line before.
            return Said(*self._now(), text=plain_of(text), kind="other") if self._at is not None else None
        return self._said(plain_of(rest))

    def _begin(self, when: datetime) -> None:
        self._at = when
        self._began = when.isoformat()
        self._days = Days(when.date(), (0, 0, when.hour * 3600 + when.minute * 60 + when.second))

    def _dated(self, text: str) -> str | None:
        """What is behind the time of a line; that becomes the time now. `None`: there is none."""
        if (found := NAMED_MONTH.match(text)) and (number := month(found["month"])) is not None:
            self._at = self._with_year(
                number, int(found["day"]), found["hour"], found["minute"], found["second"] or "0"
            )
            return found["rest"] if self._at is not None else None
        if (found := NUMBERS.match(text)) and (read := moment(found["stamp"])) is not None:
            when = self._of_numbers(read.seconds, read.date)
            if when is not None:
                self._at = when
                return found["rest"]
        return None

    def _of_numbers(self, seconds: int, numbers: tuple[int, int, int] | None) -> datetime | None:
        if numbers is None:
            if self._days is None:
                self._days = Days(self._written.date())
                self._began = self._written.isoformat()
            return self._days.at(seconds)
        found = dates(numbers)
        day = nearest(numbers, (self._at or self._written).date()) if found else None
        return datetime(day.year, day.month, day.day) + timedelta(seconds=seconds) if day else None  # noqa: DTZ001

    def _with_year(self, number: int, day: int, hour: str, minute: str, second: str) -> datetime | None:
        """A date without a year: of the year of the line before it, or of the next."""
        near = self._at or self._written
        for year in (near.year, near.year + 1, near.year + 2, near.year + 3):
            try:
                when = datetime(year, number, day, int(hour), int(minute), min(int(second), 59))  # noqa: DTZ001
            except ValueError:  # the 29th of February is not of every year
                continue
            if self._at is None and when > near + timedelta(days=1):
                return when.replace(year=year - 1) if (number, day) != (2, 29) else when
            if when >= near - timedelta(days=NEW_YEAR):
                return when
        return near if 1 <= day <= 31 else None

    def _now(self) -> tuple[int, int]:
        """The order and the time (ms) of the line."""
        assert self._at is not None
        self._ms = self._zone.ms(self._at, self._ms or None)
        return int((self._at - datetime(1970, 1, 1)).total_seconds()), self._ms  # noqa: DTZ001

    def _said(self, rest: str) -> Said:
        for pattern in (WHO, NOTICE, PRIVATE):
            if found := pattern.fullmatch(rest):
                return Said(*self._now(), text=found["text"], sender=bare(found["who"]))
        mark, tab, text = rest.partition("\t")
        if not tab or mark not in ("*", "**", "***"):
            return Said(*self._now(), text=rest.replace("\t", " "), kind="other")
        if event := self._events.read(text):
            return Said(*self._now(), text=text, kind=event.kind, sender=event.who)
        who, _, action = text.partition(" ")
        if not action or who in ("Now", "You", "Topic", "Connecting", "Connected.", "Disconnected", "Looking"):
            return Said(*self._now(), text=text, kind="other")
        return Said(*self._now(), text=f"/me {action}", sender=bare(who))

    def whole(self, said: Said, lines: list[str]) -> tuple[str, str]:
        """See `Reader.whole`."""
        return "\n".join((said.text, *lines)), ""
