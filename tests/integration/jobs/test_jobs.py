"""Jobs on a server of the platform alone: done in chunks, told of, tried again, stopped, taken up again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomkeeper.platform import jobs as platform_jobs
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.jobs import Chunk, Job, JobRecord, Jobs, rules, service
from roomkeeper.platform.settings import SettingsSource

MOST_SECONDS = 20


class Count(msgspec.Struct):
    """Count to `upto`; each number is an entry of the audit log."""

    upto: int


class Counting:
    """A job that counts, and what a test does to it."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.fail = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.running = 0
        self.most_running = 0

    async def step(self, parameters: Count, cursor: Any) -> Chunk:
        """The next number."""
        number = 0 if cursor is None else int(cursor)
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await self.hold.wait()
        finally:
            self.running -= 1
        if self.fail:
            self.fail -= 1
            raise OSError("no luck")
        write = Write()
        self.app.audit.record(write, actor="test", permission="count", target=str(number))
        after = number + 1
        return Chunk(cursor=after if after < parameters.upto else None, done=after, total=parameters.upto, write=write)


class Server:
    """An application with jobs and nothing else."""

    def __init__(self, data_dir: Path) -> None:
        settings = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": str(data_dir)}
        self.app = Application(SettingsSource({}, settings))
        self.jobs: Jobs = platform_jobs.install(self.app)
        self.counting = Counting(self.app)
        self.jobs.kinds.add("count", Job(parameters=Count, step=self.counting.step, unit="numbers"))

    async def counted(self) -> list[int]:
        """The numbers that were counted, in order."""
        rows = await self.app.driver.query("SELECT object FROM audit_log WHERE permission = 'count' ORDER BY id")
        return [int(row[0]) for row in rows]

    async def until_counted(self, count: int) -> None:
        """Wait until so many numbers were counted."""
        async with asyncio.timeout(MOST_SECONDS):
            while len(await self.counted()) < count:  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)

    async def until(self, job_id: str, *states: str) -> JobRecord:
        """The job, once it is in one of those states."""
        async with asyncio.timeout(MOST_SECONDS):
            record = await self.jobs.get(job_id)
            while record.state not in states:
                record = await self.jobs.wait(job_id, record.version, 5)
                if record.is_finished:
                    break
        assert record.state in states, record
        return record


Make = Callable[[], Awaitable[Server]]


@pytest.fixture
async def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)
    started: list[Server] = []

    async def start() -> Server:
        server = Server(tmp_path / "data")
        await server.app.start()
        started.append(server)
        return server

    yield start
    for server in started:
        if server.app.ready:
            await server.app.stop()


async def test_a_job_is_done_once_and_told_of(make: Make) -> None:
    server = await make()
    record = await server.jobs.start("count", Count(20), started_by="test")
    assert (record.state, record.version, record.unit) == ("queued", 1, "numbers")
    seen = [record]
    while not seen[-1].is_finished:
        seen.append(await server.jobs.wait(record.job_id, seen[-1].version, 5))
    assert [one.version for one in seen] == sorted({one.version for one in seen})
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    done = seen[-1]
    assert (done.state, done.done, done.total, done.started_by) == ("succeeded", 20, 20, "test")
    assert done.started_ts is not None
    assert done.finished_ts is not None
    assert done.created_ts <= done.started_ts <= done.finished_ts
    assert await server.counted() == list(range(20))


async def test_of_one_key_there_is_one_at_a_time(make: Make) -> None:
    server = await make()
    server.counting.hold.clear()
    first = await server.jobs.start("count", Count(2), started_by="a", key="x")
    again = await server.jobs.start("count", Count(2), started_by="b", key="x")
    other = await server.jobs.start("count", Count(2), started_by="b", key="y")
    assert again.job_id == first.job_id != other.job_id
    server.counting.hold.set()
    await server.until(first.job_id, "succeeded")
    await server.until(other.job_id, "succeeded")
    anew = await server.jobs.start("count", Count(2), started_by="b", key="x")
    assert anew.job_id not in (first.job_id, other.job_id)


async def test_what_fails_is_tried_again(make: Make) -> None:
    server = await make()
    server.counting.fail = 2
    record = await server.jobs.start("count", Count(3), started_by="test")
    await server.until(record.job_id, "succeeded")
    assert await server.counted() == [0, 1, 2]


