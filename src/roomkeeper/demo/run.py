"""Starts a server on a folder of its own, lets two clients talk through it over HTTP, and shows both on one page."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import socket
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console

from roomkeeper.commands.failures import Failure
from roomkeeper.commands.serving import Server, bind
from roomkeeper.demo import page
from roomkeeper.demo.conversation import Conversation, Person
from roomkeeper.platform import logs
from roomkeeper.platform.application import Application
from roomkeeper.platform.settings import SettingsSource

SERVER_NAME = "example.org"
FIRST_PORT = 8008
PORTS = 20
"""Ports that are tried, from the first on."""


def run() -> None:
    """Run the demo until it is stopped; nothing of it remains."""
    logs.configure("warning", as_json=False)
    folder = Path(tempfile.mkdtemp(prefix="roomkeeper-demo-"))
    listener, listen = _first_free()
    try:
        with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(folder, listener, listen))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _first_free() -> tuple[socket.socket, str]:
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with contextlib.suppress(Failure):
            return bind(f"127.0.0.1:{port}")
    return bind("127.0.0.1:0")


async def _run(folder: Path, listener: socket.socket, listen: str) -> None:
    from roomkeeper.app import build

    people = [
        Person("customer", "Customer", secrets.token_urlsafe(9)),
        Person("desk3", "Sales desk 3", secrets.token_urlsafe(9)),
    ]
    conversation = Conversation(f"http://{listen}", people)
    app = build(SettingsSource({}, {}).override(server_name=SERVER_NAME, listen=listen, data_dir=str(folder)))
    page.install(app, conversation)
    await app.start()
    server = Server(app)
    talking = asyncio.create_task(_talk(app, conversation, listen))
    try:
        await server.serve(sockets=[listener])
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        await app.stop()


async def _talk(app: Application, conversation: Conversation, listen: str) -> None:
    """Make the accounts as an administrator would, then let both clients talk."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        await conversation.begin(app.instance.token)
        console.print(f"\n[bold]Roomkeeper demo[/]  [cyan]http://{listen}/demo[/]\n")
        console.print("Open that page to play both sides, or sign in with a Matrix client:")
        console.print(f"  homeserver  http://{listen}")
        for person in conversation.people:
            console.print(f"  user        @{person.localpart}:{SERVER_NAME}   password  {person.password}")
        console.print("\nWhat the two clients say, as the other one's long-poll receives it (Ctrl+C stops):\n")
        async for sender, text in conversation.talk():
            console.print(f"  [bold]{sender:>13}[/]  {text}")
        console.print("\nThe conversation is yours now.")
    except Exception as error:
        console.print(f"[red]The demo's clients failed: {error}[/]")
        raise
