"""Lists as CSV: ``sha256,pdq,label,source,note``, each row one hash at least."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import msgspec

from roomkeeper.capabilities.screening.detectors.known.models import KnownItem, KnownLabel, Line, NewItem, Pdq, Sha256
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.spreadsheets import safe_cell

COLUMNS = ("sha256", "pdq", "label", "source", "note")
MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 300_000
MOST_ERRORS = 100


class _Row(msgspec.Struct, frozen=True):
    label: KnownLabel
    sha256: Sha256 | None = None
    pdq: Pdq | None = None
    source: Line = ""
    note: Line = ""


class RowError(msgspec.Struct, frozen=True):
    """A row that was left out; `line` counts from 1, the header included."""

    line: int
    error: str


class Parsed(msgspec.Struct, frozen=True):
    """The items of a file, how many rows were left out, and why the first of them."""

    items: list[NewItem]
    left_out: int
    errors: list[RowError]


def parse(data: bytes, label: KnownLabel | None, source: str) -> Parsed:
    """The items of a file; `label` and `source` are for rows that have none. Raises `InvalidParameter`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidParameter("The file must be CSV in UTF-8.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names = _columns(reader)
    if not {"sha256", "pdq"} & set(names):
        raise InvalidParameter("The first line must name the columns: sha256, pdq, label, source, note.")
    reader.fieldnames = names
    items: dict[str, NewItem] = {}
    errors: list[RowError] = []
    left_out = 0
    try:
        for number, row in enumerate(reader):
            if number >= MOST_ROWS:
                raise InvalidParameter(f"A file can have {MOST_ROWS} rows at most: cut it in two.")
            try:
                item = _item(row, label, source)
                items[item.key] = item
            except InvalidParameter as error:
                left_out += 1
                if len(errors) < MOST_ERRORS:
                    errors.append(RowError(reader.line_num, str(error)))
    except csv.Error as error:
        raise InvalidParameter(f"Line {reader.line_num} is no CSV: {error}.") from None
    return Parsed(list(items.values()), left_out, errors)


def _columns(reader: csv.DictReader[str]) -> list[str]:
    try:
        return [name.strip().lower() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise InvalidParameter(f"The first line is no CSV: {error}.") from None


def _item(row: dict[str, str | None], label: KnownLabel | None, source: str) -> NewItem:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    given: dict[str, str] = {name: value for name, value in values.items() if value}
    for name in ("sha256", "pdq"):
        if name in given:
            given[name] = given[name].lower()
    given.setdefault("source", source)
    if label is not None:
        given.setdefault("label", label)
    try:
        checked = msgspec.convert(given, _Row)
    except msgspec.ValidationError as error:
        raise InvalidParameter(str(error)) from None
    if not checked.sha256 and not checked.pdq:
        raise InvalidParameter("The row has neither sha256 nor pdq.")
    return NewItem(**msgspec.structs.asdict(checked))


def lines(items: Iterable[KnownItem], *, header: bool = False) -> bytes:
    """Rows of an export."""
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(COLUMNS)
    writer.writerows(_cells(items))
    return text.getvalue().encode()


def _cells(items: Iterable[KnownItem]) -> Iterator[list[object]]:
    for item in items:
        yield [item.sha256 or "", item.pdq or "", item.label, safe_cell(item.source), safe_cell(item.note)]
