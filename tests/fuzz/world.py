"""A server with a few things in it, requests made of any bytes, and the one rule for their answers.

Whatever is asked, the answer is a success, or a proper Matrix error after which nothing half-done remains.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

from roomkeeper.platform.http import Route
from tests.consistency import DATABASE
from tests.harness import V3, Client, Server

ANSWER_SECONDS = 20.0
BEHIND = (
    *("search_", "directory_", "presence"),
    *("screening_scores", "screening_progress"),
    *("record_words", "record_index", "record_terms", "record_progress"),
    *("safety_positions", "safety_feeds"),
    *("repair_events", "repair_volumes"),
)
"""Tables that are filled behind the requests, some time after them, begin like this."""
Headers = Sequence[tuple[bytes, bytes]]


class Attack(NamedTuple):
    """One request: what is sent, but for the token."""

    method: str
    path: bytes
    query: bytes = b""
    body: bytes = b""
    headers: Headers = ()

    def __str__(self) -> str:
        path, query, body = (_short(part) for part in (self.path, self.query, self.body))
        return f"{self.method} {path}?{query} {body}"


class Answer(NamedTuple):
    """What came back."""

    status: int
    content_type: bytes
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class World:
    """Alice and Bob in a room with some messages; an alias, a filter, a tag, a second device."""

    alice: Client
    bob: Client
    _numbers = itertools.count(1)

    def __init__(self, server: Server) -> None:
        self.server = server
        self.provisioning_token = ""
        self._database = sqlite3.connect(f"file:{server.data_dir / DATABASE}?mode=ro", uri=True)
        tables = [
            row[0]
            for row in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not row[0].startswith(BEHIND)
        ]
        self._count = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in sorted(tables))
        self.parameters: dict[str, str] = {}

    async def renew(self) -> None:
        """Other people, in another room."""
        number = next(self._numbers)
        self.alice = await self.server.register(f"alice{number}")
        self.bob = await self.server.register(f"bob{number}")
        alice, bob = self.alice, self.bob
        localpart = alice.user_id[1:].partition(":")[0]
        room_id = await alice.create_room(
            room_alias_name=f"room-of-{localpart}", preset="public_chat", invite=[bob.user_id]
        )
        await bob.join(room_id)
        event_id = await alice.send(room_id, "hello")
        await bob.send(room_id, "hello")
        if not self.provisioning_token:
            self.provisioning_token = await self._new_provisioning_token()
        filter_id = (await alice.post(f"/user/{alice.user_id}/filter", {"room": {}}))["filter_id"]
        await alice.put(f"/user/{alice.user_id}/account_data/org.example.data", {"a": 1})
        await alice.put("/pushrules/global/override/mine", {"actions": []})
        await alice.post("/room_keys/version", {"algorithm": "x", "auth_data": {}})
        uploaded = await self.server.raw(
            "POST", "/_matrix/media/v3/upload", b"a file", {"authorization": f"Bearer {alice.token}"}
        )
        self.parameters = {
            "serverName": "example.org",
            "mediaId": json.loads(uploaded[2])["content_uri"].rpartition("/")[2],
            "fileName": "file.txt",
            "roomId": room_id,
            "roomIdOrAlias": room_id,
            "roomAlias": f"#room-of-{localpart}:example.org",
            "eventId": event_id,
            "eventType": "org.example.type",
            "stateKey": "",
            "txnId": "transaction",
            "userId": alice.user_id,
            "deviceId": alice.device_id,
            "filterId": filter_id,
            "keyName": "displayname",
            "type": "org.example.data",
            "tag": "m.favourite",
            "receiptType": "m.read",
            "kind": "override",
            "ruleId": "mine",
            "version": "1",
            "sessionId": "session",
        }
        await self.settle()

    async def _new_provisioning_token(self) -> str:
        operator = str(json.loads((self.server.data_dir / "instance.json").read_bytes())["token"])
        path = "/_roomkeeper/v1/provisioning_tokens"
        status, made = await self.server.request("POST", path, {"name": f"fuzz-{secrets.token_hex(4)}"}, operator)
        assert status == 200, made
        return str(made["token"])

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def path(self, route: Route, changed: Mapping[str, bytes] | None = None) -> bytes:
        """The route's path with parameters that exist, but for those that are `changed` to raw bytes."""
        segments = []
        for segment in route.path.split("/"):
            name = segment.strip("{}?*")
            if not segment.startswith("{"):
                segments.append(segment.encode())
            elif changed and name in changed:
                segments.append(changed[name])
            else:
                segments.append(quote(self.parameters.get(name, "something"), safe="").encode())
        return b"/".join(segments)

    def token_for(self, route: Route) -> str:
        """The token that the route wants."""
        if route.access == "provisioning":
            return self.provisioning_token
        if route.access != "operator":
            return self.alice.token
        return str(json.loads((self.server.data_dir / "instance.json").read_bytes())["token"])

    async def send(self, attack: Attack, token: str | None) -> Answer:
        """Send exactly these bytes through the whole of the server."""
        # A header of the attack comes first, and so is the one that counts.
        headers = [*attack.headers, (b"content-length", str(len(attack.body)).encode())]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": attack.method,
            "scheme": "http",
            "path": attack.path.decode("latin-1"),
            "raw_path": attack.path,
            "query_string": attack.query,
            "headers": headers,
            "client": ("127.0.0.1", 50000),
        }
        messages = iter([{"type": "http.request", "body": attack.body, "more_body": False}])
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(message: Any) -> None:
            sent.append(message)

        async with asyncio.timeout(ANSWER_SECONDS):
            await self.server.app.http(scope, receive, send)
        start, *contents = sent
        return Answer(
            start["status"], dict(start["headers"])[b"content-type"], b"".join(content["body"] for content in contents)
        )

    async def attempt(self, attack: Attack, token: str | None) -> list[str]:
        """Send it; what is wrong with the answer, or with what is left behind."""
        before = self.rows()
        try:
            answer = await self.send(attack, token)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test looks for
            return [f"{attack} raised {error!r}"]
        found = [f"{attack} -> {fault}" for fault in faults(answer)]
        if answer.status >= 400 and (after := self.rows()) != before:
            changed = {table: (before[table], after[table]) for table in before if before[table] != after[table]}
            found.append(f"{attack} -> {answer.status}, but rows were written: {changed}")
        if answer.status < 400:
            await self.settle()
        return found

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return dict(self._database.execute(self._count).fetchall())

    async def settle(self) -> None:
        """Wait until what a request left to be done in the background is done."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.server.app.committer.drain()
            while self.rows()["outbox"]:
                await asyncio.sleep(0.001)
                await self.server.app.committer.drain()

    async def is_signed_in(self) -> bool:
        """Whether Alice's token still works and she is still in the room."""
        status, answer = await self.server.request("GET", "/joined_rooms", token=self.alice.token)
        return status == 200 and self.parameters["roomId"] in answer["joined_rooms"]


