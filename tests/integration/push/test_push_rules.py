"""The endpoints of push rules: reading, adding, ordering, changing, deleting; and that every device is told."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.core.push import rules
from roomkeeper.wire.push_rules import KINDS, predefined
from tests.harness import Client, Server
from tests.integration.account_data.reading import global_data, of

MUTE: dict[str, Any] = {"actions": []}


@pytest.fixture
async def ann(server: Server) -> Client:
    return await server.register("ann")


def path(kind: str, rule_id: str, part: str = "") -> str:
    """The path of a rule, or of a part of it."""
    return f"/pushrules/global/{kind}/{quote(rule_id, safe='')}{part}"


async def own(client: Client, kind: str = "override") -> list[str]:
    """The ids of the user's own rules of a kind, the most important first."""
    return [rule["rule_id"] for rule in (await client.get("/pushrules/global/"))[kind] if not rule["default"]]


async def refused(client: Client, method: str, where: str, body: Any = None, **query: Any) -> tuple[int, str]:
    """Status and error code of a request that must fail."""
    status, answer = await client.attempt(method, where, body, **query)
    assert status >= 400, answer
    return status, answer["errcode"]


async def test_everybody_has_the_predefined_rules(server: Server, ann: Client) -> None:
    expected = {"global": predefined(ann.user_id).as_json()}
    for where in ("/pushrules", "/pushrules/"):
        assert await ann.get(where) == expected
    for where in ("/pushrules/global", "/pushrules/global/"):
        assert await ann.get(where) == expected["global"]
    assert await ann.get(of(ann, "m.push_rules")) == expected
    assert global_data(await ann.sync())["m.push_rules"] == expected
    assert "account_data" not in await ann.sync()
    wanted = '{"account_data": {"not_types": ["m.push_rules"]}}'
    assert "account_data" not in await (await server.login("ann")).sync(filter=wanted)
    status, _ = await ann.attempt("PUT", of(ann, "m.push_rules"), {})
    assert status == 405


async def test_a_rule_lives(server: Server, ann: Client) -> None:
    await ann.sync()
    rule = {"actions": ["notify", {"set_tweak": "sound", "value": "x"}], "pattern": "cake*lie"}
    await ann.put(path("content", "no cake"), rule)
    shown = {"rule_id": "no cake", "default": False, "enabled": True, **rule}
    assert await ann.get(path("content", "no cake")) == shown
    content = global_data(await ann.sync())["m.push_rules"]
    assert content["global"]["content"] == [shown]
    assert content == await ann.get("/pushrules/")
    await ann.put(path("content", "no cake", "/enabled"), {"enabled": False})
    assert await ann.get(path("content", "no cake", "/enabled")) == {"enabled": False}
    await ann.put(path("content", "no cake", "/actions"), {"actions": ["dont_notify"]})
    assert await ann.get(path("content", "no cake", "/actions")) == {"actions": ["dont_notify"]}, "kept as it was sent"
    await server.restart()
    await ann.put(path("content", "no cake"), {"actions": ["notify"], "pattern": "pie"})
    changed = await ann.get(path("content", "no cake"))
    assert (changed["pattern"], changed["enabled"]) == ("pie", False), "changing a rule does not switch it on"
    await ann.delete(path("content", "no cake"))
    assert await refused(ann, "GET", path("content", "no cake")) == (404, "M_NOT_FOUND")
    assert global_data(await ann.sync())["m.push_rules"] == {"global": predefined(ann.user_id).as_json()}


async def test_conditions_are_kept_as_they_are(ann: Client) -> None:
    conditions = [{"kind": "org.example.new", "more": [1]}, {"kind": "event_match", "key": "type", "pattern": "x"}]
    for kind in ("override", "underride"):
        await ann.put(path(kind, "mine"), {"actions": ["notify"], "conditions": conditions})
        assert (await ann.get(path(kind, "mine")))["conditions"] == conditions
        await ann.put(path(kind, "bare"), MUTE)
        assert (await ann.get(path(kind, "bare")))["conditions"] == []
    await ann.put(path("room", "!x:example.org"), {**MUTE, "conditions": conditions, "pattern": "x"})
    assert (await ann.get(path("room", "!x:example.org"))).keys() == {"rule_id", "default", "enabled", "actions"}


async def test_nothing_is_told_where_nothing_changes(ann: Client) -> None:
    await ann.put(path("sender", "@bob:example.org"), MUTE)
    await ann.sync()
    await ann.put(path("sender", "@bob:example.org"), MUTE)
    await ann.put(path("sender", "@bob:example.org", "/enabled"), {"enabled": True})
    assert "account_data" not in await ann.sync()


