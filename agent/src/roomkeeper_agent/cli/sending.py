"""Sending a file: it is uploaded at once, and the chat opens with it attached."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import webbrowser
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer

from roomkeeper_agent import account, config
from roomkeeper_agent.cli.shared import done, fail, say
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.server import Refused, Server, ServerError, sha256_of
from roomkeeper_agent.tracking import Tracker

WAIT_MS = 20_000
TRIES = 6


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded: where it is, its checksum, what would come of sending it, and the chat's address."""

    url: str
    sha256: str
    verdict: dict[str, Any]
    chat: str


def send(
    files: Annotated[list[Path], typer.Argument(help="The files.", exists=True, dir_okay=False, readable=True)],
    room: str = typer.Option("", help="The id of the room where it goes; otherwise the chat asks."),
    no_open: bool = typer.Option(False, "--no-open", help="Print the chat's address, and open nothing."),
) -> None:
    """Upload files at once, say whether they may be sent, and open the chat with them attached."""
    paths = Paths.of_user()
    known = account.load(paths)
    token = account.token_of(paths, known) if known else None
    if known is None or token is None:
        fail("Nobody is signed in: roomkeeper-agent sign-in https://…")
    tracked = _is_tracked(paths)
    for file in files:
        try:
            sent = done(upload(known.url, token, file, room, tracked=tracked))
        except ServerError as error:
            fail(f"{file.name}: {error}")
        say(f"{file.name}: {_words(sent.verdict)} (SHA-256 {sent.sha256})")
        if sent.verdict.get("action") == "block":
            continue
        if no_open or not webbrowser.open(sent.chat):
            say(sent.chat)


async def upload(url: str, token: str, file: Path, room: str, *, tracked: bool = True) -> Sent:
    """Upload a file, wait for what the screening says. Raises `ServerError`."""
    sha256 = await asyncio.to_thread(sha256_of, file)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    size = (await asyncio.to_thread(file.stat)).st_size
    async with Server(url, token) as server:
        mxc = await server.new_medium()
        tracker, media_id = Tracker(enabled=tracked), mxc.rpartition("/")[2]
        tracker.use(server)
        tracker.track("media_upload_started", media_id=media_id, size=size)
        await server.put_medium(mxc, file, size=size, sha256=sha256, name=file.name, content_type=kind)
        tracker.track("media_uploaded", media_id=media_id, size=size)
        query: dict[str, str | int] = {"timeout_ms": WAIT_MS, **({"room_id": room} if room else {})}
        path = f"/_roomkeeper/v1/screening/uploads/{quote(media_id)}"
        verdict: dict[str, Any] = {}
        with contextlib.suppress(Refused):  # a server that checks no files does not know of this
            for _ in range(TRIES):
                verdict = await server.request("GET", path, query=query)
                if verdict.get("state") == "checked":
                    break
        action = verdict.get("action")
        if action == "allow":
            tracker.track("media_ready", media_id=media_id)
        elif action:
            tracker.track("media_not_sendable", media_id=media_id, cause=str(action))
        with contextlib.suppress(ServerError):  # the file is uploaded, whether that can be told or not
            await tracker.send()
    return Sent(url=mxc, sha256=sha256, verdict=verdict, chat=chat_address(url, mxc, sha256, file.name, room))


def _is_tracked(paths: Paths) -> bool:
    """Whether the server may be told of it; not where the settings cannot be read."""
    try:
        return config.load(paths).tracking
    except config.WrongConfig:
        return False


def chat_address(url: str, mxc: str, sha256: str, name: str, room: str) -> str:
    """Where the web chat has a file attached that is uploaded already: in a room, or asking for one.

    What comes after the # is sent to no server.
    """
    parts = (mxc.removeprefix("mxc://").replace("/", ":"), sha256, name, room)
    return f"{url}/app/#/attach/" + "/".join(quote(part, safe="") for part in parts)


def _words(verdict: dict[str, Any]) -> str:
    if verdict.get("state") != "checked":
        return "it is still being checked; the chat says what comes of it"
    action = verdict.get("action")
    if action == "block":
        return f"it can't be sent: {verdict.get('reason') or 'the rules of your organisation forbid it'}"
    return "somebody looks at it before others see it" if action == "review" else "it may be sent"
