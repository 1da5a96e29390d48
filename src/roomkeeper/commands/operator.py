"""Asking the operator API: of the running server where there is one, else of one started here without a socket."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from roomkeeper.commands.failures import Failure, check_data_dir, load_settings
from roomkeeper.platform import logs
from roomkeeper.platform.http import HttpServer
from roomkeeper.platform.instance import Running, find_running
from roomkeeper.platform.settings import SettingsSource

Ask = Callable[..., dict[str, Any]]
"""``ask(method, path, body=None, reason="")``: the answer of the operator API. Raises `Failure` where it is an error.

A body of bytes is sent as it is, all others as JSON; the reason stands in the audit log.
"""

PREFIX = "/_roomkeeper/v1"
TIMEOUT_SECONDS = 60
EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a server that listens there is


@contextmanager
def operator_api(config: Path | None) -> Iterator[Ask]:
    """The operator API of the server with these settings, whether it runs or not."""
    source, settings = load_settings(config)
    running = find_running(Path(settings.data_dir))
    if running is not None:
        yield _asking_over_http(running)
        return
    check_data_dir(Path(settings.data_dir))
    logs.configure("error", as_json=False)
    with asyncio.Runner() as runner, _started(source, runner) as ask:
        yield ask


@contextmanager
def _started(source: SettingsSource, runner: asyncio.Runner) -> Iterator[Ask]:
    from roomkeeper.app import build

    async def start() -> Any:
        app = build(source)
        await app.start()
        return app

    app = runner.run(start())
    try:
        running = find_running(app.data_dir)
        assert running is not None, "the application that was just started holds the lock"

        def ask(method: str, path: str, body: object = None, reason: str = "") -> dict[str, Any]:
            headers = _headers(running.token, reason)
            return _checked(*runner.run(_ask_in_process(app.http, headers, method, PREFIX + path, body)))

        yield ask
    finally:
        runner.run(app.stop())


def _asking_over_http(running: Running) -> Ask:
    host, _, port = running.listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")

    def ask(method: str, path: str, body: object = None, reason: str = "") -> dict[str, Any]:
        connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), int(port), timeout=TIMEOUT_SECONDS)
        try:
            content = None if body is None else _content(body)
            connection.request(method, PREFIX + path, content, _headers(running.token, reason))
            response = connection.getresponse()
            return _checked(response.status, response.read())
        except OSError as error:
            raise Failure(
                f"The server (process {running.pid}) does not answer on {running.listen}: {error}. "
                "If it has just been started, try again; else stop it."
            ) from None
        finally:
            connection.close()

    return ask


def _headers(token: str, reason: str) -> dict[str, str]:
    reasons = {"X-Reason": quote(reason)} if not reason.isascii() else {"X-Reason": reason} if reason else {}
    return {"Authorization": f"Bearer {token}", **reasons}


def _content(body: object) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


async def _ask_in_process(
    server: HttpServer, headers: Mapping[str, str], method: str, path: str, body: object
) -> tuple[int, bytes]:
    """One request, through the ASGI interface."""
    content = b"" if body is None else _content(body)
    raw_path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": [
            (b"content-length", b"%d" % len(content)),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()),
        ],
        "client": ("127.0.0.1", 0),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content}

    async def send(message: Any) -> None:
        sent.append(message)

    await server(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _checked(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise Failure(f"What answers at the server's address is not Roomkeeper (status {status}).") from None
    if status != 200:
        raise Failure(str(answer.get("error", f"The server answered with status {status}.")))
    return answer
