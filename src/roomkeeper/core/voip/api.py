"""``GET /voip/turnServer``. spec: client-server §Voice over IP"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.voip import rules
from roomkeeper.core.voip.settings import VoipSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request


def install(app: Application, settings: VoipSettings) -> None:
    """Serve it."""
    rules.check(settings)

    async def turn_server(request: Request) -> dict[str, Any]:
        return rules.credentials(settings, request.user.user_id, app.clock.now_ms())

    app.routes.add("GET", "/_matrix/client/v3/voip/turnServer", turn_server)
