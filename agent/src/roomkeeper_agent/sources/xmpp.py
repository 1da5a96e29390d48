"""XMPP (Jabber): an account on any server.

Where the server keeps an archive (MAM, XEP-0313), that is what is read, from where one was, whenever something happens:
so nothing is missed, and all has the archive's ids. Where it does not, what the server sends is taken as it comes, with
copies of what the employee's other programs send and receive (carbons, XEP-0280), and what happens while the agent is
away is not seen. The words of what is end-to-end encrypted (OMEMO, OpenPGP) are not seen either.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta

from roomkeeper_agent.addresses import is_here
from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Found, Kind, Participant, SourceFailed
from roomkeeper_agent.sources.normalise import MAX_TS, name_of, text_of

CONNECT_S: Final = 60.0
ANSWER_S: Final = 60.0
PING_S: Final = 180
LOOK_S: Final = 300.0
"""So long after the last event, the archives are looked at: of messages that come while the employee's programs are
off, nobody is told, as the agent does not want to be the one who takes them."""
PAGE: Final = 100
MOST_WAITING: Final = 2_000
MOST_RECENT: Final = 300
"""Messages that can be corrected, retracted or reacted to: of older ones, that is said without naming them."""
MAM: Final = "urn:xmpp:mam:2"
NAMESPACES: Final = {
    "replace": "{urn:xmpp:message-correct:0}replace",
    "retract": "{urn:xmpp:message-retract:1}retract",
    "reactions": "{urn:xmpp:reactions:0}reactions",
    "reaction": "{urn:xmpp:reactions:0}reaction",
    "displayed": "{urn:xmpp:chat-markers:0}displayed",
    "stanza-id": "{urn:xmpp:sid:0}stanza-id",
    "delay": "{urn:xmpp:delay}delay",
    "invite": "{urn:xmpp:jingle-message:0}propose",
}


class XmppSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`jid` and `password`; `rooms` to be in, as `nick`. `host` and `port` where the server's own records do not say
    them. `history`: whether what the archive has of before is read as well. `tls`: only for a server on this machine
    may it be off."""

    jid: Annotated[str, Meta(pattern=r"\A[^@/\s]+@[^@/\s]+\Z")]
    password: str
    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 5222
    rooms: tuple[Annotated[str, Meta(pattern=r"\A[^@/\s]+@[^@/\s]+\Z")], ...] = ()
    nick: str = ""
    history: bool = False
    tls: bool = True


class Xmpp:
    """Follows an account."""

    name: ClassVar[str] = "xmpp"
    title: ClassVar[str] = "XMPP account"
    imports: ClassVar[bool] = False
    Settings: ClassVar[type[msgspec.Struct]] = XmppSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:  # noqa: ARG003 - as all sources have it
        """None: accounts are set up by hand."""
        return []

    def __init__(self, settings: XmppSettings) -> None:
        if not settings.tls and not is_here(settings.host):
            raise ValueError("tls may be off only for a server on this machine, which host must name")
        self._settings = settings

    async def follow(self, position: Any | None) -> AsyncIterator[Batch]:
        """See `Source.follow`."""
        session = Session(self._settings, position)
        try:
            await session.connect()
            async for batch in session.batches():
                yield batch
        finally:
            await session.close()


