"""What the demo keeps beside the server's data: its password, the secret of its shop, and whether it was made."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from roomkeeper.commands.failures import Failure

FILE = "demo.json"
KNOWN = "demo-example-org"
"""The password of everybody, the same at each start: for a server that this machine alone can reach."""


class State(msgspec.Struct):
    """`is_known`: the password is the one that everybody knows."""

    password: str
    is_known: bool
    secret: str
    is_made: bool = False


def load(folder: Path, *, random_password: bool) -> State:
    """What is kept in a data directory, or the beginning of a new demo. Raises `Failure`."""
    file = folder / FILE
    if not file.exists():
        if folder.exists() and any(folder.iterdir()):
            raise Failure(f"{folder} has something in it that is no demo's. Name another folder with --data-dir.")
        password = secrets.token_urlsafe(12) if random_password else KNOWN
        return State(password=password, is_known=not random_password, secret=secrets.token_urlsafe(32))
    try:
        state = msgspec.json.decode(file.read_bytes(), type=State)
    except msgspec.DecodeError as error:
        raise Failure(f"{file} cannot be read: {error}. Remove the folder, or name another one.") from None
    if not state.is_made:
        raise Failure(f"Making the demo in {folder} was broken off. Remove the folder, and start again.")
    if random_password and state.is_known:
        raise Failure(f"The demo in {folder} has the known password. Name another folder for one with a random one.")
    return state


def save(folder: Path, state: State) -> None:
    """Keep it, for nobody else on the machine."""
    file = folder / FILE
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(msgspec.json.encode(state))