async def test_predefined_rules_are_switched_and_changed_but_not_replaced(ann: Client) -> None:
    master = path("override", ".m.rule.master")
    await ann.put(f"{master}/enabled", {"enabled": True})
    assert (await ann.get(master))["enabled"] is True
    message = path("underride", ".m.rule.message")
    await ann.put(f"{message}/actions", {"actions": ["notify", {"set_tweak": "highlight"}]})
    assert (await ann.get(message))["actions"][1] == {"set_tweak": "highlight"}
    assert await refused(ann, "PUT", master, MUTE) == (400, "M_INVALID_PARAM")
    assert await refused(ann, "DELETE", master) == (400, "M_INVALID_PARAM")
    await ann.put(path("override", "mine"), MUTE)
    order = [rule["rule_id"] for rule in (await ann.get("/pushrules/global/"))["override"]]
    assert order[:3] == [".m.rule.master", "mine", ".m.rule.suppress_notices"]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_order_of_rules(ann: Client, kind: str) -> None:
    async def put(name: str, **query: str) -> list[str]:
        await ann.put(path(kind, name), {"actions": [], "pattern": "x"}, **query)
        return await own(ann, kind)

    await put("a")
    assert await put("b") == ["b", "a"], "a new rule is the most important one"
    assert await put("c", after="b") == ["b", "c", "a"]
    assert await put("d", before="a") == ["b", "c", "d", "a"]
    assert await put("e", before="c", after="a") == ["b", "e", "c", "d", "a"]
    assert await put("c") == ["b", "e", "c", "d", "a"], "a rule that is changed stays where it is"
    assert await put("b", after="a") == ["e", "c", "d", "a", "b"]
    for neighbour in ("nobody", ".m.rule.master", "f"):
        for where in ("before", "after"):
            answer = await refused(ann, "PUT", path(kind, "f"), {"actions": [], "pattern": "x"}, **{where: neighbour})
            assert answer == (400, "M_UNKNOWN")
    assert await own(ann, kind) == ["e", "c", "d", "a", "b"]


@pytest.mark.parametrize(
    ("kind", "rule_id", "body", "expected"),
    [
        ("nothing", "x", MUTE, (400, "M_INVALID_PARAM")),
        ("override", ".mine", MUTE, (400, "M_INVALID_PARAM")),
        ("override", "a/b", MUTE, (400, "M_INVALID_PARAM")),
        ("override", "a\\b", MUTE, (400, "M_INVALID_PARAM")),
        ("override", "a\0b", MUTE, (400, "M_INVALID_PARAM")),
        ("override", "é" * 128, MUTE, (400, "M_INVALID_PARAM")),
        ("override", "x", {}, (400, "M_MISSING_PARAM")),
        ("override", "x", {"actions": "notify"}, (400, "M_BAD_JSON")),
        ("override", "x", {"actions": ["shout"]}, (400, "M_INVALID_PARAM")),
        ("override", "x", {"actions": [{"value": 1}]}, (400, "M_INVALID_PARAM")),
        ("override", "x", {"actions": ["notify"] * 33}, (413, "M_TOO_LARGE")),
        ("override", "x", {"actions": [{"set_tweak": "x" * 9000}]}, (413, "M_TOO_LARGE")),
        ("override", "x", {"actions": [], "conditions": [{}]}, (400, "M_INVALID_PARAM")),
        ("override", "x", {"actions": [], "conditions": ["x"]}, (400, "M_BAD_JSON")),
        ("override", "x", {"actions": [], "conditions": [{"kind": "x"}] * 33}, (413, "M_TOO_LARGE")),
        ("content", "x", MUTE, (400, "M_MISSING_PARAM")),
        ("content", "x", {**MUTE, "pattern": "a*" * 17}, (413, "M_TOO_LARGE")),
        ("content", "x", {**MUTE, "pattern": "a" * 256}, (413, "M_TOO_LARGE")),
    ],
)
async def test_what_is_no_rule(
    ann: Client, kind: str, rule_id: str, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await refused(ann, "PUT", path(kind, rule_id), body) == expected


async def test_what_is_not_there(ann: Client) -> None:
    for method, part, body in (
        ("GET", "", None), ("DELETE", "", None), ("GET", "/enabled", None), ("GET", "/actions", None),
        ("PUT", "/enabled", {"enabled": True}), ("PUT", "/actions", {"actions": []}),
    ):  # fmt: skip
        assert await refused(ann, method, path("room", "!x:y", part), body) == (404, "M_NOT_FOUND")
    assert await refused(ann, "PUT", path("room", "!x:y", "/enabled"), {}) == (400, "M_MISSING_PARAM")
    assert await refused(ann, "PUT", path("room", "!x:y", "/enabled"), {"enabled": 1}) == (400, "M_BAD_JSON")
    assert await refused(ann, "PUT", path("room", "!x:y", "/actions"), {}) == (400, "M_MISSING_PARAM")
    assert await refused(ann, "GET", "/pushrules/device/") == (404, "M_UNRECOGNIZED")


async def test_rules_are_few_enough(ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_RULES", 3)
    for number in range(3):
        await ann.put(path("room", f"!{number}:x"), MUTE)
    assert await refused(ann, "PUT", path("sender", "@x:y"), MUTE) == (403, "M_USER_LIMIT_EXCEEDED")
    await ann.put(path("room", "!1:x"), {"actions": ["notify"]})
    monkeypatch.setattr(rules, "MAX_RULES", 500)
    conditions = [{"kind": "x", "more": "x" * 7_000}]
    statuses = [
        (await ann.attempt("PUT", path("override", f"r{number}"), {"actions": [], "conditions": conditions}))[0]
        for number in range(10)
    ]
    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 413


async def test_rules_are_the_users_own(server: Server, ann: Client) -> None:
    await ann.put(path("room", "!x:y"), MUTE)
    ben = await server.register("ben")
    assert await own(ben, "room") == []
    assert (await server.request("GET", "/pushrules/"))[0] == 401
