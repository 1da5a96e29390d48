"""What commands have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from roomkeeper_agent import control
from roomkeeper_agent.paths import Paths

Answer = TypeVar("Answer")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def fail(why: str) -> NoReturn:
    """Say why it does not work, and end."""
    err.print(escape(why), style="red", soft_wrap=True)
    raise typer.Exit(1)


def done(coroutine: Coroutine[Any, Any, Answer]) -> Answer:
    """Run something to its end."""
    return asyncio.run(coroutine)


def ask(do: str, **more: Any) -> dict[str, Any]:
    """Ask the agent that runs; where that does not work, say why and end."""
    try:
        return done(control.ask(Paths.of_user().socket, do, **more))
    except (control.NotRunning, control.CannotDo) as error:
        fail(str(error))


def tell(do: str) -> bool:
    """Tell the agent something, if it runs; whether it does."""
    try:
        done(control.ask(Paths.of_user().socket, do))
    except control.NotRunning:
        return False
    except control.CannotDo as error:
        fail(str(error))
    return True


def table(*columns: str) -> Table:
    """An empty table."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def say(text: str, style: str | None = None) -> None:
    """A line in which nothing is markup."""
    out.print(escape(text), style=style, soft_wrap=True)


def when(ts: int | None) -> str:
    """A time, of milliseconds since the epoch."""
    return "" if ts is None else datetime.fromtimestamp(ts / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def short(path: str) -> str:
    """A path, as people read it."""
    home = str(Path.home())
    return f"~{path.removeprefix(home)}" if path == home or path.startswith(f"{home}/") else path


def size(number: int) -> str:
    """Bytes, as people read them."""
    value = float(max(0, number))
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
