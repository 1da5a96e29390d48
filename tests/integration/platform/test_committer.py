"""Writes: one that fails, fails alone with what was built on it, and is never seen."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import REGISTRY

from roomkeeper.platform.database import DatabaseError, DependencyFailed, Statement, Write, patience
from roomkeeper.platform.database.committer import MOST_PATIENT
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.rooms.paths import room_path, state_events_of


@pytest.fixture
async def server(make_server: MakeServer) -> Server:
    """A server without capabilities, which record facts of their own at the start."""
    return await make_server(with_capabilities=False)


ON_SQLITE = """
    CREATE TRIGGER poison BEFORE INSERT ON events WHEN instr(NEW.pdu, CAST('poison' AS BLOB)) > 0
    BEGIN SELECT RAISE(ABORT, 'poisoned'); END
"""
FUNCTION = """
    CREATE OR REPLACE FUNCTION poisoned() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$
"""
ON_POSTGRESQL = """
    CREATE TRIGGER poison BEFORE INSERT ON events FOR EACH ROW
    WHEN (position('poison'::bytea IN NEW.pdu) > 0) EXECUTE FUNCTION poisoned()
"""
TRIGGERS = {"sqlite": [ON_SQLITE], "postgresql": [FUNCTION, ON_POSTGRESQL]}
CURES = {"sqlite": "DROP TRIGGER poison", "postgresql": "DROP TRIGGER poison ON events"}


async def poison(server: Server) -> None:
    """Let the database refuse every event with a certain word in it."""
    await server.app.committer.commit(*map(Statement, TRIGGERS[server.app.driver.dialect]))


def batches() -> float:
    """How many batches were committed by now in this process."""
    return REGISTRY.get_sample_value("roomkeeper_commit_batch_writes_count") or 0


async def test_a_failed_write_fails_alone(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    rooms = [await ann.create_room(preset="public_chat") for _ in range(3)]
    for room_id in rooms:
        await ben.join(room_id)
    await ben.sync()
    await poison(server)
    sends = [
        ann.attempt(
            "PUT",
            room_path(rooms[number % 3], "send", "m.room.message", f"write{number}"),
            {"msgtype": "m.text", "body": "poison" if number == 31 else f"message {number}"},
        )
        for number in range(90)
    ]
    answers = await asyncio.gather(*sends)
    statuses = [status for status, _ in answers]
    assert statuses[31] == 503
    assert statuses.count(200) == 89, "what was built on it is tried anew"
    shown = (await ben.sync())["rooms"]["join"]
    for index, room_id in enumerate(rooms):
        expected = {f"message {number}" for number in range(90) if number % 3 == index and number != 31}
        timeline = shown[room_id]["timeline"]["events"]
        assert {event["content"]["body"] for event in timeline} == expected
        assert len(timeline) == len(expected)
        assert set(await ben.timeline(room_id)) == expected
    for room_id in rooms:
        await ann.send(room_id, "after")
        assert [
            event["content"]["body"] for event in (await ben.sync())["rooms"]["join"][room_id]["timeline"]["events"]
        ] == ["after"]


async def test_the_room_is_as_the_database_has_it_afterwards(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    await ann.set_state(room_id, "org.example.thing", {"n": 0})
    await poison(server)
    path = room_path(room_id, "state", "org.example.thing", "")
    bodies = [{"n": 1}, {"n": "poison"}, {"n": 2}, {"n": "poison too"}, {"n": 3}]
    answers = await asyncio.gather(*(ann.attempt("PUT", path, body) for body in bodies))
    assert [status for status, _ in answers] == [200, 503, 200, 503, 200]
    in_memory = {key: event.event_id for key, event in (await server.rooms.cache.get(room_id)).state.items()}
    stored = await state_events_of(ann, room_id)
    assert in_memory == {key: event["event_id"] for key, event in stored.items()}
    assert stored["org.example.thing", ""]["content"] in ({"n": 1}, {"n": 2}, {"n": 3})
    await server.restart()
    assert (await state_events_of(ann, room_id)).keys() == stored.keys()
    for event in stored.values():
        previous = event["unsigned"].get("replaces_state")
        assert previous is None or (await ann.attempt("GET", room_path(room_id, "event", previous)))[0] == 200


async def test_a_failed_room_does_not_exist(server: Server) -> None:
    ann = await server.register("ann")
    await poison(server)
    status, answer = await ann.attempt("POST", "/createRoom", {"name": "poison"})
    assert (status, answer["errcode"]) == (503, "M_UNKNOWN")
    assert "poison" not in answer["error"], "the database's own words are not for clients"
    assert await ann.get("/joined_rooms") == {"joined_rooms": []}
    assert "rooms" not in await ann.sync()


async def test_a_failed_send_may_be_repeated(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    await poison(server)
    path = room_path(room_id, "send", "m.room.message", "t")
    body = {"msgtype": "m.text", "body": "poison"}
    assert (await ann.attempt("PUT", path, body))[0] == 503
    await server.app.committer.commit(Statement(CURES[server.app.driver.dialect]))
    assert (await ann.attempt("PUT", path, body))[0] == 200
    assert await ann.timeline(room_id) == ["poison"]


async def test_dependent_writes(server: Server) -> None:
    committer, driver = server.app.committer, server.app.driver
    await committer.commit(Statement("CREATE TABLE things (name TEXT PRIMARY KEY)"))

    def insert(name: str, after: Write | None = None) -> Write:
        return Write([Statement("INSERT INTO things (name) VALUES ($1)", (name,), rows=1)], after=after)

    await committer.submit(insert("taken"))
    good, bad = insert("good"), insert("taken")
    on_bad, on_that, later = insert("on bad", bad), Write(), insert("later", good)
    on_that.after = on_bad
    futures = [committer.submit(write) for write in (good, bad, on_bad, on_that, later)]
    outcomes = await asyncio.gather(*futures, return_exceptions=True)
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [type(None), DatabaseError, DependencyFailed, DependencyFailed, type(None)]
    names = {row[0] for row in await driver.query("SELECT name FROM things")}
    assert names == {"taken", "good", "later"}


async def test_wrong_row_counts_and_values_fail_their_write(server: Server) -> None:
    committer = server.app.committer
    for statement in (
        Statement("DELETE FROM outbox WHERE id = $1", (1,), rows=1),
        Statement("DELETE FROM outbox WHERE id = $1", (2**70,)),
        Statement("nonsense"),
    ):
        with pytest.raises(DatabaseError):
            await committer.commit(statement)
    await committer.commit(Statement("DELETE FROM outbox WHERE id = $1", (1,)))


async def test_many_at_once_are_few_commits(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    before = batches()
    await asyncio.gather(*(ann.send(room_id, f"message {number}") for number in range(200)))
    assert 0 < batches() - before < 50
    assert len(await ann.timeline(room_id)) == 100


def noting(number: int) -> Write:
    """A write that says when it was applied: after those with smaller numbers."""
    sql = "INSERT INTO outbox (kind, payload, recorded_ts, next_attempt_ts, attempts) VALUES ($1, $2, $3, $3, 0)"
    return Write([Statement(sql, (f"test{number}", b"", 2**53 - 1), rows=1)])


async def noted(server: Server) -> list[str]:
    """What was written, in order."""
    rows = await server.app.driver.query("SELECT kind FROM outbox WHERE kind LIKE 'test%' ORDER BY id")
    return [row[0] for row in rows]


async def test_patient_writes_go_with_the_next_that_somebody_waits_for(server: Server) -> None:
    committer = server.app.committer
    await committer.drain()
    before = batches()
    with patience():
        patient = [committer.submit(noting(number)) for number in range(3)]
    assert committer.waiting == 3
    await committer.submit(noting(3))
    assert all(future.done() for future in patient)
    assert await noted(server) == ["test0", "test1", "test2", "test3"]
    assert batches() == before + 1


async def test_patient_writes_are_made_durable_by_themselves(server: Server) -> None:
    committer = server.app.committer
    await committer.drain()
    with patience():
        await committer.submit(noting(0))
        before = batches()
        await asyncio.gather(*(committer.submit(noting(number)) for number in range(1, MOST_PATIENT + 1)))
    assert await noted(server) == [f"test{number}" for number in range(MOST_PATIENT + 1)]
    assert batches() == before + 1, "they were many enough for a commit, and went together"


async def test_a_stop_waits_for_patient_writes(server: Server) -> None:
    committer = server.app.committer
    with patience():
        patient = committer.submit(noting(0))
    await committer.drain()
    assert patient.done()
    assert committer.waiting == 0


async def test_patient_writes_that_come_during_a_commit_are_not_forgotten(server: Server) -> None:
    committer = server.app.committer
    await committer.drain()
    urgent = committer.submit(noting(0))
    await asyncio.sleep(0)  # the commit begins
    with patience():
        patient = committer.submit(noting(1))
    await urgent
    async with asyncio.timeout(30):
        await patient
    assert await noted(server) == ["test0", "test1"]
