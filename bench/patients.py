"""People with a fault each, of the built-in kinds of trouble, whose clients log what they do as the web client does."""

import asyncio
import base64
import io
import itertools
from typing import Any, ClassVar
from urllib.parse import quote

import aiohttp
from PIL import Image

from bench.load import LoadFailedError
from bench.scenarios.people import ROOT, bearer

V3 = "/_matrix/client/v3"
PASSWORD = "correct horse battery"
REPEAT = "org.roomkeeper.repair.repeat"
OVER = ("repaired", "unverified", "failed", "closed", "waiting")
SECONDS = 60


class Patient:
    """Somebody with a fault. `lies`: what they are told to try again fails again, or their client says nothing."""

    kind: ClassVar[str]
    drill: ClassVar[str]
    _numbers = itertools.count(1)

    def __init__(self, session: aiohttp.ClientSession, name: str, *, lies: bool) -> None:
        self.session = session
        self.lies = lies
        self._name = name

    async def enter(self) -> None:
        """Make the account, and what of theirs will be faulty."""
        body = {"username": self._name, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        answer = await self.ask("POST", f"{V3}/register", body, token="")
        self.token, self.user_id, self.device_id = answer["access_token"], answer["user_id"], answer["device_id"]
        key = (await self.ask("GET", f"{ROOT}/repair/tracking"))["write_key"]
        self._key = base64.b64encode(f"{key}:".encode()).decode()
        await self.prepare()

    async def suffer(self, operator: str) -> None:
        """Have the fault, by the operator's drill."""
        parameters = {"user_id": self.user_id, **self.about()}
        await self.ask("POST", f"{ROOT}/repair/drills/{self.drill}", {"parameters": parameters}, token=operator)
        await self.notice()

    async def report(self) -> str:
        """Report it, and try again when that is asked for; the state of the report in the end."""
        body = {"kind": self.kind, "client": "bench", "properties": self.about()}
        report = (await self.ask("POST", f"{ROOT}/repair/reports", body))["report_id"]
        version, has_tried = 0, False
        async with asyncio.timeout(SECONDS):
            while True:
                found = await self.ask("GET", f"{ROOT}/repair/reports/{report}?since={version}&timeout=5000")
                version = found["version"]
                if found["state"] in OVER:
                    return str(found["state"])
                if found["state"] == "verifying" and not has_tried:
                    has_tried = True
                    await self.ask("GET", f"{V3}/user/{quote(self.user_id)}/account_data/{REPEAT}")
                    await (self.fail_again() if self.lies else self.try_again())

    async def prepare(self) -> None:
        """Make what will be faulty: a room."""
        self.room_id = (await self.ask("POST", f"{V3}/createRoom", {}))["room_id"]

    def about(self) -> dict[str, str]:
        """What the fault is in."""
        return {"room_id": self.room_id}

    async def notice(self) -> None:
        """Run into the fault."""

    async def try_again(self) -> None:
        """Do what was faulty once more."""
        raise NotImplementedError

    async def fail_again(self) -> None:
        """Nothing is heard: a client that is away."""

    async def log(self, event: str, **properties: Any) -> None:
        """Log a point, as the web client does."""
        message = {
            "type": "track",
            "messageId": f"b{next(self._numbers)}",
            "userId": self.user_id,
            "event": event,
            "properties": properties,
        }
        headers = {"Authorization": f"Basic {self._key}"}
        async with self.session.post("/v1/batch", json={"batch": [message]}, headers=headers) as answer:
            if answer.status != 200:
                raise LoadFailedError(f"{answer.status}: {await answer.text()}")

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, data: bytes | None = None
    ) -> Any:
        """What the server answers. Raises `LoadFailedError`."""
        headers = bearer(self.token) if token is None else bearer(token) if token else {}
        async with self.session.request(method, path, json=body, data=data, headers=headers) as answer:
            if answer.status != 200:
                raise LoadFailedError(f"{method} {path}: {answer.status}: {await answer.text()}")
            return await answer.json()


