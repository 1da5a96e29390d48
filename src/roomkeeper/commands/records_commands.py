"""The commands of `roomkeeper records`; what they do is in `records.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The settings file (TOML).", envvar="ROOMKEEPER_CONFIG")
]
Why = Annotated[str, typer.Option(help="Why: it stands in the audit log.")]
Start = Annotated[str, typer.Option("--from", help="Where the last page ended.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="The most lines to print.")]
Person = Annotated[str | None, typer.Option(help="Those in which this user takes part.")]
Department = Annotated[str | None, typer.Option(help="Those of a department and those under it.")]

records = typer.Typer(help="Records of sessions: list, export, hold, erase.", no_args_is_help=True)


def _do(config: Path | None, name: str, *arguments: Any) -> None:
    from roomkeeper.commands import records as done
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        getattr(done, name)(ask, *arguments)


@records.command("list")
def records_list(
    config: Config = None,
    person: Person = None,
    department: Department = None,
    program: Annotated[str | None, typer.Option(help="Those of a program; this server's are of roomkeeper.")] = None,
    start: Start = "",
    limit: Limit = 100,
) -> None:
    """List records, that first in which something was said last."""
    _do(config, "list_records", {"person": person, "department": department, "program": program}, start, limit)


@records.command("export")
def records_export(
    output: Annotated[Path, typer.Argument(help="The zip file to be made.")],
    reason: Why,
    config: Config = None,
    form: Annotated[str, typer.Option("--format", help="jsonl, csv, html, pdf or eml.")] = "jsonl",
    record: Annotated[list[str] | None, typer.Option(help="A record's id; may be repeated.")] = None,
    person: Person = None,
    department: Department = None,
    redacted: Annotated[bool, typer.Option("--redacted", help="With what was redacted.")] = False,
    media: Annotated[bool, typer.Option(help="With the files.")] = True,
) -> None:
    """Export records into a zip file, which `roomkeeper-verify` checks."""
    body = {
        "format": form,
        "record_ids": record or [],
        "person": person,
        "department": department,
        "redacted": redacted,
        "media": media,
        "reason": reason,
    }
    _do(config, "export", config, body, output)


@records.command("hold")
def records_hold(
    what: Annotated[str, typer.Argument(help="record, person or department.")],
    who: Annotated[str, typer.Argument(help="The id of it.")],
    reason: Why,
    config: Config = None,
) -> None:
    """Lay a legal hold: nothing of it is removed until it is released."""
    _do(config, "hold", what, who, reason)


@records.command("holds")
def records_holds(config: Config = None, start: Start = "", limit: Limit = 100) -> None:
    """List legal holds, the newest first."""
    _do(config, "list_holds", start, limit)


@records.command("release")
def records_release(
    hold: Annotated[str, typer.Argument(help="The id of a hold.")], reason: Why, config: Config = None
) -> None:
    """Release a legal hold."""
    _do(config, "release", hold, reason)


@records.command("erase")
def records_erase(
    reason: Why,
    config: Config = None,
    person: Annotated[str | None, typer.Option(help="Whose words are to be erased.")] = None,
    record: Annotated[str | None, typer.Option(help="The record in which; without a person all of it.")] = None,
) -> None:
    """Erase contents for good. The chain stays, and verifies as erased."""
    _do(config, "erase", person, record, reason)


@records.command("checkpoint")
def records_checkpoint(config: Config = None) -> None:
    """Sign what was recorded since the last checkpoint, and deliver it; show the public key."""
    _do(config, "checkpoint")
