"""What was read and is not uploaded yet."""

from __future__ import annotations

import shutil

import typer

from roomkeeper_agent import control
from roomkeeper_agent.cli.shared import ask, done, fail, out, say, size, table, when
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.spool import Spool


def show() -> None:
    """What is in the spool, session by session."""
    spool = Spool(Paths.of_user().spool)
    try:
        waiting, found = spool.outbox.waiting(), spool.outbox.conversations(1000)
    finally:
        spool.close()
    say(f"{waiting.due} entries are to be uploaded, {waiting.held} are held, {waiting.refused} refused.")
    say(f"{size(waiting.bytes)}, the oldest since {when(waiting.oldest_ts) or 'now'}.")
    made = table("session", "program", "entries")
    for each in found:
        if each["waiting"]:
            of = each["conversation"]
            made.add_row(of.get("title") or of["conversation"], of["program"], str(each["waiting"]))
    if made.row_count:
        out.print(made)


def problems(limit: int = typer.Option(50, min=1, max=1000, help="How many at most.")) -> None:
    """What could not be read, and what the server does not take."""
    spool = Spool(Paths.of_user().spool)
    try:
        refused, unread = spool.outbox.refused(limit), spool.outbox.problems(limit)
    finally:
        spool.close()
    for each in refused:
        of = each["conversation"]
        say(f"{of['program']}, {of.get('title') or of['conversation']}, entry {each['id']}: {each['error']}", "red")
    for each in unread:
        say(f"{when(each['ts'])} {each['source']}: {each['where']}: {each['why']} ({each['times']} times)")
        if each["raw"]:
            say(f"    {each['raw']}", "dim")
    if not refused and not unread:
        say("There are none.")


def retry() -> None:
    """Try everything again, now."""
    entries = ask("retry")["entries"]
    say(f"It is tried again; {entries} entries had been refused.")


def discard(yes: bool = typer.Option(False, "--yes", help="Without being asked.")) -> None:
    """Throw away all that was read and is not uploaded, and how far each program was read."""
    paths = Paths.of_user()
    try:
        done(control.ask(paths.socket, "status"))
    except control.NotRunning:
        pass
    else:
        fail("The agent runs: end it first.")
    if not yes:
        typer.confirm("What is not uploaded is lost. Throw it away?", abort=True)
    shutil.rmtree(paths.spool, ignore_errors=True)
    say("The spool is empty.")
