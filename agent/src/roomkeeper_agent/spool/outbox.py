"""What is to be uploaded: entries of one conversation at a time, as the lines that the server takes.

Which entries are in an upload is fixed before it begins, and so are its bytes, its SHA-256 and its id, which is made of
that: after a crash, the same upload goes on, and the server knows it again. Its entries leave the spool when the server
has said that they are in the record.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from roomkeeper_agent import fitting
from roomkeeper_agent.sources.base import Conversation, Entry
from roomkeeper_agent.spool.database import DUE, HELD, REFUSED, Database, add_to_meta
from roomkeeper_agent.spool.files import Files
from roomkeeper_agent.spool.intake import Intake, Reason

MOST_ENTRIES: Final = 1000
MOST_BYTES: Final = 2 * 1024 * 1024
"""Of one upload, so that little has to be held in memory, and little is sent again."""

FORGOTTEN_MS: Final = 90 * 24 * 3_600_000


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that has begun, or begins; its body is `Outbox.body`."""

    no: int
    conversation_no: int
    upload_id: str
    header: bytes
    size: int
    sha256: str


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """What comes into the next upload: entries of one conversation that are recorded for one reason."""

    conversation_no: int
    conversation: Conversation
    reason: Reason
    entry_nos: list[int]


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an entry: its copy's SHA-256, and where it is on the server, once it is there."""

    entry_no: int
    place: int
    path: str
    name: str
    type: str
    size: int | None
    sha256: str | None
    media_id: str | None
    url: str | None
    error: str | None


