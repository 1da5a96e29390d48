"""What goes into files that people open with a spreadsheet program."""

from __future__ import annotations

import re

USER_ID = re.compile(r"@[a-z0-9._=/+-]*:[A-Za-z0-9.:\[\]-]+\Z")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula; empty for `None`. A user id is none, and stays as it is."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA) and not USER_ID.match(value):
        return f"'{value}"
    return value
