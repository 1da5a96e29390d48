"""Feeds that the server fetches: from a real HTTP server, by ETag, less often where they fail, from nowhere private."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.organisation.conftest import MakeOffice, office_on
from tests.integration.organisation.office import Office
from tests.integration.safety.test_events import QUICK, asked, near, officer
from tests.integration.safety.test_feeds import ALERT, CANCEL, UPDATE
from tests.integration.safety.world import ROOT, people, until

__all__ = ["officer"]

FEEDS = f"{ROOT}/feeds"
MINUTE_MS = 60_000
ATOM = b"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2">
  <id>urn:example:warnings</id><title>Warnings</title><updated>2026-05-24T16:50:00+02:00</updated>%s
</feed>"""
ENTRY = b"""
  <entry><id>%s</id><updated>2026-05-24T16:49:00+02:00</updated><title>Warning</title>
    <link rel="alternate" type="text/html" href="/warnings/page"/>
    <link rel="alternate" type="application/cap+xml" href="%s"/>
    <cap:event>Flood</cap:event></entry>"""
RSS = b"""<rss version="2.0"><channel><title>Warnings</title>%s</channel></rss>"""
ITEM = b"""<item><title>Warning</title><link>%s</link><pubDate>Sun, 24 May 2026 14:49:00 GMT</pubDate></item>"""


