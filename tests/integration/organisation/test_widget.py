"""The widget's endpoints: who is let in, with which account, for how long."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.core.organisation.widget import api
from roomkeeper.core.organisation.widget.cleanup import CLEANUP
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.settings import SettingsError
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.accounts.operator import operator
from tests.integration.organisation.conftest import MakeOffice, office_on
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import SESSIONS, session_of, until, until_state

ORIGIN = "https://shop.example.org"
SECRET = "a secret of the shop that nobody knows"
OPEN = f"{ROOT}/widget/sessions"
DAY_MS = 24 * 3600 * 1000
SITE = f"""
key = "shop"
origins = ["{ORIGIN}", "http://127.0.0.1:9"]
department = "Sales"
accent = "#0b6bcb"
identity = "optional"
identity_secret = "{SECRET}"
[title]
en = "Sales"
[greeting]
en = "Hello!"
zh = "您好！"
[notice]
en = "This conversation is recorded."
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    """A site's file."""
    file = tmp_path / "shop.toml"
    file.write_text(SITE, encoding="utf-8")
    return str(file)


@pytest.fixture
async def shop(make_office: MakeOffice, site: str) -> Office:
    """An organisation with a site, and a department for it."""
    office = await make_office(ROOMKEEPER_WIDGET_SITES=site)
    await office.department("Sales")
    return office


def describe(site: str, text: str) -> None:
    """Write a site's file."""
    Path(site).write_text(text, encoding="utf-8")


def part(value: Any) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def signed(secret: str = SECRET, *, header: Any = None, **claims: Any) -> str:
    """A page's word for who somebody is."""
    said = {"sub": "customer-7", "exp": time.time() + 10_800, "aud": "shop", **claims}
    text = f"{part(header or {'alg': 'HS256', 'typ': 'JWT'})}.{part(said)}"
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


async def ask(server: Server, origin: str | None = ORIGIN, **body: Any) -> tuple[int, dict[str, Any]]:
    """What a page asks for."""
    headers = {} if origin is None else {"origin": origin}
    return await server.request("POST", OPEN, {"site": "shop", **body}, headers=headers)


async def enter(server: Server, **body: Any) -> tuple[Client, str]:
    """A visitor, and their room."""
    status, answer = await ask(server, **body)
    assert status == 200, answer
    return Client(server, answer["user_id"], answer["device_id"], answer["access_token"], ""), answer["room_id"]


async def sales(office: Office) -> Client:
    """Somebody of the department."""
    (department,) = [
        each["department_id"]
        for each in (await office.owner.get(f"{ROOT}/departments"))["departments"]
        if each["name"] == "Sales"
    ]
    return await office.staff("desk1", department)


async def test_a_visitor_writes_and_is_answered(shop: Office) -> None:
    desk = await sales(shop)
    visitor, room_id = await enter(shop.server, language="en", topic="A chair")
    session = await session_of(visitor, room_id)
    assert (session["staff_id"], session["state"], session["topic"]) == (desk.user_id, "open", "A chair")
    await visitor.send(room_id, "Hello")
    assert await desk.timeline(room_id) == ["Hello"]
    await desk.send(room_id, "Yes?")
    assert await visitor.timeline(room_id) == ["Hello", "Yes?"]
    profile = await desk.get(f"/profile/{quote(visitor.user_id)}")
    assert profile["displayname"].startswith("Visitor ")
    people = await shop.owner.get(f"{ROOT}/people/{quote(visitor.user_id)}")
    assert people["kind"] == "customer"


async def test_how_it_looks(shop: Office) -> None:
    path, headers = f"{ROOT}/widget/sites/shop", {"origin": ORIGIN}
    status, shown = await shop.server.request("GET", path, headers=headers, query={"language": "zh-CN"})
    assert (status, shown["greeting"], shown["title"], shown["accent"]) == (200, "您好！", "Sales", "#0b6bcb")
    assert (await shop.server.request("GET", path, query={"language": "en"}))[0] == 403
    assert (await shop.server.request("GET", f"{ROOT}/widget/sites/none", headers=headers))[0] == 404


