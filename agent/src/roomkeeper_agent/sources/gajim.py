"""Gajim: its database `logs.db`, read-only, while Gajim writes to it.

Two forms: that of Gajim up to 1.8 (tables `jids` and `logs`), and that since 1.9 (table `message` and others, one for
each kind of thing that is said about a message). Rows are never changed in the newer one but for what the server says
of them, so an id is made of the rest. Where somebody removes history in Gajim, what was recorded stays recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

import msgspec

from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Found, Kind, Participant, Problem
from roomkeeper_agent.sources.folders import Changes
from roomkeeper_agent.sources.normalise import MAX_TS, name_of, text_of

MOST_ROWS: Final = 500
MOST_TEXT: Final = 1024 * 1024
BUSY_S: Final = 5.0
OUTGOING: Final = 2
GROUPCHAT: Final = 2

NEW: Final = f"""
SELECT m.pk, a.jid, r.jid, m.resource, m.type, m.direction, m.timestamp, m.id, substr(m.text, 1, {MOST_TEXT}),
       m.correction_id, o.nickname, m.fk_account_pk, m.fk_remote_pk, m.stanza_id
FROM message m JOIN account a ON a.pk = m.fk_account_pk JOIN remote r ON r.pk = m.fk_remote_pk
LEFT JOIN occupant o ON o.pk = m.fk_occupant_pk
"""  # noqa: S608 - a number of ours
OLD: Final = f"""
SELECT l.log_line_id, a.jid, j.jid, l.contact_name, j.type, l.kind, l.time, l.message_id, substr(l.message, 1,
{MOST_TEXT}), NULL, l.contact_name, l.account_id, l.jid_id, l.stanza_id FROM logs l JOIN jids j ON j.jid_id = l.jid_id
LEFT JOIN jids a ON a.jid_id = l.account_id
"""  # noqa: S608 - a number of ours
ABOUT: Final[dict[str, tuple[Kind, str, str]]] = {
    "reaction": ("reaction", "id", "emojis"),
    "retraction": ("redaction", "id", "''"),
    "moderation": ("redaction", "stanza_id", "reason"),
    "displayed_marker": ("read", "id", "''"),
}
"""Tables of what is said about messages: the kind of entry, by which id they name the message, what they say."""
OLD_KINDS: Final[dict[int, Kind]] = {1: "other", 7: "other", 8: "other", 9: "other", 10: "call", 11: "call"}
OLD_SENT: Final = (5, 6, 9, 11)


class GajimSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`file`: the database."""

    file: str = "~/.local/share/gajim/logs.db"


