"""Backups of room keys over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.core.keys.backup import rules
from tests.harness import Client, Server
from tests.integration.keys.signing import Json
from tests.scenarios.model import settled

ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
ROOM = "!room:example.org"


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


async def new_backup(client: Client, **auth_data: Any) -> str:
    body = {"algorithm": ALGORITHM, "auth_data": auth_data or {"public_key": "x"}}
    return str((await client.post("/room_keys/version", body))["version"])


def key(*, first: int = 0, forwarded: int = 0, verified: bool = False, text: str = "x") -> Json:
    """The key of one session."""
    data = {"ciphertext": text, "ephemeral": "e", "mac": "m"}
    return {
        "first_message_index": first,
        "forwarded_count": forwarded,
        "is_verified": verified,
        "session_data": data,
    }


async def put(client: Client, version: str, sessions: Json, room_id: str = ROOM) -> Json:
    return await client.put(f"/room_keys/keys/{room_id}", {"sessions": sessions}, version=version)


async def test_versions(server: Server, alice: Client) -> None:
    status, answer = await alice.attempt("GET", "/room_keys/version")
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    first = await new_backup(alice, public_key="one")
    second = await new_backup(alice, public_key="two")
    assert first != second
    await server.restart()
    current = await alice.get("/room_keys/version")
    expected = {"algorithm": ALGORITHM, "auth_data": {"public_key": "two"}, "version": second, "etag": "0", "count": 0}
    assert current == expected
    assert (await alice.get(f"/room_keys/version/{first}"))["auth_data"] == {"public_key": "one"}
    body = {"algorithm": ALGORITHM, "auth_data": {"public_key": "three"}, "version": first}
    await alice.put(f"/room_keys/version/{first}", body)
    assert (await alice.get(f"/room_keys/version/{first}"))["auth_data"] == {"public_key": "three"}
    for change in ({"algorithm": "other"}, {"version": second}):
        status, answer = await alice.attempt("PUT", f"/room_keys/version/{first}", {**body, **change})
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    for unknown in ("99", "x", "01", "9" * 30):
        for method, sent in (("GET", None), ("DELETE", None), ("PUT", {"algorithm": ALGORITHM, "auth_data": {}})):
            status, answer = await alice.attempt(method, f"/room_keys/version/{unknown}", sent)
            assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_a_deleted_backup_is_gone_and_its_number_too(server: Server, alice: Client) -> None:
    first, second = await new_backup(alice), await new_backup(alice)
    await put(alice, second, {"s": key()})
    await alice.delete(f"/room_keys/version/{second}")
    assert (await alice.get("/room_keys/version"))["version"] == first
    status, answer = await alice.attempt("GET", "/room_keys/keys", version=second)
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    assert int(await new_backup(alice)) > int(second)
    await settled(server)
    assert await server.app.driver.query_one("SELECT count(*) FROM backed_up_keys") == (0,)


async def test_keys_are_stored_in_all_three_ways(server: Server, alice: Client) -> None:
    version = await new_backup(alice)
    one = await alice.put(f"/room_keys/keys/{ROOM}/s1", key(text="1"), version=version)
    assert one == {"etag": "1", "count": 1}
    assert await put(alice, version, {"s2": key(text="2"), "s/3": key(text="3")}) == {"etag": "2", "count": 3}
    rooms = {"!other": {"sessions": {"s1": key(text="4")}}, ROOM: {"sessions": {"s4": key(text="5")}}}
    assert await alice.put("/room_keys/keys", {"rooms": rooms}, version=version) == {"etag": "3", "count": 5}
    await server.restart()
    found = (await alice.get("/room_keys/keys", version=version))["rooms"]
    assert {room_id: set(room["sessions"]) for room_id, room in found.items()} == {
        ROOM: {"s1", "s2", "s/3", "s4"},
        "!other": {"s1"},
    }
    assert await alice.get(f"/room_keys/keys/{ROOM}", version=version) == found[ROOM]
    assert await alice.get(f"/room_keys/keys/{ROOM}/s%2F3", version=version) == key(text="3")
    current = await alice.get("/room_keys/version")
    assert (current["etag"], current["count"]) == ("3", 5)


async def test_keys_are_deleted_in_all_three_ways(alice: Client) -> None:
    version = await new_backup(alice)
    rooms = {room_id: {"sessions": {name: key() for name in "abc"}} for room_id in ("!1", "!2")}
    await alice.put("/room_keys/keys", {"rooms": rooms}, version=version)
    assert await alice.delete("/room_keys/keys/!1/a", version=version) == {"etag": "2", "count": 5}
    assert await alice.delete("/room_keys/keys/!1/a", version=version) == {"etag": "2", "count": 5}
    assert await alice.delete("/room_keys/keys/!1", version=version) == {"etag": "3", "count": 3}
    assert await alice.get("/room_keys/keys/!1", version=version) == {"sessions": {}}
    status, answer = await alice.attempt("GET", "/room_keys/keys/!1/a", version=version)
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    assert await alice.delete("/room_keys/keys", version=version) == {"etag": "4", "count": 0}
    assert await alice.get("/room_keys/keys", version=version) == {"rooms": {}}


async def test_the_better_key_is_kept(alice: Client) -> None:
    version = await new_backup(alice)
    worse_to_better = [
        key(first=5, forwarded=5),
        key(first=5, forwarded=4),
        key(first=4, forwarded=9),
        key(first=9, forwarded=9, verified=True),
        key(first=9, forwarded=8, verified=True),
    ]
    for index, better in enumerate(worse_to_better):
        better["session_data"]["ciphertext"] = str(index)
        assert await put(alice, version, {"s": better}) == {"etag": str(index + 1), "count": 1}
        for worse in worse_to_better[: index + 1]:
            assert await put(alice, version, {"s": worse}) == {"etag": str(index + 1), "count": 1}
        assert await alice.get(f"/room_keys/keys/{ROOM}/s", version=version) == better


async def test_only_the_current_backup_takes_keys(alice: Client) -> None:
    status, answer = await alice.attempt("PUT", f"/room_keys/keys/{ROOM}/s", key(), version="1")
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    first = await new_backup(alice)
    await put(alice, first, {"s": key()})
    second = await new_backup(alice)
    for path, body in (
        (f"/room_keys/keys/{ROOM}/s", key()),
        (f"/room_keys/keys/{ROOM}", {"sessions": {}}),
        ("/room_keys/keys", {"rooms": {}}),
    ):
        status, answer = await alice.attempt("PUT", path, body, version=first)
        assert (status, answer["errcode"]) == (403, "M_WRONG_ROOM_KEYS_VERSION")
        assert answer["current_version"] == second
        status, answer = await alice.attempt("PUT", path, body, version="77")
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
        status, answer = await alice.attempt("PUT", path, body)
        assert (status, answer["errcode"]) == (400, "M_MISSING_PARAM")
    assert list((await alice.get("/room_keys/keys", version=first))["rooms"]) == [ROOM]  # reading goes on


async def test_backups_are_private(server: Server, alice: Client) -> None:
    version = await new_backup(alice)
    await put(alice, version, {"s": key()})
    bob = await server.register("bob")
    status, _ = await bob.attempt("GET", "/room_keys/keys", version=version)
    assert status == 404


async def test_the_count_holds_under_concurrency(alice: Client) -> None:
    version = await new_backup(alice)
    await asyncio.gather(*(put(alice, version, {f"s{n % 5}": key(), f"t{n}": key()}) for n in range(20)))
    assert (await alice.get("/room_keys/version"))["count"] == 25


@pytest.mark.parametrize(
    ("session", "errcode"),
    [
        ({**key(), "first_message_index": -1}, "M_BAD_JSON"),
        ({**key(), "first_message_index": 2**63}, "M_BAD_JSON"),
        ({**key(), "forwarded_count": "1"}, "M_BAD_JSON"),
        ({**key(), "session_data": []}, "M_BAD_JSON"),
        ({"session_data": {}}, "M_BAD_JSON"),
        (key(text="x" * 20_000), "M_TOO_LARGE"),
    ],
)
async def test_what_cannot_be_a_key_is_refused(alice: Client, session: Json, errcode: str) -> None:
    version = await new_backup(alice)
    body = {"sessions": {"good": key(), "bad": session}}
    _, answer = await alice.attempt("PUT", f"/room_keys/keys/{ROOM}", body, version=version)
    assert answer["errcode"] == errcode
    assert (await alice.get("/room_keys/version"))["count"] == 0


async def test_backups_are_bounded(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_KEYS", 2)
    monkeypatch.setattr(rules, "MAX_BACKUPS", 2)
    await new_backup(alice)
    version = await new_backup(alice)
    status, answer = await alice.attempt("POST", "/room_keys/version", {"algorithm": ALGORITHM, "auth_data": {}})
    assert (status, answer["errcode"]) == (403, "M_USER_LIMIT_EXCEEDED")
    body = {"sessions": {name: key() for name in "abc"}}
    status, answer = await alice.attempt("PUT", f"/room_keys/keys/{ROOM}", body, version=version)
    assert (status, answer["errcode"]) == (403, "M_USER_LIMIT_EXCEEDED")
    many = {"sessions": {f"s{n}": key() for n in range(1001)}}
    status, answer = await alice.attempt("PUT", f"/room_keys/keys/{ROOM}", many, version=version)
    assert (status, answer["errcode"]) == (413, "M_TOO_LARGE")