async def test_a_page_of_the_server_itself(make_office: MakeOffice, site: str) -> None:
    """Browsers say no Origin with a GET to where the page came from."""
    describe(site, SITE.replace("http://127.0.0.1:9", "https://chat.example.org"))
    office = await make_office(
        ROOMKEEPER_WIDGET_SITES=site, ROOMKEEPER_PUBLIC_BASE_URL="https://Chat.example.org/below/"
    )
    await office.department("Sales")
    assert (await office.server.request("GET", f"{ROOT}/widget/sites/shop"))[0] == 200
    assert (await ask(office.server, "https://chat.example.org"))[0] == 200
    assert (await ask(office.server, None))[0] == 403


async def test_who_has_ended_a_session_can_begin_anew(shop: Office) -> None:
    await sales(shop)
    visitor, room_id = await enter(shop.server, identity=signed())
    assert (await enter(shop.server, identity=signed(), anew=True))[1] == room_id, "it is not closed"
    await visitor.post(f"{SESSIONS}/{quote(room_id, safe='')}/close", {})
    assert (await session_of(visitor, room_id))["state"] == "closed"
    assert (await enter(shop.server, identity=signed(), resume=True))[1] == room_id
    again, other_room = await enter(shop.server, identity=signed(), anew=True)
    assert other_room != room_id
    assert again.user_id == visitor.user_id
    assert (await session_of(again, other_room))["state"] == "open"
    assert (await enter(shop.server, identity=signed(), resume=True))[1] == other_room


async def test_which_pages_may_ask(shop: Office) -> None:
    for origin in (None, "null", "https://evil.example.org", f"{ORIGIN}.evil.org", "http://shop.example.org"):
        status, answer = await ask(shop.server, origin)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN"), origin
    assert (await ask(shop.server, site="none"))[0] == 404
    for body in ({"site": "x" * 100}, {"name": "a\0b"}, {"language": "?"}, {"topic": 5}, {"identity": ""}):
        assert (await ask(shop.server, **body))[0] == 400, body
    status, headers, _ = await shop.server.raw("POST", OPEN, b"{}", {"origin": ORIGIN})
    assert (status, headers["access-control-allow-origin"]) == (400, "*")


async def test_nobody_signs_in_with_a_password(shop: Office) -> None:
    visitor, _ = await enter(shop.server)
    for password in ("", "correct horse battery"):
        identifier = {"type": "m.id.user", "user": visitor.user_id}
        body = {"type": "m.login.password", "identifier": identifier, "password": password}
        assert (await shop.server.request("POST", "/login", body))[0] == 403
    taken = {"username": "visitor-me", "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
    assert (await shop.server.request("POST", "/register", taken))[0] == 400


async def test_a_visitor_has_the_chat_and_no_more(shop: Office) -> None:
    visitor, _ = await enter(shop.server)
    public = await shop.owner.create_room(preset="public_chat")
    for method, path, body in (
        ("POST", "/createRoom", {}),
        ("POST", f"/join/{quote(public)}", {}),
        ("POST", f"/rooms/{quote(public)}/join", {}),
        ("POST", "/user_directory/search", {"search_term": "a"}),
        ("PUT", f"/profile/{quote(visitor.user_id)}/displayname", {"displayname": "Owner"}),
        ("GET", f"{ROOT}/people", None),
        ("POST", SESSIONS, {}),
    ):
        assert (await visitor.attempt(method, path, body))[0] == 403, path


async def test_the_same_person_on_two_devices(shop: Office) -> None:
    await sales(shop)
    first, room_id = await enter(shop.server, identity=signed(name="Customer seven", email="seven@example.org"))
    second, again = await enter(shop.server, identity=signed(name="Customer 7"))
    assert (first.user_id, room_id) == (second.user_id, again)
    assert first.token != second.token
    await first.send(room_id, "from the phone")
    assert await second.timeline(room_id) == ["from the phone"]
    other, _ = await enter(shop.server, identity=signed(sub="customer-8"))
    assert other.user_id != first.user_id
    person = await shop.owner.get(f"{ROOT}/people/{quote(first.user_id)}")
    assert (person["kind"], person["display_name"]) == ("customer", "Customer 7")


async def test_resuming_makes_nothing(shop: Office) -> None:
    await sales(shop)
    assert (await ask(shop.server, identity=signed(), resume=True))[0] == 404
    assert (await ask(shop.server, resume=True))[0] == 404
    assert (await shop.owner.get(SESSIONS))["sessions"] == []
    _, room_id = await enter(shop.server, identity=signed())
    assert (await enter(shop.server, identity=signed(), resume=True))[1] == room_id


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (signed("another secret that is long enough"), "signature"),
        (signed(exp=time.time() - 5), "expired"),
        (signed(exp=time.time() + 10 * 86400), "too long"),
        (signed(nbf=time.time() + 3600), "not valid yet"),
        (signed(aud="another"), "another site"),
        (signed(aud=["a", "b"]), "another site"),
        (signed(sub=""), "claims"),
        (signed(sub="a\0"), "claims"),
        (signed(sub=7), "claims"),
        (signed(exp=None), "claims"),
        (signed(header={"alg": "none"}), "HS256"),
        (signed(header={"alg": "none"}).rpartition(".")[0] + ".", "HS256"),
        (signed(header={"alg": "RS256"}), "HS256"),
        (signed(header={"alg": "HS256", "crit": ["exp"]}), "HS256"),
        (signed(header=["HS256"]), "header"),
        ("a.b", "three parts"),
        ("ü.b.c", "Base64"),
        (f"{part({'alg': 'HS256'})}.{part({})}.ü", "signature"),
    ],
)
async def test_identities_that_are_refused(shop: Office, token: str, why: str) -> None:
    status, answer = await ask(shop.server, identity=token)
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert why in answer["error"]


