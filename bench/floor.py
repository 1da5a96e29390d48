"""The floor: what a durable, signed message costs in Python when nothing else is done.

A bare ASGI application on uvicorn that speaks just enough of the client-server API for the load generator. Per
message: a token looked up in a dictionary, canonical JSON, the content hash, the reference hash (the event id) and an
Ed25519 signature, one INSERT of the event and one of the transaction id into SQLite (WAL, synchronous=FULL), and only
after the commit the waiting long-polls of the members are answered, with the event's bytes spliced in. Commits are
grouped: all messages that wait share one transaction and one fsync, in a thread.

A file that comes is hashed, written and synced, and named by its hash; one that is asked for is read. Both in pieces,
with the work of each piece done where it comes, on the event loop.

No auth rules, no room state, no unread counts, no checks. Nothing stands here that a real server could leave out,
so the distance to this floor is the price of everything that makes it a server.

Run: `python -m bench.floor PORT DATA_DIR`.
"""

import asyncio
import hashlib
import os
import sqlite3
import sys
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec
import uvicorn
import uvloop
from nacl.signing import SigningKey

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SERVER = "bench.example.org"
canonical = msgspec.json.Encoder(order="sorted").encode
decode = msgspec.json.decode

SCHEMA = """
CREATE TABLE events (position INTEGER PRIMARY KEY, room_id TEXT NOT NULL, event_id TEXT NOT NULL UNIQUE, json BLOB);
CREATE TABLE transactions (id TEXT PRIMARY KEY, event_id TEXT NOT NULL) WITHOUT ROWID;
"""


class Room:
    """Who is in it, and the end of its history."""

    def __init__(self, room_id: str) -> None:
        self.room_id = room_id
        self.members: list[Account] = []
        self.last = ""
        self.depth = 0


class Account:
    """A user with one device: what it has not seen yet, and the long-poll that waits, if any."""

    def __init__(self, user_id: str, token: str) -> None:
        self.user_id = user_id
        self.token = token
        self.unseen: deque[tuple[int, str, bytes]] = deque()
        self.waiter: asyncio.Future[None] | None = None


class Write:
    """A message that waits for its commit."""

    __slots__ = ("client_form", "done", "event_row", "room", "transaction_row")

    def __init__(
        self, room: Room, event_row: tuple[int, str, str, bytes], transaction_row: tuple[str, str], client_form: bytes
    ) -> None:
        self.room = room
        self.event_row = event_row
        self.transaction_row = transaction_row
        self.client_form = client_form
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Committer:
    """Group commit: while one batch is being synced to disk, the next one gathers."""

    def __init__(self, path: Path, committed: Callable[[list[Write]], None]) -> None:
        self._path = path
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Write] = []
        self._busy = False
        self._batches: SimpleQueue[list[Write]] = SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, write: Write) -> None:
        self._waiting.append(write)
        if not self._busy:
            self._busy = True
            # after what the loop has at hand, so that requests read together are committed together
            self._loop.call_soon(self._next)

    def _next(self) -> None:
        batch, self._waiting = self._waiting, []
        self._batches.put(batch)

    def _finished(self, batch: list[Write]) -> None:
        if self._waiting:
            self._next()
        else:
            self._busy = False
        self._committed(batch)

    def _work(self) -> None:
        database = sqlite3.connect(self._path, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        while True:
            batch = self._batches.get()
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", [write.event_row for write in batch])
            database.executemany("INSERT INTO transactions VALUES (?, ?)", [write.transaction_row for write in batch])
            database.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._finished, batch)


