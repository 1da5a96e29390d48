"""The endpoints of receipts and read markers."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.ephemeral.receipts.models import FULLY_READ, READ, READ_PRIVATE, Mark
from roomkeeper.core.ephemeral.receipts.service import Receipts
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response, Routes

ROOM = "/_matrix/client/v3/rooms/{roomId}"
MAX_BODY = 65_536


class ReceiptBody(msgspec.Struct, frozen=True):
    """The body of a receipt. That `thread_id` is text is checked later, since its error has a code of its own."""

    thread_id: Any = msgspec.UNSET


class MarkersBody(msgspec.Struct, frozen=True):
    """Event ids, each of which may be absent."""

    fully_read: str | None = msgspec.field(default=None, name=FULLY_READ)
    read: str | None = msgspec.field(default=None, name=READ)
    read_private: str | None = msgspec.field(default=None, name=READ_PRIVATE)


class ReceiptsApi:
    """spec: client-server §Receipts, §Read and unread markers"""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        path = f"{ROOM}/receipt/{{receiptType}}/{{eventId}}"
        routes.add("POST", path, self.post_receipt, limit="write", max_body=MAX_BODY)
        routes.add("POST", f"{ROOM}/read_markers", self.post_markers, limit="write", max_body=MAX_BODY)

    async def post_receipt(self, request: Request, body: ReceiptBody) -> Response:
        """Move one receipt."""
        thread_id = body.thread_id
        if thread_id is not msgspec.UNSET and not isinstance(thread_id, str):
            raise InvalidParameter("The thread_id must be text.")
        mark = Mark(
            request.parameters["receiptType"],
            request.parameters["eventId"],
            thread_id if isinstance(thread_id, str) else None,
        )
        await self._receipts.mark(request.user.user_id, request.parameters["roomId"], [mark])
        return EMPTY

    async def post_markers(self, request: Request, body: MarkersBody) -> Response:
        """Move the read marker, and receipts if they are there."""
        wanted = ((FULLY_READ, body.fully_read), (READ, body.read), (READ_PRIVATE, body.read_private))
        marks = [Mark(kind, event_id) for kind, event_id in wanted if event_id is not None]
        await self._receipts.mark(request.user.user_id, request.parameters["roomId"], marks)
        return EMPTY