async def test_what_fails_for_good_has_failed_and_can_be_resumed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ATTEMPTS", 2)
    server = await make()
    server.counting.fail = 1000
    record = await server.jobs.start("count", Count(3), started_by="test")
    failed = await server.until(record.job_id, "failed")
    assert "OSError: no luck" in failed.message
    server.counting.fail = 0
    await server.jobs.change(record.job_id, "resume")
    done = await server.until(record.job_id, "succeeded")
    assert (done.run, done.message) == (2, "")
    assert await server.counted() == [0, 1, 2]


async def test_no_chunk_happens_after_a_job_was_cancelled(make: Make) -> None:
    server = await make()
    server.counting.hold.clear()
    record = await server.jobs.start("count", Count(5), started_by="test")
    await server.until(record.job_id, "running")
    cancelled = await server.jobs.change(record.job_id, "cancel")
    assert cancelled.state == "cancelled"
    server.counting.hold.set()
    await asyncio.sleep(0.5)
    assert await server.counted() == []
    assert (await server.jobs.get(record.job_id)).version == cancelled.version
    with pytest.raises(InvalidParameter, match="cannot be resumed"):
        await server.jobs.change(record.job_id, "resume")


async def test_a_paused_job_goes_on_where_it_was(make: Make) -> None:
    server = await make()
    record = await server.jobs.start("count", Count(50_000), started_by="test")
    await server.until(record.job_id, "running")
    await asyncio.sleep(0.2)
    paused = await server.jobs.change(record.job_id, "pause")
    assert (await server.jobs.change(record.job_id, "pause")).version == paused.version
    counted = await server.counted()
    assert counted == list(range(paused.done))
    await asyncio.sleep(0.3)
    assert await server.counted() == counted
    await server.jobs.change(record.job_id, "resume")
    await server.until_counted(len(counted) + 1)
    await server.jobs.change(record.job_id, "cancel")
    numbers = await server.counted()
    assert numbers == list(range(len(numbers)))


async def test_a_stopped_server_goes_on_after_its_start(make: Make) -> None:
    server = await make()
    record = await server.jobs.start("count", Count(3_000), started_by="test")
    await server.until_counted(1)
    await server.app.stop()
    server = await make()
    done = await server.until(record.job_id, "succeeded")
    assert done.run == 1
    assert await server.counted() == list(range(3_000))


async def test_without_the_engines_database_nothing_is_lost(make: Make, tmp_path: Path) -> None:
    server = await make()
    server.counting.hold.clear()
    record = await server.jobs.start("count", Count(3), started_by="test")
    await server.until(record.job_id, "running")
    await server.app.stop()
    for file in (tmp_path / "data").glob("jobs.db*"):
        file.unlink()
    server = await make()
    await server.until(record.job_id, "succeeded")
    assert await server.counted() == [0, 1, 2]


@pytest.mark.parametrize("damage", [b"", b"this is no database", b"SQLite format 3\0" + b"\xff" * 4096])
async def test_a_damaged_database_of_the_engine_is_put_aside(make: Make, tmp_path: Path, damage: bytes) -> None:
    server = await make()
    server.counting.hold.clear()
    record = await server.jobs.start("count", Count(3), started_by="test")
    await server.until(record.job_id, "running")
    await server.app.stop()
    for file in (tmp_path / "data").glob("jobs.db*"):
        file.write_bytes(damage)
    server = await make()
    await server.until(record.job_id, "succeeded")
    assert await server.counted() == [0, 1, 2]
    assert [file.name for file in (tmp_path / "data").glob("jobs.db.damaged-*")] or not damage


