"""Irssi: logs in ~/irclogs (setting `autolog`), a file for each channel or person below its network.

Lines have hours and minutes; the day is said by "--- Log opened" and "--- Day changed".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from roomkeeper_agent.sources.base import Conversation, Found
from roomkeeper_agent.sources.irc_lines import Events, bare
from roomkeeper_agent.sources.logs import PASSED, Log, LogSource, Passed, Reader, Said
from roomkeeper_agent.sources.normalise import Zone, name_of, plain_of
from roomkeeper_agent.sources.stamps import month

OPENED: Final = re.compile(
    r"--- Log (?:opened|closed) \S+ (?P<month>\S+) {1,2}(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d) (?P<year>\d{4})"
)
CHANGED: Final = re.compile(r"--- Day changed \S+ (?P<month>\S+) {1,2}(?P<day>\d{1,2}) (?P<year>\d{4})")
LINE: Final = re.compile(r"(?P<hour>[012]\d):(?P<minute>\d\d)(?::(?P<second>\d\d))? (?P<rest>.*)", re.DOTALL)
WHO: Final = re.compile(r"<(?P<who>[^>]{1,100})> ?(?P<text>.*)", re.DOTALL)
ACTION: Final = re.compile(r" \* (?P<who>\S{1,100}) ?(?P<text>.*)", re.DOTALL)
NOTICE: Final = re.compile(r"-(?P<who>[^\s:!]{1,100})(?::\S*)?- (?P<text>.*)", re.DOTALL)


class IrssiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`folder`: where the logs are; `timezone`: of the clock that wrote them, where it is not this machine's."""

    folder: str = "~/irclogs"
    timezone: str = ""


class Irssi(LogSource):
    """Follows the logs of Irssi."""

    name: ClassVar[str] = "irssi"
    title: ClassVar[str] = "Irssi"
    Settings: ClassVar[type[msgspec.Struct]] = IrssiSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """~/irclogs"""
        folder = home / "irclogs"
        return [Found(title=f"Irssi, {folder}", settings={"folder": str(folder)})] if folder.is_dir() else []

    def __init__(self, settings: IrssiSettings) -> None:
        super().__init__(settings.folder)
        self._zone = Zone(settings.timezone)
        self._events = Events()

    def log_of(self, path: Path) -> Log | None:
        """See `LogSource.log_of`: `<network>/<channel>.log`."""
        if path.suffix != ".log" or not path.stem:
            return None
        network = path.parent.as_posix() if len(path.parts) > 1 else ""
        conversation = name_of(path.stem)
        return Log(
            Conversation(program="irssi", account=name_of(network), conversation=conversation, title=conversation)
        )

    def reader(self, path: Path, state: Any, written: float) -> Reader:  # noqa: ARG002 - a line says it all
        """See `LogSource.reader`."""
        return IrssiReader(self._zone, self._events, written, state)


class IrssiReader:
    """Lines of a log. `state` is the day."""

    def __init__(self, zone: Zone, events: Events, written: float, state: Any) -> None:
        self._zone = zone
        self._events = events
        self._day = datetime.fromisoformat(state) if state else _day(zone.local(int(max(0.0, written) * 1000)))
        self._ms = 0

    @property
    def state(self) -> Any:
        """See `Reader.state`."""
        return self._day.isoformat()

    def line(self, text: str) -> Said | Passed | None:
        """See `Reader.line`."""
        if found := OPENED.fullmatch(text) or CHANGED.fullmatch(text):
            self._begin(found)
            return PASSED
        found = LINE.match(plain_of(text))
        if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59:
            return None
        when = self._day + timedelta(
            hours=int(found["hour"]), minutes=int(found["minute"]), seconds=int(found["second"] or 0)
        )
        self._ms = self._zone.ms(when, self._ms or None)
        order = int((when - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001
        return self._said(order, self._ms, found["rest"])

    def _begin(self, found: re.Match[str]) -> None:
        number = month(found["month"])
        try:
            self._day = datetime(int(found["year"]), number or 0, int(found["day"]))  # noqa: DTZ001
        except ValueError:
            return

    def _said(self, order: int, ts: int, rest: str) -> Said:
        if found := WHO.fullmatch(rest) or ACTION.fullmatch(rest) or NOTICE.fullmatch(rest):
            is_action = found.re is ACTION
            return Said(order, ts, f"/me {found['text']}" if is_action else found["text"], sender=bare(found["who"]))
        text = rest.removeprefix("-!- ")
        event = self._events.read(text)
        return Said(order, ts, text, event.kind if event else "other", event.who if event else "")

    def whole(self, said: Said, lines: list[str]) -> tuple[str, str]:
        """See `Reader.whole`."""
        return "\n".join((said.text, *lines)), ""


def _day(when: datetime) -> datetime:
    return when.replace(hour=0, minute=0, second=0, microsecond=0)
