"""The health of a server: what is wrong, what to do, and figures over time, also after a restart."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any, NamedTuple

import pytest

from roomkeeper.platform.database import Statement
from roomkeeper.platform.health import rules, sampling
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.organisation.office import Office

HEALTH = "/_roomkeeper/v1/health"
MOST_SECONDS = 20
OF_THE_MACHINE = {"commits", "memory", "disk"}
"""Checks that depend on how busy and full the machine is that runs the tests."""


class Usage(NamedTuple):
    total: int
    used: int
    free: int


async def ask(server: Server, path: str = "/health") -> Any:
    """What the machine's administrator is told."""
    status, answer = await operator(server, "GET", path)
    assert status == 200, answer
    return answer


async def until_sampled(server: Server, count: int, resolution: int = 10) -> Any:
    """The history, once it has so many points."""
    async with asyncio.timeout(MOST_SECONDS):
        while True:
            history = await ask(server, f"/health/history?resolution={resolution}")
            if len(history["ts"]) >= count:
                return history
            await asyncio.sleep(0.02)


async def test_a_server_that_is_well_says_so(server: Server) -> None:
    await until_sampled(server, 1)
    found = await ask(server)
    assert found["server_name"] == "example.org"
    assert found["database"]["kind"] == server.app.driver.dialect
    assert found["started_ts"] <= found["ts"]
    states = {check["name"]: check["state"] for check in found["checks"] if check["name"] not in OF_THE_MACHINE}
    assert set(states.values()) == {"well"}, found["checks"]
    assert {"database", "facts", "jobs", "analysis", "clock", "follower search"} <= set(states)
    figures = found["figures"]
    for name in ("memory", "disk_free", "database"):
        assert figures[name]["unit"] == "bytes"
        assert figures[name]["value"] > 0
    for name in ("sends", "cpu", "commit_p50", "commit_p99", "commit_queue", "sync_waiting", "media", "jobs_waiting"):
        assert name in figures


async def test_a_full_disk_is_told_with_advice(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100 << 30, 99 << 30, 100 << 20))
    found = await ask(server)
    assert found["state"] == "failing"
    first = found["checks"][0]
    assert (first["name"], first["state"], first["code"]) == ("disk", "failing", "disk.low")
    assert first["values"]["free_bytes"] == 100 << 20
    assert "Make room" in first["advice"]


async def test_what_breaks_is_told(server: Server) -> None:
    async def broken() -> Any:
        raise OSError("no such thing")

    server.app.checks.add("broken", broken)
    found = {check["name"]: check for check in (await ask(server))["checks"]}
    assert found["broken"]["code"] == "check.broken"
    assert "no such thing" in found["broken"]["text"]


async def test_an_unexpected_error_and_a_broken_task_are_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_anything: object) -> Any:
        raise ValueError("nobody foresaw this")

    alice = await server.register("alice")
    monkeypatch.setattr(server.app.audit, "find", fail)
    assert (await operator(server, "GET", "/audit"))[0] == 500
    task = asyncio.create_task(server.app._supervise("made for the test", fail))
    async with asyncio.timeout(MOST_SECONDS):
        while not server.app.broken_tasks:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    task.cancel()
    checks = {check["code"]: check for check in (await ask(server))["checks"]}
    assert checks["errors.some"]["values"]["count"] >= 1
    assert "nobody foresaw this" in checks["background.broken"]["text"]
    assert (await alice.attempt("GET", HEALTH))[0] == 403


async def test_the_figures_follow_what_happens(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "FIRST_S", 0.05)
    monkeypatch.setattr(sampling, "SAMPLE_S", 0.05)
    alice = await server.register("alice")
    room_id = await alice.create_room()
    await until_sampled(server, 2)
    for number in range(5):
        await alice.send(room_id, f"{number}")
    async with asyncio.timeout(MOST_SECONDS):
        while True:
            history = await ask(server, "/health/history")
            if any(history["figures"]["sends"]["values"][1:]):
                break
            await asyncio.sleep(0.02)
    assert history["resolution"] == 10
    assert history["ts"] == sorted(history["ts"])
    for series in history["figures"].values():
        assert len(series["values"]) == len(history["ts"])
    assert max(value or 0 for value in history["figures"]["commit_p99"]["values"]) > 0
    later = await ask(server, f"/health/history?from={history['ts'][-1]}")
    assert later["ts"][0] >= history["ts"][-1]


async def test_days_outlast_a_restart(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "FIRST_S", 0.02)
    monkeypatch.setattr(sampling, "SAMPLE_S", 0.02)
    monkeypatch.setattr(sampling, "ROW_MS", 100)
    server = await make_server()
    rows = "SELECT count(*) FROM health_history"
    async with asyncio.timeout(MOST_SECONDS):
        while ((await server.app.driver.query_one(rows)) or (0,))[0] < 3:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
    stored = await server.app.driver.query("SELECT ts FROM health_history ORDER BY ts")
    await server.stop()
    server = await make_server(data_dir=server.data_dir)
    history = await ask(server, f"/health/history?resolution=300&from={stored[0][0]}")
    first = stored[0][0]
    assert history["ts"][0] == first - first % 300_000
    assert history["figures"]["memory"]["values"][0] > 0


async def test_rows_that_are_too_old_go(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = sampling.Sampler(server.app)
    await server.app.driver.query_one("SELECT 1")
    now = server.app.clock.now_ms()
    insert = "INSERT INTO health_history (ts, figures) VALUES ($1, '{}')"
    await server.app.committer.commit(Statement(insert, (now - sampling.KEPT_MS - sampling.ROW_MS - 1,), rows=1))
    sampler._span_ts, sampler._span = now - sampling.ROW_MS, [{"memory": 1.0}]
    await sampler.sample()
    oldest = await server.app.driver.query_one("SELECT min(ts) FROM health_history")
    assert oldest is not None
    assert oldest[0] >= now - sampling.KEPT_MS - sampling.ROW_MS


async def test_wrong_questions_are_refused(server: Server) -> None:
    for query in ("resolution=11", "from=-1", "from=x", f"to={2**63}"):
        assert (await operator(server, "GET", f"/health/history?{query}"))[0] == 400, query


async def test_health_is_for_those_who_may_see_it(office: Office) -> None:
    engineer = await office.staff("engineer")
    for path in (HEALTH, f"{HEALTH}/history", "/_roomkeeper/v1/overview"):
        assert (await engineer.attempt("GET", path))[0] == 403, path
    await office.give(engineer.user_id, "support_engineer")
    for path in (HEALTH, f"{HEALTH}/history", "/_roomkeeper/v1/overview"):
        assert (await engineer.attempt("GET", path))[0] == 200, path


def test_quantiles() -> None:
    assert rules.quantile([], 0.5) == 0
    assert rules.quantile([3, 1, 2], 0.5) == 2
    assert rules.quantile(range(1, 101), 0.99) == 99
