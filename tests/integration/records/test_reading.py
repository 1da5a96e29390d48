"""Who finds and sees which records, what of them; jumping to a time; search in Chinese and English; the audit log."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.harness import Client
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import SESSIONS
from tests.integration.records.recorded import RECORDS, edit, entries_of, record_of, redact


class Firm:
    """Two departments, somebody in each, a customer of each, a supervisor of Sales, a records officer."""

    sales: str
    support: str
    ann: Client
    ben: Client
    boss: Client
    officer: Client
    first: Client
    second: Client
    at_sales: str
    at_support: str

    async def open(self, office: Office) -> Firm:
        """Make them."""
        self.sales, self.support = await office.department("Sales"), await office.department("Support")
        self.ann, self.ben = await office.staff("ann", self.sales), await office.staff("ben", self.support)
        self.boss, self.officer = await office.staff("boss"), await office.staff("officer")
        await office.give(self.boss.user_id, "supervisor", self.sales)
        await office.give(self.officer.user_id, "records_officer")
        self.first, self.second = [await office.server.register(name) for name in ("first", "second")]
        self.at_sales = (await self.first.post(SESSIONS, {"staff_id": self.ann.user_id}))["room_id"]
        self.at_support = (await self.second.post(SESSIONS, {"staff_id": self.ben.user_id}))["room_id"]
        return self


async def listed(client: Client, **query: Any) -> set[str]:
    """The rooms whose records somebody finds."""
    return {record["room_id"] for record in (await client.get(RECORDS, **query))["records"]}


async def found(client: Client, term: str, path: str = f"{RECORDS}/search", **query: Any) -> list[str]:
    """The texts that somebody finds, the newest first."""
    answer = await client.get(path, q=term, **query)
    return [hit["entry"]["text"] for hit in answer["results"]]


async def looks(office: Office, permission: str, actor: str) -> list[dict[str, Any]]:
    """What stands in the audit log of somebody's looks."""
    entries = (await office.owner.get(f"{ROOT}/audit", actor=actor, permission=permission))["entries"]
    return list(entries)


async def test_who_sees_which(office: Office) -> None:
    firm = await Firm().open(office)
    both = {firm.at_sales, firm.at_support}
    for client, expected in (
        (office.owner, both),
        (firm.officer, both),
        (firm.boss, {firm.at_sales}),
        (firm.ann, {firm.at_sales}),
        (firm.ben, {firm.at_support}),
    ):
        assert await listed(client) == expected, client.user_id
    record = await record_of(office, firm.at_support)
    for client, status in ((firm.officer, 200), (firm.boss, 404), (firm.ann, 404), (firm.ben, 200), (firm.second, 403)):
        for path in ("", "/entries", "/search?q=x"):
            answer = await client.attempt("GET", f"{RECORDS}/{record['record_id']}{path}")
            assert answer[0] == status, (client.user_id, path, answer)


async def test_filters(office: Office) -> None:
    firm = await Firm().open(office)
    for query, expected in (
        ({"person": firm.first.user_id}, {firm.at_sales}),
        ({"department": firm.support}, {firm.at_support}),
        ({"kind": "room"}, set()),
        ({"program": "roomkeeper"}, {firm.at_sales, firm.at_support}),
        ({"program": "other"}, set()),
        ({"since": 4_000_000_000_000}, set()),
        ({"until": 1}, set()),
    ):
        assert await listed(firm.officer, **query) == expected, query
    page = await firm.officer.get(RECORDS, limit=1)
    rest = await firm.officer.get(RECORDS, limit=1, **{"from": page["next_batch"]})
    assert {page["records"][0]["room_id"], rest["records"][0]["room_id"]} == {firm.at_sales, firm.at_support}


async def test_supervisors_see_what_the_policy_lets_them(office: Office) -> None:
    firm = await Firm().open(office)
    await office.owner.put(f"{RECORDS}/policies", {"department_id": firm.sales, "supervisors": False})
    assert await listed(firm.boss) == set()
    record = await record_of(office, firm.at_sales)
    assert (await firm.boss.attempt("GET", f"{RECORDS}/{record['record_id']}/entries"))[0] == 404
    assert (await firm.officer.attempt("GET", f"{RECORDS}/{record['record_id']}/entries"))[0] == 200


async def test_a_reason_where_the_policy_asks_for_it(office: Office) -> None:
    firm = await Firm().open(office)
    await office.owner.put(f"{RECORDS}/policies", {"department_id": firm.sales, "reason_required": True})
    record = await record_of(office, firm.at_sales)
    path = f"{RECORDS}/{record['record_id']}/entries"
    status, answer = await firm.officer.attempt("GET", path)
    assert (status, answer["org.roomkeeper.reason"]) == (403, "reason_required")
    assert not await looks(office, "records.read", firm.officer.user_id)
    headers = {"X-Reason": "complaint 17"}
    status, _ = await office.server.request("GET", path, None, firm.officer.token, headers)
    assert status == 200
    (look,) = await looks(office, "records.read", firm.officer.user_id)
    assert (look["object"], look["reason"]) == (record["record_id"], "complaint 17")
    assert (await firm.ann.attempt("GET", path))[0] == 200


