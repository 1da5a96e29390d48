"""JSON Lines, which `roomkeeper-verify` checks; and CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.records.formats.volumes import Volume, append, time_of, told, who
from roomkeeper.capabilities.records.models import ERASED, REDACTED, Entry

ENTRIES: Final = "entries.jsonl"
TABLE: Final = "entries.csv"
COLUMNS: Final = ("record", "entry", "time (UTC)", "kind", "from", "text", "files", "state", "about", "id", "hash")


class JsonLines:
    """Entries as they are chained: see docs/records.md."""

    entries = 1_000
    with_redacted = False
    shows = False

    def write(self, volume: Volume, folder: Path, sizes: dict[str, int]) -> dict[str, int]:
        """See `Writer.write`."""
        lines: list[bytes] = []
        prev = volume.record.prev if volume.entries[0].seq == volume.record.first else ""
        for entry in volume.entries:
            # Of the first entry of a later volume, the hash before it stands at the end of the file.
            prev = prev or _last_hash(folder / ENTRIES, sizes.get(ENTRIES, 0))
            lines.append(msgspec.json.encode(_line(entry, prev, with_redacted=self.with_redacted)))
            prev = entry.hash.hex()
        append(folder, ENTRIES, b"\n".join(lines) + b"\n", sizes)
        return {}


def _line(entry: Entry, prev: str, *, with_redacted: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "record": entry.record_id,
        "seq": entry.seq,
        "kind": entry.kind,
        "ts": entry.ts,
        "prev": prev,
        "digest": entry.digest.hex(),
        "hash": entry.hash.hex(),
    }
    if entry.state == ERASED or entry.content is None or entry.salt is None:
        return {**line, "state": "erased"}
    if entry.state == REDACTED and not with_redacted:
        return {**line, "state": "withheld"}
    state = "redacted" if entry.state == REDACTED else "whole"
    return {**line, "state": state, "salt": entry.salt.hex(), "content": entry.content.decode()}


def _last_hash(path: Path, size: int) -> str:
    """The hash in the last line of a file of that size."""
    with path.open("rb") as file:
        step = 4096
        while True:
            start = max(size - step, 0)
            file.seek(start)
            lines = file.read(size - start).rstrip(b"\n").split(b"\n")
            if len(lines) > 1 or start == 0:
                return str(msgspec.json.decode(lines[-1])["hash"])
            step *= 4


class Table:
    """A row for each entry."""

    entries = 1_000
    with_redacted = False
    shows = True

    def write(self, volume: Volume, folder: Path, sizes: dict[str, int]) -> dict[str, int]:
        """See `Writer.write`."""
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        if not sizes.get(TABLE):
            text.write("\ufeff")
            rows.writerow(COLUMNS)
        for shown in volume.shown:
            files = " ".join(file.name or file.url for file in shown.attachments)
            row = (
                volume.record.record,
                shown.seq,
                time_of(shown.ts),
                shown.kind,
                who(shown),
                told(shown),
                files,
                shown.state,
                shown.target or "",
                shown.id or "",
                shown.hash,
            )
            rows.writerow([safe_cell(cell) for cell in row])
        append(folder, TABLE, text.getvalue().encode(), sizes)
        return {}


def safe_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
