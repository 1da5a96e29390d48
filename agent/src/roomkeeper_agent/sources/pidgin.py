"""Pidgin, Finch and all that uses libpurple 2: logs in ~/.purple/logs, of text or HTML.

A file for each session: `<protocol>/<account>/<conversation>[.chat]/<beginning><zone>.txt` (or .html). Its lines have
the time alone; older ones the date too, as the desktop's language writes it. Text logs do not say where a message
ends and who wrote it beyond doubt: there, a line of a message that looks like another one is another one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple
from urllib.parse import unquote

import msgspec

from roomkeeper_agent.sources.base import Conversation, Found, Kind, Participant
from roomkeeper_agent.sources.logs import PASSED, Log, LogSource, Passed, Reader, Said
from roomkeeper_agent.sources.normalise import Zone, name_of, text_of_html, translator
from roomkeeper_agent.sources.stamps import Days, moment, nearest

FILE: Final = re.compile(
    r"(?P<start>\d{4}-\d\d-\d\d\.\d{6})(?:(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d))?(?P<zone>.*)\.(?P<form>txt|html)",
    re.DOTALL,
)
TEXT: Final = re.compile(r"\((?P<stamp>[^()]{4,40})\) ?(?P<rest>.*)", re.DOTALL)
HTML: Final = re.compile(
    r"(?:<(?:font|span)\b(?P<outer>[^>]*)>)?<(?:font|span)\b[^>]*>\((?P<stamp>[^()<]{4,40})\)</(?:font|span)>(?P<rest>.*)",
    re.DOTALL,
)
NAMED: Final = re.compile(r"\s?<b>(?P<name>[^ <][^<]*)</b>(?:</(?:font|span)>)?\s?(?P<text>.*)", re.DOTALL)
END: Final = re.compile(r"(?:</(?:font|span)>)?\s*(?:<br ?/?>|</p>)?\s*(?:</body></html>)?\s*\Z")
SENT: Final = "16569e"
AUTO: Final = re.compile(r"(?P<name>.+?) <(?:AUTO-REPLY|[^<>:]{4,40})>")
SENDER: Final = re.compile(r"(?P<name>[^:\n]{1,200}): ?(?P<text>.*)", re.DOTALL)
LISTED: Final = re.compile(r"List of \d+ users?$|The topic( for .+)? is$|Topic for .+ set by |mode \(|.+!.+@")
"""What is no name, though a colon follows."""
FOLDS_AT: Final = 6
"""Summer time ends in the first hours of a day."""


class PidginSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`folder`: where the logs are. `timezone`: of the clock that wrote logs whose names do not say it."""

    folder: str = "~/.purple/logs"
    timezone: str = ""


class _File(NamedTuple):
    """What a file's path says."""

    protocol: str
    account: str
    conversation: str
    is_chat: bool
    start: datetime
    offset: int | None
    form: str


class Pidgin(LogSource):
    """Follows the logs of libpurple."""

    name: ClassVar[str] = "pidgin"
    title: ClassVar[str] = "Pidgin, Finch"
    sessions: ClassVar[bool] = True
    Settings: ClassVar[type[msgspec.Struct]] = PidginSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """~/.purple/logs, and where Pidgin keeps it as a Flatpak."""
        folders = [home / ".purple" / "logs", home / ".var" / "app" / "im.pidgin.Pidgin" / "data" / "purple" / "logs"]
        return [
            Found(title=f"Pidgin, {folder}", settings={"folder": str(folder)}) for folder in folders if folder.is_dir()
        ]

    def __init__(self, settings: PidginSettings) -> None:
        super().__init__(settings.folder)
        self._zone = Zone(settings.timezone)
        self._phrases = Phrases(translator("pidgin"))

    def log_of(self, path: Path) -> Log | None:
        """See `LogSource.log_of`."""
        file = _file_of(path)
        if file is None:
            return None
        conversation = Conversation(
            program="pidgin",
            account=name_of(f"{file.protocol}:{file.account}"),
            conversation=name_of(file.conversation) or "-",
            title=name_of(file.conversation),
            participants=() if file.is_chat else (Participant(name_of(file.conversation) or "-"),),
        )
        return Log(conversation, path.name)

    def reader(self, path: Path, state: Any, written: float) -> Reader:
        """See `LogSource.reader`."""
        file = _file_of(path.relative_to(self._folder))
        assert file is not None, "log_of has taken it"
        zone = self._zone
        if file.offset is not None and zone.ms(file.start) != Zone(minutes=file.offset).ms(file.start):
            zone = Zone(minutes=file.offset)
        clock = Clock(file.start, zone, written, state)
        return HtmlReader(file, clock, self._phrases) if file.form == "html" else TextReader(file, clock, self._phrases)


