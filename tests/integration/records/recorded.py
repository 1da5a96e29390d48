"""What tests of records ask, and how they look at chains."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from roomkeeper.capabilities.records import chain
from tests.databases import databases, opened
from tests.harness import Client, Server
from tests.integration.organisation.office import ROOT, Office

RECORDS = f"{ROOT}/records"
RECORDING = "org.roomkeeper.recording"


async def record_of(office: Office, room_id: str) -> dict[str, Any]:
    """The record of a room. Listing waits for what was said to be recorded."""
    found = (await office.owner.get(RECORDS, limit=500))["records"]
    return next(record for record in found if record.get("room_id") == room_id)


async def entries_of(client: Client, record_id: str, **query: Any) -> list[dict[str, Any]]:
    """Entries of a record."""
    return list((await client.get(f"{RECORDS}/{record_id}/entries", **{"limit": 500, **query}))["entries"])


async def send(client: Client, room_id: str, content: dict[str, Any], number: list[int] = [0]) -> str:  # noqa: B006
    """Send a message with that content; its event id."""
    number[0] += 1
    path = f"/rooms/{quote(room_id)}/send/m.room.message/r{number[0]}"
    return str((await client.put(path, content))["event_id"])


async def edit(client: Client, room_id: str, event_id: str, body: str) -> str:
    """Edit a message."""
    relation = {"rel_type": "m.replace", "event_id": event_id}
    new = {"msgtype": "m.text", "body": body}
    return await send(
        client, room_id, {"msgtype": "m.text", "body": f"* {body}", "m.new_content": new, "m.relates_to": relation}
    )


async def redact(client: Client, room_id: str, event_id: str) -> str:
    """Redact an event."""
    path = f"/rooms/{quote(room_id)}/redact/{quote(event_id)}/x{event_id[1:9]}"
    return str((await client.put(path, {"reason": "wrong room"}))["event_id"])


def stored_chain(server: Server, record_id: str) -> list[tuple[Any, ...]]:
    """(seq, kind, ts, content, salt, digest, hash, state, source) of a record's entries in the database."""
    with opened(databases.url_of(server.data_dir)) as database:
        rows = database.rows(
            "SELECT seq, kind, ts, content, salt, digest, hash, state, source, record_id FROM record_entries"
            " ORDER BY record_id, seq"
        )
    return [tuple(row[:9]) for row in rows if row[9] == record_id]


def check_chain(server: Server, record_id: str) -> None:
    """Every entry's digest and hash are what they must be."""
    prev = chain.START
    for number, row in enumerate(stored_chain(server, record_id), 1):
        seq, kind, ts, content, salt, digest, found, _, _ = row
        assert seq == number
        if content is not None:
            assert chain.digest_of(bytes(salt), bytes(content)) == bytes(digest)
        prev = chain.Link(record_id, seq, prev, kind, ts, bytes(digest)).hash
        assert prev == bytes(found), f"entry {seq}"


def events_of_room(server: Server, room_id: str) -> list[str]:
    """The ids of all events of a room, in order."""
    with opened(databases.url_of(server.data_dir)) as database:
        rows = database.rows("SELECT room_id, event_id FROM events ORDER BY position")
    return [event_id for room, event_id in rows if room == room_id]
