"""An organisation at the console: an owner, departments, people, customers, and the console in a browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from playwright.async_api import Page, expect

from roomkeeper.platform.instance import find_running
from tests.browser.people import PASSWORD, Account, People

ROOT = "/_roomkeeper/v1"


class Organisation:
    """What the owner of a server makes, and how its people look at it."""

    def __init__(self, people: People, owner: Account) -> None:
        self.people = people
        self.owner = owner

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """A request of the owner's that works."""
        return await self.owner.call(method, path, body, ROOT)

    async def department(self, name: str, parent_id: str | None = None) -> str:
        """A new department's id."""
        return str((await self.call("POST", "/departments", {"name": name, "parent_id": parent_id}))["department_id"])

    async def staff(self, name: str, *departments: str, **more: Any) -> Account:
        """Somebody new of the staff."""
        body = {"localpart": name, "password": PASSWORD, "departments": list(departments), **more}
        user_id = (await self.call("POST", "/people", body))["user_id"]
        return await self.account(name, user_id)

    async def account(self, name: str, user_id: str) -> Account:
        """Somebody's account, signed in."""
        body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": PASSWORD}
        answer = await self.owner.call("POST", "/login", body)
        return Account(self.owner.url, user_id, answer["access_token"])

    async def give(self, account: Account, role: str, department_id: str = "") -> None:
        """Give a role."""
        path = f"/people/{quote(account.user_id, safe='')}/roles/{role}?department={department_id}"
        await self.call("PUT", path)

    async def session(self, customer: Account, **target: Any) -> str:
        """A session that a customer asks for; its room id."""
        return str((await customer.call("POST", "/sessions", target, ROOT))["room_id"])

    async def console(self, account: Account | None = None, at: str = "", **how: Any) -> Page:
        """The console in a browser of its own, signed in; `at` is the address behind the #."""
        page = await self.people.open(path=f"/console#{at}", **how)
        await sign_in(page, account or self.owner)
        return page


async def sign_in(page: Page, account: Account) -> None:
    """Fill in the page that asks who somebody is."""
    await page.locator("input[name=username]").fill(account.name)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("button[type=submit]").click()
    await expect(page.locator("h1, h2").first).to_be_visible()
    await expect(page.locator("input[name=username]")).to_have_count(0)


async def found(people: People) -> Organisation:
    """A new organisation on the server of these people, with nobody but its owner."""
    running = find_running(people.process.data_dir)
    assert running is not None
    operator = Account(people.process.url, "", running.token)
    user_id = (await operator.call("POST", "/users", {"user": "owner", "password": PASSWORD, "admin": True}, ROOT))[
        "user_id"
    ]
    organisation = Organisation(people, operator)
    organisation.owner = await organisation.account("owner", user_id)
    await organisation.owner.call("PUT", f"/profile/{user_id}/displayname", {"displayname": "Owner"})
    return organisation
