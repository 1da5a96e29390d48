"""`roomkeeper records`: what is recorded, exports, holds, erasure, checkpoints."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from roomkeeper.commands import jobs
from roomkeeper.commands.failures import Failure, load_settings
from roomkeeper.commands.operator import Ask
from roomkeeper.commands.terminal import console, print_page, table, time_of


def list_records(ask: Ask, wanted: Mapping[str, str | None], start: str, limit: int) -> None:
    """Print a page of records, that first in which something was said last."""
    query = {name: value for name, value in wanted.items() if value} | {"from": start or "0", "limit": limit}
    page = ask("GET", f"/records?{urlencode(query)}")
    lines = table("Record", "Where", "Title or room", "Entries", "Consent", "Last")
    for each in page["records"]:
        title = each.get("title") or each.get("room_id") or ""
        last = each.get("last_ts")
        when = "" if last is None else time_of(last)
        lines.add_row(
            each["record_id"], each["program"], title, str(each.get("entries", 0)), each.get("consent", "none"), when
        )
    print_page(lines, page)


def export(ask: Ask, config: Path | None, body: Mapping[str, Any], output: Path) -> None:
    """Export records, and put the file where it is wanted."""
    if output.exists():
        raise Failure(f"{output} is there already: name a file that is not.")
    made = ask("POST", "/records/exports", body, reason=str(body.get("reason", "")))["export"]
    jobs.follow(ask, made["job_id"])
    done = ask("GET", f"/records/exports/{made['export_id']}")["export"]
    if done.get("size") is None:
        raise Failure("The export has not been made: `roomkeeper jobs show` says why.")
    _, settings = load_settings(config)
    shutil.copyfile(Path(settings.data_dir) / "exports" / made["export_id"] / "export.zip", output)
    counted = ", ".join(f"{count} {name}" for name, count in sorted(done["counts"].items()))
    console.print(f"{output}: {done['size']} bytes. {counted}.", markup=False)
    console.print(f"Check it with: roomkeeper-verify {output}", markup=False)


def hold(ask: Ask, what: str, who: str, reason: str) -> None:
    """Lay a hold."""
    made = ask("POST", "/records/holds", {"what": what, "who": who, "reason": reason}, reason=reason)
    console.print(f"Hold {made['hold_id']}: nothing of it is removed until it is released.", markup=False)


def list_holds(ask: Ask, start: str, limit: int) -> None:
    """Print a page of holds, the newest first."""
    page = ask("GET", f"/records/holds?{urlencode({'from': start, 'limit': limit})}")
    lines = table("Hold", "On", "Since", "Released", "Why")
    for each in page["holds"]:
        released = each.get("released_ts")
        when = "" if released is None else time_of(released)
        lines.add_row(
            each["hold_id"], f"{each['what']} {each['who']}", time_of(each["created_ts"]), when, each["reason"]
        )
    print_page(lines, page)


def release(ask: Ask, hold_id: str, reason: str) -> None:
    """Release a hold."""
    ask("POST", f"/records/holds/{hold_id}/release", {}, reason=reason)
    console.print("Released. What an erasure had to leave is erased now.", markup=False)


def erase(ask: Ask, person: str | None, record: str | None, reason: str) -> None:
    """Erase what somebody has said, or what is in a record."""
    body = {"person": person, "record_id": record, "reason": reason}
    made = ask("POST", "/records/erasures", body, reason=reason)
    console.print(f"Erasure {made['erasure_id']} has begun: see `roomkeeper jobs list`.", markup=False)


def checkpoint(ask: Ask) -> None:
    """Make a checkpoint now, and deliver what is not delivered."""
    number = ask("POST", "/records/checkpoints", {})["number"]
    console.print(f"The last checkpoint is number {number}.", markup=False)
    key = ask("GET", "/records/checkpoints?limit=1")["public_key"]
    console.print(f"Its key, which you should note down elsewhere: {key}", markup=False)
