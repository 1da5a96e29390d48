"""A place where something happens: who is near, who watches over them, who is responsible, who looks after it all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from playwright.async_api import Page, expect

from tests.browser import organisation
from tests.browser.organisation import ROOT, Organisation
from tests.browser.people import Account, People

SAFETY = f"{ROOT}/safety"
HERE = (52.52, 13.405)
NEAR = (52.5213, 13.4065)
FAR = (48.137, 11.575)
QUICK = {
    "ROOMKEEPER_SAFETY_COUNTDOWN_SECONDS": "8",
    "ROOMKEEPER_SAFETY_LOOK_SECONDS": "0.5",
    "ROOMKEEPER_SAFETY_STAGE_SECONDS": "0.1",
}
SECONDS = 30.0
EXPECTED = ("status of 400", "status of 403", "status of 404", "status of 409", "status of 429")
"""What browsers log where the server refuses something, as tests ask it to."""


class Place:
    """Everybody."""

    organisation: Organisation
    officer: Account
    station: Account
    reporter: Account
    neighbour: Account
    parent: Account

    async def open(self, people: People) -> Place:
        """Make them: the neighbour shares where they are, the parent watches over them, the station is responsible."""
        people.expected += EXPECTED
        self.organisation = made = await organisation.found(people)
        self.officer = await made.staff("officer", display_name="Safety officer")
        await made.give(self.officer, "safety_officer")
        self.station = await people.account("station", "Fire station")
        self.reporter = await people.account("customer1", "Customer 1")
        self.neighbour = await people.account("customer2", "Customer 2")
        self.parent = await people.account("customer3", "Customer 3")
        circle = {"latitude": HERE[0], "longitude": HERE[1], "radius": 20_000}
        body = {"name": "Fire station North", "kinds": ["fire"], "area": {"circles": [circle]}}
        await self.officer.call("PUT", f"/organisations/{quote(self.station.user_id)}", body, SAFETY)
        await self.share(self.neighbour, NEAR)
        await self.follow(self.parent, self.neighbour)
        return self

    async def agree(self, account: Account, location: str = "exact") -> None:
        """Let somebody share where they are."""
        await account.call("PUT", f"/people/{quote(account.user_id)}/preferences", {"location": location}, SAFETY)

    async def share(self, account: Account, position: tuple[float, float]) -> None:
        """Somebody is there now."""
        await self.agree(account)
        body = {"latitude": position[0], "longitude": position[1]}
        await account.call("PUT", "/location", body, SAFETY)

    async def follow(self, follower: Account, followed: Account) -> str:
        """Somebody watches over somebody, at once; the id."""
        body = {"followed": followed.user_id, "relation": "parent"}
        asked = await follower.call("POST", "/followings", body, SAFETY)
        path = f"/followings/{asked['following_id']}/answer"
        await followed.call("POST", path, {"confirm": True, "when": "always"}, SAFETY)
        return str(asked["following_id"])

    async def report(self, account: Account | None = None, kind: str = "fire", **more: Any) -> str:
        """Somebody reports something here; the id."""
        circle = {"latitude": HERE[0], "longitude": HERE[1], "radius": 500}
        body = {"kind": kind, "title": "Fire in hall 4", "text": "Smoke at the gate", **more}
        made = await (account or self.reporter).call(
            "POST", "/events", {**body, "place": {"circles": [circle]}}, SAFETY
        )
        return str(made["event_id"])

    async def event(self, account: Account, event_id: str) -> dict[str, Any]:
        """An event as somebody sees it."""
        found: dict[str, Any] = await account.call("GET", f"/events/{event_id}", None, SAFETY)
        return found

    async def group(self, event_id: str) -> str:
        """The room of an event, as soon as it is there."""

        async def room() -> Any:
            return (await self.event(self.officer, event_id))["event"]["room_id"]

        return str(await until(room))

    async def join(self, account: Account, event_id: str) -> None:
        """Somebody is in the group of an event, as soon as they are asked."""

        async def is_asked() -> bool:
            asked = (await self.officer.call("GET", f"/events/{event_id}/asked", None, SAFETY))["asked"]
            return any(each["user_id"] == account.user_id for each in asked)

        await until(is_asked)
        await account.call("POST", f"/events/{event_id}/answer", {"join": True}, SAFETY)

    async def kept(self, account: Account) -> dict[str, Any]:
        """All that is kept of somebody."""
        found: dict[str, Any] = await account.call("GET", f"/people/{quote(account.user_id)}", None, SAFETY)
        return found


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    """What `check` gives, as soon as that is anything."""
    async with asyncio.timeout(SECONDS):
        while True:
            if found := await check():
                return found
            await asyncio.sleep(0.1)


async def at(page: Page, address: str) -> None:
    """Go to an address of the chat or console."""
    await page.evaluate("address => { location.hash = address }", address)


async def drawn(page: Page) -> None:
    """Wait until the first map has what lies under everything."""
    await expect(page.locator(".map[data-ready]").first).to_be_visible()
