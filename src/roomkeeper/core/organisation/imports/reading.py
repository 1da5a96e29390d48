"""Reading CSV as people's programs write it: encodings, delimiters, headers. All of it blocks; for a thread."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from roomkeeper.core.organisation.imports.models import Delimiter, Dialect, Encoding, Field, Options, Row
from roomkeeper.platform.errors import InvalidParameter

SAMPLE = 64 * 1024
MOST_COLUMNS = 200
LONGEST_HEADER = 200
CODECS: Mapping[Encoding, str] = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "windows-1252": "cp1252"}
DELIMITERS: tuple[Delimiter, ...] = get_args(Delimiter)
NAMES: Mapping[Field, tuple[str, ...]] = {
    "user_name": ("username", "login", "loginname", "user", "account", "upn", "userprincipalname", "benutzername"),
    "localpart": ("localpart", "matrixname", "matrixid", "userid"),
    "display_name": ("displayname", "name", "fullname", "anzeigename"),
    "given_name": ("givenname", "firstname", "forename", "vorname"),
    "family_name": ("familyname", "lastname", "surname", "nachname"),
    "email": ("email", "mail", "emailaddress", "primaryemail"),
    "title": ("title", "jobtitle", "position", "role"),
    "language": ("language", "preferredlanguage", "locale", "lang", "sprache"),
    "skills": ("skills", "skill", "tags"),
    "session_limit": ("sessionlimit", "limit", "maxsessions"),
    "external_id": ("externalid", "employeeid", "employeenumber", "personnelnumber", "id"),
    "departments": ("departments", "department", "orgunit", "ou", "team", "group", "groups", "abteilung"),
    "state": ("state", "status", "active", "enabled"),
    "kind": ("kind", "type", "usertype"),
}
"""How columns are called that are recognised, in small letters and without what is no letter or digit."""


def dialect_of(path: Path, options: Options) -> Dialect:
    """How a file is to be read. Raises `InvalidParameter`."""
    encoding = options.encoding or _encoding_of(path)
    try:
        with path.open(encoding=CODECS[encoding], newline="", errors=_errors(encoding)) as file:
            sample = file.read(SAMPLE)
    except UnicodeError:
        raise InvalidParameter(f"The file is not in {encoding}: say another encoding.") from None
    delimiter = options.delimiter or _delimiter_of(sample)
    try:
        columns = next(csv.reader(sample.splitlines(keepends=True), delimiter=delimiter), [])
    except csv.Error as error:
        raise InvalidParameter(f"The first line of the file cannot be read: {error}.") from None
    names = tuple(column.strip().replace("\0", "")[:LONGEST_HEADER] for column in columns)
    if not any(names) or len(names) > MOST_COLUMNS:
        raise InvalidParameter(f"The first line must name the columns, {MOST_COLUMNS} at most.")
    fields = tuple(_fields(names, options.mapping))
    if "user_name" not in fields and "localpart" not in fields:
        raise InvalidParameter(
            "No column is known to be the user name: say with `mapping` which one is user_name or localpart."
            f" There are: {', '.join(names)}."
        )
    return Dialect(encoding, delimiter, names, fields)


def _encoding_of(path: Path) -> Encoding:
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _errors(encoding: Encoding) -> str:
    """Windows-1252 has five bytes that mean nothing; that is no reason to refuse a file."""
    return "replace" if encoding == "windows-1252" else "strict"


def _delimiter_of(sample: str) -> Delimiter:
    """The one that is in the first line most often, outside quotes."""
    first = re.sub(r'"[^"]*"', "", sample.lstrip("\r\n").splitlines()[0] if sample.strip() else "")
    return max(DELIMITERS, key=lambda delimiter: (first.count(delimiter), -DELIMITERS.index(delimiter)))


def _fields(names: tuple[str, ...], mapping: Mapping[str, Field]) -> Iterator[Field]:
    """What each column is: what is said, else what its name says; no field twice."""
    unknown = sorted(set(mapping) - set(names))
    if unknown:
        raise InvalidParameter(f"The file has no column {unknown[0]!r}: {', '.join(names)}.")
    said = [field for field in mapping.values() if field]
    if len(said) != len(set(said)):
        raise InvalidParameter("Two columns cannot be the same.")
    taken: set[Field] = set(said)
    for name in names:
        field = mapping[name] if name in mapping else _guess(name, taken)
        if field:
            taken.add(field)
        yield field


def _guess(name: str, taken: set[Field]) -> Field:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return next((field for field, names in NAMES.items() if plain in names and field not in taken), "")


class Unreadable(Exception):
    """The file cannot be read on; `line` is where."""

    def __init__(self, line: int, error: str) -> None:
        super().__init__(error)
        self.line = line


def rows_of(path: Path, dialect: Dialect) -> Iterator[Row]:
    """The rows of a file, without the empty ones. Raises `Unreadable`."""
    encoding = CODECS[dialect.encoding]
    with path.open(encoding=encoding, newline="", errors=_errors(dialect.encoding)) as file:
        reader = csv.reader(file, delimiter=dialect.delimiter)
        try:
            next(reader, None)
            for values in reader:
                if any(value.strip() for value in values):
                    pairs = zip(dialect.fields, values, strict=False)
                    yield Row(reader.line_num, {field: value.strip() for field, value in pairs if field})
        except (csv.Error, UnicodeError) as error:
            raise Unreadable(reader.line_num + 1, f"The file cannot be read from here on: {error}.") from None
