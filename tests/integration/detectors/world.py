"""A server's detectors, and asking one about some bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from roomkeeper.capabilities.screening.detectors import Detector, MediaFile, Scores
from roomkeeper.capabilities.screening.detectors.builtin import BuiltIn
from roomkeeper.core.analysis import sniff
from roomkeeper.platform.instance import find_running
from tests.harness import Client, Server


def built_in(server: Server) -> BuiltIn:
    """The detectors of a running server."""
    found = getattr(server.app.doctor["malware"], "__self__")  # noqa: B009 - mypy knows of no bound method
    assert isinstance(found, BuiltIn)
    return found


def detector(server: Server, name: str) -> Detector:
    """One of them."""
    found = built_in(server).detectors.get(name)
    assert found is not None
    return found


def media_file(folder: Path, data: bytes, name: str | None = None, claimed: str = "") -> MediaFile:
    """A file on disk, as detectors get it."""
    digest = hashlib.sha256(data).hexdigest()
    path = folder / digest
    path.write_bytes(data)
    return MediaFile(
        sha256=digest,
        path=path,
        size=len(data),
        claimed_type=claimed or "application/octet-stream",
        sniffed_type=sniff(data[:4096]),
        file_name=name,
        uploader="@customer:example.org",
    )


class Asker:
    """Asks a server's detectors."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder

    async def look(self, name: str, data: bytes, file_name: str | None = None, claimed: str = "") -> Scores:
        """What one of them says to these bytes; it must concern itself with them."""
        file = media_file(self.folder, data, file_name, claimed)
        asked = detector(self.server, name)
        assert asked.concerns(file), f"{name} has nothing to say about {file.sniffed_type}"
        scores = await asked.look(file)
        assert set(scores.labels) <= set(asked.labels)
        assert all(0 <= score <= 1 for score in scores.labels.values())
        return scores

    async def seen(self, name: str, data: bytes, file_name: str | None = None, claimed: str = "") -> set[str]:
        """The labels that one of them gives a score."""
        scores = await self.look(name, data, file_name, claimed)
        return {label for label, score in scores.labels.items() if score > 0}


async def upload(client: Client, data: bytes, content_type: str = "application/octet-stream") -> str:
    """Upload a file; its mxc:// URI."""
    status, _, answer = await client.server.raw(
        "POST",
        "/_matrix/media/v3/upload",
        data,
        {"authorization": f"Bearer {client.token}", "content-type": content_type},
    )
    assert status == 200, answer
    return answer.decode().split('"content_uri":"')[1].split('"')[0]


async def post_csv(server: Server, text: str | bytes, query: str = "") -> tuple[int, Any]:
    """Import a list as the machine's administrator."""
    import json

    running = find_running(server.data_dir)
    assert running is not None
    body = text.encode() if isinstance(text, str) else text
    status, _, answer = await server.raw(
        "POST",
        f"/_roomkeeper/v1/screening/known/import{query}",
        body,
        {"authorization": f"Bearer {running.token}", "content-type": "text/csv"},
    )
    return status, json.loads(answer)
