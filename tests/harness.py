"""A whole server in this process, spoken to through its ASGI application, and clients of it."""

from __future__ import annotations

import itertools
import json as jsonlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from roomkeeper.app import build
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.settings import SettingsSource
from tests import snapshots, spec
from tests.databases import databases

SERVER_NAME = "example.org"
V3 = "/_matrix/client/v3"

Answer = tuple[int, dict[str, Any]]


class RequestFailed(AssertionError):
    """A request that a test expects to work did not."""


class Server:
    """A running server on a temporary data directory."""

    def __init__(
        self, data_dir: Path, clock: Clock | None = None, *, with_capabilities: bool = True, **environment: str
    ) -> None:
        self.data_dir = data_dir
        self._with_capabilities = with_capabilities
        self.check_contents = True
        """Whether the contents of member events and the like in answers must conform, and not only the answers."""
        self._clock = clock
        self.discarded = False
        """Set by a test that discards held events: what was answered then names events that do not exist."""
        self._environment = {
            "ROOMKEEPER_SERVER_NAME": SERVER_NAME,
            "ROOMKEEPER_DATA_DIR": str(data_dir),
            "ROOMKEEPER_REGISTRATION": "open",
            "ROOMKEEPER_PASSWORD_HASHING": "fast",
            "ROOMKEEPER_RATE_LIMITS": "off",
            # A message in each session that it is recorded would be one more in all that is counted.
            "ROOMKEEPER_RECORDS_CONSENT": "none",
            # Models take seconds to load: those who try them ask for them.
            "ROOMKEEPER_ANALYSIS_SENSES": ",",
            **environment,
        }
        self.app: Application

    async def start(self) -> Server:
        """Build and start it."""
        environment = {**await databases.environment(self.data_dir, whole=self._with_capabilities), **self._environment}
        source = SettingsSource({}, environment)
        self.app = build(source, self._clock, with_capabilities=self._with_capabilities)
        snapshots.watch(self.app.driver)
        await self.app.start()
        return self

    @property
    def rooms(self) -> Rooms:
        """The running server's rooms, for what has no endpoint: gates, releasing what is held."""
        route, _ = self.app.routes.find("PUT", b"/_matrix/client/v3/rooms/!any/send/any/any")
        rooms = getattr(route.endpoint, "__self__")._rooms  # noqa: B009 - mypy knows of no bound method
        assert isinstance(rooms, Rooms)
        return rooms

    async def stop(self) -> None:
        """Stop it cleanly."""
        await self.app.stop()

    async def restart(self) -> None:
        """Stop it and start another on the same data."""
        await self.stop()
        await self.start()

    async def raw(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
    ) -> tuple[int, dict[str, str], bytes]:
        """One request with exactly these bytes: status, headers, body."""
        parts = urlsplit(path)
        sent = {"content-length": str(len(body)), **(headers or {})}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()],
            "client": (address, 50000),
        }
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])
        sent_back: list[Any] = []

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(message: Any) -> None:
            sent_back.append(message)

        await self.app.http(scope, receive, send)
        start, *contents = sent_back
        answered = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
        return start["status"], answered, b"".join(content["body"] for content in contents)

    async def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        address: str = "127.0.0.1",
    ) -> Answer:
        """One JSON request: status and body. A path without ``/_`` is below /_matrix/client/v3.

        The answer is held against the specification: see `tests.spec`.
        """
        full = path if path.startswith(("/_", "/.", "/healthz", "/readyz", "/metrics")) else V3 + path
        if query:
            full += "?" + urlencode(query)
        sent = dict(headers or {})
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        body = b"" if json is None else jsonlib.dumps(json).encode()
        status, _, answer = await self.raw(method, full, body, sent, address)
        content = jsonlib.loads(answer) if answer else {}
        if method != "HEAD":
            spec.check(method, full, status, content, contents=self.check_contents)
        return status, content

    async def register(self, name: str, password: str = "correct horse battery", **extra: Any) -> Client:
        """A new user, signed in."""
        body = {"username": name, "password": password, "auth": {"type": "m.login.dummy"}, **extra}
        status, answer = await self.request("POST", "/register", body)
        if status != 200:
            raise RequestFailed(f"register {name}: {status} {answer}")
        return Client(self, answer["user_id"], answer["device_id"], answer["access_token"], password)

    async def login(self, name: str, password: str = "correct horse battery", **extra: Any) -> Client:
        """Another device of a user."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": password,
            **extra,
        }
        status, answer = await self.request("POST", "/login", body)
        if status != 200:
            raise RequestFailed(f"login {name}: {status} {answer}")
        return Client(self, answer["user_id"], answer["device_id"], answer["access_token"], password)


class Client:
    """A signed-in device. `get`, `put`, `post`, `delete` expect success; `try_*` give status and body."""

    _transactions = itertools.count(1)

    def __init__(self, server: Server, user_id: str, device_id: str, token: str, password: str) -> None:
        self.server = server
        self.user_id = user_id
        self.device_id = device_id
        self.token = token
        self.password = password
        self.next_batch: str | None = None

    async def attempt(self, method: str, path: str, json: Any = None, **query: Any) -> Answer:
        """Status and body, whatever they are."""
        return await self.server.request(method, path, json, self.token, query=query)

    async def _expect(self, method: str, path: str, json: Any, query: Mapping[str, Any]) -> dict[str, Any]:
        status, answer = await self.attempt(method, path, json, **query)
        if status != 200:
            raise RequestFailed(f"{method} {path}: {status} {answer}")
        return answer

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET that works."""
        return await self._expect("GET", path, None, query)

    async def put(self, path: str, json: Any = None, **query: Any) -> dict[str, Any]:
        """PUT that works."""
        return await self._expect("PUT", path, {} if json is None else json, query)

    async def post(self, path: str, json: Any = None, **query: Any) -> dict[str, Any]:
        """POST that works."""
        return await self._expect("POST", path, {} if json is None else json, query)

    async def delete(self, path: str, json: Any = None, **query: Any) -> dict[str, Any]:
        """DELETE that works."""
        return await self._expect("DELETE", path, json, query)

    async def create_room(self, **body: Any) -> str:
        """A new room's id."""
        return str((await self.post("/createRoom", body))["room_id"])

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody."""
        await self.post(f"/rooms/{quote(room_id)}/invite", {"user_id": user_id})

    async def join(self, room_id_or_alias: str) -> None:
        """Join a room."""
        await self.post(f"/join/{quote(room_id_or_alias)}")

    async def leave(self, room_id: str) -> None:
        """Leave a room."""
        await self.post(f"/rooms/{quote(room_id)}/leave")

    async def send(self, room_id: str, body: str = "hello", transaction_id: str | None = None) -> str:
        """Send a text message; its event id."""
        transaction_id = transaction_id or f"t{next(self._transactions)}"
        path = f"/rooms/{quote(room_id)}/send/m.room.message/{transaction_id}"
        return str((await self.put(path, {"msgtype": "m.text", "body": body}))["event_id"])

    async def set_state(self, room_id: str, event_type: str, content: Any, state_key: str = "") -> str:
        """Send a state event; its event id."""
        path = f"/rooms/{quote(room_id)}/state/{quote(event_type, safe='')}/{quote(state_key, safe='')}"
        return str((await self.put(path, content))["event_id"])

    async def sync(self, timeout_ms: int = 0, *, since: str | None = None, **query: Any) -> dict[str, Any]:
        """Sync from where the last one ended (or `since`), and remember where this one ends."""
        parameters: dict[str, Any] = {"timeout": timeout_ms, **query}
        if since or self.next_batch:
            parameters["since"] = since or self.next_batch
        answer = await self.get("/sync", **parameters)
        self.next_batch = answer["next_batch"]
        return answer

    async def timeline(self, room_id: str) -> list[str]:
        """Bodies of the newest messages, oldest first."""
        answer = await self.get(f"/rooms/{quote(room_id)}/messages", dir="b", limit=100)
        return [
            event["content"].get("body") for event in reversed(answer["chunk"]) if event["type"] == "m.room.message"
        ]
