"""Where people are: only with consent, only the newest, only for a while; clients that know nothing of safety too."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.capabilities.safety.geometry import Area, Circle
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.safety.world import ROOT, agree, go, of, people, until, where

MINUTE_MS = 60_000
INFO = "org.matrix.msc3672.beacon_info"
BEACON = "org.matrix.msc3672.beacon"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def timed(make_server: MakeServer, clock: FixedClock) -> Server:
    return await make_server(clock)


async def test_without_consent_nothing_is_taken(server: Server) -> None:
    (client,) = await people(server, "customer")
    status, answer = await client.attempt("PUT", f"{ROOT}/location", {"latitude": 1, "longitude": 1})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    await agree(client)
    assert (await go(client, 52.5, 13.4, accuracy=5))["outcome"] == "taken"
    await client.put(f"{of(client.user_id)}/preferences", {"location": "off"})
    assert await where(client) is None
    row = await server.app.driver.query_one("SELECT count(*) FROM safety_positions")
    assert row == (0,)


async def test_it_is_there_after_a_restart_and_forgotten_when_asked(server: Server) -> None:
    (client,) = await people(server, "customer")
    await agree(client)
    await go(client, 52.5, 13.4, accuracy=5)
    await go(client, 52.5001, 13.4001, accuracy=5)
    before = await where(client)
    await server.restart()

    async def there() -> bool:
        return await where(client) == before

    await until(there)
    rows = await server.app.driver.query("SELECT latitude, longitude FROM safety_positions")
    assert rows == [(52.5001, 13.4001)], "only the newest is kept"
    await client.delete(f"{ROOT}/location")
    await server.restart()
    assert await where(client) is None


async def test_approximate_is_all_that_is_ever_stored(server: Server) -> None:
    (client,) = await people(server, "customer")
    await agree(client)
    await go(client, 52.520008, 13.404954, accuracy=5)
    await agree(client, location="approximate")
    assert await where(client) is None, "what was exact is forgotten"
    answer = await go(client, 52.520008, 13.404954, accuracy=5)
    position = answer["position"]
    assert position["is_approximate"]
    assert (position["latitude"], position["longitude"]) != (52.520008, 13.404954)
    assert position["accuracy"] > 1000
    # Somewhere else in the same cell is the same.
    again = await go(client, 52.5201, 13.4049)
    assert (again["position"]["latitude"], again["position"]["longitude"]) == (
        position["latitude"],
        position["longitude"],
    )


@pytest.mark.parametrize(("how", "mode", "minutes"), [("exact", "live", 10), ("exact", "once", 60)])
async def test_positions_expire(timed: Server, clock: FixedClock, how: str, mode: str, minutes: int) -> None:
    (client,) = await people(timed, "customer")
    await agree(client, location=how)
    await go(client, 52.5, 13.4, mode=mode)
    clock.advance(minutes * MINUTE_MS - 1)
    assert await where(client) is not None
    clock.advance(1)
    assert await where(client) is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"latitude": 90.1, "longitude": 0}, 400),
        ({"latitude": 0, "longitude": -180.1}, 400),
        ({"latitude": 0}, 400),
        ({"latitude": "0", "longitude": 0}, 400),
        ({"latitude": 0, "longitude": 0, "accuracy": -1}, 400),
        ({"latitude": 0, "longitude": 0, "accuracy": 50_000}, 400),
        ({"latitude": 0, "longitude": 0, "ts": 1_700_000_000_000 + 2 * MINUTE_MS}, 400),
        ({"latitude": 0, "longitude": 0, "ts": 1_700_000_000_000 - 61 * MINUTE_MS}, 400),
        ({"latitude": 0, "longitude": 0, "ts": 2**60}, 400),
        ({"latitude": 0, "longitude": 0, "ts": 1_700_000_000_000 + 59_000}, 200),
        ({"latitude": -90, "longitude": 180}, 200),
    ],
)
async def test_what_is_no_position(timed: Server, body: dict[str, Any], status: int) -> None:
    (client,) = await people(timed, "customer")
    await agree(client)
    assert (await client.attempt("PUT", f"{ROOT}/location", body))[0] == status


async def test_an_older_one_changes_nothing(timed: Server, clock: FixedClock) -> None:
    (client,) = await people(timed, "customer")
    await agree(client)
    await go(client, 52.5, 13.4)
    answer = await go(client, 52.6, 13.4, ts=clock.now_ms() - 1000)
    assert (answer["outcome"], answer["position"]["latitude"]) == ("older", 52.5)


async def test_a_leap_counts_when_the_next_one_agrees(timed: Server, clock: FixedClock) -> None:
    (client,) = await people(timed, "customer")
    await agree(client)
    await go(client, 52.5, 13.4)
    clock.advance(1000)
    answer = await go(client, -33.9, 151.2)
    assert (answer["outcome"], answer["position"]["latitude"]) == ("held", 52.5)
    clock.advance(1000)
    assert (await go(client, 52.5001, 13.4))["outcome"] == "taken", "a mistake of the device is forgotten"
    clock.advance(1000)
    assert (await go(client, -33.9, 151.2))["outcome"] == "held"
    clock.advance(1000)
    assert (await go(client, -33.9001, 151.2))["outcome"] == "taken"


# ------------------------------------------------------------ stock clients


async def share(client: Client, room_id: str, ts: int, *, live: bool = True) -> str:
    """What Element sends when one begins, or ends, to share one's live location."""
    content = {
        "description": "Live location",
        "timeout": 3_600_000,
        "live": live,
        "org.matrix.msc3488.ts": ts,
        "org.matrix.msc3488.asset": {"type": "m.self"},
    }
    return await client.set_state(room_id, INFO, content, client.user_id)


