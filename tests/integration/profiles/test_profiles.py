"""Profiles: display name, avatar and custom fields, with their limits."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.core import accounts, profiles, transactions
from roomkeeper.core.profiles import ProfileChanged, Profiles
from roomkeeper.platform.application import Application
from roomkeeper.platform.settings import SettingsSource
from tests.harness import Server

AVATAR = "mxc://example.org/avatar"


async def test_a_profile_from_nothing_to_nothing(server: Server) -> None:
    alice = await server.register("alice")
    path = f"/profile/{alice.user_id}"
    assert await server.request("GET", path) == (200, {})
    await alice.put(f"{path}/displayname", {"displayname": "Alice"})
    await alice.put(f"{path}/avatar_url", {"avatar_url": AVATAR})
    await alice.put(f"{path}/m.tz", {"m.tz": "Europe/London"})
    await alice.put(f"{path}/org.example.job", {"org.example.job": {"title": "shepherd", "since": [1999, None, 1.5]}})
    assert await server.request("GET", path) == (
        200,
        {
            "displayname": "Alice",
            "avatar_url": AVATAR,
            "m.tz": "Europe/London",
            "org.example.job": {"title": "shepherd", "since": [1999, None, 1.5]},
        },
    )
    assert await server.request("GET", f"{path}/displayname") == (200, {"displayname": "Alice"})
    for key in ("displayname", "avatar_url", "m.tz", "org.example.job", "org.example.job"):
        assert await alice.delete(f"{path}/{key}") == {}
    assert await server.request("GET", path) == (200, {})
    assert (await server.request("GET", f"{path}/displayname"))[1]["errcode"] == "M_NOT_FOUND"


async def test_an_empty_name_or_avatar_takes_it_away(server: Server) -> None:
    alice = await server.register("alice")
    for key, value in (("displayname", "Alice"), ("avatar_url", AVATAR)):
        path = f"/profile/{alice.user_id}/{key}"
        await alice.put(path, {key: value})
        await alice.put(path, {key: ""})
        assert (await server.request("GET", path))[0] == 404


async def test_profiles_survive_a_restart(server: Server) -> None:
    alice = await server.register("alice")
    await alice.put(f"/profile/{alice.user_id}/displayname", {"displayname": "Алиса 🐑"})
    await server.restart()
    assert await alice.get(f"/profile/{alice.user_id}") == {"displayname": "Алиса 🐑"}


@pytest.mark.parametrize("user_id", ["@nobody:example.org", "@alice:elsewhere.org", "alice", "%00", "@%F0%9F%98%80:x"])
async def test_users_that_are_not_there(server: Server, user_id: str) -> None:
    for path in (f"/profile/{user_id}", f"/profile/{user_id}/displayname"):
        status, answer = await server.request("GET", path)
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_only_ones_own_profile_can_be_changed(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    path = f"/profile/{alice.user_id}/displayname"
    for method, body in (("PUT", {"displayname": "Mallory"}), ("DELETE", None)):
        status, answer = await bob.attempt(method, path, body)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
        status, answer = await server.request(method, path, body)
        assert (status, answer["errcode"]) == (401, "M_MISSING_TOKEN")


@pytest.mark.parametrize(
    ("key", "value", "errcode"),
    [
        ("displayname", 5, "M_INVALID_PARAM"),
        ("displayname", None, "M_INVALID_PARAM"),
        ("displayname", "x" * 257, "M_INVALID_PARAM"),
        ("avatar_url", "https://example.org/a.png", "M_INVALID_PARAM"),
        ("avatar_url", "mxc://example.org/../../x", "M_INVALID_PARAM"),
        ("avatar_url", {}, "M_INVALID_PARAM"),
        ("m.tz", 1, "M_INVALID_PARAM"),
        ("Org.Example", "x", "M_INVALID_PARAM"),
        ("org example", "x", "M_INVALID_PARAM"),
        ("ö", "x", "M_INVALID_PARAM"),
        ("x" * 256, "x", "M_KEY_TOO_LARGE"),
        ("org.example.large", "x" * 65_536, "M_PROFILE_TOO_LARGE"),
        (
            "org.example.deep",
            [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
            "M_INVALID_PARAM",
        ),
    ],
)
async def test_values_that_are_refused(server: Server, key: str, value: Any, errcode: str) -> None:
    alice = await server.register("alice")
    status, answer = await alice.attempt("PUT", f"/profile/{alice.user_id}/{quote(key)}", {key: value})
    assert (status, answer["errcode"]) == (400, errcode)
    assert await alice.get(f"/profile/{alice.user_id}") == {}


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        (b"", "M_MISSING_PARAM"),
        (b'{"another": "x"}', "M_MISSING_PARAM"),
        (b'"Alice"', "M_BAD_JSON"),
        (b"{", "M_NOT_JSON"),
        (b'{"displayname": "\\ud800"}', "M_NOT_JSON"),
        (b'{"displayname": "\xff"}', "M_NOT_JSON"),
        (b'{"displayname": ' + b"[" * 60_000, "M_BAD_JSON"),
        (b'{"displayname": 1' + b"0" * 5000 + b"}", "M_BAD_JSON"),
        (b'{"displayname": 1e999}', "M_BAD_JSON"),
    ],
)
async def test_malformed_bodies(server: Server, body: bytes, errcode: str) -> None:
    alice = await server.register("alice")
    path = f"/_matrix/client/v3/profile/{alice.user_id}/displayname"
    status, _, answer = await server.raw("PUT", path, body, {"authorization": f"Bearer {alice.token}"})
    assert status == 400, answer
    assert f'"{errcode}"'.encode() in answer


async def test_the_whole_profile_has_a_limit(server: Server) -> None:
    alice = await server.register("alice")
    path = f"/profile/{alice.user_id}"
    await alice.put(f"{path}/org.example.one", {"org.example.one": "x" * 40_000})
    status, answer = await alice.attempt("PUT", f"{path}/org.example.two", {"org.example.two": "x" * 40_000})
    assert (status, answer["errcode"]) == (400, "M_PROFILE_TOO_LARGE")
    # What is replaced does not count.
    await alice.put(f"{path}/org.example.one", {"org.example.one": "x" * 60_000})


async def test_many_at_a_time_do_not_pass_the_limit_together(server: Server) -> None:
    alice = await server.register("alice")
    keys = [f"org.example.f{number}" for number in range(8)]
    answers = await asyncio.gather(
        *(alice.attempt("PUT", f"/profile/{alice.user_id}/{key}", {key: "x" * 20_000}) for key in keys)
    )
    assert [status for status, _ in answers].count(200) == 3
    assert len(await alice.get(f"/profile/{alice.user_id}")) == 3


@pytest.fixture
async def profiles_alone(server: Server) -> Any:
    """Accounts and profiles without the areas above them, with what changed."""
    other = Server(server.data_dir.parent / "profiles alone")
    environment = {
        "ROOMKEEPER_SERVER_NAME": "example.org",
        "ROOMKEEPER_DATA_DIR": str(other.data_dir),
        "ROOMKEEPER_REGISTRATION": "open",
        "ROOMKEEPER_PASSWORD_HASHING": "fast",
    }
    other.app = Application(SettingsSource({}, environment))
    transactions.install(other.app)
    service = profiles.install(other.app, accounts.install(other.app))
    await other.app.start()
    yield other, service
    await other.app.stop()


async def test_member_content_follows_the_profile(profiles_alone: tuple[Server, Profiles]) -> None:
    server, service = profiles_alone
    alice = await server.register("alice")
    assert await service.member_content(alice.user_id) == {}
    await alice.put(f"/profile/{alice.user_id}/displayname", {"displayname": "Alice"})
    content = await service.member_content(alice.user_id)
    assert content == {"displayname": "Alice"}
    content["displayname"] = "changed by who asked"
    await alice.put(f"/profile/{alice.user_id}/avatar_url", {"avatar_url": AVATAR})
    assert await service.member_content(alice.user_id) == {"displayname": "Alice", "avatar_url": AVATAR}
    await alice.delete(f"/profile/{alice.user_id}/displayname")
    assert await service.member_content(alice.user_id) == {"avatar_url": AVATAR}
    assert await service.member_content("@nobody:example.org") == {}


async def test_each_change_is_a_fact(profiles_alone: tuple[Server, Profiles]) -> None:
    server, _ = profiles_alone
    told: asyncio.Queue[ProfileChanged] = asyncio.Queue()
    server.app.facts.handle(ProfileChanged, told.put)
    alice = await server.register("alice")
    path = f"/profile/{alice.user_id}"
    await alice.put(f"{path}/displayname", {"displayname": "Alice"})
    await alice.put(f"{path}/displayname", {"displayname": "Alice"})
    await alice.put(f"{path}/m.tz", {"m.tz": "Asia/Shanghai"})
    await alice.delete(f"{path}/displayname")
    await alice.delete(f"{path}/displayname")
    async with asyncio.timeout(5):
        facts = [await told.get() for _ in range(3)]
    assert facts == [
        ProfileChanged(alice.user_id, "displayname", True),
        ProfileChanged(alice.user_id, "m.tz", False),
        ProfileChanged(alice.user_id, "displayname", True),
    ]
