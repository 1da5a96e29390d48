"""Where the commands print."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 250
"""Columns where the output is no terminal."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def table(*columns: str) -> Table:
    """A table without lines, whose long cells are folded, never cut."""
    made = Table(box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_page(lines: Table, page: Mapping[str, Any]) -> None:
    """A page of a list, and where the next one begins."""
    console.print(lines, markup=False)
    if "next_batch" in page:
        console.print(f"There are more: --from {page['next_batch']}", markup=False)


def time_of(ts: int | None) -> str:
    """Milliseconds since the epoch as people read them, in UTC; nothing where there is no time."""
    return "" if ts is None else datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
