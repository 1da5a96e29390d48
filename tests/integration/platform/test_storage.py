"""Blobs, and the audit log that cannot be changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from roomkeeper.platform.blobs import CHUNK, LocalBlobs
from roomkeeper.platform.database import DatabaseError, Statement, Write
from tests.harness import Server


async def pieces(*parts: bytes, fail: bool = False) -> AsyncIterator[bytes]:
    """Bytes in parts, and a failure at the end."""
    for part in parts:
        yield part
    if fail:
        raise ConnectionError("the client went away")


async def read(blobs: LocalBlobs, name: str, start: int = 0, end: int | None = None) -> bytes:
    """A blob, or a part of it."""
    return b"".join([chunk async for chunk in blobs.get(name, start, end)])


def files_in(folder: Path) -> list[Path]:
    """All files below a folder."""
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_blobs(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    body = bytes(range(256)) * (CHUNK // 100)
    stored = await blobs.put(pieces(body[:1000], b"", body[1000:]))
    assert (stored.sha256, stored.size) == (sha256(body).hexdigest(), len(body))
    assert await read(blobs, stored.sha256) == body
    assert await read(blobs, stored.sha256, 10, 20) == body[10:20]
    assert await read(blobs, stored.sha256, len(body) - 5) == body[-5:]
    assert await read(blobs, stored.sha256, 5, 10**9) == body[5:]
    assert await read(blobs, stored.sha256, len(body) + 5) == b""
    assert (await blobs.put(pieces(body))).sha256 == stored.sha256
    assert len(files_in(tmp_path)) == 1
    await blobs.delete(stored.sha256)
    await blobs.delete(stored.sha256)
    with pytest.raises(KeyError):
        await read(blobs, stored.sha256)
    assert (await blobs.put(pieces())).size == 0


async def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    with pytest.raises(ConnectionError):
        await blobs.put(pieces(b"half", fail=True))
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 62 + "/."])
async def test_names_that_are_no_hash(tmp_path: Path, name: str) -> None:
    blobs = LocalBlobs(tmp_path)
    with pytest.raises(KeyError):
        await read(blobs, name)


async def test_the_audit_log_only_grows(server: Server) -> None:
    audit, committer = server.app.audit, server.app.committer
    for number in range(5):
        write = Write()
        audit.record(write, actor="@ann:example.org", permission="p", target=f"object {number}", reason="why")
        await committer.submit(write)
    for sql in ("UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log"):
        with pytest.raises(DatabaseError):
            await committer.commit(Statement(sql))
    entries = await audit.page(limit=3)
    assert [entry.object for entry in entries] == ["object 4", "object 3", "object 2"]
    assert [entry.object for entry in await audit.page(before=entries[-1].id)] == ["object 1", "object 0"]


async def test_an_action_that_fails_is_not_in_the_audit_log(server: Server) -> None:
    write = Write([Statement("nonsense")])
    server.app.audit.record(write, actor="@ann:example.org", permission="p", target="t")
    with pytest.raises(DatabaseError):
        await server.app.committer.submit(write)
    assert await server.app.audit.page() == []


async def test_the_audit_log_cannot_be_replaced(server: Server) -> None:
    write = Write()
    server.app.audit.record(write, actor="@ann:example.org", permission="p", target="t")
    await server.app.committer.submit(write)
    sql = (
        "INSERT OR REPLACE INTO audit_log (id, ts, actor, permission, object, reason)"
        " SELECT id, 0, 'x', 'x', 'x', 'x' FROM audit_log"
    )
    with pytest.raises(DatabaseError):
        await server.app.committer.commit(Statement(sql))