class MessageStuck(Patient):
    """Their messages are refused."""

    kind, drill = "message_stuck", "rooms.spoil_image"

    async def notice(self) -> None:
        await self._send(fails=True)

    async def try_again(self) -> None:
        await self._send()

    async def fail_again(self) -> None:
        await self.log("message_failed", txn_id="first", room_id=self.room_id)

    async def _send(self, *, fails: bool = False) -> None:
        await self.log("message_sending", txn_id="first", room_id=self.room_id)
        path = f"{V3}/rooms/{quote(self.room_id)}/send/m.room.message/first"
        try:
            event_id = (await self.ask("PUT", path, {"msgtype": "m.text", "body": "hello"}))["event_id"]
        except LoadFailedError:
            if not fails:
                raise
            await self.log("message_failed", txn_id="first", room_id=self.room_id)
        else:
            await self.log("message_sent", txn_id="first", room_id=self.room_id, event_id=event_id)


class RoomMissing(Patient):
    """A room is not in what they sync."""

    kind, drill = "room_missing", "rooms.lose_membership"

    async def notice(self) -> None:
        await self.log("invitation_accept", room_id=self.room_id)

    async def try_again(self) -> None:
        await self.ask("GET", f"{V3}/sync")
        await self.log("room_shown", room_id=self.room_id)


class SignedOut(Patient):
    """Their token is refused."""

    kind, drill = "signed_out", "accounts.refuse"

    async def notice(self) -> None:
        await self.log("signed_out", device_id=self.device_id, soft=True)

    async def try_again(self) -> None:
        await self.ask("GET", f"{V3}/sync")
        await self.log("session_ready", device_id=self.device_id)

    async def fail_again(self) -> None:
        await self.log("signed_out", device_id=self.device_id, soft=True)


class MediaRefused(Patient):
    """A picture of theirs, which is like any other, is refused."""

    kind, drill = "media_refused", "screening.false_score"

    async def prepare(self) -> None:
        number = next(self._numbers)
        picture = io.BytesIO()
        # Scores are kept by the file's checksum: everybody has a picture of their own.
        Image.new("RGB", (64, 64), (number % 256, number // 256 % 256, 90)).save(picture, "PNG")
        headers = {**bearer(self.token), "Content-Type": "image/png"}
        data = picture.getvalue()
        async with self.session.post("/_matrix/media/v3/upload?filename=a.png", data=data, headers=headers) as answer:
            self._media_id = str((await answer.json())["content_uri"]).rpartition("/")[2]
        await self.log("media_upload_started", media_id=self._media_id, size=len(data))
        await self._verdict()

    def about(self) -> dict[str, str]:
        return {"media_id": self._media_id}

    async def notice(self) -> None:
        if await self._verdict() != "block":
            raise LoadFailedError("the picture is not refused")
        await self.fail_again()

    async def try_again(self) -> None:
        if await self._verdict() == "allow":
            await self.log("media_ready", media_id=self._media_id)

    async def fail_again(self) -> None:
        await self.log("media_not_sendable", media_id=self._media_id, cause="blocked")

    async def _verdict(self) -> str:
        found = await self.ask("GET", f"{ROOT}/screening/uploads/{self._media_id}?timeout_ms=10000")
        return str(found["action"])


class HandoverMissing(Patient):
    """Who took care of them has left, and nobody is offered instead."""

    kind, drill = "handover_missing", "handover.lose_offer"
    leaver: ClassVar[str]

    async def prepare(self) -> None:
        body = {"invite": [self.leaver], "is_direct": True, "preset": "trusted_private_chat"}
        self.room_id = (await self.ask("POST", f"{V3}/createRoom", body))["room_id"]

    async def try_again(self) -> None:
        told = await self.ask("GET", f"{ROOT}/succession/{quote(self.leaver)}")
        await self.log("handover_shown", room_id=self.room_id, status=told["offer"]["status"])
