"""What a source is: something that reads what happens in one chat program, and says it in one form.

A source says what it has found in batches. The spool stores a batch and its `position` in one transaction; after a
crash, the source is asked to go on from the position that was stored last, and finds the same entries with the same
ids. So an entry's id is made of what the entry is: the program's own id, or `made_id`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Protocol

import msgspec

MOST_TEXT: Final = 200_000
"""Characters of one entry's text; what is longer is cut at upload, and the whole goes along as a file."""

Kind = Literal[
    "message", "edit", "redaction", "reaction", "join", "leave", "read", "call", "screenshot", "note", "other"
]


class Participant(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody in a conversation, as the program knows them: `id` is their address there."""

    id: str
    name: str = ""


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation in a chat program.

    `program`, `account` (the employee's own, where they may have several) and `conversation` (the program's id of it)
    say together which one it is: what is found of it later goes into the same record.
    """

    program: str
    account: str = ""
    conversation: str
    title: str = ""
    participants: tuple[Participant, ...] = ()

    @property
    def key(self) -> str:
        """What makes it this conversation, as one string."""
        return json.dumps([self.program, self.account, self.conversation], ensure_ascii=False, separators=(",", ":"))


class LocalFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file on this machine that belongs to an entry. It is copied into the spool when the entry is stored.

    `path` is where it is; `name` and `type` what the program calls it, where that is known. A file that is gone, or was
    never fetched by the program, is said in the record by its name alone.
    """

    path: str
    name: str = ""
    type: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened in a conversation.

    `ts` is in milliseconds since the epoch; `target` the id of the entry that an edit, a redaction, a reaction or a
    read is about; `raw` what the program wrote, where it says more than the rest.
    """

    id: str
    kind: Kind = "message"
    ts: int
    sender: str = ""
    sender_name: str = ""
    text: str = ""
    html: str = ""
    target: str | None = None
    files: tuple[LocalFile, ...] = ()
    raw: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that could not be read: `where` (a file and line, an account), `why` in words, and what stood there.

    The employee sees it in `roomkeeper-agent spool problems`. The same `where` and `why` are kept once.
    """

    where: str
    why: str
    raw: str = ""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What was found since the batch before.

    `position` is JSON: from where `follow` is to go on when all this is stored; a source that leaves it out (`None`)
    keeps the position that it had. A batch should have at most some thousand entries, and a few megabytes.
    """

    found: list[tuple[Conversation, Entry]] = msgspec.field(default_factory=list)
    position: Any = None
    problems: list[Problem] = msgspec.field(default_factory=list)


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A configuration that was found on this desktop, to be proposed to the employee.

    `title` says which ("Pidgin, Jabber account desk@example.org"), `settings` is what the source is made with.
    """

    title: str
    settings: dict[str, Any]


class Source(Protocol):
    """Reads one program. What it needs to know stands in a msgspec Struct of its own, `Settings`."""

    name: ClassVar[str]
    """What it is called in commands and settings: "pidgin"."""
    title: ClassVar[str]
    """What people call the program: "Pidgin"."""
    imports: ClassVar[bool]
    """Whether it reads something that is there, and ends, as an exported chat is; others are followed for ever."""
    Settings: ClassVar[type[msgspec.Struct]]
    """What it is made with; decoded from the employee's settings, unknown fields refused. What is called a password,
    token or secret is kept where secrets are."""

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """Configurations of the program that are there below a home folder. Quick; reads no conversation."""
        ...

    def __init__(self, settings: Any) -> None:
        """`settings` is an instance of `Settings`. Nothing is opened yet. Raises `ValueError` where they do not fit."""
        ...

    def follow(self, position: Any | None) -> AsyncGenerator[Batch, None]:
        """What happened since `position` (`None`: from the beginning), and then what happens, for ever.

        It waits for events (inotify, D-Bus, sockets), not by polling. What cannot be read becomes a `Problem`, and what
        comes behind it is read all the same. Raises `SourceFailed` where it cannot go on: it is started again from the
        position that was stored last, after a while. It is ended by cancelling what waits for it, and `aclose`.
        """
        ...


class SourceFailed(Exception):
    """A source cannot go on for now; the message says why, and what would help."""


def made_id(conversation: str, ts: int, sender: str, text: str, count: int = 0, kind: str = "message") -> str:
    """The id of an entry whose program has none: made of what it is.

    `count` is how many equal ones (all the other parameters) came before it. Where the same export is read again, or a
    log from its beginning, the ids are the same.
    """
    whole = "\0".join((conversation, str(ts), sender, text, str(count), kind))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:40]


class Counts:
    """Counts equal entries as they are read, for `made_id`: of the last moment alone, as equal ones have the same time.

    For logs whose times do not go back. `state` is JSON, and belongs into the position.
    """

    def __init__(self, state: Any = None) -> None:
        self._ts: int = state[0] if state else -1
        self._seen: dict[str, int] = dict(state[1]) if state else {}

    def id_of(self, conversation: str, ts: int, sender: str, text: str, kind: str = "message") -> str:
        """The id of the next entry."""
        if ts != self._ts:
            self._ts, self._seen = ts, {}
        key = made_id(conversation, ts, sender, text, 0, kind)
        count = self._seen.get(key, 0)
        self._seen[key] = count + 1
        return key if count == 0 else made_id(conversation, ts, sender, text, count, kind)

    @property
    def state(self) -> Any:
        """What must be known to go on counting."""
        return [self._ts, self._seen]
