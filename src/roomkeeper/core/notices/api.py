"""The operator's endpoint for notices."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.notices.service import Notice, Notices
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import MissingParameter
from roomkeeper.platform.http import Request

Text = Annotated[str, Meta(min_length=1, max_length=10_000)]
ShortText = Annotated[str, Meta(min_length=1, max_length=255)]
USAGE_LIMIT = "m.server_notice.usage_limit_reached"


class SendNotice(msgspec.Struct):
    """The body of ``POST /_roomkeeper/v1/server_notices``. spec: client-server §m.room.message (m.server_notice)"""

    user_id: ShortText
    body: Text
    server_notice_type: ShortText = "org.roomkeeper.notice"
    admin_contact: ShortText | None = None
    limit_type: ShortText | None = None

    def content(self) -> dict[str, Any]:
        """The content of the message."""
        if self.server_notice_type == USAGE_LIMIT and (self.admin_contact is None or self.limit_type is None):
            raise MissingParameter(f"{USAGE_LIMIT} needs `admin_contact` and `limit_type`.")
        named = {"admin_contact": self.admin_contact, "limit_type": self.limit_type}
        return {
            "msgtype": "m.server_notice",
            "body": self.body,
            "server_notice_type": self.server_notice_type,
            **{name: value for name, value in named.items() if value is not None},
        }


class Sent(msgspec.Struct, frozen=True):
    """Where the notice stands."""

    room_id: str
    event_id: str


def install(app: Application, notices: Notices) -> None:
    """Serve it."""

    async def send(_request: Request, body: SendNotice) -> Sent:
        """Send somebody a notice of the server."""
        return Sent(*await notices.send(Notice(body.user_id, body.content())))

    app.routes.privileged("POST", "/_roomkeeper/v1/server_notices", send, "notices.send")
