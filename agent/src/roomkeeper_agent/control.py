"""How commands speak with the agent that runs: a Unix socket in the user's own folder, one line of JSON each way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from roomkeeper_agent.paths import private_folder

log = logging.getLogger(__name__)

MOST_LINE: Final = 1024 * 1024
SECONDS: Final = 60.0

Command = Callable[[dict[str, Any]], Coroutine[Any, Any, Any]]


class NotRunning(Exception):
    """No agent runs. Start it: roomkeeper-agent run"""


class CannotDo(Exception):
    """The agent does not do that; the message says why."""


class Control:
    """The agent's side."""

    def __init__(self, path: Path, commands: Mapping[str, Command]) -> None:
        self._path = path
        self._commands = commands
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        private_folder(self._path.parent)
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=MOST_LINE)
        self._path.chmod(0o600)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError, ValueError):
            if _peer(writer.get_extra_info("socket")) == os.getuid():
                async with asyncio.timeout(SECONDS):
                    answer = await self._answer(await reader.readline())
                    writer.write(msgspec.json.encode(answer) + b"\n")
                    await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = msgspec.json.decode(line, type=dict[str, Any])
            command = self._commands.get(asked.pop("do", ""))
        except (msgspec.DecodeError, TypeError):
            return {"error": "This is no command."}
        if command is None:
            return {"error": "The agent that runs does not know this command: start it again."}
        try:
            return {"answer": await command(asked)}
        except CannotDo as error:
            return {"error": str(error)}
        except Exception as error:
            log.exception("a command has failed")
            return {"error": f"{type(error).__name__}: {error}"}


async def ask(path: Path, do: str, **more: Any) -> dict[str, Any]:
    """Ask the agent that runs. Raises `NotRunning`, `CannotDo`."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=MOST_LINE)
    except OSError:
        raise NotRunning("No agent runs. Start it: roomkeeper-agent run") from None
    try:
        writer.write(msgspec.json.encode({"do": do, **more}) + b"\n")
        await writer.drain()
        async with asyncio.timeout(SECONDS):
            answer = msgspec.json.decode(await reader.readline(), type=dict[str, Any])
    except (OSError, TimeoutError, msgspec.DecodeError):
        raise NotRunning("The agent does not answer.") from None
    finally:
        writer.close()
    if "error" in answer:
        raise CannotDo(str(answer["error"]))
    return dict(answer["answer"])


def _peer(connection: socket.socket) -> int:
    """The user at the other end. spec: unix(7) §SO_PEERCRED"""
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return int(uid)
