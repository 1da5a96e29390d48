"""Keys of devices over HTTP: uploading, looking, claiming, and what sync says of how many are left."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.core.keys.devices import rules
from tests.harness import Client, Server
from tests.integration.keys.signing import Keys
from tests.scenarios.model import settled

SIGNED = "signed_curve25519"


@pytest.fixture
async def alice(server: Server) -> Keys:
    return Keys(await server.register("alice"))


@pytest.fixture
async def bob(server: Server) -> Client:
    return await server.register("bob")


async def claim(client: Client, keys: Keys, algorithm: str = SIGNED) -> dict[str, Any]:
    """Claim a key; by its name, or nothing."""
    answer = await client.post("/keys/claim", {"one_time_keys": {keys.user_id: {keys.device_id: algorithm}}})
    assert answer["failures"] == {}
    found: dict[str, Any] = answer["one_time_keys"].get(keys.user_id, {}).get(keys.device_id, {})
    return found


def counts(answer: dict[str, Any]) -> tuple[int | None, list[str] | None]:
    """The count of the usual algorithm, and the unused fallback keys."""
    return answer.get("device_one_time_keys_count", {}).get(SIGNED), answer.get("device_unused_fallback_key_types")


async def query(client: Client, *user_ids: str) -> dict[str, Any]:
    return await client.post("/keys/query", {"device_keys": {user_id: [] for user_id in user_ids}})


# ------------------------------------------------------------------ uploading


async def test_uploaded_keys_are_shown_as_they_were(server: Server, alice: Keys, bob: Client) -> None:
    assert await alice.upload(1, 2) == {"one_time_key_counts": {SIGNED: 2}}
    await alice.client.put(f"/devices/{alice.device_id}", {"display_name": "Phone"})
    for _ in range(2):
        answer = await query(bob, alice.user_id, bob.user_id, "@nobody:example.org", "@x:elsewhere.example")
        assert answer["device_keys"] == {
            alice.user_id: {alice.device_id: {**alice.device_keys(), "unsigned": {"device_display_name": "Phone"}}},
            bob.user_id: {},
        }
        assert list(answer["failures"]) == ["elsewhere.example"]
        await server.restart()


async def test_devices_are_picked(server: Server, alice: Keys, bob: Client) -> None:
    tablet = Keys(await server.login("alice"))
    await alice.upload()
    await tablet.upload()
    wanted = {alice.user_id: [tablet.device_id, "NODEVICE"]}
    found = (await bob.post("/keys/query", {"device_keys": wanted}))["device_keys"]
    assert list(found[alice.user_id]) == [tablet.device_id]


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"user_id": "@bob:example.org"}, "M_INVALID_PARAM"),
        ({"device_id": "OTHER"}, "M_INVALID_PARAM"),
        ({"algorithms": "all"}, "M_BAD_JSON"),
        ({"keys": {"ed25519:X": 1}}, "M_BAD_JSON"),
        ({"signatures": {}}, "M_INVALID_SIGNATURE"),
        ({"algorithms": []}, "M_INVALID_SIGNATURE"),
        ({"more": 1.5}, "M_BAD_JSON"),
        ({"unsigned": {"x": "y" * 20_000}}, None),
    ],
)
async def test_device_keys_are_checked(alice: Keys, change: Any, errcode: str | None) -> None:
    body = {"device_keys": {**alice.device_keys(), **change}}
    status, answer = await alice.client.attempt("POST", "/keys/upload", body)
    assert answer.get("errcode") == errcode, (status, answer)


async def test_device_keys_are_bounded(alice: Keys) -> None:
    body = {"device_keys": {**alice.device_keys(), "unsigned": {}, "algorithms": ["x" * 1000] * 40}}
    status, answer = await alice.client.attempt("POST", "/keys/upload", body)
    assert (status, answer["errcode"]) in ((413, "M_TOO_LARGE"), (400, "M_INVALID_SIGNATURE"))


async def test_a_key_id_stands_for_one_key(alice: Keys, bob: Client) -> None:
    await alice.upload(1)
    again = await alice.client.post("/keys/upload", {"one_time_keys": alice.one_time_keys(1, 2)})
    assert again["one_time_key_counts"] == {SIGNED: 2}
    other = {f"{SIGNED}:AAAA01": {"key": "other", "signatures": {}}}
    status, answer = await alice.client.attempt("POST", "/keys/upload", {"one_time_keys": other})
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    assert "already exists" in answer["error"]
    assert (await alice.client.post("/keys/upload"))["one_time_key_counts"] == {SIGNED: 2}


async def test_a_repeated_upload_does_not_bring_a_claimed_key_back(alice: Keys, bob: Client) -> None:
    await alice.upload(1)
    assert await claim(bob, alice) == alice.one_time_keys(1)
    assert await alice.upload(1) == {"one_time_key_counts": {SIGNED: 0}}
    assert await claim(bob, alice) == {}


async def test_one_time_keys_are_bounded(alice: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_ONE_TIME_KEYS", 3)
    await alice.upload(1, 2, 3)
    status, answer = await alice.client.attempt("POST", "/keys/upload", {"one_time_keys": alice.one_time_keys(4)})
    assert (status, answer["errcode"]) == (403, "M_USER_LIMIT_EXCEEDED")
    many = {f"x:{number}": "key" for number in range(501)}
    status, answer = await alice.client.attempt("POST", "/keys/upload", {"one_time_keys": many})
    assert (status, answer["errcode"]) == (413, "M_TOO_LARGE")


@pytest.mark.parametrize(
    "keys",
    [
        {"": "x"},
        {"noname": "x"},
        {"a:": "x"},
        {"a:b": 1},
        {"a:b": {"key": 1}},
        {"a:" + "b" * 300: "x"},
        {"a:b": "x" * 5000},
    ],
)
async def test_one_time_keys_are_checked(alice: Keys, keys: Any) -> None:
    for member in ("one_time_keys", "fallback_keys"):
        status, answer = await alice.client.attempt("POST", "/keys/upload", {member: keys})
        assert status in (400, 413), answer


async def test_another_identity_takes_the_one_time_keys_along(alice: Keys, bob: Client) -> None:
    await alice.upload(1, 2, fallback=True)
    other = Keys(alice.client, "other")
    assert await other.upload(7) == {"one_time_key_counts": {SIGNED: 1}}
    assert await claim(bob, other) == other.one_time_keys(7)
    assert await claim(bob, other) == {}


# ------------------------------------------------------------------ claiming


async def test_keys_are_claimed_oldest_first_then_the_fallback(server: Server, alice: Keys, bob: Client) -> None:
    await alice.upload(5, fallback=True)
    await alice.client.post("/keys/upload", {"one_time_keys": alice.one_time_keys(1)})
    await server.restart()
    assert await claim(bob, alice) == alice.one_time_keys(5)
    assert await claim(bob, alice) == alice.one_time_keys(1)
    for _ in range(2):
        assert await claim(bob, alice) == alice.fallback_key()
        await server.restart()
    assert await claim(bob, alice, "other") == {}


async def test_each_key_is_given_out_once_under_concurrency(alice: Keys, bob: Client) -> None:
    await alice.upload(*range(30))
    found = await asyncio.gather(*(claim(bob, alice) for _ in range(40)))
    names = [name for key in found for name in key]
    assert len(names) == len(set(names)) == 30
    assert (await alice.client.post("/keys/upload"))["one_time_key_counts"] == {SIGNED: 0}


async def test_uploads_and_claims_at_once_agree_on_the_count(alice: Keys, bob: Client) -> None:
    await alice.upload(*range(10))
    uploads = [alice.client.post("/keys/upload", {"one_time_keys": alice.one_time_keys(n)}) for n in range(10, 20)]
    await asyncio.gather(*(claim(bob, alice) for _ in range(7)), *uploads)
    assert counts(await alice.client.sync())[0] == 13


async def test_unknown_devices_are_left_out(alice: Keys, bob: Client) -> None:
    wanted = {alice.user_id: {"NODEVICE": SIGNED}, "@nobody:example.org": {"X": SIGNED}, "@a:b.example": {"X": "y"}}
    answer = await bob.post("/keys/claim", {"one_time_keys": wanted})
    assert answer["one_time_keys"] == {}
    assert list(answer["failures"]) == ["b.example"]
    status, answer = await bob.attempt("POST", "/keys/claim", {"one_time_keys": {"nonsense": {}}})
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")


# ------------------------------------------------------------------ sync


async def test_sync_tells_how_many_are_left(server: Server, alice: Keys, bob: Client) -> None:
    client = alice.client
    assert counts(await client.sync()) == (0, [])
    assert counts(await client.sync()) == (None, None)
    await alice.upload(1, 2, fallback=True)
    assert counts(await client.sync()) == (2, [SIGNED])
    assert counts(await client.sync()) == (2, [SIGNED])  # every answer says so
    waiting = asyncio.create_task(client.sync(10_000))
    await asyncio.sleep(0.05)
    await claim(bob, alice)
    assert counts(await waiting) == (1, [SIGNED])
    await claim(bob, alice)
    await claim(bob, alice)
    await server.restart()
    assert counts(await client.sync()) == (0, [])
    await client.post("/keys/upload", {"fallback_keys": alice.fallback_key()})
    assert counts(await client.sync()) == (0, [])  # the same one is still used
    await client.post("/keys/upload", {"fallback_keys": alice.fallback_key(1)})
    assert counts(await client.sync()) == (0, [SIGNED])


async def test_counts_are_of_the_device_alone(server: Server, alice: Keys) -> None:
    tablet = await server.login("alice")
    await tablet.sync()
    await alice.upload(1)
    assert counts(await tablet.sync()) == (None, None)


async def test_an_online_sync_asks_no_database(
    server: Server, alice: Keys, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id = await alice.client.create_room(invite=[bob.user_id])
    await bob.join(room_id)
    await alice.upload(1, 2)
    bobs = Keys(bob)
    for client in (alice.client, bob, alice.client):
        await client.sync()
    await settled(server)
    await claim(bob, alice)
    await bobs.upload(1)
    await bob.send(room_id)

    async def refuse(*_: Any) -> Any:
        raise AssertionError("a query")

    driver = server.app.driver
    for name in ("query", "query_one"):
        monkeypatch.setattr(driver, name, refuse)
    answer = await alice.client.sync()
    assert counts(answer) == (1, [])
    assert answer["device_lists"]["changed"] == [bob.user_id]
    assert counts(await alice.client.sync()) == (1, [])


# ------------------------------------------------------------------ devices that go


async def rows(server: Server, table: str) -> int:
    row = await server.app.driver.query_one(f"SELECT count(*) FROM {table}")
    assert row is not None
    return int(row[0])


async def test_a_removed_device_has_no_keys(server: Server, alice: Keys, bob: Client) -> None:
    phone = Keys(await server.login("alice", device_id="PHONE"))
    await phone.upload(1, 2, fallback=True)
    await phone.client.post("/logout")
    assert await claim(bob, phone) == {}
    assert (await query(bob, alice.user_id))["device_keys"] == {alice.user_id: {}}
    for table in ("device_keys", "one_time_keys", "fallback_keys", "key_counts"):
        assert await rows(server, table) == 0
    again = Keys(await server.login("alice", device_id="PHONE"))
    assert counts(await again.client.sync()) == (0, [])
    await again.upload(1)
    await settled(server)
    assert await claim(bob, again) == again.one_time_keys(1)


async def test_a_deactivated_account_has_no_keys(server: Server, alice: Keys, bob: Client) -> None:
    await alice.upload(1, fallback=True)
    await alice.upload_crossing()
    await alice.client.post("/room_keys/version", {"algorithm": "x", "auth_data": {}})
    key = {"first_message_index": 0, "forwarded_count": 0, "is_verified": True, "session_data": {}}
    await alice.client.put("/room_keys/keys/!r/s?version=1", key)
    auth = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "alice"}}
    body = {"auth": {**auth, "password": alice.client.password}}
    await alice.client.post("/account/deactivate", body)
    await settled(server)
    for table in ("device_keys", "one_time_keys", "fallback_keys", "cross_signing_keys", "key_signatures"):
        assert await rows(server, table) == 0
    assert await rows(server, "backed_up_keys") == 0
    answer = await query(bob, alice.user_id)
    assert answer["device_keys"] == {alice.user_id: {}}
    assert "master_keys" not in answer


async def test_requests_are_bounded(alice: Keys) -> None:
    client = alice.client
    many: dict[str, Any] = {f"@u{number}:example.org": [] for number in range(1001)}
    status, _ = await client.attempt("POST", "/keys/query", {"device_keys": many})
    assert status == 413
    claims = {alice.user_id: {f"D{number}": SIGNED for number in range(5001)}}
    status, _ = await client.attempt("POST", "/keys/claim", {"one_time_keys": claims})
    assert status == 413
