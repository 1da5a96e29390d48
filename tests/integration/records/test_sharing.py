"""Shown to a person, a role, or whoever has a link: at once, also what comes; and no more when that has ended."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from roomkeeper.platform.clock import Clock
from tests.conftest import MakeServer
from tests.harness import Client
from tests.integration.organisation.conftest import office_on
from tests.integration.organisation.office import ROOT, Office
from tests.integration.records.recorded import RECORDS, entries_of, record_of
from tests.integration.records.test_reading import Firm


async def share(client: Client, record_id: str, **body: Any) -> dict[str, Any]:
    """Share a record."""
    return await client.post(f"{RECORDS}/{record_id}/shares", body)


async def test_shown_to_a_person_live(office: Office) -> None:
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "The chair is broken")
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    path = f"{RECORDS}/{record_id}/entries"
    assert (await firm.ben.attempt("GET", path))[0] == 404
    made = await share(firm.ann, record_id, whom="person", who=firm.ben.user_id, note="please help")
    (shown,) = (await firm.ben.get(f"{RECORDS}/shared"))["shared"]
    assert shown["share"]["note"] == "please help"
    assert shown["record"]["record_id"] == record_id
    entries = await entries_of(firm.ben, record_id)
    assert entries[-1]["text"] == "The chair is broken"
    waiting = asyncio.create_task(firm.ben.get(path, timeout=30_000, **{"from": entries[-1]["seq"]}))
    await asyncio.sleep(0)
    await firm.first.send(firm.at_sales, "And the table")
    assert [entry["text"] for entry in (await waiting)["entries"]] == ["And the table"]
    # It ends for who is just looking.
    last = (await entries_of(firm.ben, record_id))[-1]["seq"]
    ended = asyncio.create_task(firm.ben.attempt("GET", path, timeout=30_000, **{"from": last}))
    await asyncio.sleep(0.1)
    await firm.ann.delete(f"{RECORDS}/{record_id}/shares/{made['share']['share_id']}")
    assert (await ended)[0] == 404
    assert (await firm.ben.attempt("GET", path))[0] == 404
    assert (await firm.ben.get(f"{RECORDS}/shared"))["shared"] == []
    (listed,) = (await firm.ann.get(f"{RECORDS}/{record_id}/shares"))["shares"]
    assert listed["views"] == 1
    assert listed["revoked_ts"] is not None
    log = (await office.owner.get(f"{ROOT}/audit", actor=firm.ben.user_id, permission="records.shared"))["entries"]
    assert [entry["object"] for entry in log] == [record_id]


async def test_a_span_is_all_that_is_shown(office: Office) -> None:
    firm = await Firm().open(office)
    for number in range(5):
        await firm.first.send(firm.at_sales, f"chair {number}")
    record = await record_of(office, firm.at_sales)
    first, last = record["entries"] - 3, record["entries"] - 2
    await share(firm.ann, record["record_id"], whom="person", who=firm.ben.user_id, first_seq=first, last_seq=last)
    assert [entry["text"] for entry in await entries_of(firm.ben, record["record_id"])] == ["chair 1", "chair 2"]
    backwards = await entries_of(firm.ben, record["record_id"], dir="b", **{"from": 10_000})
    assert [entry["text"] for entry in backwards] == ["chair 1", "chair 2"]
    for path in (f"{RECORDS}/search", f"{RECORDS}/{record['record_id']}/search"):
        hits = (await firm.ben.get(path, q="chair"))["results"]
        assert [hit["entry"]["text"] for hit in hits] == ["chair 2", "chair 1"]
    answer = await firm.ben.get(f"{RECORDS}/{record['record_id']}/entries", at=0)
    assert answer["at"] == first
    await firm.first.send(firm.at_sales, "chair 5")
    answer = await firm.ben.get(f"{RECORDS}/{record['record_id']}/entries", **{"from": last})
    assert answer["entries"] == []


async def test_shown_to_a_role(office: Office) -> None:
    firm = await Firm().open(office)
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    moderator = await office.staff("moderator")
    await share(firm.ann, record_id, whom="role", who="moderator")
    assert (await moderator.attempt("GET", f"{RECORDS}/{record_id}"))[0] == 404
    await office.give(moderator.user_id, "moderator")
    details = await moderator.get(f"{RECORDS}/{record_id}")
    assert (details["by"], details["may_share"]) == ("share", False)
    status, _ = await moderator.attempt(
        "POST", f"{RECORDS}/{record_id}/shares", {"whom": "person", "who": firm.ben.user_id}
    )
    assert status == 403
    await share(firm.ann, record_id, whom="role", who="staff", department_id=firm.support)
    assert (await firm.ben.attempt("GET", f"{RECORDS}/{record_id}"))[0] == 200
    assert (await firm.boss.attempt("GET", f"{RECORDS}/{record_id}/shares"))[0] == 200
    status, _ = await firm.ann.attempt("POST", f"{RECORDS}/{record_id}/shares", {"whom": "role", "who": "king"})
    assert status == 400


class Moving(Clock):
    """A clock that is put forward."""

    ahead = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead


async def test_a_link_is_for_whoever_has_it_until_it_expires(make_server: MakeServer) -> None:
    clock = Moving()
    office = await office_on(await make_server(clock))
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "The chair is broken")
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    made = await share(firm.ann, record_id, whom="link", hours=1)
    assert urlsplit(made["url"])[2:] == ("/record", "", made["token"])
    path = f"/_roomkeeper/v1/records/links/{made['token']}"
    assert made["token"] in path
    assert made["share"].get("who", "") == ""
    status, answer = await office.server.request("GET", path)
    assert (status, answer["kind"]) == (200, "session")
    status, answer = await office.server.request("GET", f"{path}/entries", query={"limit": 500})
    assert answer["entries"][-1]["text"] == "The chair is broken"
    status, answer = await office.server.request("GET", f"{path}/search", query={"q": "chair"})
    assert len(answer["results"]) == 1
    assert (await office.server.request("GET", f"{path[:-1]}x/entries"))[0] == 404
    clock.ahead = 3_600_001
    for more in ("", "/entries", "/search?q=chair"):
        assert (await office.server.request("GET", path + more))[0] == 404
    log = (await office.owner.get(f"{ROOT}/audit", permission="records.shared"))["entries"]
    assert log[0]["actor"].startswith("link from")


async def test_who_may_not_share(office: Office) -> None:
    firm = await Firm().open(office)
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    body = {"whom": "person", "who": firm.ben.user_id}
    path = f"{RECORDS}/{record_id}/shares"
    assert (await firm.ben.attempt("POST", path, body))[0] == 404
    assert (await firm.first.attempt("POST", path, body))[0] == 403
    assert (await firm.ann.attempt("POST", path, {"whom": "person", "who": "@nobody:example.org"}))[0] == 400
    assert (await firm.ann.attempt("POST", path, {"whom": "person", "who": firm.second.user_id}))[0] == 400
    assert (await firm.ann.attempt("POST", path, {**body, "first_seq": 5, "last_seq": 4}))[0] == 400
    assert (await firm.ann.attempt("POST", f"{RECORDS}/none/shares", body))[0] == 404
    assert (await firm.ann.attempt("DELETE", f"{path}/none"))[0] == 404
