"""The pool against plug-ins that crash, hang, eat memory and lie: each job ends, and the next one works."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roomkeeper.core.analysis import AnalysisFailed, AnalysisSettings, AnyAnalyser, Priority, WorkerKind, limits
from roomkeeper.core.analysis.service import Analysis
from tests.integration.analysis import evil
from tests.integration.analysis.evil import Nothing

ROOT = Path(__file__).parents[3]
MIB = 1024 * 1024
BY_NAME = {analyser.name: analyser for analyser in evil.EVERYTHING}


def make(monkeypatch: pytest.MonkeyPatch, *, processes: int = 1, queue: int = 200, idle: int = 60) -> Analysis:
    """A service with the plug-ins that misbehave."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    analysis = Analysis(AnalysisSettings(queue_length=queue, idle_seconds=idle))
    analysis.add_kind(WorkerKind(name="test", processes=processes, memory=256 * MIB))
    for analyser in evil.EVERYTHING:
        analysis.register(analyser)
    return analysis


@pytest.fixture
async def analysis(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Analysis]:
    """One worker."""
    analysis = make(monkeypatch)
    yield analysis
    await analysis.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Something to look at."""
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


async def ask(
    analysis: Analysis, name: str, path: Path, user: str = "a", priority: Priority = Priority.INTERACTIVE
) -> str:
    """The text that a plug-in tells."""
    analyser: AnyAnalyser = BY_NAME[name]
    result: evil.Told = await analysis.run(analyser, path, Nothing(), user=user, priority=priority)
    return result.text


def runs(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dies", "crashed"),
        ("exits", "crashed"),
        ("sleeps", "timeout"),
        ("spins", "timeout"),
        ("gorges", "memory"),
        ("grows", "memory"),
        ("raises", "unreadable"),
        ("refuses", "too_large"),
        ("lies", "crashed"),
        ("floods", "crashed"),
    ],
)
async def test_whatever_a_plug_in_does(analysis: Analysis, file: Path, name: str, reason: str) -> None:
    async with asyncio.timeout(30):
        with pytest.raises(AnalysisFailed) as failed:
            await ask(analysis, name, file)
        assert failed.value.reason == reason
        assert len(str(failed.value)) < 1000
        assert int(await ask(analysis, "good", file)) > 0


async def test_a_job_whose_worker_dies_is_tried_once_more(analysis: Analysis, file: Path) -> None:
    assert await ask(analysis, "dies_once", file) == "alive"


async def test_a_worker_that_is_killed_from_outside_is_replaced(analysis: Analysis, file: Path) -> None:
    first = int(await ask(analysis, "good", file))
    assert int(await ask(analysis, "good", file)) == first
    os.kill(first, 9)
    second = int(await ask(analysis, "good", file))
    assert second != first


async def until_it_works(analysis: Analysis) -> int:
    """Wait until a worker is there; its process id."""
    async with asyncio.timeout(60):
        while not analysis.pools["test"].workers:  # noqa: ASYNC110 - it starts by itself
            await asyncio.sleep(0.005)
    return analysis.pools["test"].workers[0].pid


async def test_a_worker_that_is_stopped_is_replaced(analysis: Analysis, file: Path) -> None:
    """SIGSTOP: it is neither dead nor alive. Its job ends in time, and the next one has another worker."""
    first = int(await ask(analysis, "good", file))
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(AnalysisFailed) as failed:
        await ask(analysis, "good", file)
    assert failed.value.reason == "timeout"
    second = int(await ask(analysis, "good", file))
    assert second != first
    assert not runs(first)


async def test_killing_in_the_middle_loses_no_job(analysis: Analysis, file: Path) -> None:
    await ask(analysis, "good", file)
    for _ in range(5):
        job = asyncio.ensure_future(ask(analysis, "slow", file))
        await asyncio.sleep(0.05)
        os.kill(await until_it_works(analysis), signal.SIGKILL)
        assert await job == file.name, "it is done by the next worker"


@pytest.mark.parametrize("evil_plug_in", ["dies", "sleeps", "spins", "gorges", "grows", "floods", "stopped"])
async def test_who_breaks_workers_keeps_nobody_else_waiting(
    monkeypatch: pytest.MonkeyPatch, file: Path, evil_plug_in: str
) -> None:
    """One user's files end every worker that sees them: another's are looked at in turn with them, and all of them."""
    analysis = make(monkeypatch, processes=2)
    ended: list[str] = []

    async def bad() -> None:
        with contextlib.suppress(AnalysisFailed):
            await ask(analysis, "slow" if evil_plug_in == "stopped" else evil_plug_in, file, "evil")
        ended.append("evil")

    async with asyncio.timeout(120):
        await ask(analysis, "good", file)
        bad_ones = [asyncio.create_task(bad()) for _ in range(12)]
        await asyncio.sleep(0.05)
        if evil_plug_in == "stopped":
            os.kill(await until_it_works(analysis), signal.SIGSTOP)
        good_ones = [asyncio.create_task(ask(analysis, "good", file, "good")) for _ in range(2)]
        assert all([int(await one) > 0 for one in good_ones])
        # Two of the bad ones had workers already when the good ones came; then they take turns, in two workers.
        assert evil_plug_in == "stopped" or len(ended) <= 6
        pids = [worker.pid for worker in analysis.pools["test"].workers]
        assert len(pids) <= 2
        await analysis.stop()
        await asyncio.gather(*bad_ones)
    assert not any(map(runs, pids))


async def test_what_a_worker_may_do(analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMKEEPER_METRICS_TOKEN", "secret")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        path = tmp_path / "port"
        path.write_text(str(listener.getsockname()[1]))
        told = await ask(analysis, "connects", path)
    offline = analysis.pools["test"].workers[0].offline
    assert told == ("" if offline else "connected")
    assert (tmp_path / "written").read_bytes() == b"" if (tmp_path / "written").exists() else True


async def test_the_workers_niceness_and_fate(analysis: Analysis, file: Path) -> None:
    pid = int(await ask(analysis, "good", file))
    assert os.getpriority(os.PRIO_PROCESS, pid) == limits.NICENESS
    await analysis.stop()
    assert not runs(pid)


async def test_users_take_turns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    analysis = make(monkeypatch)
    done: list[str] = []

    async def one(user: str, number: int) -> None:
        await ask(analysis, "slow", tmp_path / f"{user}{number}", user)
        done.append(user)

    await ask(analysis, "good", tmp_path)
    tasks = [asyncio.create_task(one("many", number)) for number in range(6)]
    await asyncio.sleep(0.05)
    tasks.append(asyncio.create_task(one("few", 0)))
    await asyncio.gather(*tasks)
    assert done.index("few") <= 2
    await analysis.stop()


async def test_nobody_waits_for_the_background(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    analysis = make(monkeypatch)
    done: list[str] = []

    async def one(name: str, priority: Priority) -> None:
        await ask(analysis, "slow", tmp_path / name, name, priority=priority)
        done.append(name)

    await ask(analysis, "good", tmp_path)
    tasks = [asyncio.create_task(one(f"later{number}", Priority.BACKGROUND)) for number in range(4)]
    await asyncio.sleep(0.05)
    tasks.append(asyncio.create_task(one("now", Priority.INTERACTIVE)))
    await asyncio.gather(*tasks)
    assert done.index("now") <= 1
    await analysis.stop()


async def test_back_pressure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    analysis = make(monkeypatch, queue=8)
    jobs = [ask(analysis, "slow", tmp_path / str(number), f"user{number}") for number in range(20)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    refused = [result for result in results if isinstance(result, AnalysisFailed)]
    assert {failure.reason for failure in refused} == {"busy"}
    assert len(refused) == 12
    await analysis.stop()


async def test_several_workers_work_at_the_same_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    analysis = make(monkeypatch, processes=2)
    pids = await asyncio.gather(*(ask(analysis, "good", tmp_path) for _ in range(2)))
    assert len(analysis.pools["test"].workers) == 2
    await asyncio.gather(*(ask(analysis, "slow", tmp_path) for _ in range(4)))
    assert len(set(pids)) <= 2
    await analysis.stop()


async def test_a_worker_that_nobody_needs_ends(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    analysis = make(monkeypatch, idle=1)
    pid = int(await ask(analysis, "good", file))
    await asyncio.sleep(2)
    assert not runs(pid)
    assert analysis.pools["test"].workers == []
    assert int(await ask(analysis, "good", file)) != pid
    await analysis.stop()


async def test_stopping_fails_what_runs_and_waits(analysis: Analysis, file: Path) -> None:
    await ask(analysis, "good", file)
    jobs = [asyncio.ensure_future(ask(analysis, "slow", file)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await analysis.stop()
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [result.reason for result in results if isinstance(result, AnalysisFailed)] == ["stopped"] * 3


async def test_who_goes_away_costs_nothing(analysis: Analysis, file: Path) -> None:
    await ask(analysis, "good", file)
    jobs = [asyncio.ensure_future(ask(analysis, "slow", file)) for _ in range(5)]
    await asyncio.sleep(0.02)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    started = time.monotonic()
    await ask(analysis, "good", file)
    assert time.monotonic() - started < 0.4


async def test_a_kind_that_cannot_start(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    analysis = Analysis(AnalysisSettings())
    analysis.add_kind(WorkerKind(name="test", processes=1, memory=256 * MIB))
    analysis.register(BY_NAME["good"])
    monkeypatch.chdir("/")
    with pytest.raises(AnalysisFailed) as failed:
        await ask(analysis, "good", file)
    assert failed.value.reason == "crashed"
    await analysis.stop()


async def test_mistakes_in_registering() -> None:
    analysis = Analysis(AnalysisSettings())
    with pytest.raises(ValueError, match="nobody declared"):
        analysis.register(BY_NAME["good"])
    analysis.add_kind(WorkerKind(name="test", processes=1, memory=256 * MIB))
    analysis.register(BY_NAME["good"])
    with pytest.raises(ValueError, match="two analysers"):
        analysis.register(BY_NAME["good"])
    with pytest.raises(ValueError, match="two kinds"):
        analysis.add_kind(WorkerKind(name="test", processes=1, memory=256 * MIB))
