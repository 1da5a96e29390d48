"""Where people were is nowhere any more when it is over, or when they withdraw: not in a record, not in any table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.databases import databases, opened
from tests.harness import Client, Server
from tests.integration.organisation.office import Office
from tests.integration.records.recorded import RECORDS, check_chain, entries_of, record_of
from tests.integration.safety.test_events import BEACON, INFO, group, office, officer, report
from tests.integration.safety.world import ROOT, agree, go, of, people, until, where

__all__ = ["office", "officer"]

SECRET = "61.2345"
"""A latitude that stands nowhere else."""


@pytest.fixture
def server(office: Office) -> Server:
    return office.server


async def shared(client: Client, room_id: str, latitude: str = SECRET) -> str:
    """Let somebody share their position live in a room, and tell it as a message; the beacon's id."""
    ts = client.server.app.clock.now_ms()
    live = {"timeout": 3_600_000, "live": True, "org.matrix.msc3488.ts": ts}
    info = await client.set_state(room_id, INFO, live, client.user_id)
    content = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": info},
        "org.matrix.msc3488.location": {"uri": f"geo:{latitude},13.405"},
        "org.matrix.msc3488.ts": ts,
    }
    sent = await client.put(f"/rooms/{room_id}/send/{BEACON}/b{ts}", content)
    message = {"msgtype": "m.location", "body": "Here", "geo_uri": f"geo:{latitude},13.405"}
    await client.put(f"/rooms/{room_id}/send/m.room.message/l{ts}", message)
    return str(sent["event_id"])


def traces(server: Server) -> list[str]:
    """The columns of the database in which that latitude stands, in whatever form it has."""
    found = []
    with opened(databases.url_of(server.data_dir)) as database:
        for table in sorted(database.tables):
            for row in database.rows(f"SELECT * FROM {table}"):
                texts = (
                    bytes(each).decode(errors="replace") if isinstance(each, memoryview | bytes) else str(each)
                    for each in row
                )
                found += [table for text in texts if SECRET in text]
    return found


async def test_a_record_of_a_group_has_what_was_said_and_no_positions(
    office: Office, officer: Client, server: Server
) -> None:
    await office.owner.put(f"{RECORDS}/policies", {"kind": "room", "record": True})
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    await shared(reporter, room_id)
    await reporter.send(room_id, "I am behind the hall")
    record = await record_of(office, room_id)
    entries = await entries_of(office.owner, record["record_id"], redacted="true", raw="true")
    assert any(each.get("text") == "I am behind the hall" for each in entries)
    assert SECRET not in str(entries)
    assert record["withheld"] == 2, "the beacon and the message; it says that there is more than it has"
    await officer.post(f"{ROOT}/events/{event_id}/close", {})
    record = await record_of(office, room_id)
    assert SECRET not in str(await entries_of(office.owner, record["record_id"], redacted="true", raw="true"))
    assert traces(server) == []
    check_chain(server, record["record_id"])


async def test_a_location_in_any_other_room_is_recorded(office: Office, server: Server) -> None:
    await office.owner.put(f"{RECORDS}/policies", {"kind": "room", "record": True})
    (client,) = await people(server, "customer")
    room_id = await client.create_room()
    await shared(client, room_id)
    record = await record_of(office, room_id)
    assert "withheld" not in record
    assert SECRET in str(await entries_of(office.owner, record["record_id"], raw="true"))


async def test_withdrawing_everything_ends_what_is_shared_in_groups(server: Server) -> None:
    (reporter,) = await people(server, "reporter")
    await agree(reporter)
    room_id = await group(reporter, await report(reporter))
    await shared(reporter, room_id)
    await go(reporter, float(SECRET), 13.405, accuracy=5)
    await reporter.delete(of(reporter.user_id))
    assert (await reporter.get(f"/rooms/{room_id}/state/{INFO}/{reporter.user_id}"))["live"] is False
    assert await where(reporter) is None

    async def gone() -> bool:
        return await server.app.driver.query("SELECT event_id FROM safety_beacons") == []

    await until(gone)
    messages: Any = await reporter.get(f"/rooms/{room_id}/messages", dir="b", limit=100)
    assert SECRET not in str(messages)
    assert traces(server) == []
