"""WeeChat: logs in ~/.local/share/weechat/logs (older versions: ~/.weechat/logs), a file for each buffer.

A line is a time, who (or `-->`, `<--`, `--`, ` *`) and what, with tabs between. The time is in the desktop's zone, or
in UTC with a Z behind it (since WeeChat 4.4). Messages may have several lines.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from roomkeeper_agent.sources.base import Conversation, Found, Kind
from roomkeeper_agent.sources.irc_lines import Events, bare
from roomkeeper_agent.sources.logs import PASSED, Log, LogSource, Passed, Reader, Said
from roomkeeper_agent.sources.normalise import Zone, name_of, plain_of

FILE: Final = re.compile(r"(?P<plugin>\w+)\.(?P<rest>.+)\.weechatlog(?:\.\d+)?")
LINE: Final = re.compile(
    r"(?P<stamp>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\t(?P<who>[^\t]*)\t(?P<text>.*)",
    re.DOTALL,
)
BARS: Final = re.compile(r"\d{4}-\d\d-\d\d[ T][\d:.,]+\S*\t\*{4} .* \*{4}")
"""What is written where a log begins and ends."""


class WeeChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`folder`: where the logs are; `timezone`: of the clock that wrote them, where it is not this machine's."""

    folder: str = "~/.local/share/weechat/logs"
    timezone: str = ""


class WeeChat(LogSource):
    """Follows the logs of WeeChat."""

    name: ClassVar[str] = "weechat"
    title: ClassVar[str] = "WeeChat"
    Settings: ClassVar[type[msgspec.Struct]] = WeeChatSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """Where both old and new versions keep them."""
        folders = [home / ".local/share/weechat/logs", home / ".weechat/logs"]
        return [
            Found(title=f"WeeChat, {folder}", settings={"folder": str(folder)}) for folder in folders if folder.is_dir()
        ]

    def __init__(self, settings: WeeChatSettings) -> None:
        super().__init__(settings.folder)
        self._zone = Zone(settings.timezone)
        self._events = Events()

    def log_of(self, path: Path) -> Log | None:
        """See `LogSource.log_of`: `<plugin>.<server>.<buffer>.weechatlog`, and `.1` and so on, where they were turned
        over.
        """
        found = FILE.fullmatch(path.name)
        if (
            found is None
            or found["plugin"] in ("core", "relay", "fset", "script")
            or found["rest"].startswith("server.")
        ):
            return None
        server, _, buffer = found["rest"].partition(".")
        account = (
            name_of(f"{found['plugin']}.{server}" if found["plugin"] != "irc" else server)
            if buffer
            else found["plugin"]
        )
        conversation = name_of(buffer or server)
        return Log(Conversation(program="weechat", account=account, conversation=conversation, title=conversation))

    def reader(self, path: Path, state: Any, written: float) -> Reader:  # noqa: ARG002 - a line says it all
        """See `LogSource.reader`."""
        return WeeChatReader(self._zone, self._events)


class WeeChatReader:
    """Lines of a log: each has its whole time."""

    state: Any = None

    def __init__(self, zone: Zone, events: Events) -> None:
        self._zone = zone
        self._events = events
        self._ms = 0

    def line(self, text: str) -> Said | Passed | None:
        """See `Reader.line`."""
        found = LINE.match(plain_of(text))
        if found is None:
            return PASSED if BARS.fullmatch(text) else None
        at = self._time(found["stamp"])
        if at is None:
            return None
        who, said = found["who"].strip(), found["text"]
        if who == "*":
            name, _, action = said.partition(" ")
            return Said(*at, text=f"/me {action}", sender=bare(name))
        if who in ("-->", "<--", "--", "=!=", ""):
            event = self._events.read(said)
            kind: Kind = {"-->": "join", "<--": "leave"}.get(who, event.kind if event else "other")  # type: ignore[assignment]
            return Said(*at, text=said, kind=kind, sender=event.who if event else "")
        return Said(*at, text=said, sender=bare(who))

    def _time(self, stamp: str) -> tuple[int, int] | None:
        """The order and the time (ms)."""
        try:
            when = datetime.fromisoformat(stamp.replace(",", "."))
        except ValueError:
            return None
        naive = when.replace(tzinfo=None)
        order = int((naive - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001
        if when.tzinfo is not None:
            return order, max(0, int(when.astimezone(UTC).timestamp() * 1000))
        self._ms = self._zone.ms(naive, self._ms or None)
        return order, self._ms

    def whole(self, said: Said, lines: list[str]) -> tuple[str, str]:
        """See `Reader.whole`."""
        return "\n".join((said.text, *(plain_of(line) for line in lines))), ""
