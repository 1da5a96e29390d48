"""Lists as those who work with them need them: sorted, filtered, page by page; names; news."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client
from tests.integration.organisation.office import ROOT, Office, person
from tests.integration.organisation.talking import SESSIONS, direct, session_path

# ------------------------------------------------------------ people


async def all_pages(client: Client, path: str, member: str, **query: Any) -> list[dict[str, Any]]:
    """All entries of a list, read in pages of two."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next_batch": ""}
    while "next_batch" in page:
        page = await client.get(path, limit=2, **query, **{"from": page["next_batch"]})
        assert len(page[member]) <= 2
        found += page[member]
    return found


async def people(client: Client, **query: Any) -> list[str]:
    """The display names of people in the order in which they are listed."""
    return [each["display_name"] for each in await all_pages(client, f"{ROOT}/people", "people", **query)]


@pytest.fixture
async def named(office: Office) -> Office:
    """An office of people whose names, ids and changes have different orders."""
    names = {"a": "Zebra", "b": "apple", "c": "Mango", "d": "Apple", "e": "Öl"}
    for localpart, name in names.items():
        await office.staff(localpart, display_name=name, title="Fruit")
    await office.change("@c:example.org", title="Fruit and more")
    return office


async def test_people_by_name(named: Office) -> None:
    rising = await people(named.owner, sort="name", search="fruit")
    assert sorted(rising[:2]) == ["Apple", "apple"]
    assert rising[2:4] == ["Mango", "Zebra"]
    assert await people(named.owner, sort="-name", search="fruit") == rising[::-1]


async def test_people_by_their_last_change(named: Office) -> None:
    assert (await people(named.owner, sort="-updated", search="fruit"))[0] == "Mango"
    assert (await people(named.owner, sort="updated", search="fruit"))[-1] == "Mango"
    assert len(await people(named.owner, sort="updated", search="fruit")) == 5


async def test_how_many_there_are(named: Office) -> None:
    answer = await named.owner.get(f"{ROOT}/people", limit=2, search="fruit", total="true")
    assert (len(answer["people"]), answer["total"]) == (2, 5)
    assert "total" not in await named.owner.get(f"{ROOT}/people", limit=2)


@pytest.mark.parametrize("sort", ["name", "updated"])
async def test_what_is_no_next_batch(office: Office, sort: str) -> None:
    for token in (
        "x",
        "[1]",
        '["a",1]',
        '["a","b","c"]',
        "[null,null]",
        '["\\u0000","a"]',
        "[-1,1]",
        '[9e99,"a"]',
        f'[{9**30},"a"]',
    ):
        status, answer = await office.owner.attempt("GET", f"{ROOT}/people?sort={sort}&from={quote(token)}")
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM"), token
    assert (await office.owner.attempt("GET", f"{ROOT}/people?sort=email"))[0] == 400


async def test_names(office: Office) -> None:
    ann = await office.staff("ann", display_name="Front desk")
    customer = await office.server.register("customer")
    await customer.put(f"/profile/{customer.user_id}/displayname", {"displayname": "Customer 4"})
    nameless = await office.server.register("nameless")
    wanted = [ann.user_id, customer.user_id, nameless.user_id, "@nobody:example.org", "@far:elsewhere.org"]
    answer = await ann.post(f"{ROOT}/names", {"user_ids": wanted})
    assert answer["names"][ann.user_id] == "Front desk"
    assert answer["names"][customer.user_id] == "Customer 4"
    assert set(answer["names"]) <= {ann.user_id, customer.user_id, nameless.user_id}
    assert (await ann.post(f"{ROOT}/names", {"user_ids": []}))["names"] == {}
    assert (await customer.attempt("POST", f"{ROOT}/names", {"user_ids": wanted}))[0] == 403
    assert (await ann.attempt("POST", f"{ROOT}/names", {"user_ids": wanted * 200}))[0] == 400


# ------------------------------------------------------------ roles


async def test_who_has_a_role_and_where(office: Office) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", law)
    await office.give(ann.user_id, "supervisor", sales)
    await office.give(ben.user_id, "supervisor", law)
    await office.give(ben.user_id, "moderator")

    async def who(**query: Any) -> set[tuple[str, str]]:
        found = await all_pages(office.owner, f"{ROOT}/roles", "roles", **query)
        return {(each["user_id"], each["role"]) for each in found}

    assert await who(role="supervisor") == {(ann.user_id, "supervisor"), (ben.user_id, "supervisor")}
    assert await who(role="supervisor", department=law) == {(ben.user_id, "supervisor")}
    assert (ben.user_id, "moderator") in await who(department="")
    assert (ann.user_id, "supervisor") not in await who(department="")
    assert (await office.owner.attempt("GET", f"{ROOT}/roles?role=king"))[0] == 400


# ------------------------------------------------------------ sessions