class Session:
    """One connection."""

    def __init__(self, settings: XmppSettings, position: Any | None) -> None:
        self._settings = settings
        place = position or {}
        self._archives: dict[str, list[Any]] = dict(place.get("archives", {}))
        self._since: int = place.get("since") or int(time.time() * 1000)
        self._recent: OrderedDict[str, str] = OrderedDict(place.get("recent", {}))
        self._client: Any = None
        self._events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(MOST_WAITING)
        self._with_archive: set[str] = set()
        self._is_overrun = False
        self._there: set[tuple[str, str]] = set()

    # ------------------------------------------------------------ the connection

    async def connect(self) -> None:
        """Sign in, enter the rooms, and see which archives there are. Raises `SourceFailed`."""
        import slixmpp

        settings = self._settings
        client = slixmpp.ClientXMPP(f"{settings.jid}/roomkeeper-agent", settings.password)
        self._client = client
        for plugin in ("xep_0030", "xep_0045", "xep_0059", "xep_0203", "xep_0280", "xep_0297", "xep_0313"):
            client.register_plugin(plugin)
        client.register_plugin("xep_0199", {"keepalive": True, "interval": PING_S, "timeout": 30})
        if not settings.tls:
            client.enable_plaintext, client.enable_starttls, client.enable_direct_tls = True, False, False
            client["feature_mechanisms"].unencrypted_plain = client["feature_mechanisms"].unencrypted_scram = True
        for event in ("session_start", "failed_all_auth", "disconnected", "connection_failed"):
            client.add_event_handler(event, lambda said, event=event: self._happened(event, said))
        for event in ("message", "carbon_received", "carbon_sent", "groupchat_presence"):
            client.add_event_handler(event, lambda said, event=event: self._happened(event, said))
        if settings.host:
            client.connect(settings.host, settings.port)
        else:
            client.connect()
        await self._started()
        client.send_presence(ppriority=-1)
        await self._prepare()

    def _happened(self, event: str, said: Any) -> None:
        try:
            self._events.put_nowait((event, said))
        except asyncio.QueueFull:
            self._is_overrun = True

    async def _started(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                while (event := (await self._events.get())[0]) != "session_start":
                    if event == "failed_all_auth":
                        raise SourceFailed(f"{self._settings.jid}: the server refuses the password.")
                    if event == "connection_failed":
                        raise SourceFailed(f"{self._settings.jid}: the server cannot be reached.")
        except TimeoutError:
            raise SourceFailed(f"{self._settings.jid}: the server does not answer.") from None

    async def _prepare(self) -> None:
        from slixmpp.exceptions import IqError, IqTimeout

        for archive in ("", *self._settings.rooms):
            try:
                if archive:
                    nick = self._settings.nick or self._client.boundjid.local
                    await self._client["xep_0045"].join_muc_wait(archive, nick, maxstanzas=0, timeout=int(ANSWER_S))
                info = await self._client["xep_0030"].get_info(
                    jid=archive or self._client.boundjid.bare, timeout=ANSWER_S
                )
                if MAM in info["disco_info"]["features"]:
                    self._with_archive.add(archive)
            except (IqError, IqTimeout, TimeoutError) as error:
                if archive:
                    raise SourceFailed(f"The room {archive} does not let {self._settings.jid} in: {error}.") from error
        try:
            await self._client["xep_0280"].enable(timeout=ANSWER_S)
        except (IqError, IqTimeout):
            return  # without copies, only what is sent to the agent itself tells that something happens

    async def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            await self._client.disconnect(wait=2.0)

    # ------------------------------------------------------------ reading

    async def batches(self) -> AsyncIterator[Batch]:
        """What is in the archives, and then what happens, until the connection ends. Raises `SourceFailed`."""
        to_read = set(self._with_archive)
        while True:
            for archive in sorted(to_read):
                async for batch in self._archived(archive):
                    yield batch
            to_read.clear()
            try:
                async with asyncio.timeout(LOOK_S):
                    events = [await self._events.get()]
            except TimeoutError:
                to_read = set(self._with_archive)
                continue
            while not self._events.empty():
                events.append(self._events.get_nowait())
            found: list[tuple[Conversation, Entry]] = []
            for event, said in events:
                if event in ("disconnected", "connection_failed", "failed_all_auth"):
                    raise SourceFailed(f"{self._settings.jid}: the connection has ended.")
                if event == "groupchat_presence":
                    found += self._presence(said)
                elif (archive := self._archive_of(event, said)) in self._with_archive:
                    to_read.add(archive)
                else:
                    found += self._live(event, said)
            if self._is_overrun:
                raise SourceFailed(f"{self._settings.jid}: more happened than could be stored; it is read again.")
            if found:
                yield Batch(found=found, position=self._position)

    @property
    def _position(self) -> Any:
        return {"archives": dict(self._archives), "since": self._since, "recent": dict(self._recent)}

    def _archive_of(self, event: str, said: Any) -> str:
        room = str(said["from"].bare)
        return room if event == "message" and room in self._settings.rooms else ""

    async def _archived(self, archive: str) -> AsyncIterator[Batch]:
        """What is in an archive behind where one was, page by page."""
        from slixmpp.exceptions import IqError, IqTimeout

        while True:
            last, ts = self._archives.get(archive, ["", 0 if self._settings.history else self._since])
            rsm: dict[str, Any] = {"max": PAGE}
            start = None
            if last:
                rsm["after"] = last
            elif ts:
                start = datetime.fromtimestamp(ts / 1000, UTC)
            try:
                page = await self._client["xep_0313"].retrieve(
                    jid=archive or None, start=start, timeout=int(ANSWER_S), rsm=rsm
                )
            except IqError as error:
                if last and error.condition == "item-not-found":
                    # The archive has forgotten the last one: go on by the time.
                    self._archives[archive] = ["", ts]
                    continue
                raise SourceFailed(f"{self._settings.jid}: the archive cannot be read: {error.condition}.") from error
            except IqTimeout as error:
                raise SourceFailed(f"{self._settings.jid}: the archive does not answer.") from error
            found: list[tuple[Conversation, Entry]] = []
            results = list(page["mam"]["results"])
            for result in results:
                given = str(result["mam_result"]["id"])
                forwarded = result["mam_result"]["forwarded"]
                at = _ms(forwarded["delay"]["stamp"])
                found += self._read(forwarded["stanza"], given, at, archive)
                self._archives[archive] = [given, at]
            if results:
                yield Batch(found=found, position=self._position)
            if not results or str(page["mam_fin"]["complete"]).lower() in ("true", "1"):
                return

    def _live(self, event: str, said: Any) -> list[tuple[Conversation, Entry]]:
        """A message as it comes, of a server without an archive."""
        stanza = said[event] if event.startswith("carbon_") else said
        if event != "message" and said["from"].bare != self._client.boundjid.bare:
            return []  # a carbon that somebody else has made up
        room = str(stanza["from"].bare) if stanza["type"] == "groupchat" else ""
        delay = stanza.xml.find(NAMESPACES["delay"])
        at = _ms(delay.get("stamp")) if delay is not None else int(time.time() * 1000)
        own = stanza.xml.find(NAMESPACES["stanza-id"]) if room else None
        given = own.get("id") if own is not None and own.get("by") == room else None
        return self._read(stanza, given or _made_id(stanza["from"], stanza["id"], stanza["body"], at), at, room)

    def _read(self, stanza: Any, given: str, at: int, room: str) -> list[tuple[Conversation, Entry]]:
        """What a message says: itself, or something about another one."""
        if stanza["type"] == "error" or (stanza["type"] == "groupchat") != bool(room):
            return []
        me, sender, to = self._settings.jid, stanza["from"], stanza["to"]
        other = room or (str(to.bare) if sender.bare == me else str(sender.bare)) or me
        who = name_of(str(sender.resource) if room else str(sender.bare))
        conversation = Conversation(
            program="xmpp",
            account=me,
            conversation=name_of(other) or "-",
            title=name_of(other),
            participants=() if room else (Participant(name_of(other) or "-"),),
        )
        key = name_of(given)[:200] or _made_id(at, stanza)
        kind, text, target = self._said(stanza, other)
        if not text and kind in ("message", "edit"):
            return []
        if kind == "message" and stanza["id"]:
            self._remember(f"{other}\0{stanza['id']}", key)
        self._remember(f"{other}\0{key}", key)
        return [(conversation, Entry(id=key, kind=kind, ts=at, sender=who, text=text_of(text), target=target))]

    def _said(self, stanza: Any, other: str) -> tuple[Kind, str, str | None]:
        """Kind, text and target."""
        body = str(stanza["body"])
        about: tuple[tuple[str, Kind], ...] = (
            ("replace", "edit"), ("retract", "redaction"), ("reactions", "reaction"), ("displayed", "read"),
        )  # fmt: skip
        for name, kind in about:
            found = stanza.xml.find(NAMESPACES[name])
            if found is None:
                continue
            target = self._recent.get(f"{other}\0{found.get('id')}")
            text = (
                " ".join(each.text or "" for each in found.findall(NAMESPACES["reaction"]))
                if kind == "reaction"
                else body
            )
            if kind == "edit":
                return ("edit", body, target) if target else ("message", body, None)
            return kind if target else "other", text if kind != "redaction" else "", target
        if stanza.xml.find(NAMESPACES["invite"]) is not None:
            return "call", body or "call", None
        subject = str(stanza["subject"])
        if subject and not body:
            return "other", f"subject: {subject}", None
        return "message", body, None

    def _remember(self, key: str, entry: str) -> None:
        self._recent[key] = entry
        while len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)

    def _presence(self, presence: Any) -> list[tuple[Conversation, Entry]]:
        """Somebody comes into a room or leaves it."""
        room, who = str(presence["from"].bare), name_of(str(presence["from"].resource))
        if room not in self._settings.rooms or not who or presence["type"] not in ("available", "unavailable"):
            return []
        known = self._there
        is_there = presence["type"] == "available"
        if ((room, who) in known) == is_there:
            return []
        self._there = (known | {(room, who)}) if is_there else (known - {(room, who)})
        at = int(time.time() * 1000)
        conversation = Conversation(
            program="xmpp", account=self._settings.jid, conversation=name_of(room), title=name_of(room)
        )
        made = _made_id(room, who, at, is_there)
        return [(conversation, Entry(id=made, kind="join" if is_there else "leave", ts=at, sender=who))]


def _made_id(*parts: object) -> str:
    return hashlib.sha256("\0".join(str(part) for part in parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _ms(stamp: Any) -> int:
    """A time as XMPP says it, in ms; what is none is now."""
    try:
        when = stamp if isinstance(stamp, datetime) else datetime.fromisoformat(str(stamp))
        return min(max(int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * 1000), 0), MAX_TS)
    except (ValueError, OverflowError):
        return int(time.time() * 1000)
