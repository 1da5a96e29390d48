"""Looking at a backup, and taking its files out."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import msgspec

from roomkeeper.platform.backups import files
from roomkeeper.platform.backups.models import FORMAT, JOBS, KEY, MANIFEST, BackupError, Database, Manifest, Tell
from roomkeeper.platform.backups.postgresql import PostgreSQLDatabase
from roomkeeper.platform.backups.sqlite import SQLiteDatabase

DATABASES = {SQLiteDatabase.file: SQLiteDatabase.tool, PostgreSQLDatabase.file: PostgreSQLDatabase.tool}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises `BackupError` where there is none that can be used."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise BackupError(f"{folder} is no backup: {MANIFEST} cannot be read ({error.strerror}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"{folder} is damaged, or no backup of Roomkeeper: {error}.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} was made by another version of Roomkeeper ({manifest.version}): use that one.")
    if KEY not in manifest.files or not DATABASES.keys() & manifest.files.keys():
        raise BackupError(f"{folder} is not whole: its manifest names no database or no signing key.")
    for name in manifest.files:
        _check_name(name)
    return manifest


def _check_name(name: str) -> None:
    """A path within the backup, of a kind that one has."""
    parts = PurePosixPath(name).parts
    blob = len(parts) == 4 and parts[0] == "blobs" and parts[1:3] == (parts[3][:2], parts[3][2:4])
    if name not in (*DATABASES, JOBS, KEY) and not (blob and len(parts[3]) == 64 and parts[3].isalnum()):
        raise BackupError(f"The manifest names {name!r}, which is nothing that a backup has.")


def verify(folder: Path, database: Database, tell: Tell) -> Manifest:
    """Read every file of a backup, and hold it against the manifest. Raises `BackupError`.

    The database must be of the kind that the backup was made of.
    """
    manifest = read_manifest(folder)
    if database.file not in manifest.files:
        of = next(DATABASES[name] for name in DATABASES if name in manifest.files)
        raise BackupError(f"{folder} is a backup of {of}, but the setting database_url names {database.tool}.")
    for number, (name, expected) in enumerate(manifest.files.items(), start=1):
        path = folder / name
        if not path.is_file():
            raise BackupError(f"The backup {folder} is not whole: {name} is missing.")
        if files.file_of(path) != expected:
            raise BackupError(f"The backup {folder} is damaged: {name} is not what was written.")
        tell("verifying", number, len(manifest.files))
    try:
        facts = database.facts_of(folder / database.file)
    except BackupError as error:
        raise BackupError(f"The backup {folder} is damaged: {error}") from error
    if facts is not None and (facts.position, facts.counts) != (manifest.position, manifest.counts):
        raise BackupError(f"The backup {folder} is damaged: the database is not the one of the manifest.")
    return manifest


def copy_out(folder: Path, manifest: Manifest, target: Path, tell: Tell) -> None:
    """Copy all files of a backup into a folder, synced to disk, each held against the manifest on the way."""
    for number, (name, expected) in enumerate(manifest.files.items(), start=1):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if files.copy(folder / name, path) != expected:
            raise BackupError(f"The backup {folder} is damaged: {name} is not what was written.")
        tell("restoring", number, len(manifest.files))
    for parent in {(target / name).parent for name in manifest.files}:
        files.sync_folder(parent)
