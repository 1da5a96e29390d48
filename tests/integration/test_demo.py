"""The demo organisation: what is there, that it is made once, who gets in, and that it lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from roomkeeper.demo.cast import PEOPLE, SIGN_INS, STAFF
from roomkeeper.demo.records import NOTE, PROGRAM
from roomkeeper.demo.safety import ASKED, NEAR, STATION, TITLE
from roomkeeper.demo.screening import HELD, LISTS
from roomkeeper.demo.script import GROUPS, SESSIONS
from tests.demo import PASSWORD, ROOT, SECONDS, V3, DemoProcess, folder_of, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """One client session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo() -> AsyncIterator[DemoProcess]:
    """A demo in which nobody says anything by themselves."""
    made = await DemoProcess("--quiet").start()
    yield made
    await made.stop()


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SECONDS):
        while not await what():  # noqa: ASYNC110 - it is asked of a server
            await asyncio.sleep(0.1)


def session_room(rooms: dict[str, Any], customer: str) -> str:
    """The room of somebody's session."""
    for room_id, room in rooms["join"].items():
        for event in [*room["state"]["events"], *room["timeline"]["events"]]:
            if event["type"] == "org.roomkeeper.session" and event["content"]["customer"] == customer:
                return str(room_id)
    raise AssertionError(f"no session of {customer}")


async def test_what_it_prints_works(demo: DemoProcess, http: aiohttp.ClientSession) -> None:
    assert "Made in" in demo.printed
    pages = [word for word in demo.printed.split() if word.startswith("http://")]
    assert [page.removeprefix(demo.url) for page in pages if "console" not in page] == [
        "/",
        "/app",
        "/demo/shop",
        "/demo/account",
    ]
    for user, _role in SIGN_INS:
        assert f"{user} " in demo.printed
        person = await demo.person(http, user)
        assert person.user_id == f"@{user}:example.org"
    roles = {each.user: each.roles for each in STAFF}
    for user in ("owner", "supervisor", "moderator", "records", "officer", "engineer"):
        me = await (await demo.person(http, user)).ask("GET", f"{ROOT}/me")
        assert {each["role"] for each in me["roles"]} == {"staff", *roles[user]}


async def test_the_organisation(demo: DemoProcess, http: aiohttp.ClientSession) -> None:
    owner = await demo.person(http, "owner")
    departments = (await owner.ask("GET", f"{ROOT}/departments"))["departments"]
    by_name = {each["name"]: each for each in departments}
    assert set(by_name) == {"Sales", "Online shop", "Support"}
    assert by_name["Online shop"]["parent_id"] == by_name["Sales"]["department_id"]
    people = (await owner.ask("GET", f"{ROOT}/people?limit=100"))["people"]
    known = {each["user_id"]: each for each in people}
    names = {**{each.user: each.name for each in STAFF}, **{each.user: each.name for each in PEOPLE}}
    for user, name in names.items():
        assert known[f"@{user}:example.org"]["display_name"] == name
    assert known["@desk2:example.org"]["state"] == "departed"
    assert known["@desk5:example.org"]["state"] == "on_leave"
    assert known["@example:example.org"]["kind"] == "organisation"
    states = {state: len(await owner.sessions(state)) for state in ("open", "waiting", "closed")}
    closed = sum(each.is_closed for each in SESSIONS)
    waiting = sum(not each.staff for each in SESSIONS)
    assert states == {"open": len(SESSIONS) - closed - waiting + 1, "waiting": waiting, "closed": closed}
    reports = await (await demo.person(http, "moderator")).ask("GET", f"{ROOT}/reports")
    assert len(reports["reports"]) == 1
    contacts = await (await demo.person(http, "desk3")).ask("GET", f"{ROOT}/contacts")
    assert "@customer24:example.org" in {each["customer_id"] for each in contacts["contacts"]}


async def test_what_waits_for_the_moderator(demo: DemoProcess, http: aiohttp.ClientSession) -> None:
    moderator = await demo.person(http, "moderator")
    cases = (await moderator.ask("GET", f"{ROOT}/screening/cases?state=waiting"))["cases"]
    assert {case["sender"].partition(":")[0] for case in cases} == {f"@{held.customer}" for held in HELD}
    (appealed,) = [case for case in cases if "appeal" in case]
    assert appealed["labels"] == ["insult"]
    (flyer,) = [case for case in cases if case.get("media")]
    assert flyer["labels"] == ["unwanted"]
    lists = (await moderator.ask("GET", f"{ROOT}/screening/lists"))["lists"]
    assert {each["name"] for each in lists} == {each["name"] for each in LISTS}