def faults(answer: Answer) -> Iterator[str]:
    """What is wrong with an answer by itself. spec: client-server §Standard error response"""
    if answer.content_type == b"application/scim+json" and answer.status in (304, 501):
        return
    if answer.status >= 500 or answer.status < 200 or 300 <= answer.status < 400:
        yield f"{answer.status} {_short(answer.body)}"
        return
    if answer.content_type != b"application/json" and answer.status < 400:
        return
    if answer.content_type == b"text/html; charset=utf-8" and answer.body.startswith(b"<!doctype html>"):
        return  # a page for a person (the fallback of interactive authentication), who is told there what is wrong
    try:
        body = json.loads(answer.body.decode())
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        yield f"{answer.status} with a body that is not JSON ({error}): {_short(answer.body)}"
        return
    is_interactive = answer.status == 401 and isinstance(body, dict) and "flows" in body
    if answer.status >= 400 and not is_interactive:
        if answer.content_type == b"application/scim+json" and isinstance(body, dict):
            if not isinstance(body.get("detail"), str) or body.get("status") != str(answer.status):
                yield f"{answer.status} without detail and status: {_short(answer.body)}"
            return
        errcode = body.get("errcode") if isinstance(body, dict) else None
        if not isinstance(errcode, str) or not errcode.startswith("M_") or not isinstance(body.get("error"), str):
            yield f"{answer.status} without errcode and error: {_short(answer.body)}"


@contextmanager
def world_of(server: Server) -> Iterator[World]:
    """A world on a running server; call `renew` to fill it."""
    world = World(server)
    try:
        yield world
    finally:
        world.close()


def with_root(path: str) -> str:
    """A path as the routes have it: what begins without an underscore is below /_matrix/client/v3."""
    return path if path.startswith("/_") else V3 + path


def _short(data: bytes) -> str:
    return repr(data if len(data) <= 200 else data[:200] + b"...")[2:-1]
