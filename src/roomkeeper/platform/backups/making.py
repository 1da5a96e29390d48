"""Making a backup while the server runs.

A backup is a folder with `manifest.json`, `roomkeeper.db` (of PostgreSQL: `roomkeeper.dump`), `jobs.db`, `signing.key`
and `blobs/`. It is made under another name and renamed when it is whole and verified.

1. The database is read in one read-only transaction: the server goes on, and what it writes meanwhile
   is not in the backup. It is copied before the blobs, so that those that it refers to are there already.
2. A blob never changes; one that is gone when its turn comes was removed after the copy, and is noted as missing.
3. After a restore, no position may be handed out that a client might have got after the backup; and a token from that
   time must not be taken for one of the new past. So the counter leaps ahead, and the gap is noted: see `Positions`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from roomkeeper.platform.application import BlobReferences
from roomkeeper.platform.backups import files
from roomkeeper.platform.backups.models import FORMAT, JOBS, KEY, MANIFEST, BackupError, Database, File, Manifest, Tell
from roomkeeper.platform.backups.sqlite import copy_file
from roomkeeper.platform.backups.using import verify
from roomkeeper.platform.blobs import LocalBlobs


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be backed up."""

    version: str
    server_name: str
    created_ts: int
    database: Database
    jobs: Path | None
    data_dir: Path
    references: Sequence[BlobReferences]


def make(origin: Origin, target: Path, tell: Tell) -> Manifest:
    """Back up to the folder `target`, which must not exist. Raises `BackupError`, and `OSError` from the system."""
    if target.exists():
        raise BackupError(f"{target} is there already: name a folder that is not.")
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.mkdir(mode=0o700)
    try:
        manifest = _fill(origin, partial, tell)
        verify(partial, origin.database, tell)
        partial.rename(target)
        files.sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return manifest


def _fill(origin: Origin, folder: Path, tell: Tell) -> Manifest:
    if not (origin.data_dir / KEY).exists():
        raise BackupError(f"There is no {KEY} in {origin.data_dir}: this is not the data directory of a server.")
    made = {KEY: files.copy(origin.data_dir / KEY, folder / KEY)}
    if origin.jobs is not None and origin.jobs.exists():
        copy_file(origin.jobs, folder / JOBS, tell)
        made[JOBS] = files.file_of(folder / JOBS)
    copy = folder / origin.database.file
    copied = origin.database.copy(copy, origin.references, tell)
    made[origin.database.file] = files.file_of(copy)
    missing = _link_blobs(origin, folder, copied.blobs, made, tell)
    facts = copied.facts
    manifest = Manifest(
        format=FORMAT,
        version=origin.version,
        server_name=origin.server_name,
        created_ts=origin.created_ts,
        schema=facts.schema,
        position=facts.position,
        reserved=facts.reserved,
        counts=facts.counts,
        files=made,
        missing_blobs=missing,
    )
    files.write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    return manifest


def _link_blobs(
    origin: Origin, folder: Path, referenced: Sequence[str], made: dict[str, File], tell: Tell
) -> list[str]:
    """Link or copy the blobs that the copied database refers to; those that are gone."""
    blobs, missing = LocalBlobs(origin.data_dir / "blobs"), []
    for number, sha256 in enumerate(referenced, start=1):
        source, name = blobs.path(sha256), f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            made[name] = File(sha256, files.link(source, target))
        except FileNotFoundError:
            missing.append(sha256)
        tell("linking files", number, len(referenced))
    return missing
