"""A server that has accounts and profiles alone, with the settings and the clock that a test chooses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomkeeper.core import accounts, profiles, transactions
from roomkeeper.platform.application import Application
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.instance import find_running
from roomkeeper.platform.settings import SettingsSource

Answer = tuple[int, dict[str, Any]]

ENVIRONMENT = {
    "ROOMKEEPER_SERVER_NAME": "example.org",
    "ROOMKEEPER_REGISTRATION": "open",
    "ROOMKEEPER_PASSWORD_HASHING": "fast",
    "ROOMKEEPER_RATE_LIMITS": "off",
}


class AccountsServer:
    """The application, asked in process through its whole ASGI stack."""

    def __init__(self, data_dir: Path, environment: dict[str, str], clock: Clock | None) -> None:
        source = SettingsSource({}, {**ENVIRONMENT, "ROOMKEEPER_DATA_DIR": str(data_dir), **environment})
        self.data_dir = data_dir
        self.app = Application(source, clock)
        transactions.install(self.app)
        self.accounts = accounts.install(self.app)
        self.profiles = profiles.install(self.app, self.accounts)

    async def request(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        token: str | None = None,
        address: str = "203.0.113.7",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Ask; what comes back are the status and the JSON body."""
        body = b"" if json is None else msgspec.json.encode(json)
        raw_path, _, query = path.partition("?")
        sent = {"content-length": str(len(body)), **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        scope = {
            "type": "http",
            "method": method,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": (address, 1),
        }
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app.http(scope, receive, send)
        return messages[0]["status"], msgspec.json.decode(messages[1]["body"])

    async def register(self, name: str, password: str = "correct horse", **more: object) -> dict[str, Any]:
        """Make an account in one step; what comes back is the answer of the registration."""
        body = {"username": name, "password": password, "auth": {"type": "m.login.dummy"}, **more}
        status, answer = await self.request("POST", "/_matrix/client/v3/register", body)
        assert status == 200, answer
        return answer

    async def log_in(self, name: str, password: str = "correct horse", **more: object) -> Answer:
        """Sign in with a password."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": password,
            **more,
        }
        return await self.request("POST", "/_matrix/client/v3/login", body)

    async def whoami(self, token: str) -> Answer:
        """Ask whom a token belongs to."""
        return await self.request("GET", "/_matrix/client/v3/account/whoami", token=token)

    async def operator(self, method: str, path: str, json: object = None) -> Answer:
        """Ask the operator API as the machine's administrator."""
        running = find_running(self.data_dir)
        assert running is not None
        return await self.request(method, f"/_roomkeeper/v1{path}", json, token=running.token)


StartServer = Callable[..., Awaitable[AccountsServer]]


@pytest.fixture
async def start_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    """Start servers, on one data directory unless told otherwise; all are stopped afterwards."""
    started: list[AccountsServer] = []

    async def start(clock: Clock | None = None, **environment: str) -> AccountsServer:
        named = {f"ROOMKEEPER_{name.upper()}": value for name, value in environment.items()}
        server = AccountsServer(tmp_path / "data", named, clock)
        await server.app.start()
        started.append(server)
        return server

    yield start
    for server in started:
        await server.app.stop()


@pytest.fixture
async def accounts_server(start_server: StartServer) -> AccountsServer:
    """A server with open registration."""
    return await start_server()
