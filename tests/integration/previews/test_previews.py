"""Previews of pages, images, texts; kept, fetched once, let go."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from aiohttp import web

from roomkeeper.core.previews.keeping import Keeper
from roomkeeper.platform.clock import FixedClock
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Answer, Client, Server
from tests.integration.media.test_cleanup import clean
from tests.integration.media.uploading import download, send_image, together
from tests.integration.previews.site import Site, until

PREVIEW = "/_matrix/client/v1/media/preview_url"
HOUR_MS = 3600 * 1000
PNG = samples.png(120, 80)


async def preview(client: Client, url: str, **query: Any) -> dict[str, Any]:
    return await client.get(PREVIEW, url=url, **query)


async def refused(client: Client, url: str, **query: Any) -> tuple[int, str]:
    status, answer = await client.attempt("GET", PREVIEW, None, url=url, **query)
    return status, answer["errcode"]


def media_id(answer: dict[str, Any]) -> str:
    uri: str = answer["og:image"]
    assert uri.startswith("mxc://example.org/")
    return uri.rpartition("/")[2]


async def test_a_page_with_open_graph(server: Server, alice: Client, site: Site) -> None:
    site.put("/image.png", PNG, "image/png")
    url = site.put(
        "/page",
        '<meta property="og:title" content="Grüße"><meta property="og:description" content="About">'
        '<meta property="og:image" content="/image.png"><meta property="og:image:width" content="9999">',
        "text/html; charset=utf-8",
    )
    answer = await preview(alice, f"{url}#part")
    uri = answer.pop("og:image")
    assert answer == {
        "og:title": "Grüße",
        "og:description": "About",
        "og:image:type": "image/png",
        "og:image:width": 120,
        "og:image:height": 80,
        "matrix:image:size": len(PNG),
    }
    assert all("Roomkeeper" in agent for agent in site.agents)
    # Everybody who is signed in may see the image, and nobody else.
    bob = await server.register("bob")
    for client in (alice, bob):
        found = await download(client, uri.rpartition("/")[2])
        assert (found.status, found.body, found.headers["content-type"]) == (200, PNG, "image/png")
    status, _, _ = await server.raw("GET", f"/_matrix/client/v1/media/download/{uri.removeprefix('mxc://')}")
    assert status == 401


async def test_a_page_without_open_graph(alice: Client, site: Site) -> None:
    site.put("/2.jpg", samples.jpeg(90, 60), "image/jpeg")
    site.put("/1.jpg", "not there", "text/html")
    url = site.put("/p", "<title>Title</title><p>Text<img src=1.jpg><img src=2.jpg>")
    answer = await preview(alice, url)
    assert (answer["og:title"], answer["og:description"]) == ("Title", "Text")
    assert (answer["og:image:type"], answer["og:image:width"]) == ("image/jpeg", 90)
    assert await preview(alice, site.put("/bare.html", "")) == {"og:title": "bare.html"}


async def test_character_sets(alice: Client, site: Site) -> None:
    koi = "<title>Привет</title>".encode("koi8-r")
    assert (await preview(alice, site.put("/1", koi, "text/html; charset=koi8-r")))["og:title"] == "Привет"
    declared = b'<meta charset="koi8-r">' + koi
    assert (await preview(alice, site.put("/2", declared, "text/html")))["og:title"] == "Привет"


async def test_what_is_no_page(alice: Client, site: Site) -> None:
    image = await preview(alice, site.put("/my cat.png", PNG, "image/png"))
    assert (image["og:title"], image["og:image:type"], image["matrix:image:size"]) == (
        "my cat.png",
        "image/png",
        len(PNG),
    )
    text = await preview(alice, site.put("/a.txt", "Some\nwords " * 500, "text/plain"))
    assert text["og:title"] == "a.txt"
    assert text["og:description"].startswith("Some words Some words")
    assert len(text["og:description"]) <= 500
    video = await preview(alice, site.put("/v.mp4", b"x" * 10**6, "video/mp4"))
    assert video == {"og:title": "v.mp4", "og:type": "video.other", "og:video:type": "video/mp4"}
    audio = await preview(alice, site.put("/a.ogg", b"x", "audio/ogg"))
    assert audio == {"og:title": "a.ogg", "og:type": "music.song", "og:audio:type": "audio/ogg"}
    assert await preview(alice, site.put("/a.pdf", b"%PDF-", "application/pdf")) == {"og:title": "a.pdf"}


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "image/svg+xml"),
        (b"<html>no image</html>", "image/png"),
        (samples.broken()["svg"], "image/png"),
        (PNG[:100], "image/png"),
        (b"", "image/png"),
    ],
)
async def test_images_that_are_none(alice: Client, site: Site, data: bytes, content_type: str) -> None:
    site.put("/i", data, content_type)
    url = site.put("/", '<title>T</title><meta property="og:image" content="/i">')
    assert await preview(alice, url) == {"og:title": "T"}
    assert await preview(alice, site.url("/i")) == {"og:title": "i"}


async def test_an_image_that_is_too_large(make_server: MakeServer, site: Site) -> None:
    server = await make_server(
        ROOMKEEPER_PREVIEWS_ALLOWED_ADDRESSES="127.0.0.1",
        ROOMKEEPER_PREVIEWS_PORTS=str(site.port),
        ROOMKEEPER_PREVIEWS_MAX_IMAGE_SIZE="2000",
    )
    alice = await server.register("alice")
    site.put("/i.png", PNG + b"x" * 2000, "image/png")
    assert await preview(alice, site.put("/", "<title>T</title><img src=i.png>")) == {"og:title": "T"}
    assert not list((server.data_dir / "blobs").rglob("incoming-*"))


async def test_large_and_compressed_pages(alice: Client, site: Site) -> None:
    head = b"<title>Large</title>"
    assert (await preview(alice, site.put("/large", head + b"<p>" * 10**6)))["og:title"] == "Large"
    packed = gzip.compress(head + b"x" * 200 * 2**20, 9)
    found = await preview(alice, site.put("/bomb", packed, Content_Encoding="gzip"))
    assert found["og:title"] == "Large"
    small = gzip.compress(b"<title>Small</title>")
    assert (await preview(alice, site.put("/small", small, Content_Encoding="gzip")))["og:title"] == "Small"
    assert await refused(alice, site.put("/broken", b"\x00" * 100, Content_Encoding="gzip")) == (404, "M_NOT_FOUND")
    assert await refused(alice, site.put("/odd", b"x", Content_Encoding="br")) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize("text", ["<a " * 300_000, "<" * 10**6, "&" * 10**6, "\x00" * 10**6, "<div>" * 200_000])
async def test_hostile_pages(alice: Client, site: Site, text: str) -> None:
    url = site.put("/", "<title>T</title>" + text)
    assert (await preview(alice, url))["og:title"] in ("T", "127.0.0.1")


async def test_redirects(alice: Client, site: Site) -> None:
    site.put("/end", "<title>End</title>")
    site.redirect("/2", site.url("/end"), 301)
    assert (await preview(alice, site.redirect("/1", "2")))["og:title"] == "End"
    assert await refused(alice, site.redirect("/round", "/round")) == (404, "M_NOT_FOUND")
    assert site.asked.count("127.0.0.1/round") == 6
    for number, location in enumerate(
        ("ftp://127.0.0.1/", "http://user:x@127.0.0.1/", "http://127.0.0.1:1/", "", "http://[")
    ):
        assert await refused(alice, site.redirect(f"/to{number}", location)) == (404, "M_NOT_FOUND")


async def test_pages_that_are_not_there(alice: Client, site: Site) -> None:
    assert await refused(alice, site.url("/missing")) == (404, "M_NOT_FOUND")
    site.put("/missing", "<title>There</title>")
    # What failed is not asked again at once.
    assert await refused(alice, site.url("/missing")) == (404, "M_NOT_FOUND")
    assert site.asked == ["127.0.0.1/missing"]


async def test_a_failure_is_forgotten(alice: Client, site: Site, clock: FixedClock) -> None:
    assert (await refused(alice, site.url("/missing")))[0] == 404
    site.put("/missing", "<title>There</title>")
    clock.advance(6 * 60 * 1000)
    assert (await preview(alice, site.url("/missing")))["og:title"] == "There"


async def test_nobody_is_there(alice: Client, site: Site) -> None:
    assert await refused(alice, "http://does-not-exist.invalid/") == (404, "M_NOT_FOUND")


async def test_a_slow_page(make_server: MakeServer, site: Site) -> None:
    server = await make_server(
        ROOMKEEPER_PREVIEWS_ALLOWED_ADDRESSES="127.0.0.1",
        ROOMKEEPER_PREVIEWS_PORTS=str(site.port),
        ROOMKEEPER_PREVIEWS_TIMEOUT_S="1",
    )
    alice = await server.register("alice")

    async def never(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    site.pages["/"] = never
    assert await refused(alice, site.url("/")) == (404, "M_NOT_FOUND")


async def test_one_page_is_fetched_once(server: Server, alice: Client, site: Site) -> None:
    bob = await server.register("bob")
    go = asyncio.Event()

    async def wait(_request: web.Request) -> web.Response:
        await go.wait()
        return web.Response(text="<title>Once</title>", content_type="text/html")

    site.pages["/"] = wait
    asking = [asyncio.create_task(preview(client, site.url("/"))) for client in (alice, bob) * 5]
    await until(lambda: site.asked)
    go.set()
    assert {answer["og:title"] for answer in await asyncio.gather(*asking)} == {"Once"}
    assert (await preview(bob, site.url("/")))["og:title"] == "Once"
    assert len(site.asked) == 1


async def test_bounds_for_a_user_and_a_host(server: Server, alice: Client, site: Site) -> None:
    bob = await server.register("bob")
    go = asyncio.Event()
    now, most = 0, 0

    async def wait(_request: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await go.wait()
        now -= 1
        return web.Response(text="<title>T</title>", content_type="text/html")

    for number in range(20):
        site.pages[f"/{number}"] = wait
    asking = [asyncio.create_task(preview(alice, site.url(f"/{number}"))) for number in range(5)]
    await until(lambda: now == 4)
    status, answer = await alice.attempt("GET", PREVIEW, None, url=site.url("/9"))
    assert (status, answer["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert answer["retry_after_ms"] > 0
    asking.append(asyncio.create_task(preview(bob, site.url("/10"))))
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*asking)
    assert most == 4
    assert (await preview(alice, site.url("/9")))["og:title"] == "T"


async def test_rate_limit(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_RATE_LIMITS="on")
    alice = await server.register("alice")
    answers: list[Answer] = [await alice.attempt("GET", PREVIEW, None, url="http://127.0.0.1/") for _ in range(80)]
    assert answers[0][0] == 404
    assert any(status == 429 for status, _ in answers)


async def test_points_in_time(alice: Client, site: Site, clock: FixedClock) -> None:
    url = site.put("/", "<title>Old</title>")
    first = clock.now_ms()
    assert (await preview(alice, url))["og:title"] == "Old"
    site.put("/", "<title>New</title>")
    assert (await preview(alice, url))["og:title"] == "Old", "it is fresh"
    clock.advance(13 * 3600 * 1000)
    assert (await preview(alice, url))["og:title"] == "New"
    # As it was then; before it was known, the next that is known; of the future, now.
    assert (await preview(alice, url, ts=first))["og:title"] == "Old"
    assert (await preview(alice, url, ts=first + HOUR_MS))["og:title"] == "Old"
    assert (await preview(alice, url, ts=first - HOUR_MS))["og:title"] == "Old"
    assert (await preview(alice, url, ts=first + 12 * HOUR_MS + 1))["og:title"] == "New"
    assert (await preview(alice, url, ts=2**53 - 1))["og:title"] == "New"
    assert len(site.asked) == 2
    for ts in ("x", "-1", "", str(10**30)):
        status, errcode = await refused(alice, url, ts=ts)
        assert (status, errcode) == (400, "M_INVALID_PARAM")


async def test_what_is_wrong_with_a_request(server: Server, alice: Client) -> None:
    status, answer = await alice.attempt("GET", PREVIEW)
    assert (status, answer["errcode"]) == (400, "M_MISSING_PARAM")
    for url in ("", "example.org", "ftp://127.0.0.1/", "http://a:b@example.org/", "http://2130706433/", "\0"):
        assert await refused(alice, url) == (400, "M_INVALID_PARAM")
    status, answer = await server.request("GET", f"{PREVIEW}?url=x")
    assert (status, answer["errcode"]) == (401, "M_MISSING_TOKEN")


# ------------------------------------------------------------------ keeping


def keeper(server: Server) -> Keeper:
    found = server.app.background["previews"].__self__  # type: ignore[attr-defined]
    assert isinstance(found, Keeper)
    return found


async def test_images_live_as_long_as_their_previews(
    server: Server, alice: Client, site: Site, clock: FixedClock
) -> None:
    site.put("/i.png", PNG, "image/png")
    url = site.put("/", "<img src=i.png>")
    image = media_id(await preview(alice, url))
    clock.advance(20 * 24 * 3600 * 1000)
    await clean(server)
    assert await keeper(server).step() is False
    assert (await download(alice, image)).status == 200
    clock.advance(11 * 24 * 3600 * 1000)
    await keeper(server).step()
    await clean(server)
    assert (await download(alice, image)).status == 404
    assert not [path for path in (server.data_dir / "blobs").rglob("*") if path.is_file()]
    site.put("/", "<title>Anew</title>")
    assert await preview(alice, url) == {"og:title": "Anew"}


async def test_an_image_that_was_sent_on_stays(server: Server, alice: Client, site: Site, clock: FixedClock) -> None:
    room_id = await together(alice)
    site.put("/i.png", PNG, "image/png")
    image = media_id(await preview(alice, site.put("/", "<img src=i.png>")))
    await send_image(alice, room_id, image)
    clock.advance(31 * 24 * 3600 * 1000)
    await keeper(server).step()
    await clean(server)
    assert (await download(alice, image)).status == 200


async def test_so_many_are_kept(make_server: MakeServer, site: Site, clock: FixedClock) -> None:
    server = await make_server(
        clock,
        ROOMKEEPER_PREVIEWS_ALLOWED_ADDRESSES="127.0.0.1",
        ROOMKEEPER_PREVIEWS_PORTS=str(site.port),
        ROOMKEEPER_PREVIEWS_MAX_KEPT="3",
    )
    alice = await server.register("alice")
    for number in range(5):
        await preview(alice, site.put(f"/{number}", "<title>T</title>"))
        clock.advance(1 * 1000)
    await keeper(server).step()
    site.asked.clear()
    for number in reversed(range(5)):
        await preview(alice, site.url(f"/{number}"))
    assert site.asked == ["127.0.0.1/1", "127.0.0.1/0"]


async def test_previews_outlive_the_server(server: Server, alice: Client, site: Site) -> None:
    url = site.put("/", "<title>T</title>")
    await preview(alice, url)
    await server.restart()
    assert (await preview(alice, url))["og:title"] == "T"
    assert len(site.asked) == 1


async def test_stopping_while_a_page_is_fetched(server: Server, alice: Client, site: Site) -> None:
    async def never(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    site.pages["/"] = never
    asking = asyncio.create_task(alice.attempt("GET", PREVIEW, None, url=site.url("/")))
    await until(lambda: site.asked)
    await server.restart()
    assert (await asking)[0] == 503


async def test_previews_can_be_switched_off(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_PREVIEWS="off")
    alice = await server.register("alice")
    assert await refused(alice, "http://example.org/") == (404, "M_UNRECOGNIZED")
