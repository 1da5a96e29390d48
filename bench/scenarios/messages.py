"""Messages sent and delivered: rooms of two, of 20, of 50, and a fixed open-loop rate."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bench.load import Load, LoadFailedError, Window
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.servers import Target

FIGURES = (
    Figure("cpu_per_send", "server CPU per send, deliveries included", "µs"),
    Figure("database_cpu", "CPU of its PostgreSQL per send, on the same core", "µs"),
    Figure("sends", "sends", "/s"),
    Figure("deliveries", "deliveries", "/s"),
    Figure("coalesced", "deliveries per sync response", ""),
    Figure("send_p50", "send p50", "ms"),
    Figure("send_p99", "send p99", "ms"),
    Figure("delivery_p50", "delivery p50", "ms"),
    Figure("delivery_p99", "delivery p99", "ms"),
    Figure("peak", "peak memory", "MiB"),
    Figure("generator", "load generator, share of its core", "%"),
)


@dataclass(frozen=True)
class Messages:
    """The same messages for every target, in turns; a warm-up goes before each window."""

    name: str
    title: str
    rooms: int
    size: int
    senders: int = 0  # closed loop: people who send at once
    rate: float = 0.0  # open loop: messages per second
    seconds: float = 5.0
    warm_up: float = 1.5
    repeats: int = 3
    goals: tuple[Goal, ...] = ()
    without: tuple[str, ...] = ()  # targets that this rate would only drown

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, self.title, FIGURES, self.goals)
        chosen = [target for target in targets if target.name not in self.without]
        outcome.notes += [f"{name} is left out at this rate" for name in self.without if _has(targets, name)]
        async with AsyncExitStack() as stack:
            loads = [await stack.enter_async_context(self._prepared(target)) for target in chosen]
            for repeat in range(self.repeats):
                for load in loads:
                    window = await self._window(load, warm_up=self.warm_up * (2 if repeat == 0 else 1))
                    outcome.add(load.target.name, window.figures())
            for load in loads:
                outcome.problems += [f"{load.target.name}: {problem}" for problem in load.problems()]
        return outcome

    @asynccontextmanager
    async def _prepared(self, target: Target) -> AsyncIterator[Load]:
        with started(target):
            yield await Load.prepare(target, self.rooms, self.size)

    async def _window(self, load: Load, warm_up: float) -> Window:
        async with load.following():
            await load.measured(self._work(load, warm_up))
            window = await load.measured(self._work(load, self.seconds))
        if not window.sends or not window.deliveries:
            raise LoadFailedError(f"{load.target.name} delivered nothing: {load.problems()}")
        return window

    async def _work(self, load: Load, seconds: float) -> None:
        if self.rate:
            await load.open_loop(seconds, self.rate)
        else:
            await load.closed_loop(seconds, self.senders)


def _has(targets: Sequence[Target], name: str) -> bool:
    return any(target.name == name for target in targets)
