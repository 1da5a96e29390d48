"""Telegram Desktop: exported chats ("Export chat history", as JSON): one chat, or all of them.

`result.json` is read as a stream, however large it is. Its messages have ids of their own, by which a later export of
the same chat brings only what is new: messages, edits of them, reactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta

from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Found, Kind, LocalFile, Problem
from roomkeeper_agent.sources.exports import Export, Unreadable
from roomkeeper_agent.sources.normalise import MAX_TS, Zone, name_of, shown, text_of

MOST_ENTRIES: Final = 500
MOST_EVENTS: Final = 200_000
"""Parts of one message: one that has more is passed over."""
MOST_DEPTH: Final = 100
"""Levels of JSON; exports have a dozen."""
MOST_TEXT: Final = 1024 * 1024
CHAT_FIELDS: Final = ("name", "type", "id")
JOINS: Final = ("invite_members", "join_group_by_link", "join_group_by_request", "create_group")
LEAVES: Final = ("remove_members", "leave_group")
FILES: Final = ("photo", "file", "contact_vcard")


class TelegramSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`file`: result.json, the folder that it is in, or a zip file of that. `timezone`: of exports made by old
    versions, which do not say it."""

    file: Annotated[str, Meta(min_length=1)]
    timezone: str = ""


class Telegram:
    """Reads an exported chat."""

    name: ClassVar[str] = "telegram"
    title: ClassVar[str] = "Telegram export"
    imports: ClassVar[bool] = True
    Settings: ClassVar[type[msgspec.Struct]] = TelegramSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """Exports where Telegram Desktop puts them."""
        found = sorted((home / "Downloads" / "Telegram Desktop").glob("*/result.json"))[:100]
        return [Found(title=f"Telegram export, {path.parent.name}", settings={"file": str(path)}) for path in found]

    def __init__(self, settings: TelegramSettings) -> None:
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
        finally:
            export.close()

    def _batches(self, export: Export, position: Any | None) -> Iterator[Batch]:
        done = position["messages"] if position and position.get("export") == export.digest else 0
        found: list[tuple[Conversation, Entry]] = []
        count, size = 0, 0
        try:
            with export.opened(_result(export)) as file:
                for chat, message in _messages(file, self._path, export.problems):
                    count += 1
                    if count <= done:
                        continue
                    for entry in self._entries(export, message):
                        found.append((chat, entry))
                        size += len(entry.text)
                    if len(found) >= MOST_ENTRIES or size >= MOST_TEXT:
                        yield self._batch(export, found, count)
                        found, size = [], 0
                        export.clear()
        except Unreadable as error:
            export.problems.append(Problem(where=str(self._path), why=str(error)))
        if found or export.problems:
            yield self._batch(export, found, count)

    def _batch(self, export: Export, found: list[tuple[Conversation, Entry]], count: int) -> Batch:
        problems, export.problems = export.problems, []
        return Batch(found=found, position={"export": export.digest, "messages": count}, problems=problems)

    # ------------------------------------------------------------ messages

    def _entries(self, export: Export, message: dict[str, Any]) -> Iterator[Entry]:
        """The entries of a message: itself, that it was edited, reactions to it."""
        made = _word(message.get("id"))
        ts = self._time(message, "date")
        if not made or ts is None:
            why = "This has no id or no time, and is no message."
            export.problems.append(Problem(where=str(self._path), why=why, raw=shown(str(message)[:400])))
            return
        sender = name_of(_word(message.get("from_id") or message.get("actor_id")))
        sender_name = name_of(_word(message.get("from") or message.get("actor")))
        is_service = message.get("type") == "service"
        text = _service(message) if is_service else _text(message)
        files = () if is_service else _files(export, message)
        kind: Kind = _service_kind(message) if is_service else "message"
        yield Entry(id=made, kind=kind, ts=ts, sender=sender, sender_name=sender_name, text=text, files=files)
        edited = self._time(message, "edited")
        if edited is not None and not is_service:
            given = f"{made}/edit/{edited}"
            yield Entry(
                id=given, kind="edit", ts=edited, sender=sender, sender_name=sender_name, text=text, target=made
            )
        yield from self._reactions(message, made, ts)

    def _reactions(self, message: dict[str, Any], made: str, ts: int) -> Iterator[Entry]:
        reactions = message.get("reactions")
        for reaction in reactions[:100] if isinstance(reactions, list) else ():
            if not isinstance(reaction, dict):
                continue
            emoji = text_of(_word(reaction.get("emoji") or reaction.get("document_id")))[:100]
            recent = reaction.get("recent")
            for each in recent[:100] if isinstance(recent, list) else ():
                if isinstance(each, dict) and emoji:
                    who = name_of(_word(each.get("from_id")))
                    given = name_of(f"{made}/reaction/{who}/{emoji}")
                    at = self._time(each, "date") or ts
                    name = name_of(_word(each.get("from")))
                    yield Entry(id=given, kind="reaction", ts=at, sender=who, sender_name=name, text=emoji, target=made)

    def _time(self, message: dict[str, Any], field: str) -> int | None:
        """A time in ms: in UTC where it is given, else of the clock of whoever exported it."""
        unix = _word(message.get(f"{field}_unixtime"))
        if unix.isdecimal() and len(unix) < 12:
            return min(int(unix) * 1000, MAX_TS)
        try:
            return self._zone.ms(datetime.fromisoformat(_word(message.get(field))).replace(tzinfo=None))
        except ValueError:
            return None


def _result(export: Export) -> str:
    """The name of result.json. Raises `Unreadable`."""
    names = export.names(".json")
    found = [name for name in names if PurePosixPath(name).name == "result.json"] or names
    if not found:
        raise Unreadable("There is no result.json in it: export the chat as “machine-readable JSON”.")
    return min(found, key=len)


