"""What sources say, made to fit what a server takes: docs/reference/record-upload.schema.json."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from roomkeeper_agent.sources.base import Conversation, Entry, Participant

MOST_NAME: Final = 300
MOST_PATH: Final = 4096
MOST_TEXT: Final = 200_000
MOST_PARTICIPANTS: Final = 1000
MOST_FILES: Final = 100
"""Attachments of one entry."""
MOST_LINE: Final = 450_000
"""Bytes of an entry without its attachments, which may have as many again: a server takes 1 MiB."""
LAST_TS: Final = 2**53 - 1
CUT: Final = "… (cut: the whole text is attached)"

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_STRANGE: Final = re.compile("[\x00\ud800-\udfff]")


def text_of(text: str) -> str:
    """Text that can be stored: with U+FFFD for what is no character."""
    return _STRANGE.sub("\ufffd", text) if _STRANGE.search(text) else text


def name_of(name: str) -> str:
    """A name in one line."""
    return _CONTROL.sub(" ", text_of(name))[:MOST_NAME]


def path_of(path: str) -> str:
    """Where a file was, in one line."""
    return _CONTROL.sub(" ", text_of(path))[:MOST_PATH]


def id_of(given: str) -> str:
    """An id: itself where it fits, otherwise its hash. The same id becomes the same one."""
    if 0 < len(given) <= MOST_NAME and not _CONTROL.search(given) and not _STRANGE.search(given):
        return given
    return hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


def conversation_of(found: Conversation) -> Conversation:
    """A conversation whose names fit."""
    people = (Participant(id_of(each.id), name_of(each.name)) for each in found.participants[:MOST_PARTICIPANTS])
    return Conversation(
        program=id_of(found.program),
        account=id_of(found.account) if found.account else "",
        conversation=id_of(found.conversation),
        title=name_of(found.title),
        participants=tuple(dict.fromkeys(people)),
    )


def entry_of(found: Entry) -> tuple[Entry, bytes, str | None]:
    """An entry that fits, without its files, and as JSON; and the whole text, where that had to be cut."""
    text = text_of(found.text)
    entry = Entry(
        id=id_of(found.id),
        kind=found.kind,
        ts=min(max(found.ts, 0), LAST_TS),
        sender=id_of(found.sender) if found.sender else "",
        sender_name=name_of(found.sender_name),
        text=text[:MOST_TEXT],
        html=text_of(found.html) if len(found.html) <= MOST_TEXT else "",
        target=id_of(found.target) if found.target else None,
        raw=text_of(found.raw)[:MOST_TEXT],
    )
    # What is only another form of the text goes first.
    for less in ({}, {"raw": ""}, {"raw": "", "html": ""}):
        shorter = msgspec.structs.replace(entry, **less) if less else entry
        encoded = msgspec.json.encode(shorter)
        if len(text) <= MOST_TEXT and len(encoded) <= MOST_LINE:
            return shorter, encoded, None
    cut = msgspec.structs.replace(entry, raw="", html="", text=text[: MOST_LINE // 8] + CUT)
    return cut, msgspec.json.encode(cut), text