async def test_what_the_engine_holds_for_ended_is_begun_anew(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup is older than the engine's database beside it."""
    monkeypatch.setattr(service, "IDLE_S", 2.0)
    server = await make()
    record = await server.jobs.start("count", Count(3), started_by="test")
    await server.until(record.job_id, "succeeded")
    await server.app.stop()
    server = await make()
    sql = "UPDATE jobs SET state = 'running', finished_ts = NULL, cursor = $2, version = 3 WHERE job_id = $1"
    write = Write()
    write.add(sql, record.job_id, b"1", rows=1)
    await server.app.committer.submit(write)
    await server.app.stop()
    server = await make()
    await server.until(record.job_id, "succeeded")
    assert await server.counted() == [0, 1, 2, 1, 2]


async def test_so_many_at_a_time(make: Make) -> None:
    server = await make()
    server.counting.hold.clear()
    records = [await server.jobs.start("count", Count(1), started_by="t", key=str(key)) for key in range(6)]
    await asyncio.sleep(3)
    assert server.counting.most_running == 2
    server.counting.hold.set()
    for record in records:
        await server.until(record.job_id, "succeeded")


async def test_waiting_ends_when_the_server_does(make: Make) -> None:
    server = await make()
    server.counting.hold.clear()
    record = await server.jobs.start("count", Count(1), started_by="test")
    record = await server.until(record.job_id, "running")
    waiting = asyncio.ensure_future(server.jobs.wait(record.job_id, record.version + 5, 60))
    await asyncio.sleep(0)
    server.app.begin_stop()
    async with asyncio.timeout(2):
        await waiting
    with pytest.raises(NotFound):
        await server.jobs.get("nothing")


async def test_what_ended_long_ago_is_forgotten(make: Make) -> None:
    server = await make()
    record = await server.jobs.start("count", Count(1), started_by="test")
    await server.until(record.job_id, "succeeded")
    write = Write()
    write.add("UPDATE jobs SET finished_ts = 1 WHERE job_id = $1", record.job_id, rows=1)
    await server.app.committer.submit(write)
    await server.app.stop()
    server = await make()
    await asyncio.sleep(0.5)
    assert await server.jobs.page("", "", 10) == []


def test_the_start_loads_no_engine() -> None:
    """It takes a second to load, and a server is to be ready within two."""
    look = "import sys, roomkeeper.app, roomkeeper.commands.serving; print({'dbos', 'psycopg'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


async def test_one_long_poll_tells_of_all_jobs(make: Make) -> None:
    server = await make()
    server.counting.hold.clear()
    revision = server.jobs.revision
    waiting = asyncio.create_task(server.jobs.wait_for_any(revision, MOST_SECONDS))
    first = await server.jobs.start("count", Count(3), started_by="a", key="x")
    await asyncio.wait_for(waiting, MOST_SECONDS)
    second = await server.jobs.start("count", Count(3), started_by="a", key="y")
    await server.until(first.job_id, "running")
    await server.until(second.job_id, "running")
    async with asyncio.timeout(MOST_SECONDS):
        while server.jobs.in_state("running") < 2:  # noqa: ASYNC110 - the engine tells nobody
            await asyncio.sleep(0.01)
    revision = server.jobs.revision
    waiting = asyncio.create_task(server.jobs.wait_for_any(revision, MOST_SECONDS))
    await asyncio.sleep(0)
    assert not waiting.done()
    await server.jobs.change(second.job_id, "cancel")
    await asyncio.wait_for(waiting, MOST_SECONDS)
    assert server.jobs.revision != revision
    assert [job.job_id for job in await server.jobs.page("", "", 10, unfinished=True)] == [first.job_id]
    await server.jobs.wait_for_any("of another process", MOST_SECONDS)
    server.counting.hold.set()
    await server.until(first.job_id, "succeeded")
    assert server.jobs.in_state("running") == 0


async def test_a_failed_job_is_told_of_by_the_health(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await make()
    server.counting.hold.clear()
    record = await server.jobs.start("count", Count(3), started_by="a")
    running = await server.until(record.job_id, "running")
    assert (await server.jobs.examine()).state == "well"
    await server.jobs.give_up(running.job_id, running.run, "no luck at all")
    found = await server.jobs.examine()
    assert (found.state, found.values) == ("warning", {"count": 1})
    assert await server.jobs.failed_lately() == 1
    server.counting.hold.set()


def test_how_long_the_rest_takes() -> None:
    assert rules.remaining_ms(10, 30, 5.0) == 15_000
    assert rules.remaining_ms(0, 30, 5.0) is None
    assert rules.remaining_ms(10, 30, 0.1) is None
