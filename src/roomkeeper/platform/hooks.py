"""How one area reaches another without being known to it: gates, facts and slots.

- A *gate* is asked before something is done: it allows, denies or holds. A *fast* gate is a plain function, called
  inside the room's turn; a *slow* gate is async, called before it. All gates are asked; any Deny beats every Hold.
- A *fact* tells what has been done: written in the same transaction, delivered after it, at least once.
- A *slot* takes contributions that an area declares when it is installed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from roomkeeper.platform.errors import MatrixError, Unavailable
from roomkeeper.platform.logs import get_logger

log = get_logger(area="hooks")

Attempt = TypeVar("Attempt")
Contribution = TypeVar("Contribution")


class Deny(msgspec.Struct, frozen=True):
    """It must not happen; the client is told `error`."""

    error: MatrixError


class Hold(msgspec.Struct, frozen=True):
    """It waits, whole, for a decision; `ticket` is the gate's own name for it."""

    ticket: str


Verdict = Deny | Hold | None


class SlowGate(msgspec.Struct, Generic[Attempt], frozen=True):
    """`ask` with the seconds that it may take, and what an overdue or broken answer means.

    `concerns` says, without waiting, whether it is to be asked at all.
    """

    ask: Callable[[Attempt], Awaitable[Verdict]]
    timeout: float
    fail_open: bool
    concerns: Callable[[Attempt], bool]


class GatePoint(Generic[Attempt]):
    """One question, asked of everyone who registered; lower priority numbers are asked first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._fast: list[tuple[int, Callable[[Attempt], Verdict]]] = []
        self._slow: list[tuple[int, SlowGate[Attempt]]] = []

    def add_fast(self, ask: Callable[[Attempt], Verdict], *, priority: int = 100) -> Callable[[], None]:
        """Register a plain function. What comes back takes it out again."""
        return _insert(self._fast, priority, ask)

    def add_slow(
        self,
        ask: Callable[[Attempt], Awaitable[Verdict]],
        *,
        timeout: float,
        fail_open: bool,
        priority: int = 100,
        concerns: Callable[[Attempt], bool] | None = None,
    ) -> Callable[[], None]:
        """Register an async function that answers within `timeout` seconds. What comes back takes it out again.

        `concerns`, a plain function on the path of every attempt, tells what it need not be asked about.
        """
        return _insert(self._slow, priority, SlowGate(ask, timeout, fail_open, concerns or _everything))

    def ask_fast(self, attempt: Attempt) -> Verdict:
        """The fast gates' verdict."""
        verdict: Verdict = None
        for _, ask in self._fast:
            verdict = stronger(verdict, ask(attempt))
        return verdict

    async def ask_slow(self, attempt: Attempt) -> Verdict:
        """The slow gates' verdict; they are asked at the same time."""
        concerned = [gate for _, gate in self._slow if gate.concerns(attempt)]
        if not concerned:
            return None
        if len(concerned) == 1:
            return await self._ask_one(concerned[0], attempt)
        answers = await asyncio.gather(*(self._ask_one(gate, attempt) for gate in concerned))
        verdict: Verdict = None
        for answer in answers:
            verdict = stronger(verdict, answer)
        return verdict

    async def _ask_one(self, gate: SlowGate[Attempt], attempt: Attempt) -> Verdict:
        try:
            async with asyncio.timeout(gate.timeout):
                return await gate.ask(attempt)
        except MatrixError as error:
            return Deny(error)
        except Exception as error:
            log.warning("a slow gate gave no answer", gate=self.name, fail_open=gate.fail_open, exc_info=error)
            return None if gate.fail_open else Deny(Unavailable("A check of this message did not finish. Try again."))


def stronger(first: Verdict, second: Verdict) -> Verdict:
    """Deny beats Hold beats allow; of equals the first."""
    if isinstance(first, Deny) or second is None:
        return first
    return second if first is None or isinstance(second, Deny) else first


class Slot(Generic[Contribution]):
    """A list of contributions under names; two with one name are a mistake in the composition."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._contributions: dict[str, Contribution] = {}

    def add(self, name: str, contribution: Contribution) -> None:
        """Contribute. `ValueError` where the name is taken."""
        if name in self._contributions:
            raise ValueError(f"{self.name}: {name} is contributed twice")
        self._contributions[name] = contribution

    def __getitem__(self, name: str) -> Contribution:
        return self._contributions[name]

    def get(self, name: str) -> Contribution | None:
        """The contribution of that name, if there is one."""
        return self._contributions.get(name)

    def values(self) -> list[Contribution]:
        """All contributions, in order."""
        return list(self._contributions.values())

    def items(self) -> list[tuple[str, Contribution]]:
        """All, in the order in which they were contributed."""
        return list(self._contributions.items())


def _everything(_attempt: object) -> bool:
    return True


Item = TypeVar("Item")


def _insert(items: list[tuple[int, Item]], priority: int, item: Item) -> Callable[[], None]:
    entry = (priority, item)
    items.append(entry)
    items.sort(key=lambda pair: pair[0])
    return lambda: items.remove(entry)
