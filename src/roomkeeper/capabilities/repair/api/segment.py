"""Segment's HTTP Tracking API, as its SDKs speak it: ``/v1/track``, ``/v1/identify``, ``/v1/page``, ``/v1/batch`` …

The write key is the user name of Basic authentication, or ``writeKey`` in the body. Messages of a batch that cannot be
taken are told by their places; the others are stored, and a message that comes again does nothing.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.repair.intake import segment
from roomkeeper.capabilities.repair.intake.keys import Keys, Sender
from roomkeeper.capabilities.repair.intake.segment import Refused
from roomkeeper.capabilities.repair.intake.storing import Arrived, Storing
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.capabilities.repair.store import events as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import BadJson, MissingToken, NotJson, TooLarge, UnknownToken
from roomkeeper.platform.http import Request, Response

SINGLE: Final = ("track", "identify", "page", "screen", "group", "alias")
BATCHES: Final = ("batch", "import")
MOST_TOLD: Final = 20
"""Refused messages that are told one by one."""
DAY_MS: Final = 86_400_000
AT_ONCE: Final = 100
"""Messages that are read between two turns of the loop: a millisecond or two."""


class RefusedMessage(msgspec.Struct, frozen=True):
    """The place of a message in its batch, and why it was not taken."""

    index: int
    error: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the messages. `replayed`: they were there already. `ignored`: of a type that is not kept."""

    success: bool = True
    stored: int
    replayed: int
    ignored: int
    refused: list[RefusedMessage]


class SegmentApi:
    """``/v1``."""

    def __init__(self, app: Application, keys: Keys, storing: Storing, settings: RepairSettings) -> None:
        self._app = app
        self._keys = keys
        self._storing = storing
        self._kept_ms = settings.kept_days * DAY_MS

    def add_routes(self) -> None:
        """Serve them."""
        for name in SINGLE:
            self._app.routes.add("POST", f"/v1/{name}", self._single(name), **_ROUTE)
        for name in BATCHES:
            self._app.routes.add("POST", f"/v1/{name}", self.batch, **_ROUTE)

    def _single(self, kind: str) -> Any:
        async def single(request: Request) -> Taken:
            """One message of Segment's tracking API; see the batch."""
            envelope, body = self._opened(request)
            sender = await self._sender(request, envelope)
            try:
                message = segment.message_of(body)
                message.type = kind
                taken = await self._take([message], [], sender, envelope)
            except Refused as error:
                raise BadJson(f"The message cannot be taken: {error}.") from None
            if taken.refused:
                raise BadJson(f"The message cannot be taken: {taken.refused[0].error}.")
            return taken

        return single

    async def batch(self, request: Request) -> Taken:
        """Messages of Segment's tracking API, 2,000 at most; those that were stored before do nothing."""
        envelope, _ = self._opened(request)
        sender = await self._sender(request, envelope)
        if envelope.batch is None:
            raise BadJson("A batch has its messages in `batch`.")
        if len(envelope.batch) > segment.MOST_BATCH:
            raise TooLarge(f"A batch may have {segment.MOST_BATCH} messages at most.")
        messages: list[segment.Message | None] = []
        refused: list[RefusedMessage] = []
        for index, raw in enumerate(envelope.batch):
            if index % AT_ONCE == AT_ONCE - 1:
                await self._app.giving_way.turn()
            try:
                messages.append(segment.message_of(raw))
            except Refused as error:
                messages.append(None)
                refused.append(RefusedMessage(index, str(error)))
        taken = await self._take(messages, refused, sender, envelope)
        if taken.refused and len(taken.refused) == len(messages):
            raise BadJson(f"No message of the batch can be taken. The first: {taken.refused[0].error}.")
        return msgspec.structs.replace(taken, refused=taken.refused[:MOST_TOLD])

    def _opened(self, request: Request) -> tuple[segment.Envelope, bytes]:
        body = segment.unpacked(request.body, request.header(b"content-encoding"))
        if not body:
            raise NotJson
        return segment.envelope_of(body), body

    async def _sender(self, request: Request, envelope: segment.Envelope) -> Sender:
        """Who sends; guesses of keys count against the address."""
        key = _basic(request.header(b"authorization")) or envelope.write_key
        if not key:
            raise MissingToken("Send your write key as the user name of Basic authentication, or as `writeKey`.")
        try:
            return await self._keys.sender(key[:1000])
        except UnknownToken:
            self._app.limits.take("login", request.client_address)
            raise

    async def _take(
        self,
        messages: list[segment.Message | None] | list[segment.Message],
        refused: list[RefusedMessage],
        sender: Sender,
        envelope: segment.Envelope,
    ) -> Taken:
        self._keys.take(sender, len(messages))
        now = self._app.clock.now_ms()
        skew_ms, write, ignored = segment.skew_of(envelope, now), Write(), 0
        arrived: list[Arrived] = []
        for index, message in enumerate(messages):
            if message is None:
                continue
            if message.type in segment.IGNORED:
                ignored += 1
                continue
            try:
                arrived.append(segment.arrived(message, sender, now, skew_ms, now - self._kept_ms))
                who = segment.identified(message, sender)
            except Refused as error:
                refused.append(RefusedMessage(index, str(error)))
                continue
            if who is not None:
                store.put_alias(write, who.anonymous_id, who.user_id, now)
        self._keys.note_use(write, sender)
        outcome = await self._storing.store(arrived, write)
        refused.sort(key=lambda each: each.index)
        return Taken(
            stored=outcome.stored, replayed=outcome.replayed, ignored=ignored + outcome.untracked, refused=refused
        )


def _basic(header: str | None) -> str | None:
    """The user name of Basic authentication. RFC 7617"""
    scheme, _, told = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(told.strip(), validate=True).decode().partition(":")[0] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _told(error: Exception, response: Response) -> Response:  # noqa: ARG001 - the shape of `ErrorShape`
    """Errors with the members that Segment's SDKs read, beside Matrix's."""
    body = msgspec.json.decode(response.body)
    body |= {"success": False, "code": body.get("errcode", ""), "message": body.get("error", "")}
    return msgspec.structs.replace(response, body=msgspec.json.encode(body))


_ROUTE: Final[dict[str, Any]] = {"access": "public", "limit": None, "max_body": segment.MOST_BODY, "errors": _told}
