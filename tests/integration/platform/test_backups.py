"""Backups: what is in one, and that nothing is used that is not what was written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from roomkeeper.platform import backups
from roomkeeper.platform.backups import BackupError, Database, Manifest
from roomkeeper.platform.backups.postgresql import without_password
from roomkeeper.platform.database import Positions
from tests.databases import ON_POSTGRESQL, databases
from tests.harness import Server

OF_ITS_KIND = backups.database_of("postgresql:///none" if ON_POSTGRESQL else "sqlite:///none")
DATABASE = "roomkeeper.dump" if ON_POSTGRESQL else "roomkeeper.db"


def database_of(data_dir: Path) -> Database:
    """The main database of a server."""
    return backups.database_of(databases.url_of(data_dir))


def verify(folder: Path) -> Manifest:
    """Look at a backup."""
    return backups.verify(folder, OF_ITS_KIND, quietly)


def quietly(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


async def make(server: Server, target: Path) -> Manifest:
    """Back up a running server."""
    origin = backups.Origin(
        version="1",
        server_name="example.org",
        created_ts=1,
        database=database_of(server.data_dir),
        jobs=server.data_dir / "jobs.db",
        data_dir=server.data_dir,
        references=server.app.blob_references.values(),
    )
    return await asyncio.to_thread(backups.make, origin, target, quietly)


@pytest.fixture
async def backup(server: Server, tmp_path: Path) -> Path:
    alice = await server.register("alice")
    await alice.create_room()
    await make(server, tmp_path / "backup")
    return tmp_path / "backup"


async def upload(server: Server, token: str, content: bytes) -> None:
    """Upload a file."""
    headers = {"authorization": f"Bearer {token}", "content-type": "text/plain"}
    status, _, answer = await server.raw("POST", "/_matrix/media/v3/upload", content, headers)
    assert status == 200, answer


async def test_what_is_in_it(server: Server, tmp_path: Path) -> None:
    alice = await server.register("alice")
    await alice.create_room()
    for content in (b"one", b"two", b"one"):
        await upload(server, alice.token, content)
    manifest = await make(server, tmp_path / "backup")
    assert {"users": 2, "rooms": 1, "devices": 1}.items() <= manifest.counts.items(), "alice and the support account"
    assert manifest.position <= manifest.reserved
    names = {path.relative_to(tmp_path / "backup").as_posix() for path in (tmp_path / "backup").rglob("*.*")}
    assert {"manifest.json", DATABASE, "signing.key"} <= names
    blobs = [name for name in manifest.files if name.startswith("blobs/")]
    assert len(blobs) == 2
    assert (server.data_dir / blobs[0]).stat().st_ino == (tmp_path / "backup" / blobs[0]).stat().st_ino
    assert manifest == await asyncio.to_thread(verify, tmp_path / "backup")


async def test_a_blob_that_went_meanwhile_is_noted(server: Server, tmp_path: Path) -> None:
    alice = await server.register("alice")
    await upload(server, alice.token, b"one")
    (blob,) = [path for path in (server.data_dir / "blobs").rglob("*") if path.is_file()]
    blob.rename(tmp_path / "blob")
    manifest = await make(server, tmp_path / "backup")
    assert manifest.missing_blobs == [blob.name]
    await asyncio.to_thread(verify, tmp_path / "backup")
    (tmp_path / "blob").rename(blob)


async def test_nothing_is_left_of_one_that_fails(server: Server, tmp_path: Path) -> None:
    (server.data_dir / "signing.key").rename(tmp_path / "signing.key")
    with pytest.raises(BackupError, match="not the data directory of a server"):
        await make(server, tmp_path / "backups" / "one")
    (tmp_path / "signing.key").rename(server.data_dir / "signing.key")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize("file", ["manifest.json", DATABASE, "signing.key"])
def test_what_is_missing_is_found(backup: Path, file: str) -> None:
    (backup / file).unlink()
    with pytest.raises(BackupError):
        verify(backup)


@pytest.mark.parametrize("file", ["manifest.json", DATABASE, "signing.key"])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.5, 0.999])
def test_damage_is_found(backup: Path, file: str, place: float) -> None:
    content = bytearray((backup / file).read_bytes())
    at = int(len(content) * place)
    content[at] ^= 0xFF
    (backup / file).write_bytes(content)
    with pytest.raises(BackupError):
        verify(backup)


@pytest.mark.parametrize("file", [DATABASE, "signing.key"])
def test_what_was_cut_off_is_found(backup: Path, file: str) -> None:
    content = (backup / file).read_bytes()
    (backup / file).write_bytes(content[:-1])
    with pytest.raises(BackupError, match="is damaged"):
        verify(backup)


@pytest.mark.parametrize(
    "name",
    [
        *("../outside", "/etc/passwd", "blobs/../../x", "roomkeeper.db/../x", "blobs/aa/bb/cc", "", "instance.json"),
        *("blobs/aa/bb/" + "a" * 63 + "/", "blobs/aa/aa/" + "b" * 64),
    ],
)
def test_a_manifest_that_names_other_files_is_refused(backup: Path, name: str) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"][name] = {"sha256": "", "size": 0}
    (backup / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackupError, match="nothing that a backup has"):
        backups.read_manifest(backup)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"format": 2}', b"null", b"[" * 10_000])
def test_manifests_that_are_none(backup: Path, content: bytes) -> None:
    (backup / "manifest.json").write_bytes(content)
    with pytest.raises(BackupError):
        backups.read_manifest(backup)


async def test_a_backup_of_the_other_database_is_refused(backup: Path) -> None:
    other = backups.database_of("sqlite:///none" if ON_POSTGRESQL else "postgresql:///none")
    with pytest.raises(BackupError, match="but the setting database_url names"):
        await asyncio.to_thread(backups.verify, backup, other, quietly)


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://a:b%40c@host:5/d", "postgresql://a@host:5/d", {"PGPASSWORD": "b@c"}),
        ("postgresql://a@/d?host=/run&password=x", "postgresql://a@/d?host=%2Frun", {"PGPASSWORD": "x"}),
        ("postgresql:///d", "postgresql:///d", {}),
    ],
)
def test_the_password_is_not_in_the_list_of_processes(url: str, bare: str, password: dict[str, str]) -> None:
    assert without_password(url) == (bare, password)


class Rows:
    """A reader of positions."""

    async def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The gaps."""
        return [(10, 1000)]

    async def query_one(self, sql: str, *parameters: Any) -> tuple[Any, ...] | None:
        """The counter."""
        return (1000,)


@pytest.mark.parametrize(
    ("position", "known"), [(0, True), (9, True), (10, True), (11, False), (999, False), (1000, True), (1001, False)]
)
async def test_tokens_from_the_gap_are_not_known(position: int, known: bool) -> None:
    positions = Positions()
    await positions.load(Rows())
    assert positions.knows(position) is known