class Talks:
    """Five sessions: three of Sales (one in a department under it), two of Law."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.rooms: dict[str, str] = {}

    async def make(self) -> None:
        """Make them, one after another."""
        office = self.office
        self.sales, self.law = await office.department("Sales"), await office.department("Law")
        self.north = await office.department("North", self.sales)
        self.ann, self.ben = await office.staff("ann", self.north), await office.staff("ben", self.law)
        for number, staff in enumerate((self.ann, self.ben, self.ann, self.ben)):
            customer = await office.server.register(f"customer{number}")
            self.rooms[str(number)] = await direct(customer, staff)
            await asyncio.sleep(0.002)  # so that their times are different
        late = await office.server.register("late")
        answer = await late.post(SESSIONS, {"department_id": self.sales})
        self.rooms["4"] = answer["room_id"]

    async def seen(self, client: Client, **query: Any) -> str:
        """The numbers of the sessions that are listed, in order."""
        found = await all_pages(client, SESSIONS, "sessions", **query)
        numbers = {room_id: number for number, room_id in self.rooms.items()}
        return "".join(numbers[each["room_id"]] for each in found)


@pytest.fixture
async def talks(office: Office) -> Talks:
    """Sessions to look for."""
    made = Talks(office)
    await made.make()
    return made


async def test_sessions_of_a_department(talks: Talks) -> None:
    owner = talks.office.owner
    assert await talks.seen(owner, department=talks.sales) == "420"
    assert await talks.seen(owner, department=talks.law) == "31"
    assert await talks.seen(owner, department=talks.law, staff=talks.ann.user_id) == ""
    assert (await owner.attempt("GET", f"{SESSIONS}?department=nowhere"))[0] == 404


async def test_a_filter_shows_nobody_more_than_they_may_see(talks: Talks) -> None:
    head = await talks.office.staff("head", talks.law)
    await talks.office.give(head.user_id, "supervisor", talks.law)
    assert await talks.seen(head) == "31"
    assert await talks.seen(head, department=talks.sales) == ""
    assert await talks.seen(talks.ann, department=talks.law) == ""


async def test_sessions_in_other_orders(talks: Talks) -> None:
    owner = talks.office.owner
    assert await talks.seen(owner) == "43210"
    assert await talks.seen(owner, sort="created") == "01234"
    await owner.post(session_path(talks.rooms["1"], "close"))
    assert (await talks.seen(owner, sort="-updated"))[0] == "1"
    assert (await talks.seen(owner, sort="updated"))[-1] == "1"
    assert await talks.seen(owner, sort="waiting") == "01234"
    assert await talks.seen(owner, sort="-waiting", state="open") == "4320"


async def test_sessions_by_age(talks: Talks) -> None:
    owner = talks.office.owner
    times = {each["room_id"]: each["created_ts"] for each in (await owner.get(SESSIONS))["sessions"]}
    third = times[talks.rooms["2"]]
    assert await talks.seen(owner, after=third) == "432"
    assert await talks.seen(owner, before=third) == "10"
    assert (await owner.attempt("GET", f"{SESSIONS}?after={2**60}"))[0] == 400


async def test_news_comes_when_a_session_changes(talks: Talks) -> None:
    owner = talks.office.owner
    since = (await owner.get(f"{SESSIONS}/news"))["since"]
    assert (await owner.get(f"{SESSIONS}/news", since=since, timeout=1))["since"] == since
    waiting = asyncio.create_task(owner.get(f"{SESSIONS}/news", since=since, timeout=60_000))
    await owner.post(session_path(talks.rooms["0"], "close"))
    now = (await waiting)["since"]
    assert now != since
    assert (await owner.get(f"{SESSIONS}/news", since=since, timeout=60_000))["since"] == now
    assert (await talks.ann.attempt("GET", f"{SESSIONS}/news"))[0] == 403


async def test_the_newest_sessions_of_each_filter_are_read_by_an_index(talks: Talks) -> None:
    """What a page reads must not grow with the sessions that there are."""
    driver = talks.office.server.app.driver
    if driver.dialect != "sqlite":
        pytest.skip("the plan of SQLite")
    for condition, index in (
        ("state = 'waiting'", "sessions_by_state"),
        ("staff_id = 'x'", "sessions_of_staff"),
        ("customer_id = 'x'", "sessions_customer"),
        ("1 = 1", "sessions_created"),
    ):
        order = "ORDER BY created_ts DESC, room_id DESC LIMIT 2"
        rows = await driver.query(f"EXPLAIN QUERY PLAN SELECT * FROM sessions WHERE {condition} {order}")
        plan = " ".join(str(row[-1]) for row in rows)
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan


# ------------------------------------------------------------ settings


async def test_settings_are_shown_without_secrets(make_office: Any) -> None:
    office = await make_office(ROOMKEEPER_METRICS_TOKEN="do-not-show", ROOMKEEPER_ORGANISATION_PREVIOUS_STAFF="stay")
    answer = await office.owner.get(f"{ROOT}/settings")
    assert "do-not-show" not in str(answer)
    shown = {
        f"{section['name']}.{each['name']}": each for section in answer["sections"] for each in section["settings"]
    }
    assert shown[".metrics_token"]["value"] == "(hidden)"
    assert shown["organisation.previous_staff"]["value"] == '"stay"'
    assert shown["organisation.previous_staff"]["origin"] == "environment"
    assert shown["organisation.default_department"]["origin"] == "default"
    assert all(each["description"] for each in shown.values())
    staff = await office.staff("staff")
    assert (await staff.attempt("GET", f"{ROOT}/settings"))[0] == 403
    assert (await office.owner.get(person("@staff:example.org")))["state"] == "active"
