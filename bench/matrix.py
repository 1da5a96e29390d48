"""The few requests of the Matrix client-server API that the load consists of.

spec: client-server §Account registration, §Room creation, §Sending events, §Syncing
"""

from secrets import token_hex
from typing import Any
from urllib.parse import quote

import msgspec

from bench.client import Connection, Endpoint

V3 = "/_matrix/client/v3"
LONG_POLL_MS = 30_000
RUN = token_hex(4)  # keeps names and transaction ids apart from those of earlier runs against the same server
# a client that is busy elsewhere must not meet a gap: a gap would read as a lost message
FILTER = {"room": {"timeline": {"limit": 100}}, "presence": {"types": []}}


class RequestFailedError(Exception):
    """A server answered with something else than 200."""


class Content(msgspec.Struct):
    n: int = -1


class Event(msgspec.Struct):
    event_id: str = ""
    content: Content = msgspec.field(default_factory=Content)


class Timeline(msgspec.Struct):
    events: list[Event] = []
    limited: bool = False


class JoinedRoom(msgspec.Struct):
    timeline: Timeline = msgspec.field(default_factory=Timeline)


class Rooms(msgspec.Struct):
    join: dict[str, JoinedRoom] = {}


class Sync(msgspec.Struct):
    """A sync response, reduced to what says which messages arrived; the rest is skipped, not decoded."""

    next_batch: str
    rooms: Rooms = msgspec.field(default_factory=Rooms)


class Sent(msgspec.Struct):
    event_id: str


_decode_sync = msgspec.json.Decoder(Sync).decode
_decode_sent = msgspec.json.Decoder(Sent).decode


def request_bytes(method: str, path: str, endpoint: Endpoint, token: str = "", body: bytes = b"") -> bytes:
    """A whole HTTP request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {endpoint.host}:{endpoint.port}\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if method != "GET":
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class User:
    """A signed-in user: one connection for what it does, one for its long-poll."""

    def __init__(self, endpoint: Endpoint, user_id: str, token: str) -> None:
        self.endpoint = endpoint
        self.user_id = user_id
        self.token = token
        self.since = ""
        self.filter_id = ""
        self.acting = Connection(endpoint)
        self.polling = Connection(endpoint)

    @classmethod
    async def register(cls, endpoint: Endpoint, name: str) -> "User":
        """Create an account in one step and sign in."""
        name = f"{name}-{RUN}"
        body = {"username": name, "password": f"bench-{name}-A1", "auth": {"type": "m.login.dummy"}}
        user = cls(endpoint, "", "")
        answer = await user.call("POST", f"{V3}/register", body)
        user.user_id, user.token = answer["user_id"], answer["access_token"]
        return user

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Any other request: JSON in, JSON out. Raises RequestFailedError."""
        encoded = b"" if method == "GET" else msgspec.json.encode(body if body is not None else {})
        status, answer = await self.acting.request(request_bytes(method, path, self.endpoint, self.token, encoded))
        if status != 200:
            raise RequestFailedError(f"{method} {path.partition('?')[0]}: {status} {answer[:200]!r}")
        return msgspec.json.decode(answer)

    async def create_room(self, invite: list[str]) -> str:
        """A private room with the given users invited; returns its id."""
        body = {"preset": "private_chat", "invite": invite, "name": "bench"}
        answer = await self.call("POST", f"{V3}/createRoom", body)
        room_id: str = answer["room_id"]
        return room_id

    async def join(self, room_id: str) -> None:
        await self.call("POST", f"{V3}/join/{quote(room_id)}")

    async def send(self, room_path: str, number: int, text: str) -> str:
        """PUT one message that carries its number; returns the event's id. `room_path` is the quoted room id."""
        body = b'{"msgtype":"m.text","body":"%s","n":%d}' % (text.encode(), number)
        path = f"{V3}/rooms/{room_path}/send/m.room.message/{RUN}.{number}"
        status, answer = await self.acting.request(request_bytes("PUT", path, self.endpoint, self.token, body))
        if status != 200:
            raise RequestFailedError(f"send: {status} {answer[:200]!r}")
        return _decode_sent(answer).event_id

    async def first_sync(self) -> bytes:
        """Make the filter and sync without a token; keeps the token for what follows, returns the raw answer."""
        if not self.filter_id:
            path = f"{V3}/user/{quote(self.user_id)}/filter"
            self.filter_id = (await self.call("POST", path, FILTER))["filter_id"]
        return (await self._sync(f"timeout=0&filter={quote(self.filter_id)}"))[1]

    async def poll(self, timeout_ms: int = LONG_POLL_MS) -> Sync:
        """One long-poll from where the last one ended."""
        query = f"timeout={timeout_ms}&filter={quote(self.filter_id)}&since={quote(self.since)}"
        return (await self._sync(query))[0]

    async def _sync(self, query: str) -> tuple[Sync, bytes]:
        request = request_bytes("GET", f"{V3}/sync?{query}", self.endpoint, self.token)
        status, answer = await self.polling.request(request)
        if status != 200:
            raise RequestFailedError(f"sync: {status} {answer[:200]!r}")
        sync = _decode_sync(answer)
        self.since = sync.next_batch
        return sync, answer

    def close(self) -> None:
        self.acting.close()
        self.polling.close()
