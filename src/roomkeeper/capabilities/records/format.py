"""The format in which records of other programs come: JSON Lines, a header and then entries.

docs/reference/record-upload.schema.json describes it for programs, docs/records.md for people.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

FORMAT: Final = "org.roomkeeper.record"
MAX_INTEGER: Final = 2**53 - 1
MOST_TEXT: Final = 200_000
MAX_LINE: Final = 1024 * 1024
"""Bytes of one line."""

Name = Annotated[str, Meta(max_length=300, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Given = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Text = Annotated[str, Meta(max_length=MOST_TEXT)]
Time = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="Milliseconds since the epoch.")]


class Participant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody in the conversation, as the program knows them."""

    id: Given
    name: Name = ""


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line: of which conversation these entries are.

    A conversation is known by `program`, `account` and `conversation` together, for who uploads it: what is uploaded of
    it later goes on in the same record. `trigger` says why it was recorded: because somebody asked, since a picture of
    the screen was taken, or by a rule.
    """

    format: Literal["org.roomkeeper.record"]
    v: Literal[1] = 1
    program: Given
    account: Name = ""
    conversation: Given
    title: Name = ""
    participants: Annotated[tuple[Participant, ...], Meta(max_length=1000)] = ()
    trigger: Literal["manual", "screenshot", "rule", "import"] = "manual"


class UploadedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that was uploaded to this server before, as media; `path` is where it was on the terminal."""

    url: Annotated[str, Meta(pattern=r"\Amxc://[^/\x00-\x1f]{1,255}/[A-Za-z0-9_-]{1,255}\Z")]
    name: Name = ""
    type: Name = ""
    size: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | None = None
    path: Annotated[str, Meta(max_length=4096, pattern=r"\A[^\x00-\x1f\x7f]*\Z")] = ""


class UploadedEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Any further line: something that happened.

    `id` is the program's own, or made of what the entry says: what has the id of an entry that is there is that entry,
    and is not recorded twice. `target` is the id of the entry that an edit, redaction, reaction or read is about; `raw`
    what the program wrote, where it says more than the rest.
    """

    id: Given
    kind: Literal[
        "message", "edit", "redaction", "reaction", "join", "leave", "read", "call", "screenshot", "note", "other"
    ] = "message"
    ts: Time
    sender: Name = ""
    sender_name: Name = ""
    text: Text = ""
    html: Text = ""
    target: Given | None = None
    attachments: Annotated[tuple[UploadedFile, ...], Meta(max_length=100)] = ()
    raw: Text = ""


def schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    (header, entry), parts = msgspec.json.schema_components([Header, UploadedEntry], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of an uploaded record",
        "description": "The first line is a header, every other one an entry.",
        "oneOf": [header, entry],
        "$defs": parts,
    }
