"""What only PostgreSQL does: connections that break, commits whose answer is lost, two servers, odd text."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from roomkeeper.platform.database import (
    CommitInDoubt,
    Committer,
    DatabaseError,
    Positions,
    Statement,
    Write,
    driver_for,
    postgresql_writer,
)
from tests.conftest import MakeServer
from tests.consistency import check_data_dir
from tests.databases import databases
from tests.harness import Client, Server
from tests.integration.rooms.paths import room_path
from tests.postgresql import Cluster
from tests.process import ServerProcess

WRITERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'roomkeeper writer'"
EVERYBODY = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'roomkeeper%'"
HERE = " AND datname = current_database()"


async def ask(server: Server, sql: str) -> None:
    """Ask the server's database something on a connection of one's own."""
    connection = await asyncpg.connect(databases.url_of(server.data_dir))
    await connection.execute(sql)
    await connection.close()


async def send_until_it_works(client: Client, room_id: str, body: str) -> str:
    """What clients do: the same transaction again until there is an answer. The event's id."""
    for _ in range(100):
        path = room_path(room_id, "send", "m.room.message", body.replace(" ", "-"))
        status, answer = await client.attempt("PUT", path, {"msgtype": "m.text", "body": body})
        if status == 200:
            return str(answer["event_id"])
        assert status == 503, answer
        await asyncio.sleep(0.05)
    raise AssertionError("it never worked")


# ---------------------------------------------------------------- lost connections


