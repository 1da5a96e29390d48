"""Search in many entries: page by page, each once; for who may see little of it; by the beginnings of words; whatever
the way in which it is looked for, and however little is looked through at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.capabilities.records import reading
from roomkeeper.capabilities.records.store import index, queries
from tests.harness import Client
from tests.integration.organisation.office import Office
from tests.integration.records.recorded import RECORDS
from tests.integration.records.test_uploads import entry, packed, upload

EACH = 700
TALKS = 12
FORMS = 120
"""More words with one beginning than are looked for one by one."""


class Archive:
    """Conversations of two departments, turn by turn; of the one few, and the supervisors of both."""

    sales: str
    support: str
    desk: Client
    help: Client
    of_sales: Client
    of_support: Client

    async def open(self, office: Office) -> Archive:
        """Upload them."""
        self.sales, self.support = await office.department("Sales"), await office.department("Support")
        self.desk, self.help = await office.staff("desk", self.sales), await office.staff("help", self.support)
        self.of_sales, self.of_support = await office.staff("boss"), await office.staff("chief")
        await office.give(self.of_sales.user_id, "supervisor", self.sales)
        await office.give(self.of_support.user_id, "supervisor", self.support)
        for talk in range(TALKS):
            who, program = (self.help, "icq") if talk == 2 else (self.desk, "whatsapp")
            entries = [entry(number, **said(talk, number)) for number in range(EACH)]
            await upload(who, packed(*entries, conversation=f"c{talk}", program=program))
        async with asyncio.timeout(60):
            while not (await office.owner.get(f"{RECORDS}/search", q="lastofall"))["results"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return self


def said(talk: int, number: int) -> dict[str, Any]:
    """What an entry says, who says it and when."""
    words = ["weather", f"talk{talk}", f"form{number % FORMS:03}", f"no{number}"]
    words += ["umbrella"] if number % 100 == 7 else []
    words += ["helpdesk"] if talk == 2 else []
    words += ["天气预报"] if number % 50 == 3 else []
    words += ["lastofall"] if (talk, number) == (TALKS - 1, EACH - 1) else []
    return {"text": " ".join(words), "sender": f"person{talk}", "ts": 1_700_000_000_000 + talk * 10_000 + number}


async def everything(client: Client, term: str, limit: int = 100, **query: Any) -> list[tuple[str, int]]:
    """(record, seq) of all that is found, page by page; no page has more than it may."""
    found: list[tuple[str, int]] = []
    more: dict[str, str] = {}
    while True:
        page = await client.get(f"{RECORDS}/search", q=term, limit=limit, **more, **query)
        assert len(page["results"]) <= limit
        found += [(hit["record"]["record_id"], hit["entry"]["seq"]) for hit in page["results"]]
        if "next_batch" not in page:
            assert len(found) == len(set(found))
            return found
        more = {"from": page["next_batch"]}


@pytest.mark.parametrize("way", ["usual", "filters inside", "little at once"])
async def test_all_ways_find_the_same(office: Office, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    archive = await Archive().open(office)
    if way != "usual":  # nothing counts as few: permissions and filters are looked at while the index is gone through
        monkeypatch.setattr(queries, "FEW", -1)
    if way == "little at once":
        monkeypatch.setattr(reading, "LONGEST_S", 0.0)
        monkeypatch.setattr(reading, "FIRST", 500)
    owner, total = office.owner, EACH * TALKS
    for client, term, query, count in (
        (owner, "weather", {}, total),
        (owner, "weather umbrella ", {}, total // 100),
        (owner, '"umbrella helpdesk"', {}, EACH // 100),
        (owner, '"helpdesk weather"', {}, 0),
        (owner, "预报", {}, total // 50),
        (owner, "nothing", {}, 0),
        (owner, "nothing ", {}, 0),
        # Beginnings: of many words, of some, of one, of none.
        (owner, "for", {}, total),
        (owner, "form", {}, total),
        (owner, "form01", {}, sum(10 <= number % FORMS < 20 for number in range(EACH)) * TALKS),
        (owner, "umbr", {}, total // 100),
        (owner, "umbrellas", {}, 0),
        # Who may see little.
        (archive.of_support, "weather", {}, EACH),
        (archive.of_support, "form", {}, EACH),
        (archive.of_support, "umbrella", {}, EACH // 100),
        (archive.of_support, "talk1 ", {}, 0),
        (archive.of_sales, "weather", {}, EACH * (TALKS - 1)),
        (archive.of_sales, "helpdesk", {}, 0),
        (archive.help, "weather", {}, EACH),
        # Filters.
        (owner, "weather", {"person": "person5"}, EACH),
        (owner, "weather", {"person": "nobody"}, 0),
        (owner, "umbrella", {"program": "icq"}, EACH // 100),
        (owner, "weather", {"kind": "session"}, 0),
        (owner, "weather", {"department": archive.support}, EACH),
        (owner, "weather", {"until": 1_700_000_000_000 + 20_000}, EACH * 2),
        (owner, "weather", {"since": 1_700_000_000_000 + 110_000}, EACH),
        (archive.of_support, "weather", {"person": "person5"}, 0),
    ):
        found = await everything(client, term, **query)
        assert len(found) == count, (client.user_id, term, query)
    assert await everything(owner, "umbrella", limit=7) == await everything(owner, "umbrella")


async def test_a_page_comes_at_once_and_tells_whether_there_is_more(office: Office) -> None:
    archive = await Archive().open(office)
    page = await office.owner.get(f"{RECORDS}/search", q="weather", limit=20)
    assert [hit["entry"]["seq"] for hit in page["results"]] == list(range(EACH, EACH - 20, -1))
    assert page["next_batch"]
    exact = await archive.of_support.get(f"{RECORDS}/search", q="umbrella", limit=EACH // 100)
    assert len(exact["results"]) == EACH // 100
    assert "next_batch" not in exact
    hidden = await archive.of_support.get(f"{RECORDS}/search", q="talk1 ")
    assert not hidden["results"]
    assert "next_batch" not in hidden


async def test_inside_one_record(office: Office) -> None:
    archive = await Archive().open(office)
    record = (await archive.of_support.get(RECORDS))["records"][0]
    path = f"{RECORDS}/{record['record_id']}/search"
    for term, count in (("weather", 100), ("umbrella", 7), ("form", 100), ("talk2", 100), ("talk1 ", 0), ("预报", 14)):
        assert len((await archive.help.get(path, q=term, limit=100))["results"]) == count, term


async def test_what_is_taken_in_meanwhile_holds_no_search_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = await Archive().open(office)
    monkeypatch.setattr(reading, "BACKLOG", 10)
    monkeypatch.setattr(reading, "WAIT", 60.0)
    loop = asyncio.get_running_loop()
    adding = asyncio.create_task(upload(archive.desk, packed(*(entry(number) for number in range(3_000)))))
    slowest = 0.0
    while not adding.done():
        begun = loop.time()
        assert (await office.owner.get(f"{RECORDS}/search", q="umbrella", limit=20))["results"]
        slowest = max(slowest, loop.time() - begun)
    await adding
    assert slowest < 20


def test_only_the_words_with_a_beginning_are_looked_for_one_by_one() -> None:
    assert index.MOST_FORMS < FORMS
