"""`roomkeeper backup` and `roomkeeper restore`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from roomkeeper import __version__
from roomkeeper.commands.failures import Failure, load_settings
from roomkeeper.commands.terminal import console
from roomkeeper.platform import backups, schema
from roomkeeper.platform.application import ServerSettings
from roomkeeper.platform.backups import JOBS, BackupError, Manifest, Tell
from roomkeeper.platform.instance import Instance, find_running
from roomkeeper.platform.jobs import JobSettings
from roomkeeper.platform.schema import SchemaTooNew
from roomkeeper.platform.settings import SettingsSource

IGNORED = frozenset({"instance.json", "lost+found"})
"""What may be in a data directory that counts as empty."""


def backup(config: Path | None, target: Path) -> None:
    """Back up the server, whether it runs or not."""
    from roomkeeper.app import build

    source, settings = load_settings(config)
    os.umask(0o077)
    database = backups.database_of(settings.effective_database_url)
    app = build(source)
    origin = backups.Origin(
        version=__version__,
        server_name=settings.server_name,
        created_ts=int(time.time() * 1000),
        database=database,
        jobs=_jobs_file(source, settings),
        data_dir=Path(settings.data_dir),
        references=app.blob_references.values(),
    )
    with _told_plainly(), _progress() as tell:
        if not database.exists():
            raise Failure(f"There is nothing to back up: the {database.tool} database is empty, or not there.")
        manifest = backups.make(origin, target, tell)
    _say(f"Backed up to {target.resolve()}: {_summary(manifest)}.")
    if manifest.missing_blobs:
        _say(f"{len(manifest.missing_blobs)} files were removed meanwhile, and are not in it.")


def restore(config: Path | None, folder: Path, *, force_empty: bool) -> None:
    """Make the data directory of a backup. The server must not run."""
    source, settings = load_settings(config)
    os.umask(0o077)
    database, data_dir = backups.database_of(settings.effective_database_url), Path(settings.data_dir)
    if (running := find_running(data_dir)) is not None:
        raise Failure(f"The server runs (process {running.pid}) on {running.listen}: stop it first.")
    with _told_plainly(), _progress() as tell:
        manifest = backups.verify(folder, database, tell)
        if manifest.server_name != settings.server_name:
            raise Failure(
                f"This is a backup of the server {manifest.server_name}; the settings are those of "
                f"{settings.server_name}. A server's name can never be changed."
            )
        aside = _make_room(data_dir, database, force_empty=force_empty)
        instance = Instance(data_dir, settings.listen)
        instance.acquire()
        try:
            _restore(source, folder, manifest, data_dir, database, tell)
        finally:
            instance.release()
    _say(f"Restored to {data_dir.resolve()}: {_summary(manifest)}. Start the server with `roomkeeper serve`.")
    if aside is not None:
        _say(f"What was there before is in {aside}.")


def _restore(
    source: SettingsSource, folder: Path, manifest: Manifest, data_dir: Path, database: backups.Database, tell: Tell
) -> None:
    """The database comes last. No server starts while the staging folder is there."""
    from roomkeeper.app import build

    staging = data_dir / backups.STAGING
    staging.mkdir(mode=0o700)
    backups.copy_out(folder, manifest, staging, tell)
    (staging / backups.KEY).rename(data_dir / backups.KEY)
    packages = build(source).packages
    if any(not schema.is_known(revision, packages) for revision in manifest.schema):
        raise SchemaTooNew(f"This backup was made by a newer version of Roomkeeper ({manifest.version}): use that one.")
    for name in ("blobs", JOBS):
        if (staging / name).exists():
            (staging / name).rename(data_dir / name)
    database.restore(staging / database.file, packages)
    staging.rmdir()


def _make_room(data_dir: Path, database: backups.Database, *, force_empty: bool) -> str | None:
    """Check that nothing is overwritten; where the administrator says so, put aside what is there. Where that is."""
    there = {path.name for path in data_dir.iterdir()} - IGNORED if data_dir.exists() else set()
    if not there and not database.exists():
        return None
    if not force_empty:
        what = data_dir if there else f"The {database.tool} database"
        raise Failure(
            f"{what} is not empty. Restore to an empty data directory and database, or let --force-empty put aside "
            "what is there."
        )
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside = data_dir.with_name(f"{data_dir.name}.replaced-{stamp}")
    aside.mkdir(mode=0o700)
    for name in sorted(there):
        (data_dir / name).rename(aside / name)
    database_aside = database.put_aside(stamp)
    return f"{aside} and {database_aside}" if database_aside else str(aside)


def _jobs_file(source: SettingsSource, settings: ServerSettings) -> Path | None:
    url = source.section(JobSettings).effective_database_url(Path(settings.data_dir))
    return schema.sqlite_path(url) if url.startswith("sqlite:") else None


def _summary(manifest: Manifest) -> str:
    counts = manifest.counts
    size = sum(file.size for file in manifest.files.values())
    made = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(manifest.created_ts / 1000))
    return (
        f"{counts['users']} users, {counts['rooms']} rooms, {counts['events']} events, {len(manifest.files)} files, "
        f"{size / 1024**2:.1f} MiB, as of {made} UTC"
    )


def _say(text: str) -> None:
    console.print(text, markup=False)


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except BackupError as error:
        raise Failure(str(error)) from error


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on a terminal; nothing elsewhere."""
    if not sys.stdout.isatty():
        yield lambda _what, _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield tell