async def test_what_is_recorded(demo: DemoProcess, http: aiohttp.ClientSession) -> None:
    officer = await demo.person(http, "records")
    records = (await officer.ask("GET", f"{ROOT}/records?limit=100"))["records"]
    assert {record["program"] for record in records} == {"roomkeeper", PROGRAM}
    (uploaded,) = [record for record in records if record["kind"] == "external"]
    entries = (await officer.ask("GET", f"{ROOT}/records/{uploaded['record_id']}/entries"))["entries"]
    (screenshot,) = [entry for entry in entries if entry["kind"] == "screenshot"]
    assert screenshot["attachments"][0]["path"].endswith("screenshot.jpg")
    assert {entry["chain"] for entry in entries} == {"verified"}
    supervisor = await demo.person(http, "supervisor")
    (shown,) = (await supervisor.ask("GET", f"{ROOT}/records/shared"))["shared"]
    assert shown["share"]["note"] == NOTE
    help_desk = await demo.person(http, "help1")
    assert (await help_desk.ask("GET", f"{ROOT}/records"))["records"] == []


async def test_what_the_staff_see(demo: DemoProcess, http: aiohttp.ClientSession) -> None:
    desk = await demo.person(http, "desk3")
    rooms = await desk.rooms()
    assert len(rooms["invite"]) == 2  # a group; the server's notices: that somebody asks to watch over them
    unread = {
        room_id: room["unread_notifications"]["notification_count"]
        for room_id, room in rooms["join"].items()
        if room["unread_notifications"]["notification_count"]
    }
    expected = sum("desk3" in each.unread for each in (*SESSIONS, *GROUPS))
    assert len(unread) == expected
    room = session_room(rooms, "@customer12:example.org")
    path = f"{V3}/rooms/{quote(room)}/messages?dir=b&limit=100"
    events = list(reversed((await desk.ask("GET", path))["chunk"]))
    messages = [event for event in events if event["type"] == "m.room.message"]
    kinds = {event["content"]["msgtype"] for event in messages}
    assert kinds == {"m.text", "m.image", "m.file", "m.notice"}  # the notice: that it is recorded
    relations = {event["content"].get("m.relates_to", {}).get("rel_type") for event in events}
    assert {"m.thread", "m.annotation", "m.replace"} <= relations
    picture = next(event for event in messages if event["content"]["msgtype"] == "m.image")
    media = picture["content"]["url"].removeprefix("mxc://")
    headers = {"authorization": f"Bearer {desk.token}"}
    thumbnail = f"{demo.url}/_matrix/client/v1/media/thumbnail/{media}?width=320&height=240&method=scale"
    async with http.get(thumbnail, headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type.startswith("image/")
    # It happened over hours, one thing after the other.
    times = [event["origin_server_ts"] for event in events]
    assert times == sorted(times)
    assert times[-1] - times[0] > 60 * 60 * 1000
    public = (await desk.ask("GET", f"{V3}/publicRooms"))["chunk"]
    assert {each["name"] for each in public} == {"Announcements", "Light at home"}


async def test_the_pages(demo: DemoProcess, http: aiohttp.ClientSession) -> None:
    async def page(path: str, language: str) -> str:
        async with http.get(demo.url + path, headers={"accept-language": language}) as answer:
            assert answer.status == 200
            assert "unsafe" not in answer.headers["content-security-policy"]
            return await answer.text()

    front = await page("/", "en-GB")
    for path in ("/app", "/demo/shop", "/demo/account"):
        assert f'href="{path}"' in front
    assert PASSWORD in front
    assert "演示" in await page("/", "zh-CN,en")
    assert 'data-site="shop" async' in await page("/demo/shop", "en")
    assert 'lang="zh-CN"' in await page("/demo/shop/zh", "en")
    assert "data-identity=" in await page("/demo/account", "en")
    async with http.get(f"{demo.url}/_roomkeeper/v1/widget/sites/shop?language=zh") as answer:
        assert (await answer.json())["title"] == "示例商店"


async def test_it_is_made_once(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    folder = tmp_path / "kept"
    counts = []
    said = []
    for _ in range(2):
        demo = await DemoProcess("--quiet", "--random-password", *folder_of(folder)).start()
        said.append(next(line.split()[1] for line in demo.printed.splitlines() if line.startswith("owner ")))
        owner = await demo.person(http, "owner", said[-1])
        rooms = await (await demo.person(http, "desk3", said[-1])).rooms()
        people = await owner.ask("GET", f"{ROOT}/people?limit=100")
        counts.append(
            (
                len(people["people"]),
                len(rooms["join"]),
                [len(await owner.sessions(state)) for state in ("open", "closed")],
            )
        )
        async with http.get(demo.url) as front:
            assert said[-1] not in await front.text(), "this password is nobody else's business"
        await demo.stop()
    assert counts[0] == counts[1]
    assert said[0] == said[1] != PASSWORD
    assert "Found again" in demo.printed
    assert (folder / "demo.json").stat().st_mode & 0o077 == 0


async def test_what_it_refuses(tmp_path: Path) -> None:
    said = await refused("--listen", "0.0.0.0:0")
    assert "can be reached from other machines" in said
    assert "--random-password" in said
    assert "--allow-known-password" in said
    assert "can be reached" in await refused("--listen", "[::]:0")
    (tmp_path / "something").touch()
    assert "no demo's" in await refused(*folder_of(tmp_path))
    half = tmp_path / "half"
    half.mkdir()
    (half / "demo.json").write_text('{"password": "x", "is_known": true, "secret": "y"}')
    assert "broken off" in await refused(*folder_of(half))


async def test_who_listens_for_all_says_so(http: aiohttp.ClientSession) -> None:
    demo = DemoProcess("--quiet", "--listen", "0.0.0.0:0", "--allow-known-password", "--url", "http://localhost:1")
    await demo.start()
    try:
        assert demo.url == "http://localhost:1"
    finally:
        await demo.stop()


async def test_it_lives(http: aiohttp.ClientSession) -> None:
    """People talk among themselves, come, and answer whoever signs in as one of them."""
    demo = await DemoProcess().start()
    try:
        desk = await demo.person(http, "desk3")
        first = await desk.ask("GET", f"{V3}/sync")
        room = session_room(first["rooms"], "@customer12:example.org")
        await desk.ask(
            "PUT", f"{V3}/rooms/{quote(room)}/send/m.room.message/1", {"msgtype": "m.text", "body": "Yes, it can."}
        )
        seen: dict[str, set[str]] = {"typing": set(), "answered": set(), "read": set()}
        by_themselves: set[str] = set()
        since = first["next_batch"]

        async def is_answered() -> bool:
            nonlocal since
            sync = await desk.ask("GET", f"{V3}/sync?timeout=5000&since={since}")
            since = sync["next_batch"]
            rooms = sync.get("rooms", {}).get("join", {})
            for other, each in rooms.items():
                written = [event for event in each["timeline"]["events"] if event["type"] == "m.room.message"]
                by_themselves.update(event["sender"] for event in written if other != room)
            joined = rooms.get(room, {})
            for event in joined.get("ephemeral", {}).get("events", []):
                if event["type"] == "m.typing":
                    seen["typing"].update(event["content"]["user_ids"])
                else:
                    for receipt in event["content"].values():
                        seen["read"].update(receipt.get("m.read", {}))
            for event in joined.get("timeline", {}).get("events", []):
                if event["type"] == "m.room.message":
                    seen["answered"].add(event["sender"])
            return all("@customer12:example.org" in each for each in seen.values()) and bool(by_themselves)

        await until(is_answered)
        owner = await demo.person(http, "owner")
        before = {each["room_id"] for each in [*await owner.sessions("waiting"), *await owner.sessions("open")]}

        async def has_somebody_come() -> bool:
            now = [*await owner.sessions("waiting"), *await owner.sessions("open")]
            return bool({each["room_id"] for each in now} - before)

        await until(has_somebody_come)
    finally:
        await demo.stop()


async def test_an_event_is_under_way(demo: DemoProcess, http: aiohttp.ClientSession) -> None:
    officer = await demo.person(http, "officer")
    (event,) = (await officer.ask("GET", f"{ROOT}/safety/events"))["events"]
    assert (event["state"], event["details"]["title"]) == ("handled", TITLE)
    asked = (await officer.ask("GET", f"{ROOT}/safety/events/{event['event_id']}/asked"))["asked"]
    states = {each["user_id"].partition(":")[0]: each["state"] for each in asked}
    assert (states[f"@{NEAR}"], states[f"@{ASKED}"], states["@example"]) == ("confirmed", "asked", "confirmed")
    (station,) = (await officer.ask("GET", f"{ROOT}/safety/organisations"))["organisations"]
    assert station["name"] == STATION
