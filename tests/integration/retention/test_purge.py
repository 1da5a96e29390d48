"""A purged room is gone for everybody, and from every table; everybody hears of it."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from roomkeeper.core.retention import purge
from roomkeeper.platform.jobs import service
from tests.databases import databases, opened
from tests.harness import Server
from tests.integration.retention.operator import Operator


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)


def tables_with(server: Server, room_id: str) -> set[str]:
    """The tables that have a row of the room."""
    with opened(databases.url_of(server.data_dir)) as database:
        tables = [table for table in database.tables if "room_id" in database.columns(table)]
        sql = "SELECT 1 FROM {} WHERE room_id = $1 LIMIT 1"
        return {table for table in tables if database.rows(sql.format(table), room_id)}


async def test_a_room_is_gone(server: Server) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    room_id = await alice.create_room(preset="public_chat", name="gone", room_alias_name="gone")
    other = await alice.create_room(preset="public_chat", name="stays")
    for client in (bob, carol):
        await client.join(room_id)
        await client.join(other)
    await carol.leave(room_id)
    event_id = [await alice.send(room_id, f"{number}") for number in range(30)][-1]
    await alice.put(
        f"/rooms/{quote(room_id)}/send/m.reaction/r1",
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": "x"}},
    )
    await bob.post(f"/rooms/{quote(room_id)}/receipt/m.read/{quote(event_id)}")
    await bob.put(f"/user/{bob.user_id}/rooms/{quote(room_id)}/account_data/x.y", {"a": 1})
    await bob.put(f"/user/{bob.user_id}/rooms/{quote(room_id)}/tags/m.favourite", {"order": 0.5})
    operator = Operator(server)
    await operator.ask("PUT", f"/rooms/{quote(room_id)}/retention", {"max_age_days": 5})
    for client in (alice, bob, carol):
        await client.sync()
    away = await server.login("bob")
    await away.sync()
    kept = tables_with(server, other)

    job = await operator.purge(room_id)
    assert job["progress"]["done"] == job["progress"]["total"] > 30
    assert tables_with(server, room_id) == {"purged_rooms"}
    assert tables_with(server, other) >= kept
    for client in (alice, bob):
        status, answer = await client.attempt("GET", f"/rooms/{quote(room_id)}/messages", dir="b")
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
        status, _ = await client.attempt("POST", f"/join/{quote(room_id)}", {})
        assert status == 404
    status, _ = await bob.attempt("GET", f"/directory/room/{quote('#gone:example.org')}")
    assert status == 404
    # Everybody who was in it hears of it; who had left before has heard already.
    for client in (alice, bob, away):
        rooms = (await client.sync())["rooms"]
        assert list(rooms["leave"]) == [room_id]
        assert room_id not in rooms.get("join", {})
    assert "rooms" not in await carol.sync()
    fresh = (await (await server.login("bob")).sync())["rooms"]
    assert list(fresh["join"]) == [other]
    assert "leave" not in fresh
    await server.restart()
    assert room_id not in (await (await server.login("alice")).sync())["rooms"]["join"]


async def test_who_sleeps_through_it_hears_of_it_after_a_restart(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room(invite=[bob.user_id])
    await alice.sync()
    assert room_id in (await bob.sync())["rooms"]["invite"]
    await Operator(server).purge(room_id)
    await server.restart()
    for client in (alice, bob):
        assert list((await client.sync())["rooms"]["leave"]) == [room_id]
        assert "rooms" not in await client.sync()


async def test_nobody_enters_a_room_that_is_being_removed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room(preset="public_chat")
    operator = Operator(server)
    job = await operator.ask("POST", f"/rooms/{quote(room_id)}/purge", {})
    status, answer = await bob.attempt("POST", f"/join/{quote(room_id)}", {})
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    again = await operator.ask("POST", f"/rooms/{quote(room_id)}/purge", {})
    assert again["job_id"] == job["job_id"]
    await operator.done(job)


async def test_a_cancelled_purge_opens_the_room_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(purge.Purges, "step", never)
    await server.restart()
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room(preset="public_chat")
    operator = Operator(server)
    job = await operator.ask("POST", f"/rooms/{quote(room_id)}/purge", {})
    assert (await operator.ask("POST", f"/jobs/{job['job_id']}/cancel"))["state"] == "cancelled"
    await bob.join(room_id)
    await alice.send(room_id, "still here")
    status, answer = await operator.attempt("POST", f"/jobs/{job['job_id']}/resume")
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")


async def test_jobs_are_listed_and_followed(server: Server) -> None:
    alice = await server.register("alice")
    operator = Operator(server)
    jobs = [await operator.purge(await alice.create_room()) for _ in range(3)]
    page = await operator.ask("GET", "/jobs", limit=2)
    assert [job["job_id"] for job in page["jobs"]] == [jobs[2]["job_id"], jobs[1]["job_id"]]
    rest = await operator.ask("GET", "/jobs", limit=2, **{"from": page["next_batch"]})
    assert [job["job_id"] for job in rest["jobs"]] == [jobs[0]["job_id"]]
    assert "next_batch" not in rest
    for sort in ("created", "updated", "name", "state"):
        first = await operator.ask("GET", "/jobs", limit=2, sort=sort)
        then = await operator.ask("GET", "/jobs", limit=2, sort=sort, **{"from": first["next_batch"]})
        rising = [job["job_id"] for job in first["jobs"] + then["jobs"]]
        whole = await operator.ask("GET", "/jobs", sort=f"-{sort}")
        assert rising == [job["job_id"] for job in whole["jobs"]][::-1]
        assert sort != "created" or rising == [job["job_id"] for job in jobs]
    assert (await operator.ask("GET", "/jobs", state="failed"))["jobs"] == []
    job = await operator.ask("GET", f"/jobs/{jobs[0]['job_id']}")
    assert job["started_by"] == "operator"
    assert job["name"] == "room_purge"
    status, answer = await operator.attempt("GET", "/jobs/nothing", since=1)
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    for query in ({"limit": 0}, {"limit": "x"}, {"state": "odd"}, {"sort": "odd"}):
        status, answer = await operator.attempt("GET", "/jobs", **query)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
