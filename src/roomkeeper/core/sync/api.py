"""``GET /sync``: a hot path. spec: client-server §Syncing"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.sync.filters import Filters
from roomkeeper.core.sync.service import Sync, SyncQuery
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request

MAX_TIMEOUT_MS = 120_000
"""Longest wait of a long-poll in milliseconds; a client that asks for more gets an empty answer earlier."""
PRESENCES = ("online", "unavailable", "offline")


def install(app: Application, sync: Sync, filters: Filters) -> None:
    """Serve the endpoint."""

    async def get(request: Request) -> dict[str, Any]:
        presence = request.query_choice("set_presence", PRESENCES, "online")
        since = request.query("since")
        query = SyncQuery(
            requester=request.user,
            since=stream_tokens.decode(since) if since else None,
            filter=await filters.of_query(request.user.user_id, request.query("filter")),
            full_state=request.query_boolean("full_state"),
            use_state_after=request.query_boolean("use_state_after"),
            timeout=request.query_integer("timeout", 0, maximum=MAX_TIMEOUT_MS) / 1000,
        )
        for observe in sync.activity:
            observe(request.user, presence or "online")
        return await sync.answer(query)

    app.routes.add("GET", "/_matrix/client/v3/sync", get, limit="read")
