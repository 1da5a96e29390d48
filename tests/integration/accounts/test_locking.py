"""Locked accounts, and requests that wait while their device is signed out. spec: client-server §Account locking"""

from __future__ import annotations

import pytest

from roomkeeper.core import accounts, transactions
from roomkeeper.core.accounts.closing import Closing
from roomkeeper.core.accounts.moderation import Moderation
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Requester
from roomkeeper.platform.settings import SettingsSource
from tests.harness import Client, Server
from tests.integration.accounts.operator import operator

LOCK = "/_matrix/client/v1/admin/lock"


@pytest.fixture
async def administrator(server: Server) -> Client:
    body = {"user": "root", "password": "correct horse battery", "admin": True}
    assert (await operator(server, "POST", "/users", body))[0] == 200
    return await server.login("root")


async def test_a_locked_user_can_only_log_out(server: Server, administrator: Client) -> None:
    phone, laptop = await server.register("alice"), await server.login("alice")
    await phone.get("/account/whoami")
    assert await administrator.put(f"{LOCK}/{phone.user_id}", {"locked": True}) == {"locked": True}
    for client in (phone, laptop):
        status, answer = await client.attempt("GET", "/account/whoami")
        assert (status, answer["errcode"], answer["soft_logout"]) == (401, "M_USER_LOCKED", True)
    body = {"type": "m.login.password", "user": "alice", "password": phone.password}
    assert (await server.request("POST", "/login", body))[1]["errcode"] == "M_USER_LOCKED"
    await phone.post("/logout")
    await administrator.put(f"{LOCK}/{phone.user_id}", {"locked": False})
    assert (await phone.attempt("GET", "/account/whoami"))[1]["errcode"] == "M_UNKNOWN_TOKEN"
    await laptop.get("/account/whoami")


async def test_the_lock_is_there_after_a_restart(server: Server, administrator: Client) -> None:
    alice = await server.register("alice")
    await administrator.put(f"{LOCK}/{alice.user_id}", {"locked": True})
    await server.restart()
    assert (await alice.attempt("GET", "/account/whoami"))[1]["errcode"] == "M_USER_LOCKED"
    assert await administrator.get(f"{LOCK}/{alice.user_id}") == {"locked": True}


async def test_who_may_lock_whom(server: Server, administrator: Client) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    refused = [
        await alice.attempt("PUT", f"{LOCK}/{bob.user_id}", {"locked": True}),
        await alice.attempt("GET", f"{LOCK}/@nobody:example.org"),
        await administrator.attempt("PUT", f"{LOCK}/{administrator.user_id}", {"locked": True}),
    ]
    assert [(status, answer["errcode"]) for status, answer in refused] == [(403, "M_FORBIDDEN")] * 3
    assert (await administrator.attempt("GET", f"{LOCK}/@nobody:example.org"))[1]["errcode"] == "M_NOT_FOUND"
    assert (await administrator.attempt("GET", f"{LOCK}/@a:elsewhere.org"))[1]["errcode"] == "M_INVALID_PARAM"
    assert (await administrator.attempt("PUT", f"{LOCK}/{bob.user_id}", {"locked": 1}))[1]["errcode"] == "M_BAD_JSON"


async def test_a_lock_is_audited(server: Server, administrator: Client) -> None:
    alice = await server.register("alice")
    await administrator.put(f"{LOCK}/{alice.user_id}", {"locked": True})
    _, log = await operator(server, "GET", "/audit")
    entry = next(entry for entry in log["entries"] if entry["permission"] == "users.lock")
    assert (entry["actor"], entry["object"]) == (administrator.user_id, alice.user_id)


async def test_a_request_that_waits_learns_that_its_device_was_signed_out(server: Server) -> None:
    """The gate that rooms ask in their turn, on the service itself: what stands between cannot be slowed down here."""
    source = SettingsSource(
        {},
        {
            "ROOMKEEPER_SERVER_NAME": "example.org",
            "ROOMKEEPER_DATA_DIR": str(server.data_dir.parent / "gate"),
            "ROOMKEEPER_REGISTRATION": "open",
            "ROOMKEEPER_PASSWORD_HASHING": "fast",
        },
    )
    other = Server(server.data_dir.parent / "gate")
    other.app = Application(source)
    transactions.install(other.app)
    service = accounts.install(other.app)
    await other.app.start()
    try:
        phone, laptop = await other.register("alice"), await other.login("alice")
        requesters = [Requester(client.user_id, client.device_id) for client in (phone, laptop)]
        assert [service.is_signed_in(requester) for requester in requesters] == [True, True]
        await phone.post("/logout")
        assert [service.is_signed_in(requester) for requester in requesters] == [False, True]
        await other.login("alice", device_id=phone.device_id)
        assert service.is_signed_in(requesters[0])
        moderation = Moderation(other.app, service)
        await moderation.set_locked(phone.user_id, locked=True, actor="operator")
        assert [service.is_signed_in(requester) for requester in requesters] == [False, False]
        await moderation.set_locked(phone.user_id, locked=False, actor="operator")
        assert service.is_signed_in(requesters[1])
        await Closing(other.app, service).deactivate(phone.user_id)
        assert [service.is_signed_in(requester) for requester in requesters] == [False, False]
    finally:
        await other.app.stop()
