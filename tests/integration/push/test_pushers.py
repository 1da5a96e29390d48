"""Pushers: set, listed, replaced, deleted, and gone with their device."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.core.push import rules
from tests.harness import Client, Server
from tests.scenarios.model import settled

PUSHER: dict[str, Any] = {
    "app_id": "org.example.app",
    "pushkey": "key",
    "kind": "http",
    "app_display_name": "App",
    "device_display_name": "Phone",
    "lang": "en",
    "data": {"url": "https://push.example.org/_matrix/push/v1/notify", "format": "event_id_only", "own": 1},
}


async def listed(client: Client) -> list[dict[str, Any]]:
    """The user's pushers."""
    pushers: list[dict[str, Any]] = (await client.get("/pushers"))["pushers"]
    return pushers


async def test_a_pusher_lives(server: Server) -> None:
    ann = await server.register("ann")
    assert await listed(ann) == []
    await ann.post("/pushers/set", PUSHER)
    assert await listed(ann) == [PUSHER]
    changed = {**PUSHER, "lang": "de", "profile_tag": "x"}
    await ann.post("/pushers/set", {**changed, "append": True})
    assert await listed(ann) == [changed]
    await server.restart()
    assert await listed(ann) == [changed]
    for _ in range(2):
        await ann.post("/pushers/set", {"app_id": PUSHER["app_id"], "pushkey": "key", "kind": None})
        assert await listed(ann) == []


async def test_a_pushkey_belongs_to_one_user_unless_it_is_added(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    await ann.post("/pushers/set", PUSHER)
    await ben.post("/pushers/set", {**PUSHER, "append": True})
    assert (len(await listed(ann)), len(await listed(ben))) == (1, 1)
    await ann.post("/pushers/set", PUSHER)
    assert (len(await listed(ann)), len(await listed(ben))) == (1, 0)


async def test_a_pusher_goes_with_its_device(server: Server) -> None:
    ann = await server.register("ann")
    phone = await server.login("ann")
    await phone.post("/pushers/set", PUSHER)
    await ann.post("/pushers/set", {**PUSHER, "pushkey": "other"})
    await phone.post("/logout")
    await settled(server)
    assert [pusher["pushkey"] for pusher in await listed(ann)] == ["other"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"kind": "email"}, (400, "M_INVALID_PARAM")),
        ({"app_id": ""}, (400, "M_INVALID_PARAM")),
        ({"app_id": "x" * 65}, (400, "M_INVALID_PARAM")),
        ({"pushkey": "x" * 513}, (400, "M_INVALID_PARAM")),
        ({"pushkey": "\0"}, (400, "M_INVALID_PARAM")),
        ({"pushkey": 1}, (400, "M_BAD_JSON")),
        ({"lang": "x" * 256}, (400, "M_INVALID_PARAM")),
        ({"data": {}}, (400, "M_MISSING_PARAM")),
        ({"data": {"url": "http://push.example.org/_matrix/push/v1/notify"}}, (400, "M_INVALID_PARAM")),
        ({"data": {"url": "https://push.example.org/other"}}, (400, "M_INVALID_PARAM")),
        ({"data": {"url": "https:///_matrix/push/v1/notify"}}, (400, "M_INVALID_PARAM")),
        ({"data": {"url": "https://[/_matrix/push/v1/notify"}}, (400, "M_INVALID_PARAM")),
        ({"data": {"url": 1}}, (400, "M_INVALID_PARAM")),
        ({"data": {**PUSHER["data"], "more": "x" * 20_000}}, (413, "M_TOO_LARGE")),
    ],
)
async def test_what_is_no_pusher(server: Server, changed: dict[str, Any], expected: tuple[int, str]) -> None:
    ann = await server.register("ann")
    status, answer = await ann.attempt("POST", "/pushers/set", {**PUSHER, **changed})
    assert (status, answer["errcode"]) == expected
    assert await listed(ann) == []


@pytest.mark.parametrize("name", list(PUSHER))
async def test_what_a_pusher_needs(server: Server, name: str) -> None:
    ann = await server.register("ann")
    body = {key: value for key, value in PUSHER.items() if key != name}
    status, answer = await ann.attempt("POST", "/pushers/set", body)
    assert (status, answer["errcode"]) == (400, "M_MISSING_PARAM")
    assert name in answer["error"]


async def test_pushers_are_few_enough(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PUSHERS", 2)
    ann = await server.register("ann")
    for number in range(2):
        await ann.post("/pushers/set", {**PUSHER, "pushkey": f"{number}"})
    status, answer = await ann.attempt("POST", "/pushers/set", {**PUSHER, "pushkey": "2"})
    assert (status, answer["errcode"]) == (403, "M_USER_LIMIT_EXCEEDED")
    await ann.post("/pushers/set", {**PUSHER, "pushkey": "1", "lang": "fr"})
