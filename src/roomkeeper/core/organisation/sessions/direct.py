"""m.direct of both sides of a session: the list of direct chats in which stock clients show it.

The server writes its part together with the session. A client that writes the list as it last knew it takes nothing of
that away: what it sends is amended before it is stored, and comes back to all devices as it is kept.

spec: client-server §Direct Messaging
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from roomkeeper.core.account_data import AccountData
from roomkeeper.core.organisation.sessions import rules, store
from roomkeeper.core.organisation.sessions.models import DIRECT, Session
from roomkeeper.platform.database import Driver, Write

MOST = 2_000
"""Sessions of somebody that are looked at: more than their list has room for."""

Contents = Mapping[str, Mapping[str, Any]]
"""m.direct of some users, by user id."""


class Direct:
    """Keeps m.direct right."""

    def __init__(self, driver: Driver, account_data: AccountData) -> None:
        self._driver = driver
        self._account_data = account_data

    @asynccontextmanager
    async def held(self, user_ids: Iterable[str]) -> AsyncIterator[Contents]:
        """Their lists, which nobody else changes meanwhile."""
        contents = {}
        async with AsyncExitStack() as stack:
            for user_id in sorted(set(user_ids)):
                await stack.enter_async_context(self._account_data.turn(user_id, DIRECT))
                contents[user_id] = await self._account_data.get(user_id, None, DIRECT) or {}
            yield contents

    def put(self, write: Write, session: Session, contents: Contents) -> None:
        """Make the lists right as part of a write that is submitted before anything is awaited."""
        for user_id, before in contents.items():
            # Who is not in the room yet, since it only waits for them, is not told of it.
            is_told = user_id != session.staff_id or session.state != "waiting"
            after = rules.amended(before, user_id, [session]) if is_told else before
            if after != before:
                self._account_data.put(write, user_id, None, DIRECT, after)

    async def amend(self, user_id: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `account_data.Amend`."""
        return rules.amended(content, user_id, await store.for_direct(self._driver, user_id, MOST))
