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
from roomkeeper.platform.database import DatabaseError, is_postgresql
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
    url = app.settings.effective_database_url
    # The lock is written at every start and stop.
    path = app.data_dir / "instance.json" if is_postgresql(url) else schema.sqlite_path(url)
    newest = path.stat().st_mtime if path.exists() else 0.0
    if now < EARLIEST_S or now < newest - CLOCK_TOLERANCE_S:
        shown = time.strftime("%Y-%m-%d %H:%M", time.gmtime(now))
        return "clock", DoctorFinding(False, f"The clock says {shown} UTC, which is in the past: set it (NTP).")
    return "clock", DoctorFinding(True, "The clock is not behind what is stored.")


async def _database(app: Application) -> tuple[bool, tuple[str, DoctorFinding]]:
    """Whether the driver is open now, and the finding."""
    url = app.settings.effective_database_url
    name = "The PostgreSQL database" if is_postgresql(url) else str(schema.sqlite_path(url))
    if not is_postgresql(url) and not schema.sqlite_path(url).exists():
        return False, ("database", DoctorFinding(True, f"{name} will be made at the first start."))
    try:
        found = await asyncio.to_thread(schema.revisions, url)
        if found is None and is_postgresql(url):
            text = f"{name} can be reached; its tables will be made at the first start."
            return False, ("database", DoctorFinding(True, text))
        finding = _foreign_file(name) if found is None else _schema(name, found, app)
        if finding.ok:
            await app.driver.open(read_only=True)
            finding = await _durability(app) or finding
    except (DatabaseError, sqlite3.Error) as error:
        text = f"{name} cannot be read: {error}. Restore it from a backup, or set database_url."
        return False, ("database", DoctorFinding(False, text))
    return finding.ok, ("database", finding)


async def _durability(app: Application) -> DoctorFinding | None:
    """What is wrong with a database server that loses what it has confirmed."""
    if app.driver.dialect == "postgresql":
        row = await app.driver.query_one("SELECT current_setting('fsync'), current_setting('full_page_writes')")
        if row != ("on", "on"):
            return DoctorFinding(
                False, "PostgreSQL runs with fsync or full_page_writes off: a power cut can destroy all data."
            )
    return None


def _schema(name: str, found: set[str], app: Application) -> DoctorFinding:
    if found == schema.heads(app.packages):
        return DoctorFinding(True, f"{name} opens and has the newest schema.")
    if not all(schema.is_known(revision, app.packages) for revision in found):
        return DoctorFinding(False, f"{name} was written by a newer version of Roomkeeper: start that version.")
    return DoctorFinding(False, f"{name} has an older schema: run `roomkeeper db upgrade`, or start the server.")


def _foreign_file(name: str) -> DoctorFinding:
    """Why a file has no schema of ours. Raises `sqlite3.Error` where it is no database."""
    connection = sqlite3.connect(f"{Path(name).resolve().as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("PRAGMA schema_version").fetchall()
        connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.OperationalError as error:
        return DoctorFinding(
            False, f"{name} is not a database of Roomkeeper ({error}): set database_url to another file."
        )
    finally:
        connection.close()
    return DoctorFinding(True, f"{name} opens.")


def _print(name: str, finding: DoctorFinding) -> None:
    mark = "[green]ok  [/green]" if finding.ok else "[bold red]FAIL[/bold red]"
    console.print(mark, end=" ")
    console.print(f"{name}: {finding.text}", markup=False)
