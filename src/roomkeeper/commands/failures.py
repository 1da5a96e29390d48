"""Failures that an administrator can do something about, in plain language and without a traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from roomkeeper.platform.application import ServerSettings
from roomkeeper.platform.database import DatabaseError
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.instance import AlreadyRunning
from roomkeeper.platform.schema import SchemaTooNew
from roomkeeper.platform.settings import SettingsError, SettingsSource
from roomkeeper.wire.identifiers import is_server_name


class Failure(Exception):
    """A command cannot do what it was asked; the message says why, and what to do."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Print what went wrong on standard error, and end the process with exit code 1."""
    try:
        yield
    except (Failure, SettingsError, AlreadyRunning, SchemaTooNew, MatrixError) as error:
        _end(str(error))
    except DatabaseError as error:
        text = str(error)
        _end(
            f"{text[:1].upper()}{text[1:]}. Check database_url and the data directory; `roomkeeper doctor` tells more."
        )
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _end(f"The system refused: {error.strerror or error}{where}. `roomkeeper doctor` tells more.")
    except KeyboardInterrupt:
        sys.exit(130)


def _end(message: str) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print("[bold red]Error:[/bold red] ", end="")
    console.print(message, markup=False)
    sys.exit(1)


def load_settings(config: Path | None) -> tuple[SettingsSource, ServerSettings]:
    """The settings source, and the server's own settings, checked. Raises `SettingsError`."""
    source = SettingsSource.load(config)
    settings = source.section(ServerSettings)
    check_server_name(settings.server_name)
    return source, settings


def check_server_name(server_name: str) -> None:
    """Raises `SettingsError` where user ids could not end in that name."""
    if not is_server_name(server_name):
        raise SettingsError(
            f"The server name {server_name!r} is not valid: write a host name without a scheme or a path, "
            "such as example.org, in ROOMKEEPER_SERVER_NAME or the settings file."
        )


def check_data_dir(data_dir: Path) -> None:
    """Make the data directory. Raises `Failure` where it cannot be written."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = data_dir / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Failure(
            f"The data directory {data_dir} cannot be written: {error.strerror}. "
            "Give the user that runs Roomkeeper write access to it, or set ROOMKEEPER_DATA_DIR to another folder."
        ) from None


def bind_failure(error: OSError, listen: str) -> Failure:
    """Why a server cannot listen there."""
    if error.errno == errno.EADDRINUSE:
        return Failure(
            f"Another program listens on {listen} already. Stop it, or set ROOMKEEPER_LISTEN to another address, "
            "such as 127.0.0.1:8009."
        )
    if error.errno == errno.EACCES:
        return Failure(f"Listening on {listen} is not allowed: ports below 1024 are the system's. Choose a higher one.")
    return Failure(f"The server cannot listen on {listen}: {error.strerror or error}. Check ROOMKEEPER_LISTEN.")