def _file_of(path: Path) -> _File | None:
    """What the path of a log says; `None`: it is no log of a conversation."""
    if len(path.parts) != 4:
        return None
    protocol, account, folder, name = path.parts
    found = FILE.fullmatch(name)
    if found is None or folder == ".system" or folder.endswith(".system"):
        return None
    try:
        start = datetime.strptime(found["start"], "%Y-%m-%d.%H%M%S")  # noqa: DTZ007 - the zone is in the name, or none is
    except ValueError:
        return None
    offset = None
    if found["sign"]:
        offset = int(found["sign"] + "1") * (int(found["hours"]) * 60 + int(found["minutes"]))
    is_chat = folder.endswith(".chat")
    conversation = unquote(folder.removesuffix(".chat"))
    return _File(protocol, unquote(account), conversation, is_chat, start, offset, found["form"])


class Clock:
    """The days of a log's times: it begins at the one in its name, and ends at the one when it was written to."""

    NEAR_S: Final = 300

    def __init__(self, start: datetime, zone: Zone, written: float, state: Any) -> None:
        self._zone = zone
        self._start = start
        # Times begin with that of the name: the first line may be of the next day already.
        first = start.hour * 3600 + start.minute * 60 + start.second
        self._days = Days(start.date(), tuple(state) if state else (0, 0, first))
        self._written = zone.local(max(0, min(int(written), 2**33)) * 1000)
        self._last_ms = 0

    @property
    def state(self) -> Any:
        """For `Reader.state`."""
        return list(self._days.state)

    def read(self, stamp: str) -> tuple[int, int] | None:
        """The order and the time (ms) of a stamp."""
        found = moment(stamp)
        if found is None:
            return None
        if found.date is not None:
            return self._dated(found.seconds, found.date)
        when = self._days.at(found.seconds, folds=found.seconds < FOLDS_AT * 3600)
        written = self._written
        at = written.hour * 3600 + written.minute * 60 + written.second
        if abs(at - found.seconds) <= self.NEAR_S and written.date() > when.date():
            # Most likely the last line, a day or more after the one before: what is written now is of today.
            self._days.known(written.date())
            when = self._days.at(found.seconds)
        self._last_ms = self._zone.ms(when, self._last_ms or None)
        return self._days.order(found.seconds), self._last_ms

    def _dated(self, seconds: int, numbers: tuple[int, int, int]) -> tuple[int, int] | None:
        """A line that was late, or of before: its date says nothing of the lines behind it."""
        day = nearest(numbers, self._start.date())
        if day is None:
            return None
        when = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001
        return (day - date(1970, 1, 1)).days * 86_400 + seconds, self._zone.ms(when)