class Files:
    """Files by the hash of their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        folder.mkdir(exist_ok=True)

    async def take(self, receive: Receive) -> bytes:
        """Hash and write what comes; the answer."""
        digest = hashlib.sha256()
        temporary = self._folder / f"incoming-{next(self._numbers)}"
        with temporary.open("wb") as file:
            more = True
            while more:
                message = await receive()
                piece: bytes = message.get("body", b"")
                more = message.get("more_body", False)
                digest.update(piece)
                file.write(piece)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        temporary.rename(self._folder / digest.hexdigest())
        return b'{"content_uri":"mxc://%s/%s"}' % (SERVER.encode(), digest.hexdigest().encode())

    async def serve(self, path: str, send: Send) -> None:
        """Read it in pieces."""
        with (self._folder / path.rpartition("/")[2]).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            headers = [(b"content-type", b"video/mp4"), (b"content-length", b"%d" % size)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while piece := file.read(256 * 1024):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


class Floor:
    """The ASGI application."""

    def __init__(self, data_dir: Path) -> None:
        self._accounts: dict[bytes, Account] = {}  # by the Authorization header
        self._rooms: dict[str, Room] = {}
        self._key = SigningKey.generate()
        self._numbers = count(1)
        self._position = 0
        self._files = Files(data_dir / "files")
        self._committer = Committer(_fresh_database(data_dir), self._committed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["raw_path"].decode()
        method = scope["method"]
        status = 200
        if "/media/" in path and method == "GET":
            await self._files.serve(path, send)
            return
        if "/media/" in path:
            body = await self._files.take(receive)
        elif method == "PUT":
            body = await self._send_message(scope, path, await _body(receive))
        elif path.endswith("/sync"):
            body = await self._sync(scope)
        elif method == "POST":
            body = canonical(self._post(scope, path, await _body(receive)))
        else:
            body = b"{}"
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _account(self, scope: Scope) -> Account:
        for name, value in scope["headers"]:
            if name == b"authorization":
                return self._accounts[value]
        raise KeyError("no access token")

    def _post(self, scope: Scope, path: str, body: bytes) -> dict[str, str]:
        if path.endswith("/register"):
            return self._register(decode(body)["username"])
        account = self._account(scope)
        if path.endswith("/createRoom"):
            room = Room(f"!{next(self._numbers)}:{SERVER}")
            self._rooms[room.room_id] = room
        elif "/join/" in path:
            room = self._rooms[unquote(path.rpartition("/")[2])]
        else:
            return {"filter_id": "0"}
        room.members.append(account)
        return {"room_id": room.room_id}

    def _register(self, name: str) -> dict[str, str]:
        account = Account(f"@{name}:{SERVER}", f"token-{name}")
        self._accounts[f"Bearer {account.token}".encode()] = account
        return {"user_id": account.user_id, "access_token": account.token, "device_id": "BENCH"}

    async def _send_message(self, scope: Scope, path: str, body: bytes) -> bytes:
        account = self._account(scope)
        # "" _matrix client v3 rooms ROOM send TYPE TRANSACTION
        parts = path.split("/")
        room = self._rooms[unquote(parts[5])]
        event_id, write = self._build(room, account, unquote(parts[7]), decode(body), path)
        self._committer.submit(write)
        await write.done
        return b'{"event_id":"%s"}' % event_id.encode()

    def _build(self, room: Room, account: Account, kind: str, content: Any, path: str) -> tuple[str, Write]:
        """The event as it is stored and as clients see it: hashes, id, signature."""
        room.depth += 1
        now = int(time.time() * 1000)
        event: dict[str, Any] = {
            "auth_events": [],
            "content": content,
            "depth": room.depth,
            "origin_server_ts": now,
            "prev_events": [room.last],
            "room_id": room.room_id,
            "sender": account.user_id,
            "type": kind,
        }
        event["hashes"] = {"sha256": _base64(hashlib.sha256(canonical(event)).digest())}
        redacted = canonical({**event, "content": {}})
        event_id = "$" + urlsafe_b64encode(hashlib.sha256(redacted).digest()).decode().rstrip("=")
        event["signatures"] = {SERVER: {"ed25519:1": _base64(self._key.sign(redacted).signature)}}
        client_form = canonical(
            {
                "content": content,
                "event_id": event_id,
                "origin_server_ts": now,
                "sender": account.user_id,
                "type": kind,
            }
        )
        room.last = event_id
        self._position += 1
        row = (self._position, room.room_id, event_id, canonical(event))
        return event_id, Write(room, row, (account.user_id + path, event_id), client_form)

    def _committed(self, batch: list[Write]) -> None:
        for write in batch:
            entry = (write.event_row[0], write.room.room_id, write.client_form)
            for member in write.room.members:
                member.unseen.append(entry)
                if member.waiter is not None:
                    _wake(member.waiter)
            _wake(write.done)

    async def _sync(self, scope: Scope) -> bytes:
        account = self._account(scope)
        query = parse_qs(scope["query_string"].decode())
        since = int(query["since"][0]) if "since" in query else 0
        unseen = account.unseen
        while unseen and unseen[0][0] <= since:
            unseen.popleft()
        timeout = int(query["timeout"][0]) / 1000
        if not unseen and timeout:
            await _wait(account, timeout)
        return _sync_body(unseen, since or self._position)


def _fresh_database(data_dir: Path) -> Path:
    """Accounts and rooms live in memory, so a restart begins anew."""
    path = data_dir / "floor.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
    return path


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def _wait(account: Account, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()
    account.waiter = waiter
    timer = loop.call_later(seconds, _wake, waiter)
    try:
        await waiter
    finally:
        timer.cancel()
        if account.waiter is waiter:  # and not that of a newer poll, whose client gave this one up
            account.waiter = None


def _sync_body(unseen: deque[tuple[int, str, bytes]], position: int) -> bytes:
    if not unseen:
        return b'{"next_batch":"%d"}' % position
    by_room: dict[str, list[bytes]] = {}
    for _, room_id, event in unseen:
        by_room.setdefault(room_id, []).append(event)
    rooms = b",".join(
        b'"%s":{"timeline":{"events":[%s],"limited":false,"prev_batch":"%d"}}'
        % (room_id.encode(), b",".join(events), unseen[0][0])
        for room_id, events in by_room.items()
    )
    return b'{"next_batch":"%d","rooms":{"join":{%s}}}' % (unseen[-1][0], rooms)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        part: bytes = message["body"]
        body += part
        if not message.get("more_body"):
            return body


def _base64(data: bytes) -> str:
    return b64encode(data).decode().rstrip("=")


async def serve(port: int, data_dir: Path) -> None:
    """Listen until SIGTERM."""
    config = uvicorn.Config(
        Floor(data_dir),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=120,
        timeout_graceful_shutdown=1,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
