"""Matrix: an account on any homeserver, followed by `/sync`.

Entries have the events' own ids. What a gap leaves out (`limited`) is fetched. What is end-to-end encrypted is
recorded as having been said, without its words: the agent has no keys.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from roomkeeper_agent.addresses import is_here
from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Found, Kind, LocalFile, Problem, SourceFailed
from roomkeeper_agent.sources.normalise import MAX_TS, name_of, text_of

LONG_POLL_MS: Final = 30_000
AT_ONCE: Final = 50
"""Events of a room in one answer."""
MOST_PAGES: Final = 10_000
"""Of what a gap has left out."""
MOST_TEXT: Final = 200_000
MOST_FILE: Final = 100 * 1024**2
DEVICE: Final = "ROOMKEEPER_AGENT"
FILTER: Final = {
    "presence": {"not_types": ["*"]},
    "room": {"timeline": {"limit": AT_ONCE}, "state": {"lazy_load_members": True}, "include_leave": True},
}
STATE: Final = {"m.room.name": "name", "m.room.topic": "topic"}


class MatrixSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`homeserver`: its address; `user_id`; an access token or the password. `rooms`: only these, if any are named;
    `files`: whether files are fetched too."""

    homeserver: Annotated[str, Meta(pattern=r"\Ahttps?://\S+\Z")]
    user_id: Annotated[str, Meta(pattern=r"\A@[^:\s]*:\S+\Z")]
    access_token: str = ""
    password: str = ""
    rooms: tuple[str, ...] = ()
    files: bool = True


