"""Signing in and out."""

from __future__ import annotations

import os

import typer

from roomkeeper_agent import account
from roomkeeper_agent.cli.shared import done, fail, say, tell
from roomkeeper_agent.keyring import IN_SERVICE
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.spool import Spool


def sign_in(
    server: str = typer.Argument(help="The address of the server: https://chat.example.org"),
    user: str = typer.Option("", help="Who you are there."),
    login_token: bool = typer.Option(False, help="With a login token, which is asked for, in place of a password."),
) -> None:
    """Sign in to the server to which records are uploaded.

    The password or token is asked for, or taken from ROOMKEEPER_AGENT_PASSWORD, and kept nowhere.
    """
    paths = Paths.of_user()
    paths.make()
    secret = os.environ.get("ROOMKEEPER_AGENT_PASSWORD", "")
    if login_token:
        given = {"login_token": secret or typer.prompt("Login token", hide_input=True)}
    else:
        user = user or typer.prompt("User name")
        given = {"user": user, "password": secret or typer.prompt("Password", hide_input=True)}
    spool = Spool(paths.spool)
    try:
        is_empty = spool.is_empty()
    finally:
        spool.close()
    try:
        made = done(account.sign_in(paths, server, is_empty=is_empty, **given))
    except account.CannotSignIn as error:
        fail(str(error))
    kept = "the desktop's Secret Service" if made.token_in == IN_SERVICE else str(paths.token)
    say(f"Signed in to {made.url} as {made.user_id}. The access token is in {kept}.")
    if not tell("reload"):
        say("Now choose what is watched: roomkeeper-agent sources detect; then start it: roomkeeper-agent run")


def sign_out() -> None:
    """Sign out. What is in the spool stays."""
    say(done(account.sign_out(Paths.of_user())))
    tell("reload")