class Position(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How far the tables were read. `last` is the number of the last row, `mark` what it was; `about`, of the others,
    the time of the last row, and the ids of those of that time."""

    last: int = 0
    mark: str = ""
    about: dict[str, tuple[float, list[str]]] = {}


class Gajim:
    """Follows the database of Gajim."""

    name: ClassVar[str] = "gajim"
    title: ClassVar[str] = "Gajim"
    imports: ClassVar[bool] = False
    Settings: ClassVar[type[msgspec.Struct]] = GajimSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """~/.local/share/gajim, and where Gajim keeps it as a Flatpak."""
        files = [home / ".local/share/gajim/logs.db", home / ".var/app/org.gajim.Gajim/data/gajim/logs.db"]
        return [Found(title=f"Gajim, {path}", settings={"file": str(path)}) for path in files if path.is_file()]

    def __init__(self, settings: GajimSettings) -> None:
        self._path = Path(settings.file).expanduser()
        self._told: set[Problem] = set()

    async def follow(self, position: Any | None) -> AsyncIterator[Batch]:
        """See `Source.follow`."""
        async with Changes([self._path.parent], recursive=False) as changes:
            while True:
                batches = self.there(position)
                while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                    position = batch.position if batch.position is not None else position
                    yield batch
                await self._changed(changes)

    async def _changed(self, changes: Changes) -> None:
        """Until something was written to the database or its log."""
        while True:
            await changes.wait()
            paths = changes.taken()
            if paths is None or any(
                path.name.startswith(self._path.name) and path.suffix != ".db-shm" for path in paths
            ):
                return

    def there(self, position: Any | None, now: float | None = None) -> Iterator[Batch]:  # noqa: ARG002 - all is whole
        """All that is there now."""
        place = msgspec.convert(position, Position) if position else Position(about={})
        if not self._path.is_file():
            return
        try:
            with contextlib.closing(self._opened()) as database:
                reading = _Reading(database, place)
                reading.go_back_if_removed()
                yield from reading.batches()
        except (sqlite3.Error, OSError, ValueError, OverflowError) as error:
            problem = Problem(where=str(self._path), why=f"The database cannot be read: {error}.")
            if problem not in self._told:
                self._told.add(problem)
                yield Batch(problems=[problem])

    def _opened(self) -> sqlite3.Connection:
        """Read-only; the log of what is not in the database yet is read too."""
        address = f"file:{quote(str(self._path))}?mode=ro"
        database = sqlite3.connect(address, uri=True, timeout=BUSY_S, check_same_thread=False)
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        return database


class _Reading:
    """Reading what is new, once."""

    def __init__(self, database: sqlite3.Connection, place: Position) -> None:
        self._database = database
        self._place = place
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self._is_new = "message" in tables
        self._tables = [name for name in ABOUT if name in tables and self._is_new]
        self._has_rows = self._is_new or "logs" in tables
        self._select, self._pk = (NEW, "m.pk") if self._is_new else (OLD, "l.log_line_id")

    def go_back_if_removed(self) -> None:
        """Begin anew where the last row is another one now: numbers of rows that were removed are used again."""
        if not self._place.last or not self._has_rows:
            return
        rows = self._rows(f"WHERE {self._pk} = ?", (self._place.last,))
        if not rows or self._entry(rows[0])[1].id != self._place.mark:
            self._place.last, self._place.mark = 0, ""

    def batches(self) -> Iterator[Batch]:
        """Messages, and then what is said about them."""
        while self._has_rows:
            rows = self._rows(f"WHERE {self._pk} > ? ORDER BY {self._pk} LIMIT {MOST_ROWS}", (self._place.last,))
            if not rows:
                break
            found = [self._entry(row) for row in rows]
            self._place.last, self._place.mark = rows[-1][0], found[-1][1].id
            yield Batch(found=[each for each in found if each[1].text], position=msgspec.to_builtins(self._place))
        for table in self._tables:
            while (about := self._about(table)) is not None:
                yield Batch(found=about, position=msgspec.to_builtins(self._place))

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[Any]:
        return self._database.execute(f"{self._select} {where}", values).fetchall()

    def _entry(self, row: Any) -> tuple[Conversation, Entry]:
        """A message."""
        pk, account, remote, resource, kind, direction, ts, given, text, correction, nickname, *_ = row
        account, remote = name_of(_text(account)), name_of(_text(remote)) or "-"
        if self._is_new:
            is_group, is_sent = kind == GROUPCHAT, direction == OUTGOING
            said: Kind = "edit" if correction else "message"
        else:
            is_group, is_sent = direction == 2, direction in OLD_SENT
            said = OLD_KINDS.get(direction, "message") if direction is not None else "other"
        conversation = _conversation(account, remote, is_group=is_group)
        nick = name_of(_text(nickname) or _text(resource)) if is_group or kind == 3 else ""
        sender = nick or (account if is_sent else remote)
        target = self._target("id", _text(correction), row, conversation) if correction else None
        entry = Entry(
            id=_made_id(account, remote, direction, _text(resource), ts, _text(given) or f"#{pk}", _text(text)),
            kind=said if said != "edit" or target else "message",
            ts=_ms(ts),
            sender=sender,
            text=text_of(_text(text)),
            target=target,
        )
        return conversation, entry

    def _target(self, field: str, named: str, row: Any, conversation: Conversation) -> str | None:
        """The entry of the message that is named by an id of XMPP, in the conversation of a row."""
        if not named:
            return None
        where = (
            f"WHERE m.{field} = ? AND m.fk_account_pk = ? AND m.fk_remote_pk = ? AND m.correction_id IS NULL LIMIT 1"
        )
        rows = self._rows(where, (named, row[11], row[12]))
        if not rows:
            return None
        found, entry = self._entry(rows[0])
        return entry.id if found.key == conversation.key else None

    def _about(self, table: str) -> list[tuple[Conversation, Entry]] | None:
        """The next of what is said about messages; it may be changed later, then its time is another one.

        `None`: there is no more of it.
        """
        kind, field, says = ABOUT[table]
        after, seen = self._place.about.get(table, (0.0, []))
        has_nick = "fk_occupant_pk" in {row[1] for row in self._database.execute(f"PRAGMA table_info({table})")}
        nick = "(SELECT nickname FROM occupant o WHERE o.pk = t.fk_occupant_pk)" if has_nick else "NULL"
        rows = self._database.execute(
            f"SELECT t.pk, a.jid, r.jid, t.{field}, substr({says}, 1, 1000), t.timestamp, {nick}, t.fk_account_pk,"  # noqa: S608
            f" t.fk_remote_pk FROM {table} t JOIN account a ON a.pk = t.fk_account_pk"
            f" JOIN remote r ON r.pk = t.fk_remote_pk WHERE t.timestamp >= ? ORDER BY t.timestamp, t.pk"
            f" LIMIT {MOST_ROWS + len(seen)}",
            (after,),
        ).fetchall()
        found: list[tuple[Conversation, Entry]] = []
        is_more = False
        for pk, account, remote, named, said, ts, nickname, account_pk, remote_pk in rows:
            if not isinstance(ts, int | float):
                continue
            made = _made_id(_text(account), table, pk, _text(remote), ts, _text(named), _text(said))
            if ts == after and made in seen:
                continue
            is_more = True
            after, seen = (ts, [*seen, made]) if ts == after else (ts, [made])
            row = [None] * 11 + [account_pk, remote_pk]
            target = self._named(_text(named), row, kind)
            if target is None:
                continue
            conversation, is_sent = target[0], False
            entry = Entry(
                id=made,
                kind=kind,
                ts=_ms(ts),
                sender=name_of(_text(nickname)) or ("" if is_sent else name_of(_text(remote))),
                text=text_of(_text(said)),
                target=target[1].id,
            )
            found.append((conversation, entry))
        self._place.about[table] = (after, seen)
        return found if is_more else None

    def _named(self, named: str, row: Any, kind: Kind) -> tuple[Conversation, Entry] | None:
        """The message that something is about: in groups, most are named by the server's id."""
        for column in ("stanza_id", "id") if kind != "read" else ("id", "stanza_id"):
            where = f"WHERE m.{column} = ? AND m.fk_account_pk = ? AND m.fk_remote_pk = ? LIMIT 1"
            if named and (rows := self._rows(where, (named, row[11], row[12]))):
                return self._entry(rows[0])
        return None


def _conversation(account: str, remote: str, *, is_group: bool) -> Conversation:
    people = () if is_group else (Participant(remote),)
    return Conversation(program="gajim", account=account, conversation=remote, title=remote, participants=people)


def _made_id(*parts: Any) -> str:
    whole = "\0".join(repr(part) if isinstance(part, float) else str(part) for part in parts)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _text(value: Any) -> str:
    """What a cell has, whatever it is."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _ms(value: Any) -> int:
    """Seconds since the epoch as ms."""
    if not isinstance(value, int | float) or value != value:
        return 0
    return int(min(max(value * 1000, 0), MAX_TS))
