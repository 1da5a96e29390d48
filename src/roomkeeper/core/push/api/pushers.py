"""The endpoints of pushers and of the list of notifications. spec: client-server §Push Notifications"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.push import rules
from roomkeeper.core.push.models import Pusher
from roomkeeper.core.push.notifications import Notifications
from roomkeeper.core.push.pushers import Pushers
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.errors import InvalidParameter, MissingParameter
from roomkeeper.platform.http import EMPTY, Request, Response, Routes

FOREVER = 2**62
MOST = 100
"""Notifications of one page at most."""
MAX_BODY = 65_536


class PusherBody(msgspec.Struct, frozen=True):
    """A pusher as clients set it; `kind` null deletes it. What is required is checked later, since it depends."""

    app_id: str | None = None
    pushkey: str | None = None
    kind: str | msgspec.UnsetType | None = msgspec.UNSET
    app_display_name: str | None = None
    device_display_name: str | None = None
    profile_tag: str | None = None
    lang: str | None = None
    data: dict[str, Any] | None = None
    append: bool = False


class PushersApi:
    """The endpoints."""

    def __init__(self, pushers: Pushers, notifications: Notifications) -> None:
        self._pushers = pushers
        self._notifications = notifications

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", "/_matrix/client/v3/pushers", self.get_pushers)
        routes.add("POST", "/_matrix/client/v3/pushers/set", self.set_pusher, limit="write", max_body=MAX_BODY)
        routes.add("GET", "/_matrix/client/v3/notifications", self.get_notifications)

    async def get_pushers(self, request: Request) -> dict[str, Any]:
        """``GET /pushers``"""
        return {"pushers": [pusher.as_json() for pusher in await self._pushers.all_of(request.user.user_id)]}

    async def set_pusher(self, request: Request, body: PusherBody) -> Response:
        """``POST /pushers/set``"""
        needed = ["app_id", "pushkey"]
        if body.kind is not None:
            needed += ["app_display_name", "device_display_name", "lang", "data"]
        missing = [name for name in needed if getattr(body, name) is None]
        if isinstance(body.kind, msgspec.UnsetType):
            missing.append("kind")
        if missing:
            raise MissingParameter(f"Missing parameters: {', '.join(missing)}")
        rules.check_pusher_key(body.app_id or "", body.pushkey or "")
        if isinstance(body.kind, str):
            await self._pushers.set(_pusher(request, body, body.kind), append=body.append)
        else:
            await self._pushers.delete(request.user.user_id, body.app_id or "", body.pushkey or "")
        return EMPTY

    async def get_notifications(self, request: Request) -> dict[str, Any]:
        """``GET /notifications``"""
        token = request.query("from")
        limit = request.query_integer("limit", 20, minimum=1, maximum=MOST)
        found, following = await self._notifications.page(
            request.user.user_id,
            FOREVER if token is None else stream_tokens.decode(token),
            limit,
            highlights=request.query_choice("only", ("highlight",)) is not None,
        )
        answer: dict[str, Any] = {"notifications": [shown.for_client(request.user) for shown in found]}
        if following is not None:
            answer["next_token"] = stream_tokens.encode(following)
        return answer


def _pusher(request: Request, body: PusherBody, kind: str) -> Pusher:
    data = body.data or {}
    rules.check_pusher_data(kind, data)
    for name in ("app_display_name", "device_display_name", "profile_tag", "lang"):
        value = getattr(body, name) or ""
        if "\0" in value or len(value.encode()) > rules.MAX_NAME:
            raise InvalidParameter(f"{name} may have {rules.MAX_NAME} bytes at most, and no NUL.")
    return Pusher(
        request.user.user_id,
        request.user.device_id,
        body.app_id or "",
        body.pushkey or "",
        kind,
        body.app_display_name or "",
        body.device_display_name or "",
        body.profile_tag,
        body.lang or "",
        data,
    )