class Site:
    """A site with documents, as agencies have them; it remembers what it was asked for."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.asked: list[tuple[str, int]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """A document, or that it is the one that was asked for before."""
        document = self.documents.get(request.path)
        etag = f'"{hash(document)}"'
        if self.status != 200 or document is None:
            status = 404 if document is None else self.status
        else:
            status = 304 if request.headers.get("If-None-Match") == etag else 200
        self.asked.append((request.path, status))
        body = document if status == 200 else b""
        return web.Response(status=status, body=body, headers={"ETag": etag, **self.headers})

    def paths(self) -> list[str]:
        """What was asked for since the last look."""
        asked, self.asked = self.asked, []
        return [path for path, _ in asked]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    found = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", found.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
def clock() -> FixedClock:
    # The alerts expire in a hundred years.
    return FixedClock()


@pytest.fixture
async def office(make_server: MakeServer, clock: FixedClock) -> Office:
    return await office_on(await make_server(clock, **QUICK, ROOMKEEPER_SAFETY_FEED_ADDRESSES="127.0.0.1/32"))


@pytest.fixture
def server(office: Office) -> Server:
    return office.server


async def add(officer: Client, url: str) -> str:
    made = await officer.post(FEEDS, {"name": "Warnings", "url": url, "minutes": 5})
    return str(made["feed_id"])


async def feed(officer: Client, feed_id: str) -> dict[str, Any]:
    found = (await officer.get(FEEDS))["feeds"]
    return next(each for each in found if each["feed_id"] == feed_id)


async def fetched(officer: Client, feed_id: str) -> dict[str, Any]:
    """A feed, when it was looked at for the first time."""

    async def look() -> dict[str, Any] | None:
        found = await feed(officer, feed_id)
        return found if "fetched_ts" in found["state"] else None

    found = await until(look)
    assert isinstance(found, dict)
    return found


async def fetch(officer: Client, feed_id: str) -> dict[str, Any]:
    return (await officer.post(f"{FEEDS}/{feed_id}/fetch"))["state"]  # type: ignore[no-any-return]


async def alerts(officer: Client) -> list[dict[str, Any]]:
    return (await officer.get(f"{ROOT}/events", source="cap"))["events"]  # type: ignore[no-any-return]


async def test_an_atom_feed_is_followed_from_alert_to_cancellation(officer: Client, server: Server, site: Site) -> None:
    (inside,) = await near(server, "inside")
    entries = ENTRY % (b"1", b"one.xml")
    site.documents = {"/feed.atom": ATOM % entries, "/one.xml": ALERT, "/two.xml": UPDATE, "/three.xml": CANCEL}
    feed_id = await add(officer, f"{site.url}/feed.atom")
    # Nobody asks for it: it is due.
    assert (await fetched(officer, feed_id))["state"]["taken"] == 1
    await asked(inside)
    assert site.paths() == ["/feed.atom", "/one.xml"]
    # Nothing is new: it is asked for by its ETag, and nothing else is fetched.
    assert (await fetch(officer, feed_id)).get("error", "") == ""
    assert site.asked == [("/feed.atom", 304)]
    site.paths()
    # The newest stands first, as feeds have it.
    site.documents["/feed.atom"] = ATOM % (ENTRY % (b"2", b"two.xml") + entries)
    await fetch(officer, feed_id)
    assert site.paths() == ["/feed.atom", "/two.xml"]
    [event] = await alerts(officer)
    assert event["details"]["title"] == "The river falls"
    site.documents["/feed.atom"] = ATOM % (ENTRY % (b"3", b"three.xml") + ENTRY % (b"2", b"two.xml"))
    await fetch(officer, feed_id)
    assert [each["state"] for each in await alerts(officer)] == ["closed"]


@pytest.mark.parametrize("form", ["rss", "alert", "inline"])
async def test_other_forms_of_feeds(officer: Client, server: Server, site: Site, form: str) -> None:
    alert = ALERT[ALERT.index(b"<alert") :]
    document = {
        "rss": RSS % (ITEM % f"{site.url}/one.xml".encode()),
        "alert": ALERT,
        "inline": ATOM % (b"<entry><id>1</id><content type='text/xml'>" + alert + b"</content></entry>"),
    }[form]
    site.documents = {"/feed": document, "/one.xml": ALERT}
    feed_id = await add(officer, f"{site.url}/feed")
    assert (await fetched(officer, feed_id))["state"] | {"fetched_ts": 0} == {"fetched_ts": 0, "taken": 1}
    assert [each["kind"] for each in await alerts(officer)] == ["flood"]


async def test_what_fails_is_tried_less_often(officer: Client, server: Server, site: Site, clock: FixedClock) -> None:
    site.documents, site.status = {"/feed": RSS % b""}, 503
    feed_id = await add(officer, f"{site.url}/feed")
    found = await fetched(officer, feed_id)
    waits = [found["next_ts"] - clock.now_ms()]
    for _ in range(3):
        await fetch(officer, feed_id)
        waits.append((await feed(officer, feed_id))["next_ts"] - clock.now_ms())
    assert waits == [5 * MINUTE_MS * 2**number for number in (1, 2, 3, 4)]
    assert "503" in (await feed(officer, feed_id))["state"]["error"]
    site.headers = {"Retry-After": "20000"}
    await fetch(officer, feed_id)
    assert (await feed(officer, feed_id))["next_ts"] - clock.now_ms() == 20_000_000
    site.status, site.headers = 200, {}
    state = await fetch(officer, feed_id)
    assert (state.get("failures", 0), state.get("error", "")) == (0, "")
    assert (await feed(officer, feed_id))["next_ts"] - clock.now_ms() == 5 * MINUTE_MS
    # It is due again, also after a restart.
    site.paths()
    clock.advance(5 * MINUTE_MS)
    await server.restart()

    async def again() -> bool:
        return "/feed" in site.paths()

    await until(again)


async def test_an_alert_that_cannot_be_had_comes_the_next_time(officer: Client, server: Server, site: Site) -> None:
    site.documents = {"/feed": RSS % (ITEM % f"{site.url}/one.xml".encode())}
    feed_id = await add(officer, f"{site.url}/feed")
    assert "404" in (await fetched(officer, feed_id))["state"]["error"]
    site.documents["/one.xml"] = ALERT
    # The feed itself has not changed.
    assert (await fetch(officer, feed_id))["taken"] == 1


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no xml",
        b"<html/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><rss>&b;</rss>',
        b"<rss>" * 40 + b"</rss>" * 40,
        b"<rss>" + b"<item/>" * 100_001 + b"</rss>",
        b"x" * (8 * 1024 * 1024 + 1),
        RSS % (ITEM % b"file:///etc/passwd"),
        RSS % (ITEM % b"http://[/"),
        RSS % (ITEM % b"http://10.0.0.1/alert"),
        ATOM % (ENTRY % (b"1", b"javascript:alert(1)")),
    ],
)
async def test_hostile_feeds_say_what_is_wrong(officer: Client, server: Server, site: Site, document: bytes) -> None:
    site.documents = {"/feed": document}
    feed_id = await add(officer, f"{site.url}/feed")
    state = (await fetched(officer, feed_id))["state"]
    assert state["error"]
    assert await alerts(officer) == []


async def test_only_public_addresses_are_asked(make_office: MakeOffice, site: Site) -> None:
    office = await make_office(**QUICK)
    site.documents = {"/feed": ALERT}
    feed_id = await add(office.owner, f"{site.url}/feed")
    assert "not a public address" in (await fetched(office.owner, feed_id))["state"]["error"]
    assert site.asked == []


async def test_redirects_are_not_followed(officer: Client, server: Server, site: Site) -> None:
    site.documents, site.status = {"/feed": ALERT}, 302
    site.headers = {"Location": f"{site.url}/elsewhere"}
    feed_id = await add(officer, f"{site.url}/feed")
    assert f"{site.url}/elsewhere" in (await fetched(officer, feed_id))["state"]["error"]
    assert site.paths() == ["/feed"]


async def test_feeds_are_changed_and_removed_by_those_who_may(officer: Client, server: Server, site: Site) -> None:
    site.documents = {"/feed": RSS % b"", "/other": RSS % b""}
    feed_id = await add(officer, f"{site.url}/feed")
    for url in (f"{site.url}/feed", "ftp://example.org/feed", "https://name:word@example.org/feed", "https:///feed"):
        body = {"name": "Twice", "url": url}
        assert (await officer.attempt("POST", FEEDS, body))[0] == 400, url
    await fetched(officer, feed_id)
    await officer.put(f"{FEEDS}/{feed_id}", {"name": "Other", "url": f"{site.url}/other", "minutes": 1})
    await fetched(officer, feed_id)
    assert site.paths() == ["/feed", "/other"]
    (customer,) = await people(server, "customer")
    assert (await customer.attempt("GET", FEEDS))[0] == 403
    await officer.delete(f"{FEEDS}/{feed_id}")
    assert (await officer.get(FEEDS))["feeds"] == []
    assert (await officer.attempt("POST", f"{FEEDS}/{feed_id}/fetch"))[0] == 404


async def test_a_false_alert_is_closed_and_strikes_nobody(officer: Client, server: Server, site: Site) -> None:
    site.documents = {"/feed": ALERT}
    await fetched(officer, await add(officer, f"{site.url}/feed"))
    [event] = await alerts(officer)
    await officer.post(f"{ROOT}/events/{event['event_id']}/false", {"reason": "It was a test"})
    assert [each["state"] for each in await alerts(officer)] in (["closed"], ["cancelled"])
    assert await server.app.driver.query("SELECT user_id FROM safety_strikes") == []