async def test_broken_connections_lose_and_repeat_nothing(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await ben.sync()
    is_over = False

    async def kill() -> None:
        while not is_over:
            await ask(server, EVERYBODY + HERE)
            await asyncio.sleep(0.1)

    killing = asyncio.create_task(kill())
    expected = [f"message {number}" for number in range(200)]
    answers = await asyncio.gather(*(send_until_it_works(ann, room_id, body) for body in expected))
    is_over = True
    await killing
    assert len(set(answers)) == len(expected)
    rows = await server.app.driver.query("SELECT event_id FROM events WHERE type = 'm.room.message'")
    assert sorted(row[0] for row in rows) == sorted(answers)
    shown = (await ben.sync(filter='{"room":{"timeline":{"limit":500}}}'))["rooms"]["join"][room_id]["timeline"]
    assert sorted(event["event_id"] for event in shown["events"]) == sorted(answers)


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server that may be stopped."""
    cluster = Cluster().create().start()
    yield cluster
    cluster.remove()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_restart_of_the_database(
    own_cluster: Cluster, make_server: MakeServer, tmp_path: Path, how: signal.Signals
) -> None:
    databases.remember(tmp_path / "data0", own_cluster.url())
    server = await make_server()
    ann = await server.register("ann")
    room_id = await ann.create_room()
    first = [await ann.send(room_id, f"before {number}") for number in range(5)]
    own_cluster.stop(how)
    assert (await ann.attempt("GET", room_path(room_id, "messages"), dir="b"))[0] == 503
    assert (await server.request("GET", "/readyz"))[0] == 503
    own_cluster.start()
    assert (await server.request("GET", "/readyz"))[0] == 200
    later = await send_until_it_works(ann, room_id, "after")
    answer = await ann.get(room_path(room_id, "messages"), dir="b", limit=100)
    messages = [event["event_id"] for event in answer["chunk"] if event["type"] == "m.room.message"]
    assert messages == [later, *reversed(first)]


async def test_a_database_that_is_away_at_the_start(own_cluster: Cluster, tmp_path: Path) -> None:
    databases.remember(tmp_path / "data", own_cluster.url())
    own_cluster.stop()
    with pytest.raises(DatabaseError, match="cannot connect to PostgreSQL"):
        await Server(tmp_path / "data").start()
    own_cluster.start()
    server = await Server(tmp_path / "data").start()
    await server.stop()


# ---------------------------------------------------------------- commits whose answer is lost


class Proxy:
    """Stands between the server and PostgreSQL, and breaks connections at chosen moments."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder = folder
        self._target = target / ".s.PGSQL.5432"
        self._writers: list[asyncio.StreamWriter] = []
        self._serving: list[asyncio.Task[None]] = []
        self.swallow_answers = False
        """Pass on what the server says, but nothing of what comes back."""
        self.swallow_requests = False
        self.refuse = False

    async def start(self) -> None:
        """Listen on a socket of the name that clients look for."""
        self._server = await asyncio.start_unix_server(self._serve, self.folder / ".s.PGSQL.5432")

    async def close(self) -> None:
        """Hang up and go."""
        self._server.close()
        self.hang_up()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def hang_up(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._serving.append(task)
        behind, to_behind = await asyncio.open_unix_connection(self._target)
        self._writers += [writer, to_behind]
        await asyncio.gather(self._pass_on(reader, to_behind, True), self._pass_on(behind, writer, False))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_request: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not (self.swallow_requests if is_request else self.swallow_answers):
                    writer.write(data)
        writer.close()


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """A proxy before the tests' cluster."""
    folder = tmp_path / "s"
    folder.mkdir()
    proxy = Proxy(folder, databases.cluster.directory)
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest.fixture
async def behind_proxy(proxy: Proxy, make_server: MakeServer, tmp_path: Path) -> Server:
    """A server that reaches its database through the proxy."""
    name = await databases.create()
    url = f"postgresql://postgres@/{name}?host={proxy.folder}"
    databases.remember(tmp_path / "data0", url, behind=databases.cluster.url(name))
    return await make_server()


async def things_stored(server: Server) -> int:
    """How many events of a certain type are committed, asked behind the proxy."""
    connection = await asyncpg.connect(databases.url_of(server.data_dir))
    count = await connection.fetchval("SELECT count(*) FROM events WHERE type = 'org.example.thing'")
    await connection.close()
    return int(count)


@pytest.mark.parametrize("is_answer_lost", [True, False])
async def test_what_became_of_a_batch_is_found_out(behind_proxy: Server, proxy: Proxy, is_answer_lost: bool) -> None:
    """Committed, with the answer lost; or never arrived, and repeated."""
    ann = await behind_proxy.register("ann")
    room_id = await ann.create_room()
    # The statement must be prepared, so that one message is all it takes.
    for number in range(3):
        await ann.set_state(room_id, "org.example.thing", {"n": number})
    await ann.sync()
    write = asyncio.create_task(ann.set_state(room_id, "org.example.thing", {"n": 3}))
    proxy.swallow_answers, proxy.swallow_requests = is_answer_lost, not is_answer_lost
    await asyncio.sleep(0.3)
    assert not write.done()
    assert await things_stored(behind_proxy) == (4 if is_answer_lost else 3)
    proxy.swallow_answers = proxy.swallow_requests = False
    proxy.hang_up()
    event_id = await write
    assert await things_stored(behind_proxy) == 4
    assert (await ann.sync())["rooms"]["join"][room_id]["timeline"]["events"][-1]["event_id"] == event_id
    assert await ann.send(room_id, "and on")


async def test_a_commit_in_doubt_is_a_failure_and_not_repeated(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_writer, "FATE_SECONDS", 0.5)
    name = await databases.create()
    driver = driver_for(f"postgresql://postgres@/{name}?host={proxy.folder}")
    await driver.open()
    positions = Positions()
    await positions.load(driver)
    committer = Committer(driver, positions)
    count = Statement("UPDATE counted SET n = n + 1", rows=1)
    await committer.commit(Statement("CREATE TABLE counted (n BIGINT)"), Statement("INSERT INTO counted VALUES (0)"))
    for _ in range(2):
        await committer.commit(count)
    written = committer.submit(Write([count]))
    proxy.swallow_answers = True
    await asyncio.sleep(0.2)
    proxy.refuse, proxy.swallow_answers = True, False
    proxy.hang_up()
    with pytest.raises(CommitInDoubt):
        await written
    with pytest.raises(DatabaseError):
        await committer.commit(count)
    proxy.refuse = False
    assert await driver.query("SELECT n FROM counted") == [(3,)]
    await committer.commit(count)
    assert await driver.query("SELECT n FROM counted") == [(4,)]
    await driver.close()
    await databases.drop_all()


# ---------------------------------------------------------------- one server for a database


async def test_a_second_server_is_refused(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_writer, "LOCK_SECONDS", 0.3)
    databases.remember(tmp_path / "other", databases.url_of(server.data_dir))
    with pytest.raises(DatabaseError, match="another Roomkeeper uses this database"):
        await Server(tmp_path / "other").start()
    await server.register("ann")


async def test_a_server_that_was_replaced_writes_nothing_more(server: Server, make_server: MakeServer) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    await ask(server, "UPDATE database_writer SET owner = 'another', batch = 1")
    path = room_path(room_id, "send", "m.room.message", "t")
    assert (await ann.attempt("PUT", path, {"msgtype": "m.text", "body": "no"}))[0] == 503
    await ask(server, WRITERS + HERE)
    assert (await ann.attempt("PUT", path, {"msgtype": "m.text", "body": "no"}))[0] == 503
    assert await ann.timeline(room_id) == []


# ---------------------------------------------------------------- reading


async def test_snapshots_stay_as_they_were(server: Server) -> None:
    driver, committer = server.app.driver, server.app.committer
    await committer.commit(Statement("CREATE TABLE counted (n BIGINT)"))
    async with driver.snapshot() as reader:
        assert await reader.query_one("SELECT count(*) FROM counted") == (0,)
        await committer.commit(Statement("INSERT INTO counted VALUES ($1)", (1,), rows=1))
        counts = await asyncio.gather(*(reader.query("SELECT count(*) FROM counted") for _ in range(5)))
        assert counts == [[(0,)]] * 5
        with pytest.raises(DatabaseError):
            await reader.query("SELECT nonsense")
    assert await driver.query_one("SELECT count(*) FROM counted") == (1,)
    with pytest.raises(DatabaseError, match="read-only"):
        await driver.query("DELETE FROM counted RETURNING n")


async def test_queries_that_are_cancelled_do_no_harm(server: Server) -> None:
    driver = server.app.driver
    for _ in range(20):
        task = asyncio.create_task(driver.query("SELECT pg_sleep(5)"))
        await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        async def look() -> None:
            async with driver.snapshot() as reader:
                await reader.query("SELECT pg_sleep(5)")

        task = asyncio.create_task(look())  # type: ignore[arg-type]
        await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(driver.query("SELECT $1::int", number) for number in range(50))) == [
            [(number,)] for number in range(50)
        ]
        async with driver.snapshot() as reader:
            assert await reader.query_one("SELECT 1") == (1,)


# ---------------------------------------------------------------- text

ODD = ["\0", "a\0b", "\x1a", "\x1a0", "\x1a1\0\x1a", "\0\x1a1", "é\0ü", "", "0", "1"]


async def test_text_comes_back_as_it_was(server: Server) -> None:
    driver, committer = server.app.driver, server.app.committer
    await committer.commit(Statement("CREATE TABLE texts (id BIGINT, text TEXT UNIQUE)"))
    insert = "INSERT INTO texts (id, text) VALUES ($1, $2)"
    futures = [
        committer.submit(Write([Statement(insert, (number, text), rows=1, append=True)]))
        for number, text in enumerate(ODD)
    ]
    await asyncio.gather(*futures)
    assert await driver.query("SELECT text FROM texts ORDER BY id") == [(text,) for text in ODD]
    for number, text in enumerate(ODD):
        assert await driver.query("SELECT id FROM texts WHERE text = $1", text) == [(number,)]


async def test_events_with_nul_in_their_names(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    await ann.put(room_path(room_id, "state", "org.example.a\0b", "\0key"), {"n": 1})
    await ann.put(room_path(room_id, "send", "org.example.c\0d", "t\0t"), {"n": 2})
    await server.restart()
    assert await ann.get(room_path(room_id, "state", "org.example.a\0b", "\0key")) == {"n": 1}
    events = (await ann.sync())["rooms"]["join"][room_id]["timeline"]["events"][-2:]
    assert [event["type"] for event in events] == ["org.example.a\0b", "org.example.c\0d"]
    assert events[1]["unsigned"]["transaction_id"] == "t\0t"


# ---------------------------------------------------------------- databases that do not fit


async def test_another_encoding_is_refused(tmp_path: Path) -> None:
    connection = await asyncpg.connect(databases.cluster.url())
    await connection.execute("CREATE DATABASE odd ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    databases.remember(tmp_path / "data", databases.cluster.url("odd"))
    with pytest.raises(DatabaseError, match="SQL_ASCII"):
        await Server(tmp_path / "data").start()
    await connection.execute("DROP DATABASE odd WITH (FORCE)")
    await connection.close()


async def test_a_wrong_url(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot connect to PostgreSQL"):
        await driver_for("postgresql://nobody@127.0.0.1:1/nothing").open()
    databases.remember(tmp_path / "data", databases.cluster.url("there_is_none"))
    with pytest.raises(DatabaseError, match="there_is_none"):
        await Server(tmp_path / "data").start()


# ---------------------------------------------------------------- commands


async def test_commands(tmp_path: Path) -> None:
    """Beforehand, on a new database, on one that has the schema, and while the server runs."""
    name = await databases.create("template1")
    url = databases.cluster.url(name)
    settings = {
        "ROOMKEEPER_SERVER_NAME": "example.org",
        "ROOMKEEPER_DATA_DIR": str(tmp_path / "data"),
        "ROOMKEEPER_LISTEN": "127.0.0.1:0",
        "ROOMKEEPER_DATABASE_URL": url,
    }
    code, output = await roomkeeper("doctor", **settings)
    assert code == 0, output
    assert "its tables will be made at the first start" in output
    assert "up to date now" in (await roomkeeper("db", "upgrade", **settings))[1]
    assert "newest already" in (await roomkeeper("db", "upgrade", **settings))[1]
    code, output = await roomkeeper("admin", "create-user", "desk", "--generate-password", **settings)
    assert code == 0, output
    databases.remember(tmp_path / "data", url)
    process = await ServerProcess(tmp_path / "data", ROOMKEEPER_DATABASE_URL=url).start()
    try:
        code, output = await roomkeeper("doctor", **settings)
        assert code == 0, output
        assert "has the newest schema" in output
        assert "@desk:example.org" in (await roomkeeper("admin", "list-users", **settings))[1]
        other = {**settings, "ROOMKEEPER_DATA_DIR": str(tmp_path / "other")}
        code, output = await roomkeeper("admin", "list-users", **other)
        assert code == 1
        assert "Another Roomkeeper uses this database" in output
    finally:
        await process.stop()
    check_data_dir(tmp_path / "data")
    wrong = {**settings, "ROOMKEEPER_DATABASE_URL": databases.cluster.url("there_is_none")}
    code, output = await roomkeeper("doctor", **wrong)
    assert code == 1
    assert 'database "there_is_none" does not exist' in output
    await databases.drop_all()


async def roomkeeper(*arguments: str, **environment: str) -> tuple[int | None, str]:
    """Run a command; its exit code and all that it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ROOMKEEPER_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "roomkeeper",
        *arguments,
        env={**clean, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_a_database_that_was_set_back(server: Server) -> None:
    """A replica that lacks what was acknowledged takes over: memory is newer than what is stored."""
    ann = await server.register("ann")
    room_id = await ann.create_room()
    await ask(server, "UPDATE database_writer SET batch = 1")
    await ask(server, WRITERS + HERE)
    path = room_path(room_id, "send", "m.room.message", "t")
    assert (await ann.attempt("PUT", path, {"msgtype": "m.text", "body": "no"}))[0] == 503
    await server.restart()
    assert (await ann.attempt("PUT", path, {"msgtype": "m.text", "body": "yes"}))[0] == 200
