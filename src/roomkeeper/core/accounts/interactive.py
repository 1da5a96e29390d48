"""User-Interactive Authentication: a request is answered 401 with what is needed, and sent again with it.

1. A *way* is a list of flows, each a list of stages that are passed in order, and what checks each stage.
2. A session belongs to one operation: who asks, for which endpoint, with which body. Another one gets its own.
3. It lives in memory, a quarter of an hour; after some failed attempts it is gone.
4. When all stages of a flow are passed, the operation is done; that uses the session up.

spec: client-server §User-Interactive Authentication API
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.accounts.rules import new_secret
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import Forbidden, LimitExceeded, MatrixError

KEPT = 10_000
"""Sessions at most; the oldest goes first."""
LIFETIME_MS = 15 * 60 * 1000
ATTEMPTS = 5
"""Failed attempts of a session; with the last of them it is gone."""

Auth = dict[str, Any]
Stages = Mapping[str, Callable[[Auth], Awaitable[str | None]]]
"""What each stage checks; a `MatrixError` is a failed attempt. What comes back is kept with the session."""


class Way(msgspec.Struct, frozen=True):
    """How an operation can be authenticated. `params`: what clients must know of a stage, by stage."""

    stages: Stages
    flows: Sequence[Sequence[str]]
    params: Mapping[str, Any] = {}

    def next_after(self, completed: Sequence[str]) -> set[str]:
        """The stages that may come after those."""
        passed = len(completed)
        return {flow[passed] for flow in self.flows if len(flow) > passed and list(flow[:passed]) == list(completed)}

    def is_passed(self, completed: Sequence[str]) -> bool:
        """Whether nothing is left to do."""
        return any(list(flow) == list(completed) for flow in self.flows)


def any_of(stages: Stages) -> Way:
    """Each stage is enough."""
    return Way(stages, [[stage] for stage in stages])


class AuthenticationNeeded(MatrixError):
    """This needs further authentication."""

    errcode, status = "M_FORBIDDEN", 401

    def __init__(self, challenge: dict[str, Any], cause: MatrixError | None = None) -> None:
        """``challenge``: flows, params and session; ``cause``: why an attempt failed."""
        super().__init__(str(cause) if cause else None)
        self._body = {**challenge, **(cause.body if cause else {})}

    @property
    def body(self) -> dict[str, Any]:
        """The challenge; with the standard error where an attempt failed."""
        return self._body


class AuthSession(msgspec.Struct, eq=False):
    """`operation`: hash of what it authenticates. `completed`: stages that are passed; `kept`: what each has left."""

    id: str
    operation: str
    way: Way
    expires_ms: int
    completed: list[str] = msgspec.field(default_factory=list)
    kept: dict[str, str] = msgspec.field(default_factory=dict)
    failures: int = 0

    @property
    def challenge(self) -> dict[str, Any]:
        """What is needed, as clients are told it."""
        challenge: dict[str, Any] = {
            "flows": [{"stages": list(flow)} for flow in self.way.flows],
            "params": dict(self.way.params),
            "session": self.id,
        }
        if self.completed:
            challenge["completed"] = list(self.completed)
        return challenge


class InteractiveAuth:
    """The sessions of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: OrderedDict[str, AuthSession] = OrderedDict()

    async def require(self, operation: str, auth: Auth | None, way: Way) -> AuthSession:
        """The authenticated session; call `finish` when the operation is done. Raises `AuthenticationNeeded`.

        `operation` names who asks, and for what.
        """
        session = self._session(operation, auth, way)
        if auth is None:
            raise AuthenticationNeeded(session.challenge)
        if not way.is_passed(session.completed):
            await self._attempt(session, auth)
        if not way.is_passed(session.completed):
            raise AuthenticationNeeded(session.challenge)
        return session

    async def _attempt(self, session: AuthSession, auth: Auth) -> None:
        """One stage. Raises `AuthenticationNeeded` where it is not passed."""
        stage = auth.get("type")
        if stage is None or (isinstance(stage, str) and stage in session.completed):
            return
        check = session.way.stages.get(stage) if isinstance(stage, str) else None
        if check is None or stage not in session.way.next_after(session.completed):
            raise AuthenticationNeeded(session.challenge, Forbidden("This is not the way to do it: see the flows."))
        try:
            kept = await check(auth)
        except LimitExceeded:
            raise
        except MatrixError as error:
            raise AuthenticationNeeded(self._failed(session), error) from None
        # Two attempts at a time pass the stage once.
        if stage not in session.completed:
            session.completed.append(stage)
            if kept is not None:
                session.kept[stage] = kept

    def _failed(self, session: AuthSession) -> dict[str, Any]:
        """Count a failed attempt; the challenge of the session, or of a new one where it has had too many."""
        session.failures += 1
        if session.failures < ATTEMPTS:
            return session.challenge
        self.finish(session)
        return self._new(session.operation, session.way).challenge

    def finish(self, session: AuthSession) -> None:
        """The operation is done: the session cannot be used again."""
        self._sessions.pop(session.id, None)

    def find(self, session_id: str) -> AuthSession | None:
        """A session, for the web pages on which a stage can be passed outside the client."""
        self._expire()
        return self._sessions.get(session_id)

    async def attempt(self, session: AuthSession, auth: Auth) -> None:
        """Pass one stage outside the client. Raises `AuthenticationNeeded`, `LimitExceeded`."""
        await self._attempt(session, auth)

    def count_kept(self, kept: str) -> int:
        """How many sessions hold that value."""
        self._expire()
        return sum(1 for session in self._sessions.values() if kept in session.kept.values())

    def _session(self, operation: str, auth: Auth | None, way: Way) -> AuthSession:
        self._expire()
        # It may name many devices, and is kept for a while.
        operation = hashlib.sha256(operation.encode("utf-8", "surrogatepass")).hexdigest()
        identifier = auth.get("session") if auth else None
        known = self._sessions.get(identifier) if isinstance(identifier, str) else None
        if known is not None and known.operation == operation:
            known.way = way
            return known
        return self._new(operation, way)

    def _new(self, operation: str, way: Way) -> AuthSession:
        session = AuthSession(new_secret(), operation, way, self._clock.now_ms() + LIFETIME_MS)
        self._sessions[session.id] = session
        if len(self._sessions) > KEPT:
            self._sessions.popitem(last=False)
        return session

    def _expire(self) -> None:
        now = self._clock.now_ms()
        while self._sessions and next(iter(self._sessions.values())).expires_ms <= now:
            self._sessions.popitem(last=False)
