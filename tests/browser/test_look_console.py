"""How the console looks, and whether everybody can use it: pictures under ``build/screenshots``, axe-core."""

from __future__ import annotations

from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser import organisation
from tests.browser.organisation import Organisation
from tests.browser.people import Account, People
from tests.browser.test_look import SIZES, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACES = ["North", "South", "Harbour"]
CSV = """\
user name,name,email,department
desk91,Front desk 91,desk91@example.org,Sales
desk92,Front desk 92,no address,Sales
"""


async def fill(people: People) -> dict[str, str]:
    """An organisation in the middle of its day; what stands in the addresses of its drawers."""
    office = await organisation.found(people)
    sales, law = await office.department("Sales"), await office.department("Claims and complaints")
    under = [await office.department(name, sales) for name in PLACES]
    await office.department("Night shift", under[0])
    desks = [
        await office.staff(
            f"desk{number}",
            under[number % 3],
            *([law] if number % 4 == 0 else []),
            display_name=f"Front desk {number}",
            title="Clerk" if number % 2 else "Head of the desk",
            email=f"desk{number}@example.org",
            language="zh-CN" if number == 3 else "en",
            skills=["contracts", "returns"] if number % 2 else [],
            **({"state": "on_leave"} if number == 5 else {"session_limit": 1} if number == 1 else {}),
        )
        for number in range(1, 9)
    ]
    gone = await office.staff("desk9", law, display_name="Front desk 9")
    await office.call("PATCH", f"/people/{quote(gone.user_id)}", {"state": "departed"})
    await office.give(desks[1], "supervisor", sales)
    await office.give(desks[3], "records_officer")
    rooms = []
    for number in range(1, 6):
        customer = await people.account(f"customer{number}", f"Customer {number}")
        target = {"staff_id": desks[0].user_id} if number < 3 else {"department_id": under[number % 3]}
        rooms.append(await office.session(customer, topic="The delivery of last week", language="en", **target))
    await office.call("POST", f"/sessions/{quote(rooms[3])}/close", {"reason": "all is well"})
    await office.call("POST", "/links", {"department_id": sales, "uses_allowed": 100})
    rule = {"name": "Deliveries", "words": ["parcel", "delivery"], "languages": ["en"], "department_id": sales}
    await office.call("PUT", "/routing_rules", {"rules": [rule, {"name": "All others", "department_id": law}]})
    await office.call("POST", "/provisioning_tokens", {"name": "idp", "valid_days": 365})
    return {
        "person": desks[0].user_id,
        "department": sales,
        "grant": f"{desks[1].user_id} supervisor {sales}",
        "session": rooms[0],
        "import": await upload(office),
    }


async def upload(office: Organisation) -> str:
    """The id of a file that is to be imported."""
    headers = {"authorization": f"Bearer {office.owner.token}"}
    url = f"{office.owner.url}/_roomkeeper/v1/imports"
    async with aiohttp.ClientSession() as http, http.post(url, data=CSV.encode(), headers=headers) as answer:
        return str((await answer.json())["import_id"])


async def show(page: Page, address: str) -> None:
    """Go to an address of the console, and wait until what it shows is there."""
    await page.evaluate("address => { location.hash = address }", address)
    await expect(page.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0)
    await expect(page.locator("main h1, main h2").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_pages(people: People, size: str, language: str) -> None:
    made = await fill(people)
    page = await people.open(SIZES[size], language, path="/console")
    await organisation.sign_in(page, owner(people))
    look = Look(page, size, language)
    for name, address in {
        "people": "/people",
        "person": f"/people/{quote(made['person'])}",
        "person-new": "/people/new",
        "import": f"/people/import?import={made['import']}",
        "departments": "/departments",
        "department": f"/departments/{made['department']}",
        "roles": "/roles",
        "role": f"/roles/{quote(made['grant'])}",
        "role-new": "/roles/new",
        "permissions": "/roles?view=permissions",
        "sessions": "/sessions",
        "session": f"/sessions/{quote(made['session'])}",
        "sessions-none": "/sessions?state=closed&age=-week",
        "links": "/sessions?view=links",
        "rules": "/sessions?view=rules",
        "contacts": f"/contacts?of={quote(made['person'])}",
        "contacts-none": "/contacts",
        "settings": "/settings",
        "tokens": "/settings?view=tokens",
        "token-new": "/settings/new?view=tokens",
        "not-there": "/nowhere",
    }.items():
        await show(page, address)
        await look.at(f"console-{name}")
    await show(page, "/people")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox").last).to_be_visible()
    await look.at("console-jump")
    assert not look.findings, "\n".join(look.findings)


def owner(people: People) -> Account:
    """The owner's account, as somebody who signs in."""
    return Account(people.process.url, "@owner:example.org", "")


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_a_customer_is_told_kindly(people: People, language: str) -> None:
    customer = await people.account("customer4", "Customer 4")
    page = await people.open(SIZES["phone"], language, path="/console")
    await organisation.sign_in(page, customer)
    look = Look(page, "phone", language)
    await look.at("console-customer")
    assert not look.findings, "\n".join(look.findings)


async def test_it_works_at_320_pixels(people: People) -> None:
    made = await fill(people)
    page = await people.open((320, 640), path="/console")
    await organisation.sign_in(page, owner(people))
    for address in (
        "/people",
        f"/people/{quote(made['person'])}",
        "/departments",
        "/roles",
        "/sessions",
        "/sessions?view=rules",
        "/settings",
        "/contacts",
    ):
        await show(page, address)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
