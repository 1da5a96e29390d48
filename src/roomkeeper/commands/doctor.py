"""`roomkeeper doctor`: is everything there that the server needs, said in plain language."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from roomkeeper.commands.configuration import check
from roomkeeper.commands.failures import Failure, check_data_dir
from roomkeeper.commands.serving import bind
from roomkeeper.commands.terminal import console
from roomkeeper.platform import schema
from roomkeeper.platform.application import Application, DoctorFinding, ServerSettings
from roomkeeper.platform.database import DatabaseError
from roomkeeper.platform.instance import find_running
from roomkeeper.platform.settings import Settings, SettingsError, SettingsSource

LEAST_DISK_BYTES = 512 * 1024 * 1024
EARLIEST_S = 1_760_000_000
"""Seconds since the epoch: this version was made later than that."""
CLOCK_TOLERANCE_S = 300
CHECK_SECONDS = 60


def examine(config: Path | None, kinds: list[type[Settings]]) -> bool:
    """Run and print all checks; whether all is well."""
    try:
        source = check(config, kinds)
    except SettingsError as error:
        _print("settings", DoctorFinding(False, str(error)))
        return False
    _print("settings", DoctorFinding(True, "All settings can be used."))
    settings = source.section(ServerSettings)
    _print("server name", DoctorFinding(True, f"User ids end in :{settings.server_name}, for ever."))
    try:
        check_data_dir(Path(settings.data_dir))
    except Failure as error:
        _print("data directory", DoctorFinding(False, str(error)))
        return False
    _print("data directory", DoctorFinding(True, f"{Path(settings.data_dir).resolve()} can be written."))
    return asyncio.run(_examine(source, settings))


async def _examine(source: SettingsSource, settings: ServerSettings) -> bool:
    from roomkeeper.app import build

    app = build(source)
    findings = [_disk(settings), _address(settings), _clock(app)]
    opened, database = await _database(app)
    findings.append(database)
    well = _print_all(findings)
    if opened:
        for name, run in app.doctor.items():
            finding = await _run(run)
            _print(name, finding)
            well = well and finding.ok
        await app.driver.close()
    return well


def _print_all(findings: list[tuple[str, DoctorFinding]]) -> bool:
    for name, finding in findings:
        _print(name, finding)
    return all(finding.ok for _, finding in findings)


async def _run(run: Callable[[], Awaitable[DoctorFinding]]) -> DoctorFinding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await run()
    except TimeoutError:
        return DoctorFinding(False, f"This check did not finish within {CHECK_SECONDS} seconds.")
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding
        return DoctorFinding(False, f"This check broke: {type(error).__name__}: {error}")


def _disk(settings: ServerSettings) -> tuple[str, DoctorFinding]:
    free = shutil.disk_usage(settings.data_dir).free
    text = f"{free / 1024**3:.1f} GiB are free for the data directory."
    if free < LEAST_DISK_BYTES:
        text += " Make room: when the disk is full, nothing can be sent."
    return "disk", DoctorFinding(free >= LEAST_DISK_BYTES, text)


def _address(settings: ServerSettings) -> tuple[str, DoctorFinding]:
    running = find_running(Path(settings.data_dir))
    if running is not None:
        return "address", DoctorFinding(True, f"The server runs (process {running.pid}) on {running.listen}.")
    try:
        listener, listen = bind(settings.listen)
    except Failure as error:
        return "address", DoctorFinding(False, str(error))
    listener.close()
    return "address", DoctorFinding(True, f"The server can listen on {listen}.")


def _clock(app: Application) -> tuple[str, DoctorFinding]:
    now = time.time()
    path = _database_path(app)
    newest = path.stat().st_mtime if path.exists() else 0.0
    if now < EARLIEST_S or now < newest - CLOCK_TOLERANCE_S:
        shown = time.strftime("%Y-%m-%d %H:%M", time.gmtime(now))
        return "clock", DoctorFinding(False, f"The clock says {shown} UTC, which is in the past: set it (NTP).")
    return "clock", DoctorFinding(True, "The clock is not behind what is stored.")


def _database_path(app: Application) -> Path:
    return Path(app.settings.effective_database_url.removeprefix("sqlite:///"))


async def _database(app: Application) -> tuple[bool, tuple[str, DoctorFinding]]:
    """Whether the driver is open now, and the finding."""
    path = _database_path(app)
    if not path.exists():
        return False, ("database", DoctorFinding(True, f"{path} will be made at the first start."))
    try:
        finding = _schema(path, app)
        if finding.ok:
            await app.driver.open()
    except (DatabaseError, sqlite3.Error) as error:
        text = f"{path} cannot be read: {error}. Restore it from a backup, or set database_url."
        return False, ("database", DoctorFinding(False, text))
    return finding.ok, ("database", finding)


def _schema(path: Path, app: Application) -> DoctorFinding:
    if schema.is_current(path, app.packages):
        return DoctorFinding(True, f"{path} opens and has the newest schema.")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("PRAGMA schema_version").fetchall()
        found = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
    except sqlite3.OperationalError as error:
        return DoctorFinding(
            False, f"{path} is not a database of Roomkeeper ({error}): set database_url to another file."
        )
    finally:
        connection.close()
    known = {file.stem for folder in schema.locations(app.packages) for file in folder.glob("*_[0-9]*.py")}
    if found - known:
        return DoctorFinding(False, f"{path} was written by a newer version of Roomkeeper: start that version.")
    return DoctorFinding(False, f"{path} has an older schema: run `roomkeeper db upgrade`, or start the server.")


def _print(name: str, finding: DoctorFinding) -> None:
    mark = "[green]ok  [/green]" if finding.ok else "[bold red]FAIL[/bold red]"
    console.print(mark, end=" ")
    console.print(f"{name}: {finding.text}", markup=False)
