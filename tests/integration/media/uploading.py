"""Uploading and downloading in tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from tests import samples
from tests.harness import Client

NEW = "/_matrix/client/v1/media"
OLD = "/_matrix/media"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def errcode(self) -> str:
        return str(self.json["errcode"])


async def send(client: Client, method: str, path: str, body: bytes = b"", /, **headers: str) -> Answer:
    """A request with the client's token; ``_`` in the names of headers stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.server.raw(method, path, body, {"authorization": f"Bearer {client.token}", **named})
    return Answer(*answer)


async def upload(client: Client, data: bytes | None = None, name: str | None = None, **headers: str) -> str:
    """Upload; the media id."""
    headers = {"content_type": "image/png", **headers}
    query = "" if name is None else f"?filename={quote(name)}"
    answer = await send(client, "POST", f"{OLD}/v3/upload{query}", samples.png() if data is None else data, **headers)
    assert answer.status == 200, answer
    uri: str = answer.json["content_uri"]
    assert uri.startswith("mxc://example.org/")
    return uri.rpartition("/")[2]


async def create(client: Client) -> str:
    """Make an id; it."""
    uri: str = (await client.post(f"{OLD}/v1/create"))["content_uri"]
    return uri.rpartition("/")[2]


async def fill(client: Client, media_id: str, data: bytes = b"content", **headers: str) -> Answer:
    """Upload to an id."""
    return await send(client, "PUT", f"{OLD}/v3/upload/example.org/{media_id}", data, **headers)


async def download(client: Client, media_id: str, more: str = "", method: str = "GET", **headers: str) -> Answer:
    """Download."""
    return await send(client, method, f"{NEW}/download/example.org/{media_id}{more}", b"", **headers)


async def thumbnail(client: Client, media_id: str, **query: Any) -> Answer:
    """A thumbnail."""
    wanted = {"width": 96, "height": 96, **query}
    parameters = "&".join(f"{name}={value}" for name, value in wanted.items() if value is not None)
    return await send(client, "GET", f"{NEW}/thumbnail/example.org/{media_id}?{parameters}")


def mxc(media_id: str) -> str:
    """Its content URI."""
    return f"mxc://example.org/{media_id}"


async def send_image(client: Client, room_id: str, media_id: str) -> str:
    """Send a message that shows it; the event id."""
    content: Mapping[str, Any] = {"msgtype": "m.image", "body": "image", "url": mxc(media_id)}
    path = f"/rooms/{quote(room_id)}/send/m.room.message/{media_id}{next(client._transactions)}"
    return str((await client.put(path, content))["event_id"])


async def together(*clients: Client, **options: Any) -> str:
    """A room that all of them are in."""
    first, *others = clients
    room_id = await first.create_room(invite=[other.user_id for other in others], **options)
    for other in others:
        await other.join(room_id)
    return room_id
