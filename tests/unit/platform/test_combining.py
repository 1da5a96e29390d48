"""Which statements of a batch go together, and what they are then."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.platform.database.combining import Group, Part, combined, parameters_of, steps_of, takes_arrays

APPEND = "INSERT INTO events (position, room_id) VALUES ($1, $2)"
TWICE = "INSERT INTO messages (id, position, body) VALUES ($1, $1, $2)"
ADVANCE = "UPDATE stream SET position = $2 WHERE slot = $1 AND position <= $2"
READS_EVENTS = "UPDATE rooms SET version = $1 WHERE id IN (SELECT room_id FROM events)"
UPSERT = "INSERT INTO receipts (id, ts) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET ts = $2"


def group(sql: str, *parameter_sets: tuple[Any, ...], rows: int | None = None) -> Group:
    return sql, parameter_sets or [()], rows


def shown(groups: list[Group]) -> list[list[str]]:
    """The SQL of each step."""
    return [[sql for sql, _, _ in step.groups] for step in steps_of(groups)]


def test_what_has_nothing_to_do_with_one_another_is_one_step() -> None:
    assert shown([group(APPEND), group(TWICE), group(ADVANCE)]) == [[APPEND, TWICE, ADVANCE]]


def test_what_reads_or_writes_the_same_table_comes_later() -> None:
    assert shown([group(APPEND), group(READS_EVENTS), group(ADVANCE)]) == [[APPEND, ADVANCE], [READS_EVENTS]]
    assert shown([group(READS_EVENTS), group(APPEND)]) == [[READS_EVENTS], [APPEND]]
    assert shown([group(UPSERT), group(UPSERT), group(ADVANCE)]) == [[UPSERT, ADVANCE], [UPSERT]]


@pytest.mark.parametrize("alone", ["CREATE TABLE x (y INT)", "nonsense", "SELECT 1"])
def test_what_is_not_known_keeps_its_place(alone: str) -> None:
    groups = [group(APPEND), group(alone), group(ADVANCE)]
    assert shown(groups) == [[APPEND], [alone], [ADVANCE]]
    assert [step.is_one for step in steps_of(groups)] == [True, False, True]


def test_many_of_what_takes_no_arrays_stand_alone() -> None:
    assert not takes_arrays(UPSERT)
    assert [step.is_one for step in steps_of([group(UPSERT, (1, 2), (3, 4))])] == [False]


def test_many_appends_are_arrays() -> None:
    groups = [group(TWICE, (1, "a"), (2, "b"), rows=2), group(ADVANCE, (0, 9), rows=1), group(UPSERT, (5, 6))]
    parts = (Part(TWICE, ("int8", "text"), True), Part(ADVANCE, None, True), Part(UPSERT, None, False))
    assert combined(parts) == (
        "WITH w0 AS (INSERT INTO messages (id, position, body) SELECT given.p1, given.p1, given.p2"
        " FROM unnest($1::int8[], $2::text[]) AS given (p1, p2) RETURNING 1),"
        " w1 AS (UPDATE stream SET position = $4 WHERE slot = $3 AND position <= $4 RETURNING 1),"
        " w2 AS (INSERT INTO receipts (id, ts) VALUES ($5, $6) ON CONFLICT (id) DO UPDATE SET ts = $6 RETURNING 1)"
        " SELECT 1 / (((SELECT count(*) FROM w0) = $7 AND (SELECT count(*) FROM w1) = $8)::int)"
    )
    assert parameters_of(parts, groups) == [[1, 2], ["a", "b"], 0, 9, 5, 6, 2, 1]


def test_without_counts_nothing_is_checked() -> None:
    assert combined((Part("DELETE FROM x", None, False),)) == "WITH w0 AS (DELETE FROM x RETURNING 1) SELECT 1"
