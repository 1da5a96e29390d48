"""Statements of one batch that have nothing to do with one another, as a single statement for PostgreSQL.

Each becomes a data-modifying WITH part; equal appends become one INSERT from arrays. Parts of one statement see the
database as it was before it, so two go together only where neither names the table that the other writes. What must
come later forms the next step. The row counts are checked by the statement itself, which fails where one is wrong.
(docs/adr/0006)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
PLAIN_INSERT = re.compile(r"INSERT INTO (\w+) \(([\w, ]+)\) VALUES \(([^()]*)\)( ON CONFLICT DO NOTHING)?")
PARAMETER = re.compile(r"\$(\d+)")

Group = tuple[str, Sequence[Sequence[Any]], int | None]
"""SQL, parameter sets, rows expected in total."""


class Shape(NamedTuple):
    """What a statement writes (`None`: it stands alone), all words in it, and how many parameters it has."""

    table: str | None
    words: frozenset[str]
    parameters: int


class Part(NamedTuple):
    """One part of a combined statement. `types` are those of the columns where it takes arrays, else `None`."""

    sql: str
    types: tuple[str, ...] | None
    is_counted: bool


class Step(NamedTuple):
    """What runs in one round trip; `is_one` where it is a single statement that needs no transaction around it."""

    groups: list[Group]
    is_one: bool


@lru_cache(maxsize=4096)
def shape_of(sql: str) -> Shape:
    """Look at a statement."""
    match = WRITES.match(sql)
    numbers = [int(number) for number in PARAMETER.findall(sql)]
    return Shape(match[1] if match else None, frozenset(re.findall(r"\w+", sql)), max(numbers, default=0))


@lru_cache(maxsize=4096)
def takes_arrays(sql: str) -> bool:
    """Whether many parameter sets of the statement can be one statement from arrays."""
    return PLAIN_INSERT.fullmatch(sql) is not None


def steps_of(groups: Sequence[Group]) -> list[Step]:
    """The groups in as few steps as their tables allow; what conflicts keeps its order."""
    steps: list[Step] = []
    shapes: list[list[Shape]] = []
    for group in groups:
        sql, parameter_sets, _ = group
        shape = shape_of(sql)
        if shape.table is None or (len(parameter_sets) > 1 and not takes_arrays(sql)):
            steps.append(Step([group], is_one=False))
            shapes.append([Shape(None, frozenset(), 0)])
            continue
        at = len(steps)
        while at > 0 and not any(_conflict(shape, other) for other in shapes[at - 1]):
            at -= 1
        if at == len(steps):
            steps.append(Step([], is_one=True))
            shapes.append([])
        steps[at].groups.append(group)
        shapes[at].append(shape)
    return steps


def _conflict(one: Shape, other: Shape) -> bool:
    return one.table is None or other.table is None or one.table in other.words or other.table in one.words


@lru_cache(maxsize=1024)
def combined(parts: tuple[Part, ...]) -> str:
    """The statement that the parts are together. Its parameters are those of the parts, then the counts expected."""
    made: list[str] = []
    used = 0
    for number, part in enumerate(parts):
        sql = _renumbered(part.sql, used) if part.types is None else _from_arrays(part.sql, part.types, used)
        made.append(f"w{number} AS ({sql} RETURNING 1)")
        used += shape_of(part.sql).parameters
    counted = [number for number, part in enumerate(parts) if part.is_counted]
    checks = [f"(SELECT count(*) FROM w{number}) = ${used + at}" for at, number in enumerate(counted, 1)]  # noqa: S608
    # A division by zero where a count is wrong: the statement fails, and with it everything that it wrote.
    check = f"1 / (({' AND '.join(checks)})::int)" if checks else "1"
    return f"WITH {', '.join(made)} SELECT {check}"


def parameters_of(parts: Sequence[Part], groups: Sequence[Group]) -> list[Any]:
    """The parameters of `combined(parts)`."""
    values: list[Any] = []
    for part, (_, parameter_sets, _) in zip(parts, groups, strict=True):
        if part.types is None:
            values += parameter_sets[0]
        else:
            values += [list(column) for column in zip(*parameter_sets, strict=True)]
    values += [rows for _, _, rows in groups if rows is not None]
    return values


def _renumbered(sql: str, offset: int) -> str:
    return PARAMETER.sub(lambda match: f"${int(match[1]) + offset}", sql)


def _from_arrays(sql: str, types: Sequence[str], offset: int) -> str:
    """An INSERT of one row as one of many, from an array for each parameter."""
    match = PLAIN_INSERT.fullmatch(sql)
    assert match is not None, "takes_arrays was asked before"
    table, columns, values, rest = match.groups()
    arrays = ", ".join(f"${offset + number}::{kind}[]" for number, kind in enumerate(types, start=1))
    names = ", ".join(f"p{number}" for number in range(1, len(types) + 1))
    selected = PARAMETER.sub(r"given.p\1", values)
    source = f"unnest({arrays}) AS given ({names})"
    return f"INSERT INTO {table} ({columns}) SELECT {selected} FROM {source}{rest or ''}"  # noqa: S608
