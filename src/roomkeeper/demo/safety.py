"""What of the demo happens at a place: a fire alarm at a dock; who is responsible, who near, who watches over whom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from roomkeeper.demo.client import ROOT, Client, Refused, path_of

SAFETY = f"{ROOT}/safety"
DOCK = (53.5413, 9.9841)
TITLE = "Fire alarm, Dock 4"
TEXT = "The alarm of hall 4 has gone off. Please leave the hall by the gate on the north side."
STATION = "Example fire station"
NEAR, ASKED, WATCHES, WANTS_TO = "desk3", "customer12", "supervisor", "help1"
"""Who is in the group, who is asked and has not answered; who watches over the first of them, who would like to."""
SECONDS = 30.0
PAUSE_S = 0.05
RADIUS_M, DISTRICT_M = 600.0, 15_000.0
SHARED_MS = 4 * 3_600_000
INFO, BEACON = "org.matrix.msc3672.beacon_info", "org.matrix.msc3672.beacon"


async def happen(clients: dict[str, Client], now: int) -> None:
    """Make all of it; the event goes on after that. Raises `Refused`."""
    officer, station, near = clients["officer"], clients["example"], clients[NEAR]
    body = {"name": STATION, "area": {"circles": [_circle(DISTRICT_M)]}}
    await officer.call("PUT", SAFETY + path_of("organisations", station.user_id), body)
    for number, user in enumerate((NEAR, ASKED)):
        await _share(clients[user], number)
    await _watch(clients)
    place = {"circles": [_circle(RADIUS_M)]}
    event = {"kind": "fire", "title": TITLE, "text": TEXT, "place": place}
    event_id = (await station.call("POST", f"{SAFETY}/events", event))["event_id"]
    one = SAFETY + path_of("events", event_id)
    room_id = await _until(lambda: _group(officer, one))
    await _until(lambda: _is_asked(near, one))
    await near.call("POST", f"{one}/answer", {"join": True})
    await _until(lambda: _is_asked(clients[ASKED], one))
    await station.call("PUT", f"{one}/status", {"status": "handled"})
    await station.send(room_id, _text("Two engines are on their way. Is anybody left in the hall?"))
    said = await near.send(room_id, _text("Hall 4 is empty. We stand at the gate, eleven people."))
    await near.read(room_id, said)
    await _show(near, room_id, now)


def _circle(radius: float) -> dict[str, float]:
    return {"latitude": DOCK[0], "longitude": DOCK[1], "radius": radius}


def _text(body: str) -> dict[str, str]:
    return {"msgtype": "m.text", "body": body}


async def _share(client: Client, number: int) -> None:
    """Somebody shares where they are: near the dock."""
    await client.call("PUT", SAFETY + path_of("people", client.user_id, "preferences"), {"location": "exact"})
    position = {"latitude": DOCK[0] + 0.001 * (number + 1), "longitude": DOCK[1] + 0.002 * number, "accuracy": 15}
    await client.call("PUT", f"{SAFETY}/location", position)


async def _watch(clients: dict[str, Client]) -> None:
    """One watches over another, one waits for an answer."""
    for user in (WATCHES, WANTS_TO):
        body = {
            "followed": clients[NEAR].user_id,
            "relation": "colleague",
            "message": "We look after one another.",
        }
        asked = await clients[user].call("POST", f"{SAFETY}/followings", body)
        if user == WATCHES:
            path = SAFETY + path_of("followings", asked["following_id"], "answer")
            await clients[NEAR].call("POST", path, {"confirm": True})


async def _show(client: Client, room_id: str, now: int) -> None:
    """Somebody shows the group where they are, live."""
    info = {"live": True, "timeout": SHARED_MS, "org.matrix.msc3488.ts": now}
    shared = await client.call("PUT", client.room(room_id, "state", INFO, client.user_id), info)
    beacon = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": shared["event_id"]},
        "org.matrix.msc3488.location": {"uri": f"geo:{DOCK[0] + 0.001},{DOCK[1]};u=15"},
        "org.matrix.msc3488.ts": now,
    }
    await client.send(room_id, beacon, BEACON)


async def _group(client: Client, path: str) -> Any:
    return (await client.call("GET", path))["event"]["room_id"]


async def _is_asked(client: Client, path: str) -> bool:
    try:
        await client.call("GET", path)
    except Refused:
        return False
    return True


async def _until(check: Callable[[], Awaitable[Any]]) -> Any:
    """What `check` gives, as soon as that is anything. Raises `TimeoutError`."""
    async with asyncio.timeout(SECONDS):
        while not (found := await check()):  # noqa: ASYNC110 - it is asked of a server
            await asyncio.sleep(PAUSE_S)
        return found
