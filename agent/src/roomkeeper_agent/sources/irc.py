"""IRC: an account that the agent signs in to by itself, beside the employee's own program.

It sees what its channels and it are told. With a bouncer (ZNC, soju) that is all that the employee sees, as well what
was said while the agent was away, with the time when it was; a plain server tells it only what happens while it is
there, and in channels. Where the server keeps history (`chathistory`), what was missed is asked for.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import ssl
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, NamedTuple

import msgspec
from msgspec import Meta

from roomkeeper_agent.addresses import is_here
from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Found, Kind, Participant, Problem, SourceFailed
from roomkeeper_agent.sources.normalise import MAX_TS, Decoder, name_of, plain_of, shown, text_of

MOST_LINES: Final = 500
"""Of one batch."""
MAX_LINE: Final = 16 * 1024
"""Bytes of a line: a server sends at most 8,191 of tags and 512 more."""
CONNECT_S: Final = 30.0
QUIET_S: Final = 120.0
"""After so long without a line, the server is asked whether it is there; after twice as long, it is not."""
WANTED: Final = (
    "server-time", "message-tags", "echo-message", "batch", "sasl", "extended-join", "account-tag",
    "draft/chathistory", "chathistory", "draft/message-redaction",
)  # fmt: skip
HISTORY: Final = 100
"""Messages that are asked for at a time."""
CHANNELS: Final = ("#", "&", "+", "!")
"""What names of channels begin with."""
MOST_CHANNELS: Final = 200
MOST_MEMBERS: Final = 5_000
ESCAPES: Final = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


class IrcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`server` and `port` (6697 with TLS, as usual); `nick`, and `user` and `password` where the server wants them
    (SASL);
    `server_password` for bouncers; `channels` to be in. `network` names it in records."""

    server: Annotated[str, Meta(min_length=1)]
    nick: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\A[^\s:,!@*?]+\Z")]
    port: Annotated[int, Meta(ge=1, le=65535)] = 6697
    tls: bool = True
    user: str = ""
    password: str = ""
    server_password: str = ""
    channels: tuple[Annotated[str, Meta(max_length=200, pattern=r"\A[^\s,\x00-\x1f]+\Z")], ...] = ()
    network: str = ""


class Line(NamedTuple):
    """A line of the server: its tags, who it is from, the command, and what is behind it."""

    tags: dict[str, str]
    nick: str
    command: str
    words: list[str]


def parsed(text: str) -> Line | None:
    """A line; `None`: it is none."""
    tags: dict[str, str] = {}
    if text.startswith("@"):
        said, _, text = text[1:].partition(" ")
        for tag in said.split(";")[:100]:
            key, _, value = tag.partition("=")
            tags[key] = re.sub(r"\\(.?)", lambda found: ESCAPES.get(found[1], found[1]), value)
    nick = ""
    text = text.lstrip(" ")
    if text.startswith(":"):
        prefix, _, text = text[1:].partition(" ")
        nick = prefix.partition("!")[0]
    head, colon, trailing = text.partition(" :")
    words = head.split()
    if not words:
        return None
    return Line(tags, nick, words[0].upper(), [*words[1:], trailing] if colon else words[1:])


