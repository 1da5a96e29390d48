"""Alerts of feeds: they open groups, change them, end them; tests and exercises do nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.organisation.office import Office
from tests.integration.safety.test_events import asked, event, joined, near, office, officer
from tests.integration.safety.world import ROOT, people, until

__all__ = ["office", "officer"]

FILES = Path(__file__).with_name("cap")
ALERT, UPDATE, CANCEL = ((FILES / f"{name}.xml").read_bytes() for name in ("alert", "update", "cancel"))


async def send(client: Client, document: bytes) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": f"Bearer {client.token}", "content-type": "application/cap+xml"}
    status, _, body = await client.server.raw("POST", f"{ROOT}/cap", document, headers)
    answer = json.loads(body)
    assert isinstance(answer, dict)
    return status, answer


async def sent(client: Client, document: bytes) -> dict[str, Any]:
    status, answer = await send(client, document)
    assert status == 200, answer
    made = answer["event"]
    assert isinstance(made, dict)
    return made


@pytest.fixture
def server(office: Office) -> Server:
    return office.server


async def test_alert_update_cancel(officer: Client, server: Server) -> None:
    (inside,) = await near(server, "inside")
    made = await sent(officer, ALERT)
    assert (made["kind"], made["source"]) == ("flood", "cap")
    assert (await sent(officer, ALERT))["event_id"] == made["event_id"], "again does nothing"
    await inside.join(await asked(inside))

    async def room() -> str | None:
        return (await event(officer, made["event_id"]))["room_id"]  # type: ignore[no-any-return]

    room_id = await until(room)
    await until(lambda: joined(inside, room_id))
    updated = await sent(officer, UPDATE)
    assert updated["event_id"] == made["event_id"]
    assert updated["details"]["area"]["circles"] == [{"latitude": 52.52, "longitude": 13.405, "radius": 500}]
    assert (await inside.get(f"/rooms/{room_id}/state/org.roomkeeper.safety/"))["title"] == "The river falls"
    assert any("3.8 m" in (each or "") for each in await inside.timeline(room_id))
    cancelled = await sent(officer, CANCEL)
    assert (cancelled["event_id"], cancelled["state"]) == (made["event_id"], "closed")
    assert any("All clear" in (each or "") for each in await inside.timeline(room_id))


async def test_a_cancellation_that_comes_first(officer: Client, server: Server) -> None:
    (inside,) = await near(server, "inside")
    assert (await sent(officer, CANCEL))["state"] == "cancelled"
    assert (await sent(officer, ALERT))["state"] == "cancelled"
    assert (await inside.get(f"{ROOT}/events"))["events"] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("<status>Actual", "<status>Test"), ("<status>Actual", "<status>Exercise"), ("<scope>Public", "<scope>Private")],
)
async def test_what_is_not_acted_upon(officer: Client, old: str, new: str) -> None:
    status, answer = await send(officer, ALERT.replace(old.encode(), new.encode()))
    assert (status, answer["outcome"], answer["event"]) == (200, "ignored", None)


async def test_what_has_expired_asks_nobody(officer: Client, server: Server) -> None:
    (inside,) = await near(server, "inside")
    made = await sent(officer, ALERT.replace(b"2126-05-25", b"2026-05-24"))
    assert (made["state"], made["room_id"]) == ("closed", None)
    assert (await inside.attempt("GET", f"{ROOT}/events/{made['event_id']}"))[0] == 404


async def test_who_may_send_alerts_in(office: Office, officer: Client, server: Server) -> None:
    (customer,) = await people(server, "customer")
    assert (await send(customer, ALERT))[0] == 403
    station = await office.staff("station", kind="organisation")
    assert (await send(station, ALERT))[0] == 403
    area = {"circles": [{"latitude": 0, "longitude": 0}]}
    await officer.put(f"{ROOT}/organisations/{station.user_id}", {"name": "Station", "area": area})
    assert (await send(station, ALERT))[0] == 200
    await officer.delete(f"{ROOT}/organisations/{station.user_id}")
    assert (await officer.attempt("DELETE", f"{ROOT}/organisations/{station.user_id}"))[0] == 404
    assert (await send(station, UPDATE))[0] == 403


async def test_what_is_no_alert(officer: Client) -> None:
    for document in (b"", b"<alert/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', b"\xff\xfe", b"x" * 600_000):
        status, answer = await send(officer, document)
        assert status in (400, 413), answer
        assert answer["errcode"] in ("M_INVALID_PARAM", "M_TOO_LARGE")


async def test_an_update_that_was_overtaken_changes_nothing(officer: Client, server: Server) -> None:
    made = await sent(officer, ALERT)
    await until(lambda: _room_of(officer, made["event_id"]))
    cancelled = await sent(officer, CANCEL.replace(b"FLOOD-2026-0002", b"FLOOD-2026-0009"))
    assert cancelled["state"] == "closed"
    late = await sent(officer, UPDATE)
    assert (late["event_id"], late["state"]) == (made["event_id"], "closed")


async def _room_of(client: Client, event_id: str) -> Any:
    return (await event(client, event_id))["room_id"]
