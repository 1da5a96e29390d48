"""Records on request."""

from __future__ import annotations

import typer

from roomkeeper_agent.cli.shared import ask, out, say, table, when
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.spool import Spool


def sessions(
    program: str | None = typer.Option(None, help="Those of one program."),
    limit: int = typer.Option(30, min=1, max=1000, help="How many at most."),
) -> None:
    """The sessions that were seen, that first in which something was said last."""
    spool = Spool(Paths.of_user().spool)
    try:
        found = spool.outbox.conversations(limit, program)
    finally:
        spool.close()
    made = table("number", "program", "session", "last", "here", "uploaded", "record")
    for each in found:
        of = each["conversation"]
        name = of.get("title") or of["conversation"]
        numbers = str(each["no"]), str(each["waiting"]), str(each["uploaded"])
        made.add_row(numbers[0], of["program"], name, when(each["last_ts"]), *numbers[1:], each["record_id"] or "")
    out.print(made)


def record(
    session: int | None = typer.Option(None, help="Its number in the list of sessions; otherwise the one you are in."),
    before: float | None = typer.Option(None, min=0, help="Minutes before now that are recorded."),
    after: float | None = typer.Option(None, min=0, help="Minutes from now on that are recorded."),
    pages: int = typer.Option(
        1, min=0, max=50, help="Pictures of the screen: the first as it is, the others scrolled back (needs xdotool)."
    ),
    wait: float = typer.Option(0, min=0, max=60, help="Seconds to wait first, to bring the session to the front."),
) -> None:
    """Record this session: what was said and is said in it, with pictures of the screen."""
    if wait:
        import time

        time.sleep(wait)
    made = ask("record", session=session, minutes_before=before, minutes_after=after, pages=pages)
    say(f"A record of “{made['title']}” ({made['program']}): {made['reason']}, confidence {made['confidence']:.2f}.")
    say(f"{made['entries']} entries that were held are recorded, and what is said until {when(made['until_ts'])}.")
    for path in made["pictures"]:
        say(f"Picture: {path}")
    if made["problem"]:
        say(made["problem"], "yellow")