class Matrix:
    """Follows an account."""

    name: ClassVar[str] = "matrix"
    title: ClassVar[str] = "Matrix account"
    imports: ClassVar[bool] = False
    Settings: ClassVar[type[msgspec.Struct]] = MatrixSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:  # noqa: ARG003 - as all sources have it
        """None: accounts are set up by hand."""
        return []

    def __init__(self, settings: MatrixSettings) -> None:
        parts = urlsplit(settings.homeserver)
        if parts.scheme != "https" and not is_here(parts.hostname or ""):
            raise ValueError("homeserver must begin with https://")
        self._settings = settings
        self._client: Any = None
        self._folder: Path | None = None

    async def follow(self, position: Any | None) -> AsyncIterator[Batch]:
        """See `Source.follow`. From the beginning: the last messages of each room."""
        import aiohttp
        import nio  # type: ignore[import-untyped]

        since = position.get("since") if position else None
        config = nio.AsyncClientConfig(max_limit_exceeded=5, max_timeouts=3, encryption_enabled=False)
        settings = self._settings
        self._client = nio.AsyncClient(settings.homeserver, settings.user_id, device_id=DEVICE, config=config)
        try:
            await self._sign_in()
            while True:
                answer = await self._client.sync(LONG_POLL_MS if since else 0, FILTER, since, full_state=False)
                if not isinstance(answer, nio.SyncResponse):
                    raise SourceFailed(f"{settings.homeserver} refuses to sync: {_reason(answer)}")
                async for batch in self._batches(answer, since):
                    yield batch
                    self._clear()
                since = answer.next_batch
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SourceFailed(f"{settings.homeserver} cannot be reached: {error}.") from error
        finally:
            self._clear()
            await self._client.close()

    async def _sign_in(self) -> None:
        import nio

        settings = self._settings
        if settings.access_token:
            self._client.restore_login(settings.user_id, DEVICE, settings.access_token)
            return
        answer = await self._client.login(settings.password, "Roomkeeper agent")
        if not isinstance(answer, nio.LoginResponse):
            raise SourceFailed(f"{settings.homeserver} does not let {settings.user_id} in: {_reason(answer)}")

    async def _batches(self, answer: Any, since: str | None) -> AsyncIterator[Batch]:
        """What an answer says: gaps first, with the position that was; then the rest, with the next."""
        found: list[tuple[Conversation, Entry]] = []
        problems: list[Problem] = []
        for room_id, room in [*answer.rooms.join.items(), *answer.rooms.leave.items()]:
            if self._settings.rooms and room_id not in self._settings.rooms:
                continue
            conversation = self._conversation(room_id)
            if since and room.timeline.limited:
                async for events in self._missed(room_id, room.timeline.prev_batch, since):
                    entries = [each async for each in self._read(conversation, events, problems)]
                    yield Batch(found=entries, position={"since": since}, problems=problems)
                    problems = []
            found += [each async for each in self._read(conversation, room.timeline.events, problems)]
            found += [(conversation, entry) for entry in _receipts(getattr(room, "ephemeral", []))]
        yield Batch(found=found, position={"since": answer.next_batch}, problems=problems)

    async def _missed(self, room_id: str, start: str, end: str) -> AsyncIterator[list[Any]]:
        """What was said in a gap, page by page, back from its end."""
        import nio

        for _ in range(MOST_PAGES):
            page = await self._client.room_messages(room_id, start, end, nio.MessageDirection.back, 100)
            if not isinstance(page, nio.RoomMessagesResponse):
                raise SourceFailed(f"{self._settings.homeserver} does not say what was missed: {_reason(page)}")
            if page.chunk:
                yield page.chunk
            if not page.end or page.end == start or not page.chunk:
                return
            start = page.end

    def _conversation(self, room_id: str) -> Conversation:
        room = self._client.rooms.get(room_id)
        title = name_of(room.display_name) if room is not None else ""
        return Conversation(
            program="matrix",
            account=name_of(self._settings.user_id),
            conversation=name_of(room_id) or "-",
            title=title or name_of(room_id),
        )

    async def _read(
        self, conversation: Conversation, events: list[Any], problems: list[Problem]
    ) -> AsyncIterator[tuple[Conversation, Entry]]:
        for event in events:
            source = getattr(event, "source", None)
            if not isinstance(source, dict):
                continue
            entry = read_event(source)
            if entry is None:
                continue
            if source.get("type") == "m.room.encrypted":
                why = "This conversation is end-to-end encrypted: the agent records that something was said, not what."
                problems.append(Problem(where=f"{self._settings.user_id}: {conversation.title}", why=why))
            if self._settings.files and (file := await self._file(source)) is not None:
                entry = msgspec.structs.replace(entry, files=(file,))
            yield conversation, entry

    # ------------------------------------------------------------ files

    async def _file(self, event: dict[str, Any]) -> LocalFile | None:
        """The file of a message, fetched; by its name alone where that fails, or it is too large."""
        import nio

        content = event.get("content")
        if not isinstance(content, dict) or event.get("type") not in ("m.room.message", "m.sticker"):
            return None
        url, about = content.get("url"), content.get("info")
        if not isinstance(url, str) or not url.startswith("mxc://"):
            return None
        info = about if isinstance(about, dict) else {}
        name = name_of(_text(content.get("filename")) or _text(content.get("body"))) or "file"
        kind = name_of(_text(info.get("mimetype")))
        size = info.get("size")
        if isinstance(size, int) and size > MOST_FILE:
            return LocalFile(path=name, name=name, type=kind)
        if self._folder is None:
            self._folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="roomkeeper-agent-matrix-"))
        path = self._folder / hashlib.sha256(_text(event.get("event_id")).encode()).hexdigest()
        answer = await self._client.download(mxc=url, save_to=path)
        if not isinstance(answer, nio.DiskDownloadResponse):
            return LocalFile(path=name, name=name, type=kind)
        return LocalFile(path=str(path), name=name, type=kind)

    def _clear(self) -> None:
        """Remove files that were stored with the batch before."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def read_event(event: dict[str, Any]) -> Entry | None:
    """The entry of an event, whatever it has in it; `None`: it says nothing that is recorded, or is none."""
    given, kind, ts = event.get("event_id"), event.get("type"), event.get("origin_server_ts")
    content = event.get("content")
    if not isinstance(given, str) or not isinstance(kind, str) or not isinstance(content, dict):
        return None
    at = min(max(ts, 0), MAX_TS) if isinstance(ts, int) and not isinstance(ts, bool) else 0
    made = name_of(given)
    said = _said(kind, event, content)
    if said is None or not made:
        return None
    what, text, html, target = said
    return Entry(
        id=made,
        kind=what,
        ts=at,
        sender=name_of(_text(event.get("sender"))),
        text=text_of(text)[:MOST_TEXT],
        html=text_of(html) if len(html) <= MOST_TEXT else "",
        target=name_of(target) or None,
    )


def _said(kind: str, event: dict[str, Any], content: dict[str, Any]) -> tuple[Kind, str, str, str] | None:
    """Kind, text, HTML and target of an entry."""
    relation = content.get("m.relates_to")
    relates = relation if isinstance(relation, dict) else {}
    target = _text(relates.get("event_id"))
    if kind in ("m.room.message", "m.sticker"):
        new = content.get("m.new_content")
        if relates.get("rel_type") == "m.replace" and isinstance(new, dict) and target:
            return "edit", _text(new.get("body")), _text(new.get("formatted_body")), target
        emote = "/me " if content.get("msgtype") == "m.emote" else ""
        return "message", emote + _text(content.get("body")), _text(content.get("formatted_body")), ""
    if kind == "m.reaction" and target:
        return "reaction", _text(relates.get("key")), "", target
    if kind == "m.room.redaction":
        redacted = _text(event.get("redacts")) or _text(content.get("redacts"))
        return ("redaction", _text(content.get("reason")), "", redacted) if redacted else None
    if kind == "m.room.encrypted":
        return "other", "(encrypted)", "", ""
    if kind == "m.room.member":
        return _membership(event, content)
    if kind in ("m.call.invite", "m.call.hangup", "m.call.answer", "m.call.reject"):
        return "call", kind.removeprefix("m.call."), "", ""
    if kind in STATE and "state_key" in event:
        return "other", f"{STATE[kind]}: {_text(content.get(STATE[kind]))}", "", ""
    return None


def _membership(event: dict[str, Any], content: dict[str, Any]) -> tuple[Kind, str, str, str] | None:
    unsigned = event.get("unsigned")
    before = unsigned.get("prev_content") if isinstance(unsigned, dict) else None
    was = before.get("membership") if isinstance(before, dict) else None
    now, who = content.get("membership"), _text(event.get("state_key"))
    if now == was:
        return None
    if now == "join":
        return "join", who, "", ""
    if now in ("leave", "ban") and was in ("join", None):
        return "leave", " ".join(part for part in (who, _text(content.get("reason"))) if part), "", ""
    return "other", f"{_text(now)} {who}", "", ""


def _receipts(events: list[Any]) -> Iterator[Entry]:
    """Who has read what."""
    for event in events:
        for receipt in getattr(event, "receipts", []):
            if receipt.receipt_type != "m.read":
                continue
            key = hashlib.sha256(f"{receipt.user_id}\0{receipt.event_id}".encode("utf-8", "surrogatepass")).hexdigest()[
                :40
            ]
            at = min(max(receipt.timestamp, 0), MAX_TS) if isinstance(receipt.timestamp, int) else 0
            who, target = name_of(receipt.user_id), name_of(receipt.event_id)
            if target:
                yield Entry(id=key, kind="read", ts=at, sender=who, target=target)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _reason(answer: Any) -> str:
    return text_of(str(getattr(answer, "message", answer)))[:300]
