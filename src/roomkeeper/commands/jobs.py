"""`roomkeeper jobs …`: what takes long, and how far it is."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote, urlencode

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from roomkeeper.commands.failures import Failure
from roomkeeper.commands.operator import Ask
from roomkeeper.commands.terminal import console, table, time_of

POLL_MS = 20_000
OPEN = ("queued", "running")
"""States of a job that goes on by itself."""


def list_jobs(ask: Ask, state: str, start: str, limit: int) -> None:
    """Print a page of jobs, the newest first."""
    query = {"limit": limit} | ({"state": state} if state else {}) | ({"from": start} if start else {})
    page = ask("GET", f"/jobs?{urlencode(query)}")
    lines = table("Job", "What", "State", "Done", "Started by", "Started", "Message")
    for job in page["jobs"]:
        name = f"{job['name']} {job['key']}".strip()
        lines.add_row(
            job["job_id"], name, job["state"], _done(job), job["started_by"], time_of(job["created_ts"]), job["message"]
        )
    console.print(lines, markup=False)
    if "next_batch" in page:
        console.print(f"There are more: --from {page['next_batch']}", markup=False)


def show(ask: Ask, job_id: str, *, follow: bool) -> None:
    """Print a job; while it goes on, a bar that moves (on a terminal), or nothing until its end."""
    job = ask("GET", f"/jobs/{quote(job_id, safe='')}")
    if follow and job["state"] in OPEN:
        job = _follow(ask, job)
    for name, value in (
        ("Job", job["job_id"]),
        ("What", f"{job['name']} {job['key']}".strip()),
        ("State", job["state"]),
        ("Done", _done(job)),
        ("Message", job["message"]),
        ("Started by", f"{job['started_by']}, {time_of(job['created_ts'])} UTC"),
        ("Ended", time_of(job["finished_ts"])),
    ):
        if value:
            console.print(f"{name}: {value}", markup=False)
    _check(job)


def change(ask: Ask, job_id: str, action: str) -> None:
    """Cancel, pause or resume a job."""
    job = ask("POST", f"/jobs/{quote(job_id, safe='')}/{action}")
    console.print(f"The job {job['job_id']} ({job['name']}) is {job['state']}; done: {_done(job)}.", markup=False)


def follow(ask: Ask, job_id: str) -> None:
    """A bar that moves (on a terminal) until a job ends. Raises `Failure` where it fails."""
    _check(_follow(ask, ask("GET", f"/jobs/{quote(job_id, safe='')}")))


def _check(job: dict[str, Any]) -> None:
    if job["state"] == "failed":
        raise Failure(f"The job has failed. `roomkeeper jobs resume {job['job_id']}` lets it go on where it stopped.")


def _follow(ask: Ask, job: dict[str, Any]) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[done]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not sys.stdout.isatty()) as progress:
        task = progress.add_task(job["name"], total=None, done="")
        while job["state"] in OPEN:
            path = f"/jobs/{quote(job['job_id'], safe='')}?since={job['version']}&timeout={POLL_MS}"
            job = ask("GET", path)
            progress.update(
                task,
                completed=job["progress"]["done"],
                total=job["progress"]["total"],
                done=f"{_done(job)} {job['message']}",
            )
    return job


def _done(job: dict[str, Any]) -> str:
    done, total, unit = job["progress"]["done"], job["progress"]["total"], job["progress"]["unit"]
    return f"{done} {unit}" if total is None else f"{done} of {total} {unit}"
