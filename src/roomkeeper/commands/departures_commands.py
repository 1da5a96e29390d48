"""The commands of `roomkeeper departures`; what they do is in `departures.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The settings file (TOML).", envvar="ROOMKEEPER_CONFIG")
]
Departure = Annotated[str, typer.Argument(help="The id of a departure.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
Start = Annotated[str, typer.Option("--from", help="Where the last page ended.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="The most lines to print.")]

departures = typer.Typer(help="Employees who leave: their customers are handed over.", no_args_is_help=True)


def _do(config: Path | None, name: str, *arguments: Any, **options: Any) -> None:
    from roomkeeper.commands import departures as done
    from roomkeeper.commands.operator import operator_api

    with operator_api(config) as ask:
        getattr(done, name)(ask, *arguments, **options)


@departures.command("list")
def departures_list(
    config: Config = None,
    user: Annotated[str | None, typer.Option(help="Those of one person.")] = None,
    start: Start = "",
    limit: Limit = 100,
) -> None:
    """List departures, the newest first."""
    _do(config, "list_departures", user, start, limit)


@departures.command("record")
def departures_record(
    user: Annotated[str, typer.Argument(help="The user id of whoever leaves.")],
    config: Config = None,
    to: Annotated[str | None, typer.Option(help="The user id of the one who takes over.")] = None,
    department: Annotated[str | None, typer.Option(help="The id of the department that takes over.")] = None,
    plan: Annotated[Path | None, typer.Option(help="A plan, as a JSON file.")] = None,
    at: Annotated[str | None, typer.Option(help="When, such as 2027-01-31T18:00; without it: now.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Customers that one successor gets at most.")] = None,
    take_over_after_hours: Annotated[
        float | None, typer.Option(min=0, help="Hours after which an unanswered offer is taken over.")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Do not ask: the sessions go on where they are.")
    ] = False,
    transfer: Annotated[bool, typer.Option("--transfer", help="The customers move, the employee stays.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Say what would happen; change nothing.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until all customers are asked.")] = True,
    reason: Reason = "",
) -> None:
    """Record that somebody leaves, now or at a date, and who takes over their customers."""
    from roomkeeper.commands.departures import plan_of, timestamp

    hours = take_over_after_hours
    more = {
        "limit": limit,
        "take_over_after_ms": None if hours is None else int(hours * 3_600_000),
        "mode": "in_place" if in_place else None,
    }
    body = {
        "user_id": user,
        "kind": "transfer" if transfer else "departure",
        "effective_ts": timestamp(at),
        "plan": plan_of(plan, to, department, more),
        "reason": reason,
    }
    _do(config, "record", body, preview=preview, wait=wait)


@departures.command("show")
def departures_show(departure: Departure, config: Config = None) -> None:
    """Print how far a departure is: how many customers have which status."""
    _do(config, "show", departure)


@departures.command("begin")
def departures_begin(departure: Departure, config: Config = None, reason: Reason = "") -> None:
    """Let a planned departure take effect now."""
    _do(config, "change", departure, "begin", reason)


@departures.command("cancel")
def departures_cancel(departure: Departure, config: Config = None, reason: Reason = "") -> None:
    """Forget about a departure that has not begun."""
    _do(config, "change", departure, "cancel", reason)


@departures.command("undo")
def departures_undo(departure: Departure, config: Config = None, reason: Reason = "") -> None:
    """Take a departure back: the person is there again, with the customers who have not accepted."""
    _do(config, "change", departure, "undo", reason)


@departures.command("retry")
def departures_retry(departure: Departure, config: Config = None, reason: Reason = "") -> None:
    """Ask those customers anew with whom it failed, or for whom nobody had a place."""
    _do(config, "change", departure, "retry", reason)


@departures.command("customers")
def departures_customers(
    departure: Departure,
    config: Config = None,
    status: Annotated[str | None, typer.Option(help="waiting, accepted, declined, taken_over, at_limit, …")] = None,
    start: Start = "",
    limit: Limit = 100,
) -> None:
    """List a departure's customers, and what became of each."""
    _do(config, "customers", departure, status, start, limit)
