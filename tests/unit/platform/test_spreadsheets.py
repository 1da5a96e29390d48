"""Files for spreadsheet programs have no formulas in them."""

from __future__ import annotations

import pytest

from roomkeeper.platform.spreadsheets import safe_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("@desk:example.org", "@desk:example.org"),
        ("@SUM(1)*cmd|' /C calc'!A0:x", "'@SUM(1)*cmd|' /C calc'!A0:x"),
        ("=1+1", "'=1+1"),
        ("-1", "'-1"),
        ("\tx", "'\tx"),
        ("people.read", "people.read"),
        ("", ""),
        (None, ""),
        (-1, -1),
    ],
)
def test_what_is_no_formula_stays_as_it_is(value: object, cell: object) -> None:
    assert safe_cell(value) == cell
