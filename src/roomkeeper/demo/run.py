"""Starts a server, makes the organisation on it where it is not there yet, and says where everything is."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from roomkeeper.commands.failures import Failure
from roomkeeper.commands.serving import Server, bind
from roomkeeper.demo import pages, shop, state
from roomkeeper.demo.cast import SIGN_INS
from roomkeeper.demo.client import Refused
from roomkeeper.demo.clock import DemoClock
from roomkeeper.demo.life import Life
from roomkeeper.demo.seed import Seed
from roomkeeper.demo.state import State
from roomkeeper.platform import logs, web_files
from roomkeeper.platform.application import Application
from roomkeeper.platform.instance import find_running
from roomkeeper.platform.settings import SettingsSource

SERVER_NAME = "example.org"
FIRST_PORT = 8008
PORTS = 20
"""Ports that are tried, from the first on."""
READY_SECONDS = 30.0
PIPED_WIDTH = 200
"""Columns where the output is no terminal."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command was asked for; empty: as it comes."""

    data_dir: Path | None = None
    listen: str = ""
    url: str = ""
    is_quiet: bool = False
    random_password: bool = False
    allow_known_password: bool = False


def run(wish: Wish) -> None:
    """Run the demo until it is stopped. Raises `Failure`."""
    logs.configure("warning", as_json=False)
    os.umask(0o077)
    with _folder(wish.data_dir) as folder:
        kept = state.load(folder, random_password=wish.random_password)
        _check_reach(wish, kept)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        listener, listen = bind(wish.listen) if wish.listen else _first_free()
        with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Demo(wish, kept, folder, listen).run(listener))


@contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    """The data directory: one that stays, or one of which nothing remains."""
    if data_dir is not None:
        if (running := find_running(data_dir)) is not None:
            raise Failure(f"A server runs on {data_dir} already, at http://{running.listen}.")
        yield data_dir
        return
    made = Path(tempfile.mkdtemp(prefix="roomkeeper-demo-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _check_reach(wish: Wish, kept: State) -> None:
    """Whoever can reach a server with the known password can do everything there. Raises `Failure`."""
    if not kept.is_known or wish.allow_known_password or not wish.listen or is_loopback(wish.listen):
        return
    raise Failure(
        f"{wish.listen} can be reached from other machines, and the demo's password is one that everybody knows: "
        "whoever comes would be its owner. Use --random-password, or listen on 127.0.0.1. If you want this all the "
        "same, in a network of your own: --allow-known-password."
    )


def is_loopback(listen: str) -> bool:
    """Whether only this machine reaches an address, ``host:port``."""
    host = listen.rpartition(":")[0].removeprefix("[").removesuffix("]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _first_free() -> tuple[socket.socket, str]:
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with contextlib.suppress(Failure):
            return bind(f"127.0.0.1:{port}")
    return bind("127.0.0.1:0")


class Demo:
    """One run."""

    def __init__(self, wish: Wish, kept: State, folder: Path, listen: str) -> None:
        self._wish = wish
        self._kept = kept
        self._folder = folder
        self._url = wish.url.rstrip("/") or f"http://{listen}"
        self._own_url = f"http://{_reachable(listen)}"
        self._clock = DemoClock()
        self._app = self._build(listen)
        self._console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPED_WIDTH)

    def _build(self, listen: str) -> Application:
        from roomkeeper.app import build

        port = listen.rpartition(":")[2]
        origins = dict.fromkeys([self._url, self._own_url, f"http://127.0.0.1:{port}", f"http://localhost:{port}"])
        sites = shop.write_sites(self._folder, list(origins), self._kept.secret)
        # Hashing slowly protects no password that everybody knows.
        hashing = "fast" if self._kept.is_known else "normal"
        source = SettingsSource({"widget": {"sites": sites}, "accounts": {"password_hashing": hashing}}, {})
        source.override(server_name=SERVER_NAME, listen=listen, data_dir=str(self._folder), public_base_url=self._url)
        app = build(source, self._clock)
        shown = self._kept.password if self._kept.is_known and is_loopback(listen) else ""
        pages.install(app, self._kept.secret, shown)
        return app

    async def run(self, listener: socket.socket) -> None:
        """Until a signal."""
        await self._app.start()
        server = Server(self._app)
        living = asyncio.create_task(self._live(server))
        try:
            await server.serve(sockets=[listener])
        finally:
            living.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await living
            await self._app.stop()

    async def _live(self, server: Server) -> None:
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as http:
                await self._go_on(http)
        except (Refused, aiohttp.ClientError, TimeoutError) as error:
            self._console.print(f"[red]The demo could not be made:[/] {error}", markup=True)
            server.should_exit = True

    async def _go_on(self, http: aiohttp.ClientSession) -> None:
        await self._wait_until_ready(http)
        seed = Seed(http, self._own_url, self._app.instance.token, self._clock, self._kept.password, self._kept.secret)
        started, is_new = time.monotonic(), not self._kept.is_made
        # One address does in a moment what many people do in days.
        limits, self._app.limits.enabled = self._app.limits.enabled, False
        try:
            if is_new:
                state.save(self._folder, self._kept)
                await seed.make()
                self._kept.is_made = True
                state.save(self._folder, self._kept)
            else:
                await seed.sign_in()
        finally:
            self._app.limits.enabled = limits
        life = Life(seed.clients)
        if not self._wish.is_quiet:
            await life.wake()
        self._tell(time.monotonic() - started, is_new=is_new)
        if not self._wish.is_quiet:
            await life.run()
            self._console.print("The people of the demo have said enough; everything goes on working for you.")

    async def _wait_until_ready(self, http: aiohttp.ClientSession) -> None:
        async with asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{self._own_url}/readyz") as answer:
                        if answer.ok:
                            return
                await asyncio.sleep(0.02)

    # ------------------------------------------------------------ what is printed

    def _tell(self, seconds: float, *, is_new: bool) -> None:
        said = f"Made in {seconds:.1f} s" if is_new else f"Found again, ready in {seconds:.1f} s"
        where = f"kept in {self._folder}" if self._wish.data_dir else "gone when it stops (--data-dir keeps it)"
        self._console.print(f"\n[bold]Roomkeeper demo[/] · {said}, {where}\n")
        self._console.print(self._addresses())
        self._console.print()
        self._console.print(self._sign_ins())
        self._console.print("\nEverybody else has the same password: desk1, help1, moderator, customer4 …")
        if not self._wish.is_quiet:
            self._console.print("They talk by themselves, until you sign in as one of them, and answer you.")
        self._console.print("Ctrl+C stops it.\n")
        sys.stdout.flush()

    def _addresses(self) -> Table:
        table = _table("", "Address")
        for name, path in pages.addresses():
            table.add_row(name, f"[cyan]{self._url}{path}[/]")
        if not (web_files.FOLDER / "index.html").exists():
            table.add_row("", "[yellow]The chat is not built: run `make web widget`.[/]")
        return table

    def _sign_ins(self) -> Table:
        table = _table("User", "Password", "Who it is")
        for user, role in SIGN_INS:
            table.add_row(user, self._kept.password, role)
        return table


def _table(*columns: str) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def _reachable(listen: str) -> str:
    """Where the demo's own clients reach a server that listens there."""
    host, _, port = listen.rpartition(":")
    return f"127.0.0.1:{port}" if host in ("", "0.0.0.0") else f"[::1]:{port}" if host in ("[::]", "::") else listen  # noqa: S104
