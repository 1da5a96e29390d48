"""What safety officers look at, what maps are drawn on, and what an invitation says to clients."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.capabilities.safety.api.desk import origin_of
from roomkeeper.platform import web_files
from tests.conftest import MakeServer
from tests.harness import Client
from tests.integration.organisation.office import Office
from tests.integration.safety.test_events import asked, asks, group, near, office, officer, report, server
from tests.integration.safety.world import ROOT, people, until

__all__ = ["office", "officer", "server"]


async def test_who_was_asked_stands_there_in_order_and_by_pages(office: Office, officer: Client) -> None:
    [reporter] = await people(office.server, "reporter")
    [one, other] = await near(office.server, "one", "other")
    event_id = await report(reporter)
    await group(officer, event_id)
    await asked(one)
    await asked(other)
    path = f"{ROOT}/events/{event_id}/asked"
    seen: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next_batch": ""}
    while (start := page.get("next_batch")) is not None:
        page = await officer.get(f"{path}?limit=1&from={start}")
        seen += page["asked"]
    assert [each["place"] for each in seen] == sorted(each["place"] for each in seen)
    assert {each["user_id"]: each["state"] for each in seen} == {
        reporter.user_id: "confirmed",
        one.user_id: "asked",
        other.user_id: "asked",
    }
    assert (await reporter.attempt("GET", path))[0] == 403
    assert (await officer.attempt("GET", f"{path}?from=x"))[0] == 400
    assert (await officer.attempt("GET", f"{ROOT}/events/none/asked"))[0] == 404


async def test_figures(office: Office, officer: Client) -> None:
    [reporter] = await people(office.server, "reporter")
    [one] = await near(office.server, "one")
    before = await officer.get(f"{ROOT}/overview")
    assert (before["open"], before["sharing"], sum(before["raised"])) == (0, 1, 0)
    await group(officer, await report(reporter))
    await asked(one)
    now = await officer.get(f"{ROOT}/overview")
    assert (now["open"], now["asked"], now["came"], sum(now["raised"]), now["raised"][-1]) == (1, 1, 0, 1, 1)
    assert len(now["ts"]) == len(now["raised"]) == 24
    assert (await one.attempt("GET", f"{ROOT}/overview"))[0] == 403


async def test_events_are_filtered(office: Office, officer: Client) -> None:
    [reporter] = await people(office.server, "reporter")
    fire = await report(reporter)
    flood = await report(reporter, "flood")
    await group(officer, fire)
    await group(officer, flood)

    async def found(query: str) -> set[str]:
        return {each["event_id"] for each in (await officer.get(f"{ROOT}/events?{query}"))["events"]}

    assert await found("kind=flood") == {flood}
    assert await found("state=open&source=person") == {fire, flood}
    assert await found("source=cap") == set()
    assert (await officer.attempt("GET", f"{ROOT}/events?kind=tea"))[0] == 400


async def test_guardians_are_listed_by_pages(office: Office, officer: Client) -> None:
    [minor, one, other] = await people(office.server, "minor", "one", "other")
    body = {"guardians": [one.user_id, other.user_id]}
    await officer.put(f"{ROOT}/people/{minor.user_id}/guardians", body)
    first = await officer.get(f"{ROOT}/guardians", limit=1)
    second = await officer.get(f"{ROOT}/guardians", **{"limit": 1, "from": first["next_batch"]})
    assert [each["guardian"] for each in (*first["guardians"], *second["guardians"])] == [one.user_id, other.user_id]
    assert (await minor.attempt("GET", f"{ROOT}/guardians"))[0] == 403


async def test_an_invitation_says_what_it_asks(office: Office) -> None:
    [reporter] = await people(office.server, "reporter")
    [one] = await near(office.server, "one")
    event_id = await report(reporter)
    [state] = (await until(lambda: asks(one))).values()
    about = state["m.room.member"]["content"]["org.roomkeeper.safety.ask"]
    assert about == {"event_id": event_id, "kind": "fire", "title": "Fire in the hall", "reason": "near"}


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org"),
        ("https://{s}.tiles.example.org/{z}/{x}/{y}.png", "https://*.tiles.example.org"),
        ("http://127.0.0.1:8080/{z}/{x}/{y}.png?key=1", "http://127.0.0.1:8080"),
    ],
)
async def test_pages_may_show_the_maps_pictures_and_no_others(make_server: MakeServer, url: str, origin: str) -> None:
    assert origin_of(url) == origin
    server = await make_server(ROOMKEEPER_SAFETY_TILE_URL=url, ROOMKEEPER_SAFETY_TILE_ATTRIBUTION="Example maps")
    client = await server.register("somebody")
    assert await client.get(f"{ROOT}/map") == {"tile_url": url, "attribution": "Example maps"}
    _, headers, _ = await server.raw("GET", "/app")
    policy = headers["content-security-policy"]
    assert f"img-src {' '.join(web_files.IMAGES)} {origin};" in policy
    assert policy.count(origin) == 1


async def test_without_a_setting_pages_show_no_pictures_of_others(office: Office) -> None:
    assert await office.owner.get(f"{ROOT}/map") == {"tile_url": "", "attribution": ""}
    _, headers, _ = await office.server.raw("GET", "/app")
    assert "img-src 'self' blob: data:;" in headers["content-security-policy"]
