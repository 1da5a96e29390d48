"""What the console is told: who somebody is, what they may do, and which pages they may see."""

from __future__ import annotations

import re
from pathlib import Path

from roomkeeper.platform.application import ConsolePage
from tests.harness import Client
from tests.integration.organisation.office import ROOT, Office

PAGES = Path(__file__).parents[3] / "web" / "src" / "console" / "pages.ts"
PAGE = re.compile(r'\{ id: "(\w+)", .*?permissions: \[(.*?)\]')


async def pages(client: Client) -> set[str]:
    """The ids of the pages that somebody may see."""
    return {page["id"] for page in (await client.get(f"{ROOT}/console"))["pages"]}


async def test_everybody_gets_the_pages_that_their_roles_permit(office: Office) -> None:
    sales = await office.department("Sales")
    staff, head = await office.staff("staff", sales), await office.staff("head", sales)
    await office.give(head.user_id, "supervisor", sales)
    customer = await office.server.register("customer")
    assert await pages(office.owner) == set(dict(office.server.app.console_pages.items()))
    assert await pages(staff) == {"people", "departments"}
    assert {"sessions", "contacts", "roles"} <= await pages(head)
    assert "settings" not in await pages(head)
    assert await pages(customer) == set()


async def test_it_says_who_one_is_and_where_one_may_do_what(office: Office) -> None:
    sales = await office.department("Sales")
    north = await office.department("North", sales)
    head = await office.staff("head", sales, display_name="Head of sales")
    await office.give(head.user_id, "supervisor", sales)
    answer = await head.get(f"{ROOT}/console")
    assert answer["person"]["display_name"] == "Head of sales"
    assert answer["server_name"] == head.user_id.partition(":")[2]
    assert {"role": "supervisor", "department_id": sales} in answer["roles"]
    assert answer["permissions"]["sessions.write"] == {"everywhere": False, "departments": sorted([sales, north])}
    assert {"id": "sessions", "permissions": ["sessions.read"]} in answer["pages"]


async def test_an_area_contributes_a_page(office: Office) -> None:
    office.server.app.console_pages.add("moderation", ConsolePage(("reports.read",)))
    moderator = await office.staff("moderator")
    assert "moderation" not in await pages(moderator)
    await office.give(moderator.user_id, "moderator")
    assert "moderation" in await pages(moderator)


async def test_the_pages_of_the_browser_are_those_of_the_server(office: Office) -> None:
    in_browser = {
        page_id: set(re.findall(r'"([\w.]+)"', permissions))
        for page_id, permissions in PAGE.findall(PAGES.read_text(encoding="utf-8"))
    }
    assert in_browser == {name: set(page.permissions) for name, page in office.server.app.console_pages.items()}
    declared = set(await office.owner.get(f"{ROOT}/permissions"))
    assert {permission for needed in in_browser.values() for permission in needed} <= declared
