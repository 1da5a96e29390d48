"""The endpoints of presence."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from roomkeeper.core.ephemeral.presence import rules
from roomkeeper.core.ephemeral.presence.service import Presence
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.http import EMPTY, Request, Response, Routes

PATH = "/_matrix/client/v3/presence/{userId}/status"
MAX_BODY = 16_384


class PresenceBody(msgspec.Struct, frozen=True):
    """A state, and what one has to say about it; without a message there is none."""

    presence: Literal["online", "unavailable", "offline"]
    status_msg: str | None = None


class PresenceApi:
    """spec: client-server §Presence"""

    def __init__(self, presence: Presence, clock: Clock) -> None:
        self._presence = presence
        self._clock = clock

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", PATH, self.get)
        routes.add("PUT", PATH, self.put, limit="write", max_body=MAX_BODY)

    async def get(self, request: Request) -> dict[str, Any]:
        """Somebody's presence."""
        status = await self._presence.get(request.user.user_id, request.parameters["userId"])
        return rules.content(status, self._clock.now_ms())

    async def put(self, request: Request, body: PresenceBody) -> Response:
        """Set one's own presence."""
        if request.parameters["userId"] != request.user.user_id:
            raise Forbidden("You can set your own presence only.")
        await self._presence.put(request.user, body.presence, body.status_msg)
        return EMPTY