class _History:
    """An answer that says what was missed in a channel: how many lines, and until when (ms)."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.lines = 0
        self.last = 0


class Irc:
    """Follows an account."""

    name: ClassVar[str] = "irc"
    title: ClassVar[str] = "IRC account"
    imports: ClassVar[bool] = False
    Settings: ClassVar[type[msgspec.Struct]] = IrcSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:  # noqa: ARG003 - as all sources have it
        """None: accounts are set up by hand."""
        return []

    def __init__(self, settings: IrcSettings) -> None:
        if not settings.tls and (settings.password or settings.server_password) and not is_here(settings.server):
            raise ValueError("without tls, the password would go over the network unencrypted")
        self._settings = settings

    async def follow(self, position: Any | None) -> AsyncIterator[Batch]:
        """See `Source.follow`."""
        session = Session(self._settings, position)
        try:
            reader, writer = await self._connected()
            async with contextlib.aclosing(session.batches(reader, writer)) as batches:
                async for batch in batches:
                    yield batch
        except (OSError, ssl.SSLError) as error:
            raise SourceFailed(
                f"{self._settings.server}: {error}. Is the address right, and the network there?"
            ) from error

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = ssl.create_default_context() if self._settings.tls else None
        try:
            async with asyncio.timeout(CONNECT_S):
                return await asyncio.open_connection(
                    self._settings.server, self._settings.port, ssl=context, limit=MAX_LINE
                )
        except TimeoutError:
            raise SourceFailed(f"{self._settings.server} does not answer.") from None


class Session:
    """One connection: signing in, channels, and what is said there."""

    def __init__(self, settings: IrcSettings, position: Any | None) -> None:
        self._settings = settings
        self._last: dict[str, int] = dict(position.get("last", {})) if position else {}
        self._missed = {where: ts for where, ts in self._last.items() if where.startswith(CHANNELS)}
        """Since when what was said in channels is not known yet: from there the next session goes on."""
        self._nick = settings.nick
        self._caps: set[str] = set()
        self._members: dict[str, set[str]] = {}
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._decoder = Decoder()
        self._to_send: list[str] = []
        self._said = 0.0
        self._asked_history: set[str] = set()
        self._history: dict[str, _History] = {}
        self._is_over = False

    # ------------------------------------------------------------ the connection

    async def batches(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncGenerator[Batch]:
        """What comes, until the connection ends. Raises `SourceFailed`, `OSError`."""
        lines: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_LINES)
        reading = asyncio.create_task(self._read(reader, lines))
        try:
            self._begin()
            while True:
                await self._send(writer)
                line = await self._next(lines, writer)
                batch = self._batch([line, *_waiting(lines)])
                await self._send(writer)
                if batch.found or batch.problems:
                    yield batch
                if self._is_over:
                    raise SourceFailed(self._ended)
        finally:
            reading.cancel()
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, lines: asyncio.Queue[bytes | None]) -> None:
        try:
            while line := await reader.readline():
                await lines.put(line)
        except (ValueError, OSError):  # a line without end, or a broken connection
            pass
        await lines.put(None)

    async def _next(self, lines: asyncio.Queue[bytes | None], writer: asyncio.StreamWriter) -> bytes:
        for silent in range(2):
            try:
                async with asyncio.timeout(QUIET_S):
                    line = await lines.get()
            except TimeoutError:
                if silent == 0:
                    self._to_send.append("PING :roomkeeper")
                    await self._send(writer)
                continue
            if line is None:
                raise SourceFailed(self._ended)
            return line
        raise SourceFailed(f"{self._settings.server} says nothing any more.")

    @property
    def _ended(self) -> str:
        return f"{self._settings.server} has ended the connection."

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        waiting, self._to_send = self._to_send, []
        for line in waiting:
            writer.write(line.replace("\r", "").replace("\n", "").encode()[:500] + b"\r\n")
        await writer.drain()

    def _begin(self) -> None:
        self._to_send.append("CAP LS 302")
        if self._settings.server_password:
            self._to_send.append(f"PASS {self._settings.server_password}")
        user = self._settings.user or self._nick
        self._to_send += [f"NICK {self._nick}", f"USER {user.split('/')[0]} 0 * :{self._nick}"]

    def _batch(self, lines: list[bytes | None]) -> Batch:
        """What lines say."""
        found: list[tuple[Conversation, Entry]] = []
        problems: list[Problem] = []
        for raw in lines:
            if raw is None:
                self._is_over = True
                continue
            text = self._decoder.text(raw.rstrip(b"\r\n"))
            line = parsed(text)
            if line is None:
                problems.append(Problem(where=self._settings.server, why="This is no line of IRC.", raw=shown(raw)))
                continue
            if (history := self._history.get(line.tags.get("batch", ""))) is not None:
                history.lines += 1
                history.last = max(history.last, _time(line.tags.get("time", "")))
            if not self._answered(line):
                found += self._happened(line)
        return Batch(found=found, position={"last": {**self._last, **self._missed}}, problems=problems)

    # ------------------------------------------------------------ signing in

    def _answered(self, line: Line) -> bool:
        """Do what the protocol wants; whether that was all."""
        words = line.words
        if line.command == "PING":
            self._to_send.append(f"PONG :{words[-1] if words else ''}")
        elif line.command == "CAP" and len(words) >= 3:
            self._capabilities(words[1].upper(), words[-1], is_more=len(words) > 3 and words[2] == "*")
        elif line.command == "AUTHENTICATE":
            said = f"\0{self._settings.user}\0{self._settings.password}".encode()
            self._to_send.append(f"AUTHENTICATE {base64.b64encode(said).decode()}")
        elif line.command in ("900", "903", "907"):
            if line.command != "900":
                self._to_send.append("CAP END")
        elif line.command in ("902", "904", "905", "906", "464", "465"):
            raise SourceFailed(
                f"{self._settings.server} does not let {self._nick} in: {text_of(words[-1] if words else '')}"
            )
        elif line.command == "433":
            self._nick = f"{self._nick}_"[-60:]
            self._to_send.append(f"NICK {self._nick}")
        elif line.command == "001":
            self._nick = words[0] if words else self._nick
            self._to_send += [f"JOIN {channel}" for channel in self._settings.channels[:MOST_CHANNELS]]
        elif line.command == "353" and len(words) >= 4:
            members = self._members.setdefault(words[2].lower(), set())
            members.update(
                name.lstrip("~&@%+").partition("!")[0] for name in words[3].split()[: MOST_MEMBERS - len(members)]
            )
        elif line.command == "366" and len(words) >= 2:
            self._ask_history(words[1])
        elif line.command == "BATCH" and words:
            self._batch_of_history(words)
        else:
            return False
        return True

    def _capabilities(self, sub: str, said: str, *, is_more: bool) -> None:
        if sub in ("LS", "NEW"):
            self._caps |= {cap.partition("=")[0] for cap in said.split()} & set(WANTED)
            if is_more:
                return
            if not self._settings.password:
                self._caps.discard("sasl")
            self._to_send.append(f"CAP REQ :{' '.join(sorted(self._caps))}" if self._caps else "CAP END")
        elif sub == "ACK":
            self._to_send.append("AUTHENTICATE PLAIN" if "sasl" in said.split() else "CAP END")
        elif sub == "NAK":
            self._caps = set()
            self._to_send.append("CAP END")

    def _ask_history(self, channel: str) -> None:
        """What was said in a channel while the agent was away, where the server keeps it."""
        key = channel.lower()
        if not self._caps & {"draft/chathistory", "chathistory"}:
            self._missed.pop(key, None)
            return
        if key in self._asked_history:
            return
        self._asked_history.add(key)
        after = self._missed.get(key)
        if after is None:
            self._to_send.append(f"CHATHISTORY LATEST {channel} * {HISTORY}")
        else:
            since = datetime.fromtimestamp(after / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
            self._to_send.append(f"CHATHISTORY AFTER {channel} timestamp={since}Z {HISTORY}")

    def _batch_of_history(self, words: list[str]) -> None:
        """An answer begins or ends. Where it is as long as it may be, there is more behind it."""
        reference = words[0][1:]
        if words[0].startswith("+") and len(words) >= 3 and words[1].endswith("chathistory"):
            if len(self._history) < MOST_CHANNELS:
                self._history[reference] = _History(words[2])
            return
        history = self._history.pop(reference, None)
        if history is None:
            return
        key = history.channel.lower()
        if history.lines >= HISTORY and history.last > self._missed.get(key, MAX_TS):
            self._missed[key] = history.last
            self._asked_history.discard(key)
            self._ask_history(history.channel)
        else:
            self._missed.pop(key, None)

    # ------------------------------------------------------------ what happens

    def _happened(self, line: Line) -> Iterator[tuple[Conversation, Entry]]:
        """The entries of a line."""
        words = line.words
        if line.command in ("PRIVMSG", "NOTICE") and len(words) >= 2:
            if "." in line.nick and not words[0].startswith(("#", "&")):
                return  # the server's own notices
            if words[1].startswith("\x01") and not words[1].startswith("\x01ACTION"):
                return
            yield self._entry(line, words[0], "message", _said(words[1]))
        elif line.command == "JOIN" and words:
            members = self._members.setdefault(words[0].lower(), set()) if len(self._members) < MOST_CHANNELS else set()
            if len(members) < MOST_MEMBERS:
                members.add(line.nick)
            yield self._entry(line, words[0], "join", "")
        elif line.command == "PART" and words:
            self._members.get(words[0].lower(), set()).discard(line.nick)
            yield self._entry(line, words[0], "leave", " ".join(words[1:]))
        elif line.command == "KICK" and len(words) >= 2:
            self._members.get(words[0].lower(), set()).discard(words[1])
            by = f"kicked by {line.nick}" + (f": {words[2]}" if len(words) > 2 else "")
            yield self._entry(line._replace(nick=words[1]), words[0], "leave", by)
        elif line.command == "TOPIC" and len(words) >= 2:
            yield self._entry(line, words[0], "other", f"topic: {words[1]}")
        elif line.command == "REDACT" and len(words) >= 2:
            yield self._entry(line, words[0], "redaction", " ".join(words[2:]), target=name_of(words[1]))
        elif line.command in ("QUIT", "NICK"):
            yield from self._everywhere(line)

    def _everywhere(self, line: Line) -> Iterator[tuple[Conversation, Entry]]:
        """Somebody left the network, or is called otherwise: that is of all channels that they are in."""
        said = line.words[0] if line.words else ""
        if line.command == "NICK" and line.nick == self._nick:
            self._nick = said
        for channel, members in self._members.items():
            if line.nick not in members:
                continue
            members.discard(line.nick)
            if line.command == "NICK":
                members.add(said)
                yield self._entry(line, channel, "other", f"is now known as {said}")
            else:
                yield self._entry(line, channel, "leave", said)

    def _entry(
        self, line: Line, where: str, kind: Kind, text: str, target: str | None = None
    ) -> tuple[Conversation, Entry]:
        is_channel = where.startswith(CHANNELS)
        other = where if is_channel or line.nick == self._nick else line.nick
        other = name_of(other.lower()) or "-"
        conversation = Conversation(
            program="irc",
            account=name_of(f"{self._settings.nick}@{self._settings.network or self._settings.server}"),
            conversation=other,
            title=other,
            participants=() if is_channel else (Participant(other),),
        )
        ts = _time(line.tags.get("time", ""))
        self._last[other] = max(ts, self._last.get(other, 0))
        if len(self._last) > MOST_CHANNELS * 10:
            del self._last[min(self._last, key=lambda each: self._last[each])]
        text = text_of(plain_of(text))
        given = name_of(line.tags.get("msgid", ""))
        made = f"{given}" if given else self._made_id(other, ts, line.nick, kind, text)
        return conversation, Entry(id=made, kind=kind, ts=ts, sender=name_of(line.nick), text=text, target=target)

    def _made_id(self, *parts: object) -> str:
        """Of what was said when; of equal ones within a millisecond, of how many there were before."""
        key = hashlib.sha256("\0".join(str(part) for part in parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]
        count = self._counts.pop(key, 0)
        self._counts[key] = count + 1
        if len(self._counts) > MOST_LINES * 10:
            self._counts.popitem(last=False)
        return key if count == 0 else hashlib.sha256(f"{key}{count}".encode()).hexdigest()[:40]


def _waiting(lines: asyncio.Queue[bytes | None]) -> Iterator[bytes | None]:
    while not lines.empty():
        yield lines.get_nowait()


def _said(text: str) -> str:
    if text.startswith("\x01ACTION"):
        return f"/me {text[8:].removesuffix(chr(1))}"
    return text


def _time(tag: str) -> int:
    """When the server says that it was, or now (ms)."""
    try:
        return min(max(int(datetime.fromisoformat(tag).timestamp() * 1000), 0), MAX_TS)
    except (ValueError, OverflowError):
        return int(time.time() * 1000)
