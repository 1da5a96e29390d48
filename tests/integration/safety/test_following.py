"""Watching over one another: asked for, confirmed by whoever decides, ended by either side."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.organisation.office import Office
from tests.integration.safety.world import ROOT, follow, notices, of, people, until

DAY_MS = 24 * 3600 * 1000


async def page(client: Client) -> list[dict[str, Any]]:
    answer = await client.get(f"{ROOT}/followings")
    return [each for each in answer["followings"] if isinstance(each, dict)]


async def ask(follower: Client, followed: Client, relation: str = "parent") -> str:
    body = {"followed": followed.user_id, "relation": relation, "message": "Please"}
    return str((await follower.post(f"{ROOT}/followings", body))["following_id"])


async def test_asked_told_confirmed_and_ended_by_either_side(server: Server) -> None:
    for ender in (0, 1):
        follower, followed = await people(server, f"customer{ender}a", f"customer{ender}b")
        following_id = await ask(follower, followed)
        await until(lambda client=followed: notices(client))  # type: ignore[misc]
        assert [each["state"] for each in await page(followed)] == ["asked"]
        answered = await followed.post(f"{ROOT}/followings/{following_id}/answer", {"confirm": True})
        assert (answered["state"], answered["answered_by"]) == ("confirmed", followed.user_id)
        assert (await page(follower))[0]["relation"] == "parent"
        ended = await (follower, followed)[ender].delete(f"{ROOT}/followings/{following_id}")
        assert (ended["state"], ended["ended_by"]) == ("ended", (follower, followed)[ender].user_id)
        # Again is no error, and changes nothing.
        assert await followed.delete(f"{ROOT}/followings/{following_id}") == ended


async def test_both_are_told(server: Server) -> None:
    follower, followed = await people(server, "customer-a", "customer-b")
    await follow(follower, followed, "carer")

    async def told() -> bool:
        asked = any("carer" in each for each in await notices(followed))
        return asked and any("watches over" in each for each in await notices(follower))

    await until(told)


async def test_who_may_not_answer(server: Server) -> None:
    follower, followed, other = await people(server, "a", "b", "c")
    following_id = await ask(follower, followed)
    path = f"{ROOT}/followings/{following_id}/answer"
    assert (await follower.attempt("POST", path, {"confirm": True}))[0] == 403
    assert (await other.attempt("POST", path, {"confirm": True}))[0] == 404
    assert (await other.attempt("DELETE", f"{ROOT}/followings/{following_id}"))[0] == 404
    assert await page(other) == []


async def test_oneself_nobody_twice_and_each_other(server: Server) -> None:
    a, b = await people(server, "a", "b")
    for body, status in (
        ({"followed": a.user_id, "relation": "other"}, 400),
        ({"followed": "@nobody:example.org", "relation": "other"}, 404),
        ({"followed": b.user_id, "relation": "stalker"}, 400),
        ({"followed": b.user_id, "relation": "friend"}, 200),
        ({"followed": b.user_id, "relation": "friend"}, 409),
    ):
        assert (await a.attempt("POST", f"{ROOT}/followings", body))[0] == status, body
    # A circle is two relations like any others.
    assert (await b.attempt("POST", f"{ROOT}/followings", {"followed": a.user_id, "relation": "friend"}))[0] == 200


async def test_a_no_holds_for_some_days(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock)
    a, b = await people(server, "a", "b")
    following_id = await ask(a, b)
    declined = await b.post(f"{ROOT}/followings/{following_id}/answer", {"confirm": False})
    assert declined["state"] == "declined"
    body = {"followed": b.user_id, "relation": "friend"}
    assert (await a.attempt("POST", f"{ROOT}/followings", body))[0] == 403
    assert (await b.attempt("POST", f"{ROOT}/followings/{following_id}/answer", {"confirm": True}))[0] == 400
    clock.advance(8 * DAY_MS)
    assert (await a.attempt("POST", f"{ROOT}/followings", body))[0] == 200


async def test_whoever_takes_it_back_may_ask_again(server: Server) -> None:
    a, b = await people(server, "a", "b")
    await a.delete(f"{ROOT}/followings/{await ask(a, b)}")
    await ask(a, b)


async def test_whom_one_ignores_one_does_not_hear(server: Server) -> None:
    a, b = await people(server, "a", "b")
    path = f"/user/{b.user_id}/account_data/m.ignored_user_list"
    await b.put(path, {"ignored_users": {a.user_id: {}}})
    await ask(a, b)
    assert await page(b) == []
    assert [each["state"] for each in await page(a)] == ["asked"]


@pytest.fixture
async def family(office: Office) -> tuple[Client, Client, Client]:
    """A minor, their guardian, and a stranger."""
    minor, guardian, stranger = await people(office.server, "minor", "guardian", "stranger")
    officer = await office.staff("officer")
    await office.give(officer.user_id, "safety_officer")
    assert (await stranger.attempt("PUT", f"{of(minor.user_id)}/guardians", {"guardians": []}))[0] == 403
    await officer.put(f"{of(minor.user_id)}/guardians", {"guardians": [guardian.user_id]})
    return minor, guardian, stranger


async def test_for_a_minor_a_guardian_decides(family: tuple[Client, Client, Client]) -> None:
    minor, guardian, stranger = family
    following_id = await ask(stranger, minor, "friend")
    path = f"{ROOT}/followings/{following_id}/answer"
    assert (await minor.attempt("POST", path, {"confirm": True}))[0] == 403
    assert [each["following_id"] for each in await page(guardian)] == [following_id]
    await until(lambda: notices(guardian))
    assert (await guardian.post(path, {"confirm": True, "when": "always"}))["answered_by"] == guardian.user_id
    # The minor ends it without asking anybody.
    assert (await minor.delete(f"{ROOT}/followings/{following_id}"))["state"] == "ended"


async def test_a_guardian_watches_at_once_and_the_minor_knows(family: tuple[Client, Client, Client]) -> None:
    minor, guardian, _ = family
    body = {"followed": minor.user_id, "relation": "parent"}
    assert (await guardian.post(f"{ROOT}/followings", body))["state"] == "confirmed"
    await until(lambda: notices(minor))
    assert [each["follower"] for each in await page(minor)] == [guardian.user_id]


async def test_a_minor_agrees_to_less_alone_and_to_more_with_a_guardian(family: tuple[Client, Client, Client]) -> None:
    minor, guardian, stranger = family
    path = f"{of(minor.user_id)}/preferences"
    assert (await minor.attempt("PUT", path, {"location": "exact"}))[0] == 403
    assert (await stranger.attempt("PUT", path, {"location": "exact"}))[0] == 403
    await guardian.put(path, {"location": "exact"})
    assert (await minor.put(path, {"location": "off"}))["location"] == "off"
    assert (await minor.attempt("PUT", path, {"location": "approximate"}))[0] == 403


@pytest.mark.parametrize("which", ["self", "minor", "ward"])
async def test_who_cannot_be_a_guardian(office: Office, family: tuple[Client, Client, Client], which: str) -> None:
    minor, guardian, stranger = family
    whom, by = {"self": (stranger, stranger), "minor": (stranger, minor), "ward": (guardian, stranger)}[which]
    body = {"guardians": [by.user_id]}
    assert (await office.owner.attempt("PUT", f"{of(whom.user_id)}/guardians", body))[0] == 400


async def test_what_has_ended_is_forgotten(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock)
    a, b = await people(server, "a", "b")
    await a.delete(f"{ROOT}/followings/{await follow(a, b)}")
    kept = await follow(b, a)
    clock.advance(91 * DAY_MS)
    await a.post("/logout")
    again = await server.login("a")
    await server.restart()

    async def gone() -> bool:
        return [each["following_id"] for each in await page(again)] == [kept]

    await until(gone)
