"""Detectors, people and requests for the tests of screening."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from roomkeeper.capabilities.screening.assembly import Parts
from roomkeeper.capabilities.screening.detectors import Detector, Label, MediaFile, Scores
from roomkeeper.capabilities.screening.detectors.interface import MEDIA_KINDS
from tests import samples
from tests.harness import Answer, Client, Server
from tests.integration.media.uploading import mxc

ROOT = "/_roomkeeper/v1/screening"


class Marks(Detector):
    """Sees what files say of themselves: ``bad=0.7`` in the bytes is the score of that label. Waits where told to."""

    name = "marks"
    kinds = MEDIA_KINDS
    labels: ClassVar[Mapping[str, Label]] = {"bad": Label("Marked as bad.", review=0.5, block=0.9)}

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.revision = "1"
        self.error: Exception | None = None
        self.gone: str | None = None
        self.sees: Callable[[bytes], Scores] = marks_in

    @property
    def version(self) -> str:
        return self.revision

    def absence(self) -> str | None:
        return self.gone

    async def look(self, file: MediaFile) -> Scores:
        self.asked.append(file.sha256)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.sees(file.path.read_bytes())


def marks_in(data: bytes) -> Scores:
    """The scores that the bytes name."""
    _, found, rest = data.partition(b"bad=")
    return Scores(labels={"bad": float(rest[:4]) if found else 0.0})


def marked(score: float, more: str = "") -> bytes:
    """A picture that is as bad as that."""
    return samples.png() + f"{more} bad={score:.2f}".encode()


def parts_of(server: Server) -> Parts:
    """The services of screening of a running server."""
    route, _ = server.app.routes.find("GET", f"{ROOT}/statistics".encode())
    review = getattr(route.endpoint, "__self__")  # noqa: B009 - mypy knows of no bound method
    begin = next(each for name, each in _media(server).stored.items() if name == "screening")
    parts = getattr(begin, "__self__")._parts  # noqa: B009
    assert isinstance(parts, Parts)
    assert parts.cases is review._cases
    return parts


def _media(server: Server) -> Any:
    route, _ = server.app.routes.find("POST", b"/_matrix/media/v1/create")
    return getattr(route.endpoint, "__self__")._media  # noqa: B009


def add_marks(server: Server) -> Marks:
    """Add the detector to a running server."""
    marks = Marks()
    parts_of(server).detectors.add(marks)
    return marks


def checksum(data: bytes) -> str:
    """The second checksum of a file."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


async def send_file(client: Client, room_id: str, media_id: str, /, **more: Any) -> Answer:
    """Send a message that shows a file: status and body."""
    content = {"msgtype": "m.image", "body": "image", "url": mxc(media_id), **more}
    return await send_content(client, room_id, content)


async def send_content(
    client: Client, room_id: str, content: Mapping[str, Any], event_type: str = "m.room.message"
) -> Answer:
    """Send an event: status and body."""
    path = f"/rooms/{quote(room_id)}/send/{event_type}/s{next(client._transactions)}"
    return await client.attempt("PUT", path, content)


async def events_of(client: Client, room_id: str) -> list[str]:
    """The ids of the newest events that somebody sees."""
    answer = await client.get(f"/rooms/{quote(room_id)}/messages", dir="b", limit=100)
    return [event["event_id"] for event in answer["chunk"]]


async def until(found: Callable[[], Awaitable[Any]], seconds: float = 30.0) -> Any:
    """Ask until there is an answer that counts."""
    async with asyncio.timeout(seconds):
        while True:
            if answer := await found():
                return answer
            await asyncio.sleep(0.02)


async def told(client: Client, room_id: str) -> dict[str, Any]:
    """What a sender's clients are shown of a room."""
    path = f"/user/{quote(client.user_id)}/rooms/{quote(room_id)}/account_data/org.roomkeeper.screening"
    status, content = await client.attempt("GET", path)
    return content if status == 200 else {}


async def told_state(client: Client, room_id: str, event_id: str, state: str) -> dict[str, Any]:
    """What they are shown of an event, when that is in a state."""

    async def look() -> Any:
        found = (await told(client, room_id)).get("events", {}).get(event_id)
        return found if found and found["state"] == state else None

    shown = await until(look)
    assert isinstance(shown, dict)
    return shown
