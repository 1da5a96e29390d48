"""User-Interactive Authentication over the API, and the web pages for its stages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.accounts.confirming import confirmed, password_auth
from tests.integration.accounts.operator import operator

TERMS = "privacy 1.0 en https://example.org/privacy Privacy <policy>"
FALLBACK = "/_matrix/client/v3/auth/{}/fallback/web"
BODY = {"username": "alice", "password": "correct horse battery"}


async def test_a_session_is_good_for_one_user_endpoint_and_body(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    await server.login("alice", device_id="ONE")
    path, body = "/delete_devices", {"devices": ["ONE"]}
    _, challenge = await alice.attempt("POST", path, body)
    session = challenge["session"]
    elsewhere: list[tuple[Any, str, dict[str, Any]]] = [
        (bob, path, body),
        (alice, "/account/deactivate", {}),
        (alice, path, {"devices": [alice.device_id]}),
    ]
    for client, other_path, other_body in elsewhere:
        status, answer = await client.attempt("POST", other_path, {**other_body, "auth": {"session": session}})
        assert status == 401
        assert answer["session"] != session
    # For what it was made it still is.
    _, answer = await alice.attempt("POST", path, {**body, "auth": {"session": session}})
    assert answer["session"] == session
    assert (await alice.attempt("POST", path, {**body, "auth": password_auth(alice, session=session)}))[0] == 200
    _, answer = await alice.attempt("POST", path, {**body, "auth": {"session": session}})
    assert answer["session"] != session


async def test_a_session_has_so_many_attempts(server: Server) -> None:
    alice = await server.register("alice")
    _, challenge = await alice.attempt("POST", "/account/deactivate", {})
    session = challenge["session"]
    for attempt in range(5):
        auth = {**password_auth(alice, session=session), "password": "wrong"}
        status, answer = await alice.attempt("POST", "/account/deactivate", {"auth": auth})
        assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")
        assert (answer["session"] == session) is (attempt < 4)
    assert answer["flows"] == challenge["flows"]


async def test_stages_come_in_order(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REGISTRATION="token", ROOMKEEPER_ACCOUNTS_POLICIES=TERMS)
    await operator(server, "POST", "/registration_tokens", {"token": "winter", "uses_allowed": 1})
    _, challenge = await server.request("POST", "/register", BODY)
    assert challenge["flows"] == [{"stages": ["m.login.registration_token", "m.login.terms"]}]
    document = {"name": "Privacy <policy>", "url": "https://example.org/privacy"}
    policies = {"privacy": {"version": "1.0", "en": document}}
    assert challenge["params"] == {"m.login.terms": {"policies": policies}}
    session = challenge["session"]

    async def attempt(**auth: str) -> tuple[int, dict[str, Any]]:
        return await server.request("POST", "/register", {**BODY, "auth": {"session": session, **auth}})

    status, answer = await attempt(type="m.login.terms")
    assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")
    status, answer = await attempt(type="m.login.recaptcha", response="x")
    assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")
    status, answer = await attempt(type="m.login.registration_token", token="summer")
    assert (status, answer["errcode"]) == (401, "M_FORBIDDEN")
    status, answer = await attempt(type="m.login.registration_token", token="winter")
    assert (status, answer["completed"]) == (401, ["m.login.registration_token"])
    assert "errcode" not in answer
    # A stage that is passed is not tried again; the token is being used, so that nobody else gets it.
    status, answer = await attempt(type="m.login.registration_token", token="summer")
    assert (status, answer["completed"]) == (401, ["m.login.registration_token"])
    path = "/_matrix/client/v1/register/m.login.registration_token/validity?token=winter"
    assert await server.request("GET", path) == (200, {"valid": False})
    status, answer = await attempt(type="m.login.terms")
    assert (status, answer["user_id"]) == (200, "@alice:example.org")
    row = await server.app.driver.query("SELECT user_id, policy, version FROM accepted_policies")
    assert row == [("@alice:example.org", "privacy", "1.0")]


async def page(server: Server, stage: str, session: str, **form: str) -> tuple[int, str]:
    """The page, or what the filled form leads to."""
    path = FALLBACK.format(stage)
    if not form:
        status, headers, body = await server.raw("GET", f"{path}?session={session}")
    else:
        content = urlencode({"session": session, **form}).encode()
        status, headers, body = await server.raw("POST", path, content)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in headers["content-security-policy"]
    return status, body.decode()


async def test_registering_with_the_web_pages(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REGISTRATION="token", ROOMKEEPER_ACCOUNTS_POLICIES=TERMS)
    await operator(server, "POST", "/registration_tokens", {"token": "winter"})
    _, challenge = await server.request("POST", "/register", BODY)
    session = challenge["session"]

    assert (await page(server, "m.login.terms", session))[0] == 400
    status, text = await page(server, "m.login.registration_token", session)
    assert status == 200
    assert re.search(r'<form method="post">', text)
    status, text = await page(server, "m.login.registration_token", session, token="summer")
    assert status == 401
    assert "not valid" in text
    status, text = await page(server, "m.login.registration_token", session, token="winter")
    assert status == 200
    assert "window.onAuthDone" in text
    assert 'window.opener.postMessage("authDone", "*")' in text

    status, text = await page(server, "m.login.terms", session)
    assert "Privacy &lt;policy&gt;" in text
    assert "authDone" in (await page(server, "m.login.terms", session, accepted="yes"))[1]
    # The client is told by the page, and asks again with nothing but the session.
    status, answer = await server.request("POST", "/register", {**BODY, "auth": {"session": session}})
    assert (status, answer["user_id"]) == (200, "@alice:example.org")


async def test_confirming_with_the_web_page(server: Server) -> None:
    alice = await server.register("alice")
    _, challenge = await alice.attempt("POST", "/account/deactivate", {})
    session = challenge["session"]
    assert (await page(server, "m.login.password", session, password="wrong"))[0] == 401
    assert (await alice.attempt("POST", "/account/deactivate", {"auth": {"session": session}}))[0] == 401
    assert (await page(server, "m.login.password", session, password=alice.password))[0] == 200
    assert (await alice.attempt("POST", "/account/deactivate", {"auth": {"session": session}}))[0] == 200
    assert (await page(server, "m.login.password", session))[0] == 404


@pytest.mark.parametrize("body", [b"\xff", b"&".join(b"a=1" for _ in range(30)), b"session=%FF"])
async def test_forms_that_are_none(server: Server, body: bytes) -> None:
    status, _, _ = await server.raw("POST", FALLBACK.format("m.login.dummy"), body)
    assert status == 400


async def test_what_fails_after_the_confirmation_can_be_tried_again(server: Server) -> None:
    await server.register("alice")
    status, answer = await server.request("POST", "/register", {**BODY, "username": "bob"})
    auth = {"type": "m.login.dummy", "session": answer["session"]}
    status, answer = await server.request("POST", "/register", {"username": "bob", "auth": auth})
    assert answer["errcode"] == "M_MISSING_PARAM"
    status, _ = await server.request(
        "POST", "/register", {**BODY, "username": "bob", "auth": {"session": auth["session"]}}
    )
    assert status == 200


async def test_confirmed_devices_go(server: Server) -> None:
    alice = await server.register("alice")
    other = await server.login("alice")
    assert (await confirmed(alice, "DELETE", f"/devices/{other.device_id}"))[0] == 200
    assert (await other.attempt("GET", "/account/whoami"))[0] == 401
