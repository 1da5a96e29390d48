"""Imports: how a file is to be read, what it would do, and what it did."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.models import Kind, Person
from roomkeeper.core.organisation.people import Draft

Field = Literal[
    "user_name",
    "localpart",
    "display_name",
    "given_name",
    "family_name",
    "email",
    "title",
    "language",
    "skills",
    "session_limit",
    "external_id",
    "departments",
    "state",
    "kind",
    "",
]
"""What a column can be; empty: nothing that is taken."""
Encoding = Literal["utf-8", "utf-16", "windows-1252"]
Delimiter = Literal[",", ";", "\t", "|"]
Header = Annotated[str, Meta(max_length=200)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read; what is not said is guessed.

    `mapping` says by the names of columns what each is. `kind` is that of people of whom no column says it.
    """

    mapping: Annotated[dict[Header, Field], Meta(max_length=200)] = {}
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    create_departments: Annotated[bool, Meta(description="Make departments that are not there.")] = False
    kind: Kind = "staff"


class Dialect(msgspec.Struct, frozen=True):
    """How a file is read, with the names of its columns and what each is."""

    encoding: Encoding
    delimiter: Delimiter
    columns: tuple[str, ...]
    fields: tuple[Field, ...]


class Row(msgspec.Struct, frozen=True):
    """A row: the line where it ends, and its values by what they are."""

    line: int
    values: dict[str, str]


class Counts(msgspec.Struct, frozen=True):
    """What became, or would become, of the rows."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(
            self.created + other.created,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.failed + other.failed,
        )

    @property
    def total(self) -> int:
        """All rows."""
        return self.created + self.changed + self.unchanged + self.failed


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with a row, and what to do."""

    line: int
    name: str
    error: str


class Candidate(msgspec.Struct, frozen=True):
    """A row, understood; `departments` are paths such as ``Sales/North``, `None` where no column has them."""

    line: int
    name: str
    user_name: str | None
    localpart: str | None
    draft: Draft
    departments: tuple[str, ...] | None


class Plan(msgspec.Struct):
    """What some rows do. Of changes: the person before, and after."""

    created: list[Person] = []
    changed: list[tuple[Person, Person]] = []
    unchanged: int = 0
    errors: list[RowError] = []
    new_departments: list[str] = []

    @property
    def counts(self) -> Counts:
        """The same in numbers."""
        return Counts(len(self.created), len(self.changed), self.unchanged, len(self.errors))


class ImportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded; `job_id` is that of the job that takes it. `created_ts` in milliseconds."""

    import_id: str
    sha256: str
    size: int
    created_ts: int
    created_by: str
    job_id: str | None = None
    counts: Counts = Counts()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do; nothing was changed. `rows` are the first ones, `errors` too."""

    encoding: Encoding
    delimiter: Delimiter
    columns: list[str]
    mapping: dict[str, Field]
    rows: list[dict[str, str]]
    counts: Counts
    errors: list[RowError]
    new_departments: list[str]
