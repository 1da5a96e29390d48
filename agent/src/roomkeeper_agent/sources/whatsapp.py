"""WhatsApp: exported chats ("Export chat"), of Android and iOS, as a text file or a zip file with media.

The export has times of the phone's clock in the phone's language, to the minute or second; nothing says how its dates
are meant, so all of them are looked at before: "3/4" is the 3rd of April where another one is "13/4". Ids are made of
what the export says, so that a later export of the same chat has the same ids, and only what is new is new.
"""

from __future__ import annotations

import asyncio
import hashlib
import locale
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Any, ClassVar, Final, NamedTuple

import msgspec
from msgspec import Meta

from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Found, LocalFile, Problem, made_id
from roomkeeper_agent.sources.exports import Export, Unreadable
from roomkeeper_agent.sources.normalise import Decoder, Zone, name_of, shown, text_of
from roomkeeper_agent.sources.stamps import Moment, dates, moment

MOST_ENTRIES: Final = 500
MAX_LINE: Final = 1024 * 1024
REMEMBERED: Final = 20_000
"""Entries of before among which equal ones are counted: phones sort late messages in behind others."""
TITLES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"WhatsApp[ -]Chat (?:with|mit|met|med|-|–) (.+)",
        r"(?:Chat|Conversación) (?:de )?WhatsApp con (.+)",
        r"(?:Discussion|Conversation) WhatsApp avec (.+)",
        r"Conversa do WhatsApp com (.+)",
        r"Чат WhatsApp с (?:контактом )?(.+)",
        r"与(.+)的 ?WhatsApp ?聊天(?:记录)?",
    )
)
STAMP: Final = re.compile(
    r"[\u200e\u200f\ufeff]*(?:\[(?P<ios>[^\[\]]{8,40})\] |(?P<android>\d[^\n]{6,40}?) - )(?P<rest>.*)", re.DOTALL
)
WORDS: Final = re.compile(r"\b(?:à|às|um|at|kl\.?|u|o)\b|[،,]")
SAID: Final = re.compile(r"(?P<name>[^:“”\"]{1,120}): (?P<text>.*)|(?P<alone>[^:“”\"]{1,120}):", re.DOTALL)
ANDROID_FILE: Final = re.compile(r"(?P<file>[^/\\\n<>:]{1,200}\.\w{1,5}) \([^()\n]{4,40}\)")
IOS_FILE: Final = re.compile(r"<[^<>:\n]{3,40}: (?P<file>[^<>/\\\n]{1,200})>")
MARKS: Final = "\u200e\u200f\u202a\u202c"


class WhatsAppSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`file`: the export. `timezone`: the phone's, where it is not this machine's; `day_first`: how dates that can be
    read two ways are meant (else as in this desktop's language); `conversation`: how it is called, where the file's
    name does not say it."""

    file: Annotated[str, Meta(min_length=1)]
    timezone: str = ""
    day_first: bool | None = None
    conversation: str = ""


class Message(NamedTuple):
    """A message as the export has it."""

    stamp: Moment
    sender: str
    text: str
    file: str


class WhatsApp:
    """Reads an exported chat."""

    name: ClassVar[str] = "whatsapp"
    title: ClassVar[str] = "WhatsApp export"
    imports: ClassVar[bool] = True
    Settings: ClassVar[type[msgspec.Struct]] = WhatsAppSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """Exports in the folder of downloads."""
        return [
            Found(title=f"WhatsApp export, {path.name}", settings={"file": str(path)})
            for path in sorted((home / "Downloads").glob("*WhatsApp*"))[:100]
            if path.suffix.lower() in (".zip", ".txt")
        ]

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings
        self._path = Path(settings.file)
        self._zone = Zone(settings.timezone)

    async def follow(self, position: Any | None) -> AsyncIterator[Batch]:
        """See `Source.follow`. It ends with the export."""
        batches = self.there(position)
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            yield batch

    def there(self, position: Any | None, now: float | None = None) -> Iterator[Batch]:  # noqa: ARG002 - nothing waits
        """All of the export that comes after `position`."""
        try:
            export = Export(self._path)
        except Unreadable as error:
            yield Batch(position=position, problems=[Problem(where=str(self._path), why=str(error))])
            return
        try:
            yield from self._batches(export, position)
        except Unreadable as error:
            yield Batch(problems=[Problem(where=str(self._path), why=str(error))])
        finally:
            export.close()

    def _batches(self, export: Export, position: Any | None) -> Iterator[Batch]:
        done = position["entries"] if position and position.get("export") == export.digest else 0
        text = _text_file(export)
        reading = _Reading(export, self._conversation(text), self._zone)
        with export.opened(text) as file:
            order, problem = _order(_messages(file, str(self._path), []), self._settings.day_first)
        if problem and not done:
            export.problems.append(Problem(where=str(self._path), why=problem))
        found: list[tuple[Conversation, Entry]] = []
        count, size = 0, 0
        with export.opened(text) as file:
            for message in _messages(file, str(self._path), export.problems):
                entry = reading.entry(message, order, is_known=count < done)
                count += 1
                if entry is not None:
                    found.append((reading.conversation, entry))
                    size += len(entry.text)
                if len(found) >= MOST_ENTRIES or size >= MAX_LINE:
                    yield Batch(found=found, position=_position(export, count), problems=_taken(export))
                    found, size = [], 0
                    export.clear()
        if found or export.problems:
            yield Batch(found=found, position=_position(export, count), problems=_taken(export))

    def _conversation(self, text: str) -> Conversation:
        """Which one it is: from the name of the zip file or of the text in it."""
        title = self._settings.conversation or _title(self._path.stem) or _title(PurePosixPath(text).stem)
        title = name_of(title or self._path.stem) or "-"
        return Conversation(program="whatsapp", conversation=title, title=title)


def _position(export: Export, count: int) -> Any:
    return {"export": export.digest, "entries": count}


def _taken(export: Export) -> list[Problem]:
    problems, export.problems = export.problems, []
    return problems


def _title(stem: str) -> str:
    stem = re.sub(r" ?\(\d{1,3}\)\Z", "", text_of(stem))
    for pattern in TITLES:
        if found := pattern.fullmatch(stem):
            return found[1]
    return ""


def _text_file(export: Export) -> str:
    """The file with the chat. Raises `Unreadable`."""
    names = sorted(export.names(".txt"), key=lambda name: (PurePosixPath(name).name != "_chat.txt", len(name)))
    if len(names) == 1 and export.path.suffix.lower() != ".zip":
        return names[0]
    for name in names[:100]:
        with export.opened(name) as file:
            if _stamped(file.readline(MAX_LINE).decode("utf-8", "replace")) is not None:
                return name
    raise Unreadable("There is no chat in it: no text file of which the first line begins with a date.")


# ---------------------------------------------------------------- reading


def _stamped(line: str) -> tuple[Moment, str] | None:
    """The time of a line that begins a message, and what is behind it."""
    found = STAMP.match(line)
    if found is None:
        return None
    read = moment(WORDS.sub(" ", found["ios"] or found["android"]).strip())
    return (read, found["rest"]) if read is not None and read.date is not None else None


def _messages(file: IO[bytes], where: str, problems: list[Problem]) -> Iterator[Message]:
    """The messages of a chat. What stands before the first, or is too long, is a problem."""
    decoder = Decoder()
    at: Moment | None = None
    lines: list[str] = []
    size = 0
    while line := file.readline(MAX_LINE):
        text = decoder.text(line.rstrip(b"\r\n"), line)
        begins = _stamped(text)
        if begins is None and at is not None and size + len(text) <= MAX_LINE:
            lines.append(text)
            size += len(text)
            continue
        if begins is None and at is None:
            if text.strip():
                problems.append(Problem(where=where, why="This belongs to no message.", raw=shown(text)))
            continue
        if at is not None:
            yield _message(at, lines)
        if begins is not None:
            at, rest = begins
        else:
            rest = text
            problems.append(Problem(where=where, why="This is too long: it becomes several entries.", raw=shown(text)))
        lines, size = [rest], len(rest)
    if at is not None:
        yield _message(at, lines)


def _message(at: Moment, lines: list[str]) -> Message:
    """What was said, by whom, with which file."""
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    found = SAID.fullmatch("\n".join(lines))
    if found is None:
        return Message(at, "", "\n".join(lines).strip(MARKS), "")
    sender = (found["name"] or found["alone"] or "").strip(MARKS + "~ \u202f\u00a0")
    text = (found["text"] or "").strip(MARKS)
    first, _, rest = text.partition("\n")
    file = ANDROID_FILE.fullmatch(first.strip(MARKS)) or IOS_FILE.search(first)
    if file is None:
        return Message(at, sender, text, "")
    before = first[: file.start()].strip(MARKS + " ") if file.re is IOS_FILE else ""
    return Message(at, sender, "\n".join(part for part in (before, rest) if part), file["file"].strip(MARKS))


def _order(messages: Iterator[Message], day_first: bool | None) -> tuple[str, str]:
    """How the dates are meant ("dmy", "mdy", "ymd"), and what is to be said where that is a guess."""
    wrong = dict.fromkeys(("ymd", "dmy", "mdy"), 0)
    back = dict.fromkeys(wrong, 0)
    last: dict[str, date] = {}
    for message in messages:
        assert message.stamp.date is not None, "_stamped wants one"
        found = dates(message.stamp.date)
        for order in wrong:
            day = found.get(order)
            if day is None:
                wrong[order] += 1
                continue
            back[order] += order in last and day < last[order]
            last[order] = day
    if wrong["ymd"] <= min(wrong["dmy"], wrong["mdy"]):
        return "ymd", ""
    if wrong["dmy"] != wrong["mdy"]:
        return min(("dmy", "mdy"), key=lambda order: wrong[order]), ""
    if day_first is not None:
        return ("dmy" if day_first else "mdy"), ""
    if back["dmy"] != back["mdy"]:
        return min(("dmy", "mdy"), key=lambda order: back[order]), ""
    order = _usual_order()
    said = "the day" if order == "dmy" else "the month"
    return (
        order,
        f"The dates can be read two ways; {said} was taken to be first. The setting day_first says it for sure.",
    )


def _usual_order() -> str:
    """As in this desktop's language."""
    return "mdy" if (locale.getlocale(locale.LC_TIME)[0] or "").endswith(("_US", "_PH")) else "dmy"


class _Reading:
    """Makes entries, and counts equal ones."""

    def __init__(self, export: Export, conversation: Conversation, zone: Zone) -> None:
        self.conversation = conversation
        self._export = export
        self._zone = zone
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self._ms = 0

    def entry(self, message: Message, order: str, *, is_known: bool) -> Entry | None:
        """The entry of a message; `None`: it `is_known`, or has no date that there is."""
        stamp = message.stamp
        assert stamp.date is not None, "_stamped wants one"
        made = self._id(message)
        if is_known:
            return None
        found = dates(stamp.date)
        day = found.get(order) or next(iter(found.values()), None)
        if day is None:
            why = "There is no such day; it is recorded with the time of the message before."
            self._export.problems.append(Problem(where=str(self._export.path), why=why, raw=shown(message.text)))
            ts = self._ms
        else:
            when = datetime(day.year, day.month, day.day) + timedelta(seconds=stamp.seconds)  # noqa: DTZ001
            ts = self._ms = self._zone.ms(when, self._ms or None)
        return Entry(
            id=made,
            kind="message" if message.sender else "other",
            ts=ts,
            sender=name_of(message.sender),
            text=text_of(message.text),
            files=self._files(message.file),
        )

    def _files(self, name: str) -> tuple[LocalFile, ...]:
        """The file of a message. One that the export does not have is said by its name."""
        if not name:
            return ()
        return (self._export.file(name) or LocalFile(path=name, name=name_of(name)),)

    def _id(self, message: Message) -> str:
        """Made of what the export says, its date as it stands there, and how many equal ones were shortly before."""
        day = "-".join(str(number) for number in message.stamp.date or ())
        said = f"{day} {message.file}\0{message.text}"
        key = hashlib.blake2b(
            f"{message.stamp.seconds}\0{message.sender}\0{said}".encode("utf-8", "surrogatepass"), digest_size=12
        ).digest()
        count = self._seen.pop(key, 0)
        self._seen[key] = count + 1
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return made_id(self.conversation.conversation, message.stamp.seconds, message.sender, said, count)
