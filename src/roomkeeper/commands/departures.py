"""`roomkeeper departures`: who leaves, when, who takes over, and what became of each customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from roomkeeper.commands import jobs
from roomkeeper.commands.failures import Failure
from roomkeeper.commands.operator import Ask
from roomkeeper.commands.organisation import path_of
from roomkeeper.commands.terminal import console, print_page, table, time_of


def list_departures(ask: Ask, user: str | None, start: str, limit: int) -> None:
    """Print a page of departures, the newest first."""
    query = {"from": start, "limit": limit} | ({"user": user} if user else {})
    page = ask("GET", f"/departures?{urlencode(query)}")
    lines = table("Departure", "Who", "What", "State", "From")
    for each in page["departures"]:
        lines.add_row(each["departure_id"], each["user_id"], each["kind"], each["state"], time_of(each["effective_ts"]))
    print_page(lines, page)


def record(ask: Ask, body: Mapping[str, Any], *, preview: bool, wait: bool) -> None:
    """Record a departure, or say what it would do; where it has begun, show how far it is until all are asked."""
    if preview:
        _print_preview(ask("POST", "/departures/preview", body))
        return
    made = ask("POST", "/departures", body, reason=body.get("reason", ""))
    console.print(f"The {made['kind']} {made['departure_id']} of {made['user_id']} is {made['state']}.", markup=False)
    if made["state"] == "planned":
        console.print(f"It begins at {time_of(made['effective_ts'])}.", markup=False)
    elif wait:
        jobs.follow(ask, made["job_id"])
        show(ask, made["departure_id"])


def plan_of(file: Path | None, to: str | None, department: str | None, more: Mapping[str, Any]) -> dict[str, Any]:
    """A plan from a JSON file, or to one person or department. Raises `Failure`."""
    if file is not None and (to or department):
        raise Failure("Name either --plan, or --to or --department: the plan says who takes over.")
    given = {name: value for name, value in more.items() if value is not None}
    if file is not None:
        try:
            plan = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError) as error:
            raise Failure(f"{file} is no plan in JSON: {error}") from None
        return {**plan, **given}
    rules = [{"staff_id": to}] if to else [{"department_id": department, "by": "language"}] if department else []
    return {"rules": rules, **given}


def show(ask: Ask, departure: str) -> None:
    """Print how far a departure is."""
    report = ask("GET", path_of("departures", departure))
    known = report["departure"]
    console.print(f"{known['user_id']}: {known['kind']}, {known['state']}", markup=False)
    lines = table("Status", "Customers")
    for status, number in sorted(report["statuses"].items()):
        lines.add_row(status, f"{number:,}")
    console.print(lines, markup=False)
    if report["unanswered"]:
        console.print(f"{report['unanswered']:,} wrote and had no answer yet.", markup=False)


def change(ask: Ask, departure: str, action: str, reason: str) -> None:
    """Begin, cancel, undo or retry one."""
    changed = ask("POST", path_of("departures", departure, action), {}, reason=reason)
    console.print(f"The departure {changed['departure_id']} is {changed['state']}.", markup=False)
    if changed["state"] in ("running", "undoing"):
        jobs.follow(ask, changed["job_id"])


def customers(ask: Ask, departure: str, status: str | None, start: str, limit: int) -> None:
    """Print a page of a departure's customers."""
    query = {"from": start, "limit": limit} | ({"status": status} if status else {})
    page = ask("GET", f"{path_of('departures', departure, 'customers')}?{urlencode(query)}")
    lines = table("Customer", "Status", "Successor", "Session", "New session", "What went wrong")
    for each in page["customers"]:
        successor = each.get("successor_id") or each.get("department_id", "")
        there = (each["room_id"], each.get("new_room_id", ""), each.get("error", ""))
        lines.add_row(each["customer_id"], each["status"], successor, *there)
    print_page(lines, page)


def _print_preview(preview: Mapping[str, Any]) -> None:
    console.print(
        f"{preview['customers']:,} customers, {preview['unanswered']:,} of them without an answer;"
        f" {preview['group_rooms']:,} other rooms. Nothing is changed yet.",
        markup=False,
    )
    lines = table("To", "Customers", "Sessions now")
    for share in preview["shares"]:
        name = share["user_id"] or f"the queue of {share['department_id']}"
        lines.add_row(name, f"{share['customers']:,}", f"{share['sessions']:,}" if share["user_id"] else "")
    console.print(lines, markup=False)
    for number, what in (
        (preview["nobody"], "find nobody who has a place"),
        (preview["other_language"], "go to somebody of another language"),
    ):
        if number:
            console.print(f"{number:,} {what}.", markup=False)


def timestamp(when: str | None) -> int | None:
    """A date and time as milliseconds since the epoch; without a time zone: the machine's. Raises `Failure`."""
    if when is None:
        return None
    try:
        return int(datetime.fromisoformat(when).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise Failure(f"{when!r} is no date and time such as 2027-01-31T18:00.") from None