FILE_COLUMNS: Final = ", ".join(Attached.__struct_fields__)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the spool: entries by state, bytes, and since when the oldest is to be uploaded."""

    due: int
    held: int
    refused: int
    bytes: int
    oldest_ts: int | None
    acknowledged: int


class Outbox:
    """The side of the spool that the upload sees."""

    def __init__(self, database: Database, files: Files, intake: Intake) -> None:
        self._database = database
        self._files = files
        self._intake = intake

    # ------------------------------------------------------------ the next upload

    def begun(self) -> Upload | None:
        """The upload that has begun and is not done."""
        row = self._database.row(
            "SELECT no, conversation_no, upload_id, header, size, sha256 FROM uploads ORDER BY no LIMIT 1"
        )
        return None if row is None else msgspec.convert(dict(zip(Upload.__struct_fields__, row, strict=True)), Upload)

    def choose(self, most: int = MOST_ENTRIES) -> Chunk | None:
        """What to upload next: with the entry that waits longest. `None` where nothing waits."""
        first = self._database.row(
            "SELECT conversation_no, reason FROM entries WHERE state = ? AND upload_no IS NULL ORDER BY no LIMIT 1", DUE
        )
        if first is None:
            return None
        conversation_no, reason = first
        rows = self._database.rows(
            # The state is written out: the index for this is of these alone.
            f"SELECT no, size FROM entries WHERE state = {DUE} AND upload_no IS NULL"  # noqa: S608
            " AND conversation_no = ? AND reason = ? ORDER BY no LIMIT ?",
            *(conversation_no, reason, most),
        )
        chosen: list[int] = []
        size = 0
        for no, bytes_ in rows:
            size += bytes_
            if chosen and size > MOST_BYTES:
                break
            chosen.append(int(no))
        return Chunk(
            conversation_no=conversation_no,
            conversation=self.conversation(conversation_no),
            reason=reason,
            entry_nos=chosen,
        )

    def conversation(self, conversation_no: int) -> Conversation:
        """A conversation by its number."""
        row = self._database.row("SELECT conversation FROM conversations WHERE no = ?", conversation_no)
        assert row is not None, "entries have conversations"
        return msgspec.json.decode(row[0], type=Conversation)

    def fix(self, chunk: Chunk) -> Upload:
        """Make an upload of a chunk whose files are uploaded. Raises `NoSpace`."""
        header = msgspec.json.encode(
            {
                "format": "org.roomkeeper.record",
                "v": 1,
                "trigger": chunk.reason,
                **msgspec.to_builtins(chunk.conversation),
            }
        )
        body = b"".join(self._lines(header, chunk.entry_nos))
        sha256 = hashlib.sha256(body).hexdigest()
        with self._database.writing() as cursor:
            cursor.execute(
                "INSERT INTO uploads (conversation_no, upload_id, header, size, sha256) VALUES (?, ?, ?, ?, ?)",
                (chunk.conversation_no, f"spool-{sha256}", header, len(body), sha256),
            )
            no = int(cursor.lastrowid or 0)
            cursor.executemany(
                "UPDATE entries SET upload_no = ? WHERE no = ?", [(no, each) for each in chunk.entry_nos]
            )
        return Upload(
            no=no,
            conversation_no=chunk.conversation_no,
            upload_id=f"spool-{sha256}",
            header=header,
            size=len(body),
            sha256=sha256,
        )

    def body(self, upload: Upload) -> bytes:
        """The bytes of an upload: always the same ones."""
        return b"".join(self._lines(upload.header, self._entries_of(upload.no)))

    def _entries_of(self, upload_no: int) -> list[int]:
        return [
            no for (no,) in self._database.rows("SELECT no FROM entries WHERE upload_no = ? ORDER BY no", upload_no)
        ]

    def _lines(self, header: bytes, entry_nos: Sequence[int]) -> Iterator[bytes]:
        yield header + b"\n"
        for no in entry_nos:
            row = self._database.row("SELECT entry FROM entries WHERE no = ?", no)
            assert row is not None, "it is in an upload, and stays"
            entry = msgspec.json.decode(row[0], type=Entry)
            for line in lines_of(entry, self.files_of([no])):
                yield msgspec.json.encode(line) + b"\n"

    # ------------------------------------------------------------ files

    def files_of(self, entry_nos: Sequence[int]) -> list[Attached]:
        """The files of entries."""
        return [
            Attached(**dict(zip(Attached.__struct_fields__, row, strict=True)))
            for no in entry_nos
            for row in self._database.rows(f"SELECT {FILE_COLUMNS} FROM files WHERE entry_no = ? ORDER BY place", no)  # noqa: S608
        ]

    def files_due(self, entry_nos: Sequence[int]) -> list[Attached]:
        """Those that are to be uploaded first."""
        return [each for each in self.files_of(entry_nos) if each.sha256 and not each.url and not each.error]

    def url_of(self, sha256: str) -> str | None:
        """Where the same content was uploaded for an entry that is still in the spool."""
        row = self._database.row("SELECT url FROM files WHERE sha256 = ? AND url IS NOT NULL LIMIT 1", sha256)
        return None if row is None else str(row[0])

    def mark_file(
        self, file: Attached, *, media_id: str | None = None, url: str | None = None, error: str | None = None
    ) -> None:
        """Note what has become of a file. Raises `NoSpace`."""
        with self._database.writing() as cursor:
            cursor.execute(
                "UPDATE files SET media_id = ?, url = ?, error = ? WHERE entry_no = ? AND place = ?",
                (media_id, url, error, file.entry_no, file.place),
            )

    # ------------------------------------------------------------ what has become of it

    def finish(self, upload: Upload, record_id: str) -> int:
        """The server has it in the record: it leaves the spool. How many entries that were. Raises `NoSpace`."""
        with self._intake.copying:
            gone = self._entries_of(upload.no)
            freed, unused = self._freed(gone)
            with self._database.writing() as cursor:
                cursor.executemany("DELETE FROM files WHERE entry_no = ?", [(no,) for no in gone])
                cursor.execute("DELETE FROM entries WHERE upload_no = ?", (upload.no,))
                cursor.execute("DELETE FROM uploads WHERE no = ?", (upload.no,))
                cursor.execute(
                    "UPDATE conversations SET record_id = ?, uploaded = uploaded + ? WHERE no = ?",
                    (record_id, len(gone), upload.conversation_no),
                )
                add_to_meta(cursor, "bytes", -freed)
                add_to_meta(cursor, "acknowledged", len(gone))
            for sha256 in unused:
                self._files.remove(sha256)
            self._database.give_back()
        return len(gone)

    def _freed(self, gone: Sequence[int]) -> tuple[int, list[str]]:
        """The bytes that become free with entries, and the copies that nothing else needs."""
        freed = sum(self._database.number("SELECT size FROM entries WHERE no = ?", no) for no in gone)
        leaving = set(gone)
        unused = []
        for sha256, size in {file.sha256: file.size for file in self.files_of(gone) if file.sha256}.items():
            users = self._database.rows("SELECT entry_no FROM files WHERE sha256 = ?", sha256)
            if all(no in leaving for (no,) in users):
                unused.append(sha256)
                freed += size or 0
        return freed, unused

    def split(self, upload: Upload, why: str) -> int:
        """The server does not take it: let its entries be tried in smaller uploads; a single one is refused for good.

        One with files is tried once more, with its files: a server that waited long may have removed those.
        How many entries the next upload may have. Raises `NoSpace`.
        """
        entries = self._entries_of(upload.no)
        with self._database.writing() as cursor:
            if len(entries) == 1:
                self._refuse(cursor, entries[0], why)
            cursor.execute("UPDATE entries SET upload_no = NULL WHERE upload_no = ?", (upload.no,))
            cursor.execute("DELETE FROM uploads WHERE no = ?", (upload.no,))
        return MOST_ENTRIES if len(entries) <= 1 else max(1, len(entries) // 2)

    def _refuse(self, cursor: sqlite3.Cursor, entry_no: int, why: str) -> None:
        (error,) = cursor.execute("SELECT error FROM entries WHERE no = ?", (entry_no,)).fetchone()
        if error is None:
            cursor.execute(
                "UPDATE files SET url = NULL, media_id = NULL WHERE url IS NOT NULL AND entry_no = ?", (entry_no,)
            )
            again = cursor.rowcount > 0
        else:
            again = False
        state = DUE if again else REFUSED
        cursor.execute("UPDATE entries SET state = ?, error = ? WHERE no = ?", (state, why, entry_no))

    def retry(self) -> int:
        """Let everything be tried again that the server did not take; how many entries that are. Raises `NoSpace`."""
        with self._database.writing() as cursor:
            cursor.execute("UPDATE entries SET state = ?, error = NULL WHERE state = ?", (DUE, REFUSED))
            refused = cursor.rowcount
            cursor.execute("UPDATE files SET error = NULL WHERE error IS NOT NULL AND sha256 IS NOT NULL")
        return refused

    # ------------------------------------------------------------ records on request

    def release(self, conversation_no: int, reason: Reason, since: int, until: int) -> int:
        """Record a conversation: what was said in it since then, and what is said until then (both in ms).

        How many entries of it were held. Raises `NoSpace`.
        """
        with self._database.writing() as cursor:
            cursor.execute(
                "UPDATE entries SET state = ?, reason = ? WHERE conversation_no = ? AND state = ? AND ts >= ?",
                (DUE, reason, conversation_no, HELD, since),
            )
            released = cursor.rowcount
            cursor.execute(
                "UPDATE conversations SET open_trigger = ?, open_until = ? WHERE no = ?",
                (reason, until, conversation_no),
            )
        return released

    def let_go(self, before: int) -> int:
        """Forget what was held for a record that nobody asked for, found before then; how many entries."""
        with self._intake.copying:
            old = self._database.rows(
                "SELECT no FROM entries WHERE state = ? AND upload_no IS NULL AND found_ts < ? ORDER BY no LIMIT 5000",
                *(HELD, before),
            )
            gone = [no for (no,) in old]
            if not gone:
                return 0
            freed, unused = self._freed(gone)
            with self._database.writing() as cursor:
                cursor.executemany("DELETE FROM files WHERE entry_no = ?", old)
                cursor.executemany("DELETE FROM entries WHERE no = ?", old)
                add_to_meta(cursor, "bytes", -freed)
            for sha256 in unused:
                self._files.remove(sha256)
        return len(gone)

    def forget_conversations(self, now: int) -> None:
        """Forget conversations in which nothing was said for long, and of which nothing is here. Raises `NoSpace`."""
        with self._database.writing() as cursor:
            cursor.execute(
                "DELETE FROM conversations WHERE last_ts < ? AND coalesce(open_until, 0) < ?"
                " AND NOT EXISTS (SELECT 1 FROM entries WHERE conversation_no = conversations.no)",
                (now - FORGOTTEN_MS, now),
            )

    # ------------------------------------------------------------ what there is

    def waiting(self) -> Waiting:
        """How much is in the spool."""
        states = dict(self._database.rows("SELECT state, count(*) FROM entries GROUP BY state"))
        oldest = self._database.row("SELECT min(found_ts) FROM entries WHERE state = ?", DUE)
        return Waiting(
            due=states.get(DUE, 0),
            held=states.get(HELD, 0),
            refused=states.get(REFUSED, 0),
            bytes=self._intake.bytes,
            oldest_ts=oldest[0] if oldest else None,
            acknowledged=int(self._database.meta("acknowledged") or 0),
        )

    def conversations(self, limit: int = 100, program: str | None = None) -> list[dict[str, Any]]:
        """Conversations, that first in which something was said last."""
        rows = self._database.rows(
            "SELECT no, conversation, last_ts, record_id, uploaded,"
            " (SELECT count(*) FROM entries WHERE conversation_no = conversations.no)"
            " FROM conversations WHERE program = coalesce(?, program) ORDER BY last_ts DESC LIMIT ?",
            *(program, limit),
        )
        names = ("no", "conversation", "last_ts", "record_id", "uploaded", "waiting")
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [{**each, "conversation": msgspec.json.decode(each["conversation"])} for each in found]

    def refused(self, limit: int = 100) -> list[dict[str, Any]]:
        """Entries and files that the server does not take, and why."""
        rows = self._database.rows(
            "SELECT c.conversation, e.id, e.ts, e.error FROM entries e JOIN conversations c ON c.no = e.conversation_no"
            " WHERE e.state = ? ORDER BY e.no LIMIT ?",
            *(REFUSED, limit),
        )
        found = [dict(zip(("conversation", "id", "ts", "error"), row, strict=True)) for row in rows]
        return [{**each, "conversation": msgspec.json.decode(each["conversation"])} for each in found]

    def problems(self, limit: int = 100) -> list[dict[str, Any]]:
        """What could not be read, the newest first."""
        rows = self._database.rows(
            "SELECT source_id, place, why, raw, ts, times FROM problems ORDER BY ts DESC, no DESC LIMIT ?", limit
        )
        return [dict(zip(("source", "where", "why", "raw", "ts", "times"), row, strict=True)) for row in rows]


def lines_of(entry: Entry, files: Sequence[Attached]) -> list[dict[str, Any]]:
    """The lines of an entry: itself, and a note for each file that is not there, or more than it may have."""
    there = [_attachment(file) for file in files if file.url]
    line: dict[str, Any] = {**msgspec.to_builtins(entry)}
    if there:
        line["attachments"] = there[: fitting.MOST_FILES]
    lines = [line]
    rest = there[fitting.MOST_FILES :]
    for start in range(0, len(rest), fitting.MOST_FILES):
        more = {"attachments": rest[start : start + fitting.MOST_FILES], "text": "Further files."}
        lines.append({**_note(entry, f"files/{start}"), **more})
    for file in files:
        if not file.url:
            why = file.error or "It is not there."
            lines.append({**_note(entry, f"file/{file.place}"), "text": f"The file {file.name} ({file.path}): {why}"})
    return lines


def _note(entry: Entry, what: str) -> dict[str, Any]:
    return {"id": fitting.id_of(f"{entry.id}/{what}"), "kind": "note", "ts": entry.ts, "target": entry.id}


def _attachment(file: Attached) -> dict[str, Any]:
    said = {"url": file.url, "name": file.name, "type": file.type, "size": file.size, "path": file.path}
    return {name: value for name, value in said.items() if value not in (None, "")}
