"""`roomkeeper admin …`: accounts, registration tokens, the audit log."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import typer

from roomkeeper.commands.failures import Failure
from roomkeeper.commands.operator import Ask
from roomkeeper.commands.terminal import console, print_page, table, time_of


def choose_password(*, from_stdin: bool, generate: bool) -> str:
    """The password: asked for twice on a terminal, a line of standard input, or a random one."""
    if generate:
        return secrets.token_urlsafe(15)
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Failure("There is no terminal to ask for a password: use --password-stdin or --generate-password.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def create_user(ask: Ask, user: str, password: str, *, admin: bool) -> None:
    """Make an account, and say how it is called."""
    answer = ask("POST", "/users", {"user": user, "password": password, "admin": admin})
    console.print(f"Created {answer['user_id']}{', an administrator' if admin else ''}.", markup=False)


def reset_password(ask: Ask, user: str, password: str, *, keep_devices: bool) -> None:
    """Set a user's password."""
    body = {"password": password, "logout_devices": not keep_devices}
    answer = ask("POST", f"/users/{quote(user, safe='')}/password", body)
    consequence = "their devices stay signed in" if keep_devices else "all their devices are signed out"
    console.print(f"The password of {answer['user_id']} is set; {consequence}.", markup=False)


def list_users(ask: Ask, search: str, start: str, limit: int) -> None:
    """Print a page of accounts."""
    page = ask("GET", f"/users?{urlencode({'search': search, 'from': start, 'limit': limit})}")
    lines = table("User", "Created", "State", "Devices")
    for user in page["users"]:
        further = [name for name in ("admin", "guest", "suspended") if user[f"is_{name}"]]
        state = ", ".join([user["state"], *further]).replace("admin", "administrator")
        lines.add_row(user["user_id"], time_of(user["created_ts"]), state, str(user["devices"]))
    print_page(lines, page)


def create_registration_token(ask: Ask, token: str | None, uses: int | None, valid_hours: float | None) -> None:
    """Make a token with which people can register, and print it."""
    expiry = None if valid_hours is None else int((datetime.now(UTC).timestamp() + valid_hours * 3600) * 1000)
    made = ask("POST", "/registration_tokens", {"token": token, "uses_allowed": uses, "expiry_time": expiry})
    uses_text = "any number of registrations" if uses is None else f"{uses} registration{'' if uses == 1 else 's'}"
    until = "without end" if expiry is None else f"until {time_of(expiry)}"
    console.print(f"{made['token']}\nIt is good for {uses_text}, {until}.", markup=False)


def change_account(ask: Ask, change: str, user: str, body: dict[str, Any]) -> None:
    """Lock, suspend, close or open an account, and say what it is now."""
    method = "PUT" if change in ("lock", "suspend") else "POST"
    answer = ask(method, f"/users/{quote(user, safe='')}/{change}", body)
    locked, suspended = answer.get("locked"), answer.get("suspended")
    standing = {
        "lock": "is locked" if locked else "is not locked any more",
        "suspend": "is suspended" if suspended else "is not suspended any more",
        "deactivate": "is deactivated and erased" if answer.get("erased") else "is deactivated",
        "reactivate": "is active again",
    }[change]
    console.print(f"{answer['user_id']} {standing}.", markup=False)


def list_registration_tokens(ask: Ask, start: str, limit: int) -> None:
    """Print a page of registration tokens."""
    page = ask("GET", f"/registration_tokens?{urlencode({'from': start, 'limit': limit})}")
    lines = table("Token", "Used", "Uses allowed", "Valid until")
    for token in page["registration_tokens"]:
        allowed, expiry = token["uses_allowed"], token["expiry_time"]
        uses = "any" if allowed is None else str(allowed)
        lines.add_row(token["token"], str(token["completed"]), uses, "" if expiry is None else time_of(expiry))
    print_page(lines, page)


def delete_registration_token(ask: Ask, token: str) -> None:
    """Revoke a registration token."""
    ask("DELETE", f"/registration_tokens/{quote(token, safe='')}")
    console.print(f"Nobody can register with {token} any more.", markup=False)


def show_audit_log(ask: Ask, start: str, limit: int) -> None:
    """Print a page of the audit log, newest first."""
    page = ask("GET", f"/audit?{urlencode({'from': start or '0', 'limit': limit})}")
    lines = table("When", "Who", "Permission", "Object", "Reason")
    for entry in page["entries"]:
        lines.add_row(time_of(entry["ts"]), entry["actor"], entry["permission"], entry["object"], entry["reason"])
    print_page(lines, page)


def show_password(password: str) -> None:
    """Print a password that was made here, once it is in force."""
    console.print(f"Password: {password}", markup=False)
