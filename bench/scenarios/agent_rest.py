"""What the terminal agent costs a desktop while nothing is said: signed in, it watches logs and a folder."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.load import LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.process import Tree
from bench.scenarios.base import started
from bench.scenarios.people import ask, bearer
from bench.servers import Roomkeeper, Target

PASSWORD = "correct horse battery"
MIB = 2**20
LOG = "2026-01-05 10:00:{:02}\tcustomer\tmessage {}\n"
LINES = 1_000
CONVERSATIONS = 50
FIGURES = (
    Figure("memory", "memory", "MiB"),
    Figure("cpu", "CPU, share of a core", "%"),
    Figure("watched", "log files watched", ""),
)


@dataclass(frozen=True)
class AgentRest:
    """All that is there is read and uploaded first; then it is left alone for `seconds`."""

    seconds: float = 60.0
    name: str = "agent_rest"
    goals: tuple[Goal, ...] = (Goal("memory", 60), Goal("cpu", 1))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, "agent at rest", FIGURES, self.goals)
        for target in targets:
            if type(target) is Roomkeeper:
                with started(target), tempfile.TemporaryDirectory() as home:
                    outcome.add(target.name, await self._measure(target, Path(home)))
        return outcome

    async def _measure(self, target: Target, home: Path) -> dict[str, float]:
        operator = json.loads((target.data_dir / "instance.json").read_bytes())["token"]
        async with aiohttp.ClientSession(target.endpoint.url, headers=bearer(operator)) as session:
            await ask(session, "POST", "/people", {"localpart": "desk", "password": PASSWORD})
            await ask(session, "PUT", "/records/agents/policies", {"others": "all"})
        async with _agent(target.endpoint.url, home) as tree:
            cpu, begun = tree.cpu(), time.perf_counter()
            await asyncio.sleep(self.seconds)
            share = (tree.cpu() - cpu) / (time.perf_counter() - begun) * 100
            if not tree.pids():
                raise LoadFailedError("the agent has ended")
            return {"memory": tree.resident() / MIB, "cpu": share, "watched": CONVERSATIONS}


@asynccontextmanager
async def _agent(url: str, home: Path) -> AsyncIterator[Tree]:
    """An agent that has read and uploaded everything."""
    logs = home / ".weechat" / "logs"
    logs.mkdir(parents=True)
    for number in range(CONVERSATIONS):
        lines = (LOG.format(line % 60, line) for line in range(LINES // CONVERSATIONS))
        (logs / f"irc.example.#shop{number}.weechatlog").write_text("".join(lines), encoding="utf-8")
        os.utime(logs / f"irc.example.#shop{number}.weechatlog", (time.time() - 3600,) * 2)
    (home / ".local" / "share" / "roomkeeper-agent" / "lines").mkdir(parents=True)
    await _command(home, "sign-in", url, "--user", "desk")
    await _command(home, "sources", "detect", "--add")
    process = await asyncio.create_subprocess_exec(*_agent_command("run"), env=_environment(home))
    try:
        async with asyncio.timeout(120):
            while await _uploaded(home) < LINES:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.5)
        await asyncio.sleep(5)  # until it has told the server how it is, and is at rest
        yield Tree(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _uploaded(home: Path) -> int:
    """How many entries the server has; before the agent runs, none."""
    try:
        return int(json.loads(await _command(home, "status", "--json"))["spool"]["acknowledged"])
    except LoadFailedError:
        return 0


async def _command(home: Path, *arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *_agent_command(*arguments),
        env=_environment(home),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise LoadFailedError(said.decode())
    return said


def _agent_command(*arguments: str) -> tuple[str, ...]:
    return sys.executable, "-m", "roomkeeper_agent", *arguments


def _environment(home: Path) -> dict[str, str]:
    """Of a desktop without a screen and a Secret Service."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    more = {"HOME": str(home), "ROOMKEEPER_AGENT_HOME": str(home / "agent"), "ROOMKEEPER_AGENT_PASSWORD": PASSWORD}
    return {**kept, **more}
