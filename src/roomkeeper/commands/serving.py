"""`roomkeeper serve`: one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
import uvloop

from roomkeeper.commands.failures import Failure, bind_failure, check_data_dir, load_settings
from roomkeeper.commands.terminal import console
from roomkeeper.platform import logs
from roomkeeper.platform.application import Application
from roomkeeper.platform.backups import STAGING
from roomkeeper.platform.http.one_write import OneWriteProtocol
from roomkeeper.platform.instance import find_running
from roomkeeper.platform.settings import SettingsSource

KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 10
"""How long requests that run may take to end after the signal."""
MAX_PORT = 65_535
SWITCH_SECONDS = 0.0005
"""How long the commit thread waits at most for the interpreter when it has a finished commit to tell of."""
GC_THRESHOLDS = (50_000, 20, 50)
"""Collections are rare: what a request makes goes by reference counting."""


class Server(uvicorn.Server):
    """uvicorn with our order of stopping: long polls are woken before connections are waited for."""

    def __init__(self, app: Application) -> None:
        self._application = app
        super().__init__(
            uvicorn.Config(
                app.http,
                http=OneWriteProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer who waits, then close."""
        self._application.begin_stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the server; the process then ends by itself, with exit code 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def serve(config: Path | None) -> None:
    """Run until a signal. Raises what `told_plainly` tells."""
    source, settings = load_settings(config)
    logs.configure(settings.log_level, as_json=settings.log_format == "json")
    os.umask(0o077)  # password hashes and private messages are for nobody else on the machine
    check_data_dir(Path(settings.data_dir))
    if (Path(settings.data_dir) / STAGING).exists():
        raise Failure(
            f"A restore to {settings.data_dir} was broken off. Repeat it: `roomkeeper restore … --force-empty`."
        )
    if (running := find_running(Path(settings.data_dir))) is not None:
        raise Failure(
            f"Roomkeeper runs on the data directory {settings.data_dir} already: process {running.pid}, "
            f"on {running.listen}. Stop it, or set ROOMKEEPER_DATA_DIR to another folder."
        )
    listener, listen = bind(settings.listen)
    with listener:
        run(source.override(listen=listen), listener)


def run(source: SettingsSource, listener: socket.socket) -> None:
    """Serve on a bound socket until a signal."""
    from roomkeeper.app import build

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(build(source), listener))


async def _run(app: Application, listener: socket.socket) -> None:
    await app.start()
    try:
        _tune_interpreter()
        _say_where(app)
        await Server(app).serve(sockets=[listener])
    finally:
        await app.stop()


def bind(listen: str) -> tuple[socket.socket, str]:
    """A socket bound to ``host:port``, and that address with the real port where it was 0. Raises `Failure`."""
    host, _, port = listen.rpartition(":")
    if int(port) > MAX_PORT:
        raise Failure(f"{port} in ROOMKEEPER_LISTEN is no port: the highest is {MAX_PORT}.")
    try:
        bound = _bound(host.removeprefix("[").removesuffix("]"), int(port))
    except OSError as error:
        raise bind_failure(error, listen) from None
    return bound, f"{host}:{bound.getsockname()[1]}"


def _bound(host: str, port: int) -> socket.socket:
    infos = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = infos[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except BaseException:
        made.close()
        raise
    return made


def _tune_interpreter() -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _say_where(app: Application) -> None:
    console.print(
        f"Roomkeeper serves {app.settings.server_name} on http://{app.settings.listen} (Ctrl+C stops it)", markup=False
    )
    sys.stdout.flush()