class Phrases:
    """What libpurple says of people who come and go, in English and in this desktop's language."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._joins = _patterns(("%s entered the room.", "%s [<I>%s</I>] entered the room."), translate)
        self._leaves = _patterns(("%s left the room.", "%s left the room (%s)."), translate)

    def said(self, text: str) -> tuple[Kind, str]:
        """What kind of thing a line of the program itself says, and of whom."""
        for kind, patterns in (("join", self._joins), ("leave", self._leaves)):
            for pattern in patterns:
                if found := pattern.fullmatch(text):
                    return ("join" if kind == "join" else "leave"), found[1]
        return "other", ""


def _patterns(phrases: tuple[str, ...], translate: Callable[[str], str]) -> list[re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for phrase in (*phrases, *(translate(phrase) for phrase in phrases)):
        plain = re.escape(re.sub(r"</?\w+>", "", phrase)).replace("%s", r"(.{1,300}?)")
        found[plain] = re.compile(plain)
    return list(found.values())[::-1]


class _Lines:
    """What both forms have in common."""

    def __init__(self, file: _File, clock: Clock, phrases: Phrases) -> None:
        self._file = file
        self._clock = clock
        self._phrases = phrases

    @property
    def state(self) -> Any:
        """See `Reader.state`."""
        return self._clock.state

    def _system(self, order: int, ts: int, text: str) -> Said:
        """A line of the program itself."""
        kind, name = self._phrases.said(text)
        return Said(order, ts, text, kind, sender=name.split(" [")[0])


class TextReader(_Lines):
    """Lines of a .txt file."""

    def line(self, text: str) -> Said | Passed | None:
        """See `Reader.line`."""
        found = TEXT.match(text)
        at = self._clock.read(found["stamp"]) if found is not None else None
        if found is None or at is None:
            return PASSED if text.startswith("Conversation with ") and text.endswith(")") else None
        rest = found["rest"]
        if rest.startswith("***"):
            name, _, action = rest[3:].partition(" ")
            for known in (self._file.conversation, self._file.account):
                if rest[3:].startswith(f"{known} "):
                    name, action = known, rest[len(known) + 4 :]
            return Said(*at, f"/me {action}", sender=name)
        named = SENDER.fullmatch(rest)
        if named is None or LISTED.match(named["name"]) or self._phrases.said(rest)[1]:
            return self._system(*at, rest)
        if auto := AUTO.fullmatch(named["name"]):
            return Said(*at, named["text"], sender=auto["name"])
        return Said(*at, named["text"], sender=named["name"])

    def whole(self, said: Said, lines: list[str]) -> tuple[str, str]:
        """See `Reader.whole`."""
        return "\n".join((said.text, *lines)), ""


class HtmlReader(_Lines):
    """Lines of an .html file."""

    def line(self, text: str) -> Said | Passed | None:
        """See `Reader.line`. Of messages, the text is HTML until all of it is there."""
        found = HTML.match(text)
        at = self._clock.read(found["stamp"]) if found is not None else None
        if found is None or at is None:
            is_heading = text.startswith(("<html", "<!DOCTYPE", "<h3", "<h1")) or text.strip() in ("</body></html>", "")
            return PASSED if is_heading else None
        named = NAMED.fullmatch(found["rest"])
        if named is None:
            return self._system(*at, text_of_html(END.sub("", found["rest"])).strip())
        name = html.unescape(named["name"])
        text = named["text"]
        if name.startswith("***"):
            name, text = name[3:], f"/me {text}"
        name = name.removesuffix(":")
        if auto := AUTO.fullmatch(name):
            name = auto["name"]
        sender, shown = self._sender(name, is_sent=SENT in (found["outer"] or "").lower())
        return Said(*at, text, sender=sender, sender_name=shown, is_html=True)

    def _sender(self, name: str, *, is_sent: bool) -> tuple[str, str]:
        """Who it is: the program's id of them and the name that is shown, where a conversation has two people."""
        if self._file.is_chat:
            return name, ""
        known = self._file.account if is_sent else self._file.conversation
        return known, name if name != known else ""

    def whole(self, said: Said, lines: list[str]) -> tuple[str, str]:
        """See `Reader.whole`."""
        if not said.is_html:
            return "\n".join((said.text, *(text_of_html(END.sub("", line)) for line in lines))), ""
        source = END.sub("", "\n".join((said.text, *lines)))
        text = text_of_html(source)
        return text, source if "<" in source and "<" in source.replace("<br>", "").replace("<br/>", "") else ""
