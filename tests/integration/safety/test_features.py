"""What identifies people: encrypted where it is stored, shown to nobody else, erased when they withdraw."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from roomkeeper.platform.settings import SettingsError
from tests import identities
from tests.databases import ON_POSTGRESQL
from tests.harness import Client, Server
from tests.integration.safety.world import ROOT, agree, follow, go, of, people, until, where

NAME = {"kind": "name", "text": "Example name"}
PICTURE = identities.face("astronaut")


async def register(client: Client, **feature: Any) -> dict[str, Any]:
    return await client.post(f"{of(client.user_id)}/features", {"consent": True, **feature})


async def overview(client: Client) -> dict[str, Any]:
    return await client.get(of(client.user_id))


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("roomkeeper.db*"))


async def test_a_text_and_a_file_come_back(server: Server) -> None:
    (client,) = await people(server, "customer")
    await register(client, kind="plate", text="RK 2026", label="car")
    data = base64.b64encode(PICTURE).decode()
    picture = await register(client, kind="face", data=data, content_type="image/jpeg")
    found = (await client.get(f"{of(client.user_id)}/features"))["features"]
    assert [(each["kind"], each.get("text", ""), each.get("size", 0)) for each in found] == [
        ("plate", "RK 2026", 0),
        ("face", "", len(PICTURE)),
    ]
    path = f"{of(client.user_id)}/features/{picture['feature_id']}/file"
    status, headers, body = await server.raw("GET", path, headers={"authorization": f"Bearer {client.token}"})
    assert (status, headers["content-type"], body) == (200, "image/jpeg", PICTURE)


async def test_nobody_else_sees_them(server: Server) -> None:
    client, follower = await people(server, "customer", "follower")
    await follow(follower, client)
    feature = await register(client, kind="phone", text="+49 30 5550000")
    for path in ("", "/features", f"/features/{feature['feature_id']}/file"):
        assert (await follower.attempt("GET", of(client.user_id) + path))[0] == 403, path
    assert (await follower.attempt("DELETE", f"{of(client.user_id)}/features/{feature['feature_id']}"))[0] == 403
    assert (await follower.attempt("POST", f"{of(client.user_id)}/features", {**NAME, "consent": True}))[0] == 403


@pytest.mark.skipif(ON_POSTGRESQL, reason="looks into the file of the database")
async def test_the_database_has_them_encrypted_and_the_key_is_elsewhere(server: Server) -> None:
    (client,) = await people(server, "customer")
    await register(client, kind="badge", text="Marker-4711-of-a-badge", label="Marker-of-a-label")
    await server.restart()
    content = stored(server.data_dir)
    assert b"Marker-4711" not in content
    assert b"Marker-of" not in content
    key = (server.data_dir / "safety.key").read_bytes()
    assert len(key) == 32
    assert key not in content
    assert (server.data_dir / "safety.key").stat().st_mode & 0o077 == 0
    assert (await overview(client))["features"][0]["text"] == "Marker-4711-of-a-badge"


async def test_without_the_key_the_server_does_not_start(server: Server) -> None:
    (client,) = await people(server, "customer")
    await register(client, kind="name", text="Example name")
    await server.stop()
    key = server.data_dir / "safety.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(SettingsError, match=r"safety\.key"):
        await server.start()
    await server.app.driver.close()
    key.write_bytes(kept)
    await server.start()
    assert len((await overview(client))["features"]) == 1


@pytest.mark.parametrize(
    "feature",
    [
        {"kind": "name"},
        {"kind": "name", "text": "  "},
        {"kind": "face", "text": "x"},
        {"kind": "name", "data": "AAAA", "content_type": "image/png"},
        {"kind": "voice", "data": "AAAA", "content_type": "image/png"},
        {"kind": "face", "data": "AAAA"},
        {"kind": "face", "data": "AAAA", "text": "x", "content_type": "image/png"},
        {"kind": "name", "text": "x", "content_type": "image/png"},
        {"kind": "face", "data": "no base64!", "content_type": "image/png"},
        {"kind": "soul", "text": "x"},
    ],
)
async def test_what_is_no_feature(server: Server, feature: dict[str, Any]) -> None:
    (client,) = await people(server, "customer")
    status, answer = await client.attempt("POST", f"{of(client.user_id)}/features", {**feature, "consent": True})
    assert (status, answer["errcode"]) in ((400, "M_INVALID_PARAM"), (400, "M_BAD_JSON"))


async def test_there_is_a_most(server: Server) -> None:
    (client,) = await people(server, "customer")
    for number in range(50):
        await register(client, kind="name", text=f"Example {number}")
    assert (await client.attempt("POST", f"{of(client.user_id)}/features", {**NAME, "consent": True}))[0] == 403


async def rows(server: Server, client: Client) -> list[tuple[str, int]]:
    tables = {
        "safety_features": "user_id",
        "safety_keys": "user_id",
        "safety_preferences": "user_id",
        "safety_positions": "user_id",
    }
    found = []
    for table, column in tables.items():
        row = await server.app.driver.query_one(f"SELECT count(*) FROM {table} WHERE {column} = $1", client.user_id)
        assert row is not None
        found.append((table, int(row[0])))
    return found


async def test_the_last_one_takes_the_key_along(server: Server) -> None:
    (client,) = await people(server, "customer")
    feature = await register(client, kind="name", text="Example name")
    await client.delete(f"{of(client.user_id)}/features/{feature['feature_id']}")
    assert dict(await rows(server, client))["safety_keys"] == 0
    assert (await client.attempt("DELETE", f"{of(client.user_id)}/features/{feature['feature_id']}"))[0] == 404


async def test_withdrawing_erases_everything(server: Server) -> None:
    client, follower = await people(server, "customer", "follower")
    await follow(follower, client)
    await follow(client, follower)
    await register(client, kind="name", text="Example name")
    await agree(client)
    await go(client, 52.5, 13.4)
    before = await overview(client)
    assert len(before["followings"]) == 2
    assert before["position"] is not None
    await client.delete(of(client.user_id))
    assert {count for _, count in await rows(server, client)} == {0}
    assert await where(client) is None
    assert {each["state"] for each in (await overview(follower))["followings"]} == {"ended"}
    assert (await client.attempt("PUT", f"{ROOT}/location", {"latitude": 1, "longitude": 1}))[0] == 403


async def test_an_erased_account_leaves_nothing(server: Server) -> None:
    client, follower = await people(server, "customer", "follower")
    await follow(follower, client)
    await register(client, kind="name", text="Example name")
    await agree(client)
    await go(client, 52.5, 13.4)
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": client.user_id},
        "password": client.password,
    }
    await client.post("/account/deactivate", {"erase": True, "auth": auth})

    async def gone() -> bool:
        nothing = {count for _, count in await rows(server, client)} == {0}
        return nothing and (await overview(follower))["followings"] == []

    await until(gone)