async def beacon(client: Client, room_id: str, info: str, ts: int, uri: str) -> str:
    content = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": info},
        "org.matrix.msc3488.location": {"uri": uri, "description": "Live location"},
        "org.matrix.msc3488.ts": ts,
    }
    return str((await client.put(f"/rooms/{room_id}/send/{BEACON}/t{ts}", content))["event_id"])


async def location_room(client: Client) -> str:
    return str((await client.post(f"{ROOT}/location/room"))["room_id"])


async def test_a_stock_client_shares_live_and_stops(timed: Server, clock: FixedClock) -> None:
    (client,) = await people(timed, "customer")
    assert (await client.attempt("POST", f"{ROOT}/location/room"))[0] == 403
    await agree(client)
    room_id = await location_room(client)
    assert await location_room(client) == room_id
    info = await share(client, room_id, clock.now_ms())
    first = await beacon(client, room_id, info, clock.now_ms(), "geo:52.5,13.4;u=12")
    found = await where(client)
    assert found is not None
    assert (found["latitude"], found["accuracy"], found["mode"], found["source"]) == (52.5, 12, "live", "beacon")
    clock.advance(30_000)
    second = await beacon(client, room_id, info, clock.now_ms(), "geo:52.501,13.401;u=12")
    assert (await where(client) or {})["latitude"] == 52.501

    async def contents() -> list[dict[str, Any]]:
        return [(await client.get(f"/rooms/{room_id}/event/{each}"))["content"] for each in (first, second)]

    async def only_newest() -> bool:
        old, new = await contents()
        return old == {} and new != {}

    await until(only_newest)
    await share(client, room_id, clock.now_ms(), live=False)
    assert await where(client) is None

    async def none() -> bool:
        return await contents() == [{}, {}]

    await until(none)
    assert await timed.app.driver.query("SELECT event_id FROM safety_beacons") == []


async def test_a_location_message_counts_once(server: Server) -> None:
    (client,) = await people(server, "customer")
    await agree(client)
    room_id = await location_room(client)
    content: dict[str, Any] = {"msgtype": "m.location", "body": "Here", "geo_uri": "geo:52.5,13.4"}
    pin = {**content, "org.matrix.msc3488.asset": {"type": "m.pin"}}
    await client.put(f"/rooms/{room_id}/send/m.room.message/pin", pin)
    assert await where(client) is None, "somewhere on the map is not where one is"
    await client.put(f"/rooms/{room_id}/send/m.room.message/here", content)
    assert (await where(client) or {})["mode"] == "once"


async def test_beacons_elsewhere_are_nobodys_business(server: Server) -> None:
    (client,) = await people(server, "customer")
    await agree(client)
    room_id = await client.create_room()
    ts = server.app.clock.now_ms()
    info = await share(client, room_id, ts)
    await beacon(client, room_id, info, ts, "geo:52.5,13.4")
    assert await where(client) is None
    assert await server.app.driver.query("SELECT event_id FROM safety_beacons") == []


@pytest.mark.parametrize(
    "uri",
    [
        "geo:91,0",
        "geo:0,181",
        "geo:nan,0",
        "geo:1e5,0",
        "52.5,13.4",
        "geo:52.5",
        "geo:52.5,13.4;u=x",
        "",
        None,
        7,
        "geo:" + "1" * 500,
    ],
)
async def test_beacons_that_are_none(server: Server, uri: Any) -> None:
    (client,) = await people(server, "customer")
    await agree(client)
    room_id = await location_room(client)
    ts = server.app.clock.now_ms()
    info = await share(client, room_id, ts)
    await beacon(client, room_id, info, ts, uri)
    assert await where(client) is None


async def test_a_beacon_of_nothing_live_does_not_count(server: Server) -> None:
    (client,) = await people(server, "customer")
    await agree(client)
    room_id = await location_room(client)
    ts = server.app.clock.now_ms()
    await beacon(client, room_id, "$other", ts, "geo:52.5,13.4")
    assert await where(client) is None
    info = await share(client, room_id, ts - 7_200_000)
    await beacon(client, room_id, info, ts, "geo:52.5,13.4")
    assert await where(client) is None


async def test_shortly_after_a_start_the_database_is_asked_by_cells(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, roughly, outside, gone = await people(server, "inside", "roughly", "outside", "gone")
    for client, latitude in ((inside, 52.5), (outside, 52.6), (gone, 52.5)):
        await agree(client)
        await go(client, latitude, 13.4, accuracy=5)
    await agree(roughly, location="approximate")
    await go(roughly, 52.5, 13.4)

    async def never(_self: Locations) -> None:
        return None

    monkeypatch.setattr(Locations, "fill", never)
    await server.restart()
    locations = server.app.background["positions"].__self__  # type: ignore[attr-defined]
    assert isinstance(locations, Locations)
    await gone.delete(f"{ROOT}/location")
    assert await where(inside) is None, "nobody is in memory"
    found = await locations.within(Area(circles=(Circle(52.5, 13.4, 500),)))
    assert set(found.users) == {inside.user_id, roughly.user_id}
