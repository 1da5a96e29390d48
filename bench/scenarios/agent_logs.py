"""How fast the terminal agent reads logs of chat programs, as they grow over years: lines per second of CPU."""

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.servers import Roomkeeper, Target
from roomkeeper_agent import sources

TEXT = "Could you tell me when the parcel with the number 4711 will be here, ünd warum, 明天可以吗? "
PASSED_MINUTES = 7


@dataclass(frozen=True)
class Program:
    """A program's log: its name in the figures, where it is in the folder, and how a line of it looks."""

    key: str
    source: str
    path: str
    line: Callable[[int, int], str]
    head: str = ""


def _clock(number: int) -> str:
    return f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"


def _html(number: int, second: int) -> str:
    return (
        f'<span style="color: #A82F2F"><span style="font-size: smaller">({_clock(second)})</span> '
        f"<b>customer{number % 7}:</b></span> {TEXT}<b>{number}</b><br>"
    )


PROGRAMS = (
    Program(
        "pidgin",
        "pidgin",
        "irc/desk@irc.example.org/#shop.chat/2026-01-05.000000+0000UTC.txt",
        lambda number, second: f"({_clock(second)}) customer{number % 7}: {TEXT}{number}",
    ),
    Program("pidgin_html", "pidgin", "irc/desk@irc.example.org/#shop.chat/2026-01-05.000000+0000UTC.html", _html),
    Program(
        "hexchat",
        "hexchat",
        "Example/#shop.log",
        lambda number, second: (
            f"Jan {second // 86_400 % 28 + 1:02} {_clock(second)} <customer{number % 7}>\t{TEXT}{number}"
        ),
        "**** BEGIN LOGGING AT Mon Jan  1 00:00:00 2026\n\n",
    ),
    Program(
        "weechat",
        "weechat",
        "irc.example.#shop.weechatlog",
        lambda number, second: (
            f"2026-01-{second // 86_400 % 28 + 1:02} {_clock(second)}\tcustomer{number % 7}\t{TEXT}{number}"
        ),
    ),
    Program(
        "irssi",
        "irssi",
        "example/#shop.log",
        lambda number, second: f"{_clock(second)[:5]} <customer{number % 7}> {TEXT}{number}",
        "--- Log opened Mon Jan 05 00:00:00 2026\n",
    ),
)
FIGURES = (
    *(Figure(program.key, f"{program.key}, lines read", "/s") for program in PROGRAMS),
    Figure("least", "least", "/s"),
)


@dataclass(frozen=True)
class AgentLogs:
    """`lines` of each program, read `repeats` times, the best of them; all of it on one core."""

    lines: int = 100_000
    repeats: int = 3
    name: str = "agent_logs"

    async def run(self, targets: Sequence[Target]) -> Outcome:
        figures = (*FIGURES, Figure("each", "CPU per line, the dearest program", "µs"))
        # 10,000 lines per second on one core.
        outcome = Outcome(self.name, f"agent: logs of {self.lines:,} lines", figures, (Goal("each", 100),))
        if any(isinstance(target, Roomkeeper) for target in targets):
            sample = await asyncio.to_thread(self._measure)
            outcome.add(Roomkeeper.name, sample)
        return outcome

    def _measure(self) -> dict[str, float]:
        sample = {program.key: self._rate(program) for program in PROGRAMS}
        least = min(sample.values())
        return {**sample, "least": least, "each": 1e6 / least}

    def _rate(self, program: Program) -> float:
        """Lines per second of CPU time, at best."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / program.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8") as file:
                file.write(program.head)
                file.writelines(f"{line}\n" for line in _lines(program, self.lines))
            os.utime(path, (time.time() - 3600,) * 2)
            return max(self._once(program, folder) for _ in range(self.repeats))

    def _once(self, program: Program, folder: str) -> float:
        source: Any = sources.make(program.source, {"folder": folder, "timezone": "UTC"})
        started = time.thread_time()
        found = sum(len(batch.found) for batch in source.there(None))
        took = time.thread_time() - started
        if found != self.lines:
            raise LoadFailedError(f"{program.key}: {found} of {self.lines} lines were read")
        return self.lines / took


def _lines(program: Program, count: int) -> Iterator[str]:
    """Some in the same second, some hours apart."""
    seconds = itertools.accumulate(itertools.cycle((0, 1, 40, 3, PASSED_MINUTES * 60)))
    return (program.line(number, second) for number, second in zip(range(count), seconds, strict=False))
