"""The command `roomkeeper-agent`: what can be done with it stands here, how it is done in the files beside."""

from __future__ import annotations

import sys

import typer

from roomkeeper_agent import __version__
from roomkeeper_agent.cli import recording, running, sending, signing, sources, spool

app = typer.Typer(
    no_args_is_help=True,
    help="Watches chat programs on this desktop, and uploads what is said there as records to a Roomkeeper server.",
    pretty_exceptions_enable=False,
)
sources_app = typer.Typer(no_args_is_help=True, help="What is watched.")
spool_app = typer.Typer(no_args_is_help=True, help="What was read and is not uploaded yet.")

app.command("sign-in")(signing.sign_in)
app.command("sign-out")(signing.sign_out)
app.command("run")(running.run)
app.command("unit")(running.unit)
app.command("status")(running.status)
app.command("ui")(running.ui)
app.command("pause")(running.pause)
app.command("resume")(running.resume)
app.command("sessions")(recording.sessions)
app.command("record")(recording.record)
app.command("send")(sending.send)
app.add_typer(sources_app, name="sources")
sources_app.command("list")(sources.show)
sources_app.command("detect")(sources.detect)
sources_app.command("add")(sources.add)
sources_app.command("remove")(sources.remove)
app.add_typer(spool_app, name="spool")
spool_app.command("list")(spool.show)
spool_app.command("problems")(spool.problems)
spool_app.command("retry")(spool.retry)
spool_app.command("discard")(spool.discard)


def _version(value: bool) -> None:
    if value:
        print(f"roomkeeper-agent {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    del version


def main() -> None:
    """Run it."""
    sys.exit(app())
