"""Who leaves is out at once, on every open connection; what they have is kept; their profile says so."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness import Client
from tests.integration.handover.leaving import DEPARTURES, depart, finished, team
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import PASSWORD, Office
from tests.integration.rooms.paths import room_path

PROFILE_FIELD = "org.roomkeeper.departure"


async def test_everything_ends_at_once(office: Office) -> None:
    """Long polls of all devices are answered, not left to time out; then nothing is let in any more."""
    ann, _ben = await team(office, "ann", "ben")
    devices = [ann, *[await office.server.login("ann", PASSWORD) for _ in range(2)]]
    for device in devices:
        await device.sync()
    polls = [asyncio.create_task(poll(device)) for device in devices]
    await asyncio.sleep(0)
    departing = await office.owner.post(DEPARTURES, {"user_id": ann.user_id})
    async with asyncio.timeout(20):  # far less than what they wait for
        answers = await asyncio.gather(*polls)
    for status, answer in answers:
        assert (status, answer["errcode"], answer["soft_logout"]) == (401, "M_USER_LOCKED", True)
    for device in devices:
        for method, path in (("GET", "/sync"), ("GET", "/account/whoami"), ("POST", "/createRoom")):
            assert (await device.attempt(method, path))[1]["errcode"] == "M_USER_LOCKED"
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "ann"}, "password": PASSWORD}
    assert (await office.server.request("POST", "/login", login))[1]["errcode"] == "M_USER_LOCKED"

    await finished(office, departing["departure_id"])
    await office.owner.post(f"{DEPARTURES}/{departing['departure_id']}/undo")
    await finished(office, departing["departure_id"], "undone")
    kept = {each["device_id"] for each in (await ann.get("/devices"))["devices"]}
    assert kept == {each.device_id for each in devices}
    for device in devices:
        await device.sync()


async def poll(device: Client) -> tuple[int, dict[str, object]]:
    """A sync that waits for two minutes."""
    return await device.attempt("GET", "/sync", since=device.next_batch, timeout=120_000)


@pytest.mark.parametrize("policy", ["successor", "state", "off"])
async def test_the_profile_says_so(make_office: MakeOffice, policy: str) -> None:
    """As far as policy allows; to everybody, as any field of a profile."""
    office = await make_office(ROOMKEEPER_HANDOVER_PROFILE=policy)
    ann, ben = await team(office, "ann", "ben")
    stranger = await office.server.register("stranger")
    departure_id = (await depart(office, ann, plan={"rules": [{"staff_id": ben.user_id}]}))["departure_id"]
    expected = {"successor": {"state": "departed", "successor": ben.user_id}, "state": {"state": "departed"}}
    assert (await stranger.get(f"/profile/{ann.user_id}")).get(PROFILE_FIELD) == expected.get(policy)
    await office.owner.post(f"{DEPARTURES}/{departure_id}/undo")
    await finished(office, departure_id, "undone")
    assert PROFILE_FIELD not in await stranger.get(f"/profile/{ann.user_id}")


async def test_after_a_restart(office: Office) -> None:
    """Who has left is known from the first request on."""
    ann, _ben = await team(office, "ann", "ben")
    cid = await office.staff("cid")
    room_id = await cid.create_room(invite=[ann.user_id])
    await ann.join(room_id)
    await depart(office, ann)
    await office.server.restart()
    path = room_path(room_id, "send", "m.room.message", "1")
    status, answer = await cid.attempt("PUT", path, {"msgtype": "m.text", "body": "Hello"})
    assert (status, answer["org.roomkeeper.reason"]) == (403, "departed")
    assert (await ann.attempt("GET", "/sync"))[1]["errcode"] == "M_USER_LOCKED"