def _word(value: Any) -> str:
    """A string or number as text."""
    return str(value)[:4096] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _text(message: dict[str, Any]) -> str:
    """What a message says: its text is a string, or a list of strings and of parts with a form."""
    text = message.get("text")
    parts = text if isinstance(text, list) else [text]
    said = "".join(
        part if isinstance(part, str) else part["text"]
        for part in parts
        if isinstance(part, str) or (isinstance(part, dict) and isinstance(part.get("text"), str))
    )
    if forwarded := _word(message.get("forwarded_from")):
        said = f"[{forwarded}] {said}"
    place = message.get("location_information")
    if isinstance(place, dict):
        said += f"\n{_number(place.get('latitude'))}, {_number(place.get('longitude'))}"
    poll = message.get("poll")
    if isinstance(poll, dict):
        said += f"\n{_word(poll.get('question'))}"
    return text_of(said or _word(message.get("sticker_emoji")))[:MOST_TEXT].strip("\n")


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else ""


def _service(message: dict[str, Any]) -> str:
    """What happened, in the export's own words."""
    members = message.get("members")
    named = ", ".join(_word(member) for member in members[:100]) if isinstance(members, list) else ""
    told = [_word(message.get(field)) for field in ("action", "title", "discard_reason", "duration_seconds")]
    return text_of(" ".join(word for word in (*told, named) if word))


def _service_kind(message: dict[str, Any]) -> Kind:
    action = message.get("action")
    if action == "phone_call" or action == "group_call":
        return "call"
    if action in JOINS:
        return "join"
    return "leave" if action in LEAVES else "other"


def _files(export: Export, message: dict[str, Any]) -> tuple[LocalFile, ...]:
    """The files of a message. "(File not included…)" is said by its name."""
    found = []
    for field in FILES:
        path = _word(message.get(field))
        if path:
            shown_as = _word(message.get("file_name")) if field == "file" else ""
            kind = name_of(_word(message.get("mime_type")))
            file = export.file(_inside(export, path), shown_as, kind)
            found.append(
                file or LocalFile(path=text_of(path)[:1000], name=name_of(shown_as or PurePosixPath(path).name))
            )
    return tuple(found)


def _inside(export: Export, path: str) -> str:
    """A path as the zip file has it: below the folder of result.json."""
    folder = str(PurePosixPath(_result(export)).parent)
    return path if folder == "." else f"{folder}/{path}"


# ---------------------------------------------------------------- the stream


def _messages(file: IO[bytes], where: Path, problems: list[Problem]) -> Iterator[tuple[Conversation, dict[str, Any]]]:
    """All messages with their chats. Where the file is broken, those before that."""
    import ijson

    stream = _Stream(where, problems)
    try:
        for prefix, event, value in _parts(file):
            if (message := stream.take(prefix, event, value)) is not None:
                yield stream.chat, message
    except (ijson.JSONError, UnicodeDecodeError, ValueError, RecursionError) as error:
        problems.append(Problem(where=str(where), why=f"It is broken, and was read up to there: {shown(str(error))}."))


def _parts(file: IO[bytes]) -> Iterator[tuple[str, str, Any]]:
    """The parts of a JSON text, each with where it is ("messages.item.id"). Raises `ValueError`.

    As `ijson.parse`, but bounded: that one keeps the whole place for each level, and there may be very many.
    """
    import ijson

    place: list[str] = []
    for event, value in ijson.basic_parse(file, use_float=True):
        if event == "map_key":
            place[-1] = value
            yield ".".join(place[:-1]), event, value
            continue
        if event in ("end_map", "end_array"):
            place.pop()
        yield ".".join(place), event, value
        if event in ("start_map", "start_array"):
            place.append("item" if event == "start_array" else "")
            if len(place) > MOST_DEPTH:
                raise ValueError(f"more than {MOST_DEPTH} levels")


class _Stream:
    """Puts messages together from the parts of the JSON."""

    def __init__(self, where: Path, problems: list[Problem]) -> None:
        self._where = where
        self._problems = problems
        self._fields: dict[str, str] = {}
        self._builder: Any = None
        self._prefix = ""
        self._events = 0

    @property
    def chat(self) -> Conversation:
        """The chat that is being read."""
        given = name_of(self._fields.get("id", "")) or "saved"
        return Conversation(
            program="telegram",
            conversation=given,
            title=name_of(self._fields.get("name", "")) or given,
        )

    def take(self, prefix: str, event: str, value: Any) -> dict[str, Any] | None:
        """The next part; the message that it ends."""
        if self._builder is None:
            self._outside(prefix, event, value)
            return None
        self._events += 1
        if self._events <= MOST_EVENTS:
            self._builder.event(event, value)
        if prefix != self._prefix or event != "end_map":
            return None
        builder, self._builder = self._builder, None
        if self._events > MOST_EVENTS:
            why = f"A message with more than {MOST_EVENTS} parts was passed over."
            self._problems.append(Problem(where=str(self._where), why=why))
            return None
        found = builder.value
        return found if isinstance(found, dict) else None

    def _outside(self, prefix: str, event: str, value: Any) -> None:
        """What stands between messages: the chats."""
        for base in ("", "chats.list.item", "left_chats.list.item"):
            dot = f"{base}." if base else ""
            if prefix == f"{dot}messages.item" and event == "start_map":
                import ijson

                self._builder, self._prefix, self._events = ijson.ObjectBuilder(), prefix, 1
                self._builder.event(event, value)
                return
            if base and prefix == base and event == "start_map":
                self._fields = {}
            for field in CHAT_FIELDS:
                if prefix == f"{dot}{field}" and event in ("string", "number"):
                    self._fields[field] = _word(value)
