"""One real server for each default room version, shared by the tests of a file; every test signs up its own people."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import nio  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from tests.consistency import check_data_dir
from tests.process import ServerProcess

PASSWORD = "correct horse battery staple"

Kind = TypeVar("Kind")
SignUp = Callable[[str], Awaitable[Any]]

_numbers = itertools.count(1)


def ok(answer: object, kind: type[Kind]) -> Kind:
    """The answer, which must be of nio's class for success."""
    assert isinstance(answer, kind), f"expected {kind.__name__}, got {answer}"
    return answer


@pytest.fixture(scope="module", params=["11", "12"])
def room_version(request: pytest.FixtureRequest) -> str:
    """The version that new rooms get."""
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(room_version: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A running server. When it has ended, its data must be consistent, and its log without errors."""
    data_dir: Path = tmp_path_factory.mktemp("nio") / "data"
    server = await ServerProcess(data_dir, ROOMKEEPER_DEFAULT_ROOM_VERSION=room_version).start()
    yield server
    await server.stop()
    assert '"level":"error"' not in server.log_text().replace('": "', '":"')
    check_data_dir(data_dir)


@pytest.fixture
async def sign_up(process: ServerProcess) -> AsyncIterator[SignUp]:
    """Register a new user whose name starts so; a nio client that is signed in."""
    clients: list[Any] = []

    async def sign_up(name: str) -> Any:
        client = new_client(process, f"{name}{next(_numbers)}")
        clients.append(client)
        ok(await client.register(client.user, PASSWORD, "Test device"), nio.RegisterResponse)
        return client

    yield sign_up
    for client in clients:
        await client.close()


def new_encrypting_client(process: ServerProcess, name: str, store: Path) -> Any:
    """Like `new_client`, with end-to-end encryption; it keeps its keys in the folder `store`."""
    config = nio.AsyncClientConfig(max_timeouts=1, max_limit_exceeded=0, encryption_enabled=True)
    return nio.AsyncClient(process.url, name, store_path=str(store), config=config)


def new_client(process: ServerProcess, name: str) -> Any:
    """A client that is not signed in; what fails is not tried again, so that tests see it."""
    config = nio.AsyncClientConfig(max_timeouts=1, max_limit_exceeded=0, encryption_enabled=False)
    return nio.AsyncClient(process.url, name, config=config)


async def call(client: Any, method: str, path: str, body: Any = None) -> Any:
    """An endpoint for which nio has no method, over nio's connection."""
    headers = {"Authorization": f"Bearer {client.access_token}"}
    data = None if body is None else json.dumps(body)
    answer = await client.send(method, f"/_matrix/client/v3{path}", data, headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()
