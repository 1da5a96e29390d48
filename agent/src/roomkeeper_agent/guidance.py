"""What the server says the agent is to do, and what the agent says of itself: asked and told every now and then."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Callable
from typing import Any, Final

import msgspec

from roomkeeper_agent import __version__, fitting
from roomkeeper_agent.account import Account
from roomkeeper_agent.clock import now_ms
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.policy import NotAccepted, Policy, accepted, keep, new_nonce
from roomkeeper_agent.server import Refused, Server, ServerError, SignedOut
from roomkeeper_agent.spool import Spool
from roomkeeper_agent.uploading import Backoff

log = logging.getLogger(__name__)

EVERY_S: Final = 600.0
SOON_S: Final = 30.0
"""After something has happened that the server should know."""
CLOCKS_DIFFER_MS: Final = 60_000
MOST_PROBLEMS: Final = 20
MOST_SOURCES: Final = 100
RECENT_MS: Final = 7 * 24 * 3_600_000
"""Problems that are older are not reported any more."""


class Guidance:
    """Keeps the policy."""

    def __init__(self, paths: Paths, spool: Spool) -> None:
        self._paths = paths
        self._spool = spool
        self._soon = asyncio.Event()
        self._account: Account | None = None
        self._server: Server | None = None
        self.policy = Policy()
        self.issued_ts: int | None = None
        """When the server has said so; `None`: it has not yet, and nothing is read."""
        self.error = ""
        """Why the newest policy does not count."""
        self.clock_offset_ms: int | None = None
        """How far this machine's clock is ahead of the server's."""
        self.sources: Callable[[], list[dict[str, Any]]] = list
        self.changed: Callable[[], None] = lambda: None
        self.signed_out: Callable[[SignedOut], None] = lambda _: None

    def use(self, account: Account | None, server: Server | None) -> None:
        """Ask there from now on; what was accepted last counts until then."""
        before = self._account
        self._account, self._server = account, server
        if before is not None and (account is None or account.user_id != before.user_id):
            self.policy, self.issued_ts = Policy(), None  # it was somebody else's
        if account is not None:
            self._restore(account)
        self.soon()

    def _restore(self, account: Account) -> None:
        try:
            kept = msgspec.json.decode(self._paths.policy.read_bytes())
            document = accepted(kept["answer"], account.key, account.user_id, kept["nonce"])
        except (OSError, msgspec.DecodeError, KeyError, TypeError, NotAccepted):
            return
        self._take(document.policy, document.issued_ts)

    def _take(self, policy: Policy, issued_ts: int) -> None:
        self.policy, self.issued_ts, self.error = policy, issued_ts, ""
        self._spool.intake.most_bytes = policy.most_spool_mb * 1024 * 1024
        self.changed()

    def soon(self) -> None:
        """Ask, and tell, soon."""
        self._soon.set()

    async def run(self) -> None:
        """For ever."""
        backoff = Backoff(first=SOON_S, longest=EVERY_S)
        while True:
            wait = EVERY_S * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            if self._server is not None and self._account is not None:
                try:
                    await self.ask(self._server, self._account)
                    backoff.succeeded()
                except SignedOut as error:
                    self.signed_out(error)
                except ServerError as error:
                    log.info("the policy cannot be asked for: %s", error)
                    wait = backoff.next_s()
                except Exception:  # a full disk, an answer without sense: not to be the end of the agent
                    log.exception("the policy cannot be asked for")
                    wait = backoff.next_s()
            await self._wait(wait)

    async def _wait(self, seconds: float) -> None:
        """So long, or until something has happened, and then not at once: more of it may come."""
        try:
            async with asyncio.timeout(seconds):
                await self._soon.wait()
        except TimeoutError:
            return
        self._soon.clear()
        await asyncio.sleep(1.0)

    async def ask(self, server: Server, account: Account) -> None:
        """Ask for the policy, and say how we are. Raises `ServerError`."""
        nonce = new_nonce()
        answer = await server.policy(nonce)
        try:
            document = accepted(answer, account.key, account.user_id, nonce)
        except NotAccepted as error:
            self.error = str(error)
            log.warning("a policy is not accepted: %s", error)
        else:
            await asyncio.to_thread(keep, self._paths, answer, nonce)
            self._take(document.policy, document.issued_ts)
        most = await server.most_file()
        if most is not None:
            self._spool.intake.most_file = most
        try:
            told = await server.report(await asyncio.to_thread(self._report))
            self.clock_offset_ms = now_ms() - told
        except Refused as error:
            log.warning("the server does not take the report: %s", error)

    def _report(self) -> dict[str, Any]:
        waiting = self._spool.outbox.waiting()
        recent = now_ms() - RECENT_MS
        problems = [each for each in self._spool.outbox.problems(MOST_PROBLEMS) if each["ts"] >= recent]
        return {
            "version": __version__,
            "host": _line(socket.gethostname()),
            "now_ts": now_ms(),
            "waiting": waiting.due,
            "refused": waiting.refused,
            "bytes": max(0, waiting.bytes),
            "oldest_ts": waiting.oldest_ts,
            "acknowledged": waiting.acknowledged,
            "paused_since": self._spool.intake.paused_since,
            "problems": [_told(each) for each in problems],
            "sources": [reported(each) for each in self.sources()[:MOST_SOURCES]],
        }

    @property
    def clock_warning(self) -> str:
        """What there is to say of the clock."""
        if self.clock_offset_ms is None or abs(self.clock_offset_ms) < CLOCKS_DIFFER_MS:
            return ""
        way = "ahead of" if self.clock_offset_ms > 0 else "behind"
        return f"This machine's clock is {abs(self.clock_offset_ms) // 1000} s {way} the server's: set it."


def reported(source: dict[str, Any]) -> dict[str, Any]:
    """A source as the server is told of it."""
    lines = {"source": source["id"], "program": source["source"], "state": source["state"], "error": source["error"]}
    return {**{name: _line(text) for name, text in lines.items()}, "entries": source["entries"]}


def _told(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem without what stood there: that may be what people said."""
    lines = {name: _line(problem[name]) for name in ("source", "where", "why")}
    return {**lines, "ts": problem["ts"], "times": problem["times"]}


def _line(text: str) -> str:
    """As the server takes it."""
    return fitting.name_of(text)
