"""User-Interactive Authentication: a request is answered 401 with what is needed, and sent again with it.

Every flow here has one stage. A session lives in memory, belongs to one operation of one user, and is used up by it.

spec: client-server §User-Interactive Authentication API
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from roomkeeper.core.accounts.rules import new_secret
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import Forbidden, LimitExceeded, MatrixError

KEPT = 10_000
"""Sessions at most; the oldest goes first."""
LIFETIME_MS = 15 * 60 * 1000
MAX_SESSION_ID = 64

Auth = dict[str, Any]
Stages = Mapping[str, Callable[[Auth], Awaitable[str | None]]]
"""What each stage checks; a `MatrixError` is a failed attempt. What comes back is kept with the session."""


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
    """`operation`: hash of what it authenticates. `completed`: the stage that is done; `kept`: what that stage left."""

    id: str
    operation: str
    expires_ms: int
    completed: str | None = None
    kept: str | None = None


class InteractiveAuth:
    """The sessions of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: OrderedDict[str, AuthSession] = OrderedDict()

    async def require(self, operation: str, auth: Auth | None, stages: Stages) -> AuthSession:
        """The authenticated session; call `finish` when the operation is done. Raises `AuthenticationNeeded`.

        `operation` names who asks and for what. One of `stages` must be passed.
        """
        session = self._session(operation, auth)
        if auth is None or session.completed in stages:
            if auth is None:
                raise AuthenticationNeeded(_challenge(session, stages))
            return session
        stage = auth.get("type")
        check = stages.get(stage) if isinstance(stage, str) else None
        if check is None or not isinstance(stage, str):
            raise AuthenticationNeeded(_challenge(session, stages), Forbidden("This is not one of the ways to do it."))
        try:
            session.kept = await check(auth)
        except LimitExceeded:
            raise
        except MatrixError as error:
            raise AuthenticationNeeded(_challenge(session, stages), error) from None
        session.completed = stage
        return session

    def finish(self, session: AuthSession) -> None:
        """The operation is done: the session cannot be used again."""
        self._sessions.pop(session.id, None)

    def count_kept(self, kept: str) -> int:
        """How many sessions hold that value."""
        self._expire()
        return sum(1 for session in self._sessions.values() if session.kept == kept)

    def _session(self, operation: str, auth: Auth | None) -> AuthSession:
        self._expire()
        # It may name many devices, and is kept for a while.
        operation = hashlib.sha256(operation.encode()).hexdigest()
        identifier = auth.get("session") if auth else None
        known = self._sessions.get(identifier) if isinstance(identifier, str) else None
        if known is not None and known.operation == operation:
            return known
        session = AuthSession(new_secret(), operation, self._clock.now_ms() + LIFETIME_MS)
        self._sessions[session.id] = session
        if len(self._sessions) > KEPT:
            self._sessions.popitem(last=False)
        return session

    def _expire(self) -> None:
        now = self._clock.now_ms()
        while self._sessions and next(iter(self._sessions.values())).expires_ms <= now:
            self._sessions.popitem(last=False)


def _challenge(session: AuthSession, stages: Stages) -> dict[str, Any]:
    challenge: dict[str, Any] = {
        "flows": [{"stages": [stage]} for stage in stages],
        "params": {},
        "session": session.id,
    }
    if session.completed:
        challenge["completed"] = [session.completed]
    return challenge