async def test_every_privileged_look_is_written_down(office: Office) -> None:
    firm = await Firm().open(office)
    record = await record_of(office, firm.at_sales)
    for _ in range(3):
        await entries_of(firm.boss, record["record_id"])
    await entries_of(firm.ann, record["record_id"])
    await found(firm.boss, "chair")
    reasons = [look["reason"] for look in await looks(office, "records.read", firm.boss.user_id)]
    assert reasons == ["search chair", ""]
    assert not await looks(office, "records.read", firm.ann.user_id)


async def test_pages_and_jumping_to_a_time(office: Office) -> None:
    firm = await Firm().open(office)
    for number in range(30):
        await firm.first.send(firm.at_sales, f"message {number}")
    record = await record_of(office, firm.at_sales)
    everything = await entries_of(firm.ann, record["record_id"])
    assert [entry["seq"] for entry in everything] == list(range(1, record["entries"] + 1))
    pages: list[dict[str, Any]] = []
    while page := await entries_of(firm.ann, record["record_id"], limit=7, **{"from": len(pages)}):
        pages += page
    assert pages == everything
    backwards = await entries_of(firm.ann, record["record_id"], dir="b", limit=5)
    assert backwards == everything[-5:]
    assert (
        await entries_of(firm.ann, record["record_id"], dir="b", limit=5, **{"from": backwards[0]["seq"]})
        == everything[-10:-5]
    )
    middle = everything[-15]
    answer = await firm.ann.get(f"{RECORDS}/{record['record_id']}/entries", at=middle["ts"], limit=3)
    assert answer["entries"][0]["ts"] == middle["ts"]
    assert answer["at"] == answer["entries"][0]["seq"]
    answer = await firm.ann.get(f"{RECORDS}/{record['record_id']}/entries", at=4_000_000_000_000)
    assert answer["at"] == record["entries"]


async def test_raw_entries_are_what_was_signed(office: Office) -> None:
    firm = await Firm().open(office)
    event_id = await firm.first.send(firm.at_sales, "hello")
    record = await record_of(office, firm.at_sales)
    entry = (await entries_of(firm.officer, record["record_id"], raw="true"))[-1]
    assert entry["id"] == event_id
    assert "signatures" in entry["content"]
    assert msgspec.json.encode(entry["content"])


async def test_search(office: Office) -> None:
    firm = await Firm().open(office)
    chair = await firm.first.send(firm.at_sales, "The chair is broken")
    await edit(firm.first, firm.at_sales, chair, "The green chair is broken")
    await firm.first.send(firm.at_sales, "椅子坏了，请尽快处理")
    await firm.second.send(firm.at_support, "My chair, too")
    wrong = await firm.first.send(firm.at_sales, "chair password swordfish")
    await redact(firm.first, firm.at_sales, wrong)
    assert await found(firm.officer, "chair") == ["My chair, too", "The green chair is broken", "The chair is broken"]
    assert await found(firm.officer, "椅子") == ["椅子坏了，请尽快处理"]
    assert await found(firm.officer, '"green chair"') == ["The green chair is broken"]
    assert await found(firm.officer, "bro") == ["The green chair is broken", "The chair is broken"]
    assert await found(firm.boss, "chair") == ["The green chair is broken", "The chair is broken"]
    assert await found(firm.ben, "chair") == ["My chair, too"]
    assert (await firm.second.attempt("GET", f"{RECORDS}/search", q="chair"))[0] == 403
    assert await found(firm.officer, "chair", person=firm.second.user_id) == ["My chair, too"]
    assert await found(firm.officer, "chair", department=firm.sales, limit=1) == ["The green chair is broken"]
    assert await found(firm.officer, "swordfish") == []
    record = await record_of(office, firm.at_sales)
    inside = f"{RECORDS}/{record['record_id']}/search"
    assert await found(firm.ann, "chair", inside) == ["The green chair is broken", "The chair is broken"]
    assert await found(firm.ann, "swordfish", inside, redacted="true") == []
    assert await found(firm.officer, "swordfish", inside, redacted="true") == ["chair password swordfish"]
    assert await found(firm.officer, "...", inside) == []
    # Page by page, each once.
    first = await firm.officer.get(inside, q="chair", limit=1)
    second = await firm.officer.get(inside, q="chair", limit=1, **{"from": first["next_batch"]})
    texts = [hit["entry"]["text"] for answer in (first, second) for hit in answer["results"]]
    assert texts == ["The green chair is broken", "The chair is broken"]
    assert first["highlights"] == ["chair"]