async def test_sites_that_require_an_identity(make_office: MakeOffice, site: str) -> None:
    describe(site, SITE.replace('"optional"', '"required"'))
    office = await make_office(ROOMKEEPER_WIDGET_SITES=site)
    await sales_department(office)
    assert (await ask(office.server))[0] == 403
    await enter(office.server, identity=signed())


async def sales_department(office: Office) -> str:
    """The department that the site names."""
    return await office.department("Sales")


async def test_a_site_without_its_department(make_office: MakeOffice, site: str) -> None:
    office = await make_office(ROOMKEEPER_WIDGET_SITES=site)
    status, answer = await ask(office.server)
    assert (status, "Sales" in answer["error"]) == (404, True)


async def test_sites_that_cannot_be_used(make_server: MakeServer, site: str) -> None:
    for before, after in (
        (SECRET, "short"),
        ('key = "shop"', 'key = "a shop"'),
        (ORIGIN, "shop.example.org"),
        ("key", "kye"),
        ("= [", "= ["[:-1]),
    ):
        describe(site, SITE.replace(before, after, 1))
        with pytest.raises(SettingsError, match=r"shop\.toml"):
            await make_server(ROOMKEEPER_WIDGET_SITES=site)
    with pytest.raises(SettingsError, match="cannot be read"):
        await make_server(ROOMKEEPER_WIDGET_SITES=f"{site}.none")
    describe(site, SITE)
    with pytest.raises(SettingsError, match="another site"):
        await make_server(ROOMKEEPER_WIDGET_SITES=f"{site},{site}")


async def test_a_closed_session_goes_on_when_the_visitor_writes(shop: Office) -> None:
    desk = await sales(shop)
    visitor, room_id = await enter(shop.server, identity=signed())
    await visitor.send(room_id)
    await desk.post(f"{SESSIONS}/{quote(room_id, safe='')}/close", {})
    again, same = await enter(shop.server, identity=signed(), resume=True)
    assert (same, (await session_of(again, room_id))["state"]) == (room_id, "closed")
    await again.send(room_id, "One thing more")
    await until_state(desk, room_id, "open")


async def test_rate_limit_by_address(make_office: MakeOffice, site: str) -> None:
    office = await make_office(ROOMKEEPER_WIDGET_SITES=site, ROOMKEEPER_RATE_LIMITS="on")
    await sales_department(office)
    statuses = [(await ask(office.server))[0] for _ in range(12)]
    assert statuses[:10] == [200] * 10
    assert 429 in statuses[10:]
    body = {"site": "shop"}
    elsewhere = await office.server.request("POST", OPEN, body, headers={"origin": ORIGIN}, address="192.0.2.9")
    assert elsewhere[0] == 200


