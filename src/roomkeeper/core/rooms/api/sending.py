"""Endpoints that send events: the hot path starts here.

spec: client-server §Sending events to a room, §Redactions, §Typing notifications are elsewhere
"""

from __future__ import annotations

import asyncio
from typing import Any

from roomkeeper.core.rooms.membership import Memberships
from roomkeeper.core.rooms.models import Draft, encode_json
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.core.transactions import RecordAnswer, Transactions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import BadJson, InvalidParameter, MatrixError
from roomkeeper.platform.figures import Figure
from roomkeeper.platform.http import Request, Requester, Response
from roomkeeper.platform.tracking import Tracking, Value
from roomkeeper.wire.canonical_json import MAX_INTEGER, decode_object
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.events import Event

MAX_EVENT_BODY = 256 * 1024
SLOW_S = 2.0
"""After so many seconds it is tracked that a message has come and is not done with."""
"""Bytes of JSON that may describe an event: those of 64 KiB can be written with escapes and white space."""


class Sending:
    """Sends what clients put."""

    def __init__(self, rooms: Rooms, memberships: Memberships, transactions: Transactions, tracking: Tracking) -> None:
        self._rooms = rooms
        self._tracking = tracking
        self._memberships = memberships
        self._transactions = transactions

    async def send(self, request: Request) -> Response:
        """``PUT /rooms/{roomId}/send/{eventType}/{txnId}``"""
        event_type, content = request.parameters["eventType"], decode_object(request.body)
        redacts = None
        if event_type == "m.room.redaction":
            redacts = _redacted_id(content)
        return await self._once(request, event_type, content, redacts)

    async def redact(self, request: Request) -> Response:
        """``PUT /rooms/{roomId}/redact/{eventId}/{txnId}``"""
        body = decode_object(request.body or b"{}")
        reason = body.get("reason")
        if reason is not None and not isinstance(reason, str):
            raise BadJson("`reason` must be a string.")
        content = {} if reason is None else {"reason": reason}
        return await self._once(request, "m.room.redaction", content, request.parameters["eventId"])

    async def _once(self, request: Request, event_type: str, content: dict[str, Any], redacts: str | None) -> Response:
        user = request.user
        told: dict[str, Value] = {"txn_id": request.parameters["txnId"], "room_id": request.parameters["roomId"]}

        async def act(record: RecordAnswer) -> Response:
            draft = Draft(
                type=event_type,
                sender=request.user.user_id,
                content=content,
                redacts=redacts,
                origin_server_ts=_timestamp(request),
                requester=request.user,
                transaction_id=request.parameters["txnId"],
            )

            def add(write: Write, event: Event) -> None:
                record(write, _answer(event))

            slow = asyncio.get_running_loop().call_later(SLOW_S, self._note_slow, user, told)
            try:
                event = await self._rooms.send(request.parameters["roomId"], draft, add)
            except (MatrixError, ProtocolViolation) as error:
                self._tracking.track("message_refused", user.user_id, **told, errcode=error.errcode)
                raise
            finally:
                slow.cancel()
            self._tracking.track("message_accepted", user.user_id, **told, event_id=event.event_id)
            return Response(_answer(event))

        return await self._transactions.once(request, act)

    def _note_slow(self, user: Requester, told: dict[str, Value]) -> None:
        """A tracking point for what takes long; what is done at once is one point, when it is done."""
        self._tracking.track("message_received", user.user_id, **told, device_id=user.device_id)

    async def put_state(self, request: Request) -> Response:
        """``PUT /rooms/{roomId}/state/{eventType}/{stateKey}``"""
        draft = Draft(
            type=request.parameters["eventType"],
            sender=request.user.user_id,
            state_key=request.parameters.get("stateKey", ""),
            content=decode_object(request.body),
            origin_server_ts=_timestamp(request),
            requester=request.user,
        )
        room_id = request.parameters["roomId"]
        if draft.type == "m.room.member" and draft.content.get("membership") == "invite":
            await self._memberships.check_invitable(room_id, draft.state_key or "")
        return Response(_answer(await self._rooms.send(room_id, draft)))


def install(app: Application, rooms: Rooms, memberships: Memberships, transactions: Transactions) -> None:
    """Serve the endpoints."""
    sending = Sending(rooms, memberships, transactions, app.tracking)
    room = "/_matrix/client/v3/rooms/{roomId}"
    limits: dict[str, Any] = {"limit": "send", "max_body": MAX_EVENT_BODY}
    send_path = f"{room}/send/{{eventType}}/{{txnId}}"
    app.routes.add("PUT", send_path, sending.send, **limits)
    app.figures.add("sends", Figure(unit="per_second", read=lambda: app.http.answered("PUT", send_path), grows=True))
    app.routes.add("PUT", f"{room}/redact/{{eventId}}/{{txnId}}", sending.redact, **limits)
    app.routes.add("PUT", f"{room}/state/{{eventType}}", sending.put_state, **limits)
    app.routes.add("PUT", f"{room}/state/{{eventType}}/{{stateKey?}}", sending.put_state, **limits)


def _timestamp(request: Request) -> int | None:
    """When the event was sent, in milliseconds, where an application service says so.

    spec: application-service §Timestamp massaging
    """
    if request.user.appservice is None or (text := request.query("ts")) is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_INTEGER)) and int(text) <= MAX_INTEGER):
        raise InvalidParameter(f"ts must be a time in milliseconds, from 0 to {MAX_INTEGER}.")
    return int(text)


def _answer(event: Event) -> bytes:
    return b'{"event_id":' + encode_json(event.event_id) + b"}"


def _redacted_id(content: dict[str, Any]) -> str:
    redacts = content.pop("redacts", None)
    if not isinstance(redacts, str):
        raise InvalidParameter("A redaction needs the id of the event that it redacts, in `redacts`.")
    return redacts
