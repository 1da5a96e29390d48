"""Thumbnails, by way of the server; and all that can be wrong with an image."""

from __future__ import annotations

import asyncio
import io
import os
from typing import Any

import pytest
from PIL import Image

from roomkeeper.core.analysis.pool import outcomes
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.media.uploading import download, send_image, thumbnail, together, upload

LARGE = samples.jpeg(1000, 500)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def made() -> float:
    """How many thumbnails the servers of this process have had made."""
    return outcomes.labels("thumbnail", "done")._value.get()  # type: ignore[no-any-return]


def workers(server: Server) -> list[int]:
    """The process ids of the workers."""
    analysis = server.app.ending["analysis"].__self__  # type: ignore[attr-defined]
    return [worker.pid for pool in analysis.pools.values() for worker in pool.workers]


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"width": 32, "height": 32, "method": "crop"}, (32, 32)),
        ({"width": 96, "height": 96, "method": "crop"}, (96, 96)),
        ({"width": 320, "height": 240, "method": "scale"}, (320, 160)),
        ({"width": 640, "height": 480, "method": "scale"}, (640, 320)),
        ({"width": 800, "height": 600, "method": "scale"}, (800, 400)),
        ({"width": 64, "height": 64, "method": "crop"}, (96, 96)),
        ({"width": 5, "height": 5}, (32, 16)),
    ],
)
async def test_sizes(server: Server, query: dict[str, Any], size: tuple[int, int]) -> None:
    alice = await server.register("alice")
    answer = await thumbnail(alice, await upload(alice, LARGE), **query)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["content-disposition"] == 'inline; filename="thumbnail.jpg"'
    assert opened(answer.body).size == size
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_they_are_kept(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    assert workers(server) == [], "no worker before there is work"
    first, second = await upload(alice, LARGE), await upload(bob, LARGE)
    before = made()
    answers = await asyncio.gather(*(thumbnail(alice, first) for _ in range(5)))
    assert len({answer.body for answer in answers}) == 1
    assert made() - before == 1, "who asks at once waits for the same one"
    for pid in workers(server):
        os.kill(pid, 9)
    assert (await thumbnail(bob, second)).body == answers[0].body
    etag = answers[0].headers["etag"]
    assert etag != (await download(alice, first)).headers["etag"]


async def test_the_original_where_it_is_small_or_nothing_else_is_large_enough(server: Server) -> None:
    alice = await server.register("alice")
    small = samples.png(20, 20)
    answer = await thumbnail(alice, await upload(alice, small))
    assert (answer.body, answer.headers["content-type"]) == (small, "image/png")
    media_id = await upload(alice, LARGE, content_type="image/jpeg")
    answer = await thumbnail(alice, media_id, width=10**9, height=10**9)
    assert answer.body == LARGE


async def test_moving(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, samples.moving("GIF", 4, 400, 200), content_type="image/gif")
    still = await thumbnail(alice, media_id)
    assert not getattr(opened(still.body), "is_animated", False)
    moving = await thumbnail(alice, media_id, animated="true")
    assert moving.headers["content-type"] == "image/webp"
    assert getattr(opened(moving.body), "n_frames", 1) == 4
    assert (await thumbnail(alice, media_id, animated="false")).body == still.body
    huge = await thumbnail(alice, media_id, width=5000, height=5000)
    assert not getattr(opened(huge.body), "is_animated", False)


async def test_members_get_them(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, LARGE)
    assert (await thumbnail(bob, media_id)).status == 404
    await send_image(alice, room_id, media_id)
    assert (await thumbnail(bob, media_id)).status == 200


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ({"width": None}, "M_MISSING_PARAM"),
        ({"height": None}, "M_MISSING_PARAM"),
        ({"width": 0}, "M_INVALID_PARAM"),
        ({"height": -1}, "M_INVALID_PARAM"),
        ({"width": "x"}, "M_INVALID_PARAM"),
        ({"width": "1.5"}, "M_INVALID_PARAM"),
        ({"width": "9" * 40}, "M_INVALID_PARAM"),
        ({"method": "stretch"}, "M_INVALID_PARAM"),
        ({"animated": "yes"}, "M_INVALID_PARAM"),
    ],
)
async def test_wrong_requests(server: Server, query: dict[str, Any], errcode: str) -> None:
    alice = await server.register("alice")
    answer = await thumbnail(alice, await upload(alice), **query)
    assert (answer.status, answer.errcode) == (400, errcode)


async def test_every_broken_file(server: Server) -> None:
    alice = await server.register("alice")
    assert len(samples.broken()) + len(samples.too_large()) >= 40
    for name, data in {**samples.broken(), **samples.too_large()}.items():
        for claimed in ("image/png", "image/svg+xml"):
            media_id = await upload(alice, data, content_type=claimed)
            whole = await download(alice, media_id)
            assert whole.body == data, name
            active = whole.headers["content-type"] in ("image/svg+xml", "text/html")
            assert not active or whole.headers["content-disposition"].startswith("attachment"), name
        for method in ("scale", "crop"):
            answer = await thumbnail(alice, media_id, method=method)
            expected = (413, "M_TOO_LARGE") if name in samples.too_large() else (400, "M_UNKNOWN")
            if answer.status == 200:
                assert name not in samples.too_large(), name
                opened(answer.body).load()
            else:
                assert (answer.status, answer.errcode) == expected, (name, answer)
    good = await thumbnail(alice, await upload(alice, LARGE))
    assert good.status == 200
    assert await alice.get("/joined_rooms") == {"joined_rooms": []}


async def test_every_good_file(server: Server) -> None:
    alice = await server.register("alice")
    for name, data in samples.good().items():
        media_id = await upload(alice, data)
        for query in ({"width": 32, "height": 32}, {"width": 32, "height": 32, "method": "crop", "animated": "true"}):
            answer = await thumbnail(alice, media_id, **query)
            assert answer.status == 200, (name, answer)
            opened(answer.body).load()
            assert answer.headers["content-type"] in ("image/png", "image/jpeg", "image/webp", "image/gif")


async def test_the_pixel_limit_is_a_setting(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_MEDIA_MAX_IMAGE_PIXELS="10000")
    alice = await server.register("alice")
    answer = await thumbnail(alice, await upload(alice, samples.png(101, 100)))
    assert (answer.status, answer.errcode) == (413, "M_TOO_LARGE")
    assert (await thumbnail(alice, await upload(alice, samples.png(100, 100)))).status == 200


async def test_a_file_that_failed_is_not_tried_again_at_once(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, samples.broken()["half a png"])
    assert (await thumbnail(alice, media_id)).status == 400
    for pid in workers(server):
        os.kill(pid, 9)
    assert (await thumbnail(alice, media_id, width=200)).status == 400
    assert (await thumbnail(alice, media_id, method="crop")).status == 400


async def test_the_doctor(server: Server) -> None:
    finding = await server.app.doctor["analysis"]()
    assert finding.ok, finding
    assert "thumbnail" in finding.text