async def test_not_more_silent_visitors_than_there_may_be(make_office: MakeOffice, site: str) -> None:
    office = await make_office(ROOMKEEPER_WIDGET_SITES=site, ROOMKEEPER_WIDGET_MAX_SILENT="2")
    await sales_department(office)
    first, room_id = await enter(office.server)
    await enter(office.server)
    assert (await ask(office.server))[0] == 429
    await first.send(room_id)

    async def has_place() -> bool:
        return (await ask(office.server))[0] == 200

    await until(has_place)


class Time(Clock):
    """A clock that a test sets ahead."""

    ahead_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return super().now_ms() + self.ahead_ms


async def test_tokens_expire_after_disuse_and_use_renews_them(make_server: MakeServer, site: str) -> None:
    clock = Time()
    server = await make_server(clock, ROOMKEEPER_WIDGET_SITES=site, ROOMKEEPER_WIDGET_TOKEN_DAYS="10")
    await (await office_on(server)).department("Sales")
    visitor, _ = await enter(server)
    unused, _ = await enter(server)
    for _ in range(3):
        clock.ahead_ms += 6 * DAY_MS
        assert (await visitor.attempt("GET", "/account/whoami"))[0] == 200
    status, answer = await unused.attempt("GET", "/account/whoami")
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    await server.restart()
    clock.ahead_ms += 6 * DAY_MS
    assert (await visitor.attempt("GET", "/account/whoami"))[0] == 200
    clock.ahead_ms += 11 * DAY_MS
    assert (await visitor.attempt("GET", "/account/whoami"))[0] == 401


async def test_who_never_wrote_is_removed(make_server: MakeServer, site: str) -> None:
    clock = Time()
    server = await make_server(clock, ROOMKEEPER_WIDGET_SITES=site, ROOMKEEPER_WIDGET_SILENT_DAYS="3")
    office = await office_on(server)
    desk = await sales_of(office)
    writing, room_id = await enter(server, name="Writer")
    silent, empty_room = await enter(server)
    named, _ = await enter(server, identity=signed(name="Customer 7"))
    await writing.send(room_id)
    await server.restart()
    clock.ahead_ms = 4 * DAY_MS
    fresh, _ = await enter(server)
    kind = server.app.background["silent visitors"]
    cleanup = getattr(kind, "__self__")  # noqa: B009 - mypy knows of no bound method
    await cleanup.start()

    async def is_gone() -> bool:
        return (await silent.attempt("GET", "/account/whoami"))[0] == 401

    await until(is_gone)

    async def is_done() -> bool:
        jobs = (await operator(server, "GET", "/jobs"))[1]["jobs"]
        return any(job["name"] == CLEANUP and job["state"] == "succeeded" for job in jobs)

    await until(is_done)
    assert (await named.attempt("GET", "/account/whoami"))[0] == 401
    assert (await office.owner.attempt("GET", f"{ROOT}/people/{quote(named.user_id)}"))[1].get("display_name", "") == ""
    for client in (writing, fresh):
        assert (await client.attempt("GET", "/account/whoami"))[0] == 200
    await until_state(desk, empty_room, "closed")
    again, _ = await enter(server, identity=signed(exp=clock.now_ms() / 1000 + 60))
    assert again.user_id != named.user_id


async def sales_of(office: Office) -> Client:
    """Somebody of the department that the site names, made with it."""
    return await office.staff("desk1", await office.department("Sales"))


async def test_the_script(shop: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "widget.js"
    monkeypatch.setattr(api, "FILE", file)
    assert (await shop.server.raw("GET", "/widget.js"))[0] == 404
    file.write_text("'use strict';" * 100)
    status, headers, body = await shop.server.raw("GET", "/widget.js")
    assert (status, body, headers["content-type"]) == (200, file.read_bytes(), "text/javascript; charset=utf-8")
    same = await shop.server.raw("GET", "/widget.js", headers={"if-none-match": headers["etag"]})
    assert (same[0], same[2]) == (304, b"")
    packed = await shop.server.raw("GET", "/widget.js", headers={"accept-encoding": "gzip, br"})
    assert packed[1]["content-encoding"] == "gzip"
    assert len(packed[2]) < len(body)
    file.write_text("void 0")
    changed = await shop.server.raw("GET", "/widget.js", headers={"if-none-match": headers["etag"]})
    assert (changed[0], changed[2]) == (200, b"void 0")
