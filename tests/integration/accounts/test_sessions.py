"""The tokens in memory: bounded, and never older than the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from roomkeeper.core import accounts, transactions
from roomkeeper.core.accounts import Accounts, sessions, store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError
from roomkeeper.platform.http import Requester
from roomkeeper.platform.settings import SettingsSource
from tests.harness import SERVER_NAME, Server


@pytest.fixture
async def alone(tmp_path: Any) -> AsyncIterator[tuple[Server, Accounts]]:
    """A server with accounts alone, and their service."""
    server = Server(tmp_path / "alone")
    environment = {
        "ROOMKEEPER_SERVER_NAME": SERVER_NAME,
        "ROOMKEEPER_DATA_DIR": str(server.data_dir),
        "ROOMKEEPER_REGISTRATION": "open",
        "ROOMKEEPER_PASSWORD_HASHING": "fast",
        "ROOMKEEPER_RATE_LIMITS": "off",
    }
    server.app = Application(SettingsSource({}, environment))
    transactions.install(server.app)
    service = accounts.install(server.app)
    await server.app.start()
    yield server, service
    await server.app.stop()


async def test_a_token_is_looked_up_once(alone: tuple[Server, Accounts], monkeypatch: pytest.MonkeyPatch) -> None:
    server, _ = alone
    alice = await server.register("alice")
    await alice.get("/account/whoami")

    async def no_more(*_: object) -> None:
        raise AssertionError("the database was asked for a token that is in memory")

    monkeypatch.setattr(store, "find_access_token", no_more)
    await alice.get("/account/whoami")


async def test_memory_is_bounded(alone: tuple[Server, Accounts], monkeypatch: pytest.MonkeyPatch) -> None:
    server, service = alone
    monkeypatch.setattr(sessions, "KEPT_SESSIONS", 3)
    clients = [await server.register(f"user{number}") for number in range(6)]
    for client in [*clients, *clients]:
        await client.get("/account/whoami")
    assert len(service.sessions._cache) == 3
    assert len(service.sessions._of_user) == 3


async def test_a_logout_that_cannot_be_written_has_not_happened(
    alone: tuple[Server, Accounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, service = alone
    alice = await server.register("alice")

    async def refuse(*_: object) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(server.app.committer, "submit", refuse)
        status, answer = await alice.attempt("POST", "/logout", {})
        assert (status, answer["errcode"]) == (503, "M_UNKNOWN")
    await alice.get("/account/whoami")
    assert service.is_signed_in(Requester(alice.user_id, alice.device_id))


async def test_a_token_that_is_being_looked_up_while_it_is_revoked_is_not_kept(
    alone: tuple[Server, Accounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, service = alone
    phone, laptop = await server.register("alice", device_id="PHONE"), await server.login("alice")
    find, read, go_on = store.find_access_token, asyncio.Event(), asyncio.Event()

    async def slow(reader: Any, token_hash: bytes) -> Any:
        found = await find(reader, token_hash)
        if found is not None and found.device_id == "PHONE":
            read.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(store, "find_access_token", slow)
    waiting = asyncio.create_task(phone.attempt("GET", "/account/whoami"))
    await read.wait()
    # Signed in anew, so that the device is not among the ended ones when the old answer arrives.
    await server.login("alice", device_id="PHONE")
    go_on.set()
    status, answer = await waiting
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert (await phone.attempt("GET", "/account/whoami"))[0] == 401
    await laptop.get("/account/whoami")
    assert service.is_signed_in(Requester(phone.user_id, "PHONE"))


async def test_ended_devices_are_forgotten_after_a_while(
    alone: tuple[Server, Accounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, service = alone
    monkeypatch.setattr(sessions, "KEPT_ENDED", 5)
    for number in range(8):
        await (await server.register(f"user{number}")).post("/logout")
    assert len(service.sessions._ended) == 5


async def test_who_exists(alone: tuple[Server, Accounts]) -> None:
    server, service = alone
    alice = await server.register("alice")
    assert await service.exists(alice.user_id)
    assert not await service.exists("@bob:example.org")
    assert not await service.exists("a\0b")
    names = [f"@user{number}:example.org" for number in range(1200)]
    assert await service.users_exist([*names, alice.user_id]) == {alice.user_id}
