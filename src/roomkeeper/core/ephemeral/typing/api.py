"""The endpoint of typing notifications."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.ephemeral.typing.service import Typing
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.http import EMPTY, Request, Response, Routes

DEFAULT_MS = 30_000
MAX_BODY = 4096


class TypingBody(msgspec.Struct, frozen=True):
    """`timeout` in milliseconds; outside of what the server allows, the nearest that it does."""

    typing: bool
    timeout: Annotated[int, Meta(ge=-(2**53), le=2**53)] | None = None


class TypingApi:
    """spec: client-server §Typing Notifications"""

    def __init__(self, typing: Typing) -> None:
        self._typing = typing

    def add_routes(self, routes: Routes) -> None:
        """Serve it."""
        path = "/_matrix/client/v3/rooms/{roomId}/typing/{userId}"
        routes.add("PUT", path, self.put, limit="write", max_body=MAX_BODY)

    async def put(self, request: Request, body: TypingBody) -> Response:
        """Start or stop typing."""
        user_id = request.user.user_id
        if request.parameters["userId"] != user_id:
            raise Forbidden("You cannot type for somebody else.")
        timeout_ms = DEFAULT_MS if body.timeout is None else body.timeout
        await self._typing.set(user_id, request.parameters["roomId"], is_typing=body.typing, timeout_ms=timeout_ms)
        return EMPTY
