"""People with accounts on a server, and the browsers in which they use the web pages."""

from __future__ import annotations

from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Geolocation, Page, expect

from tests.process import ServerProcess

PASSWORD = "correct horse battery"
DESKTOP = (1280, 800)
PHONE = (390, 844)
AWAY = ("net::ERR_", "FetchHttpApi", "sync", "Unable to refresh token")
"""What a page may log when the server is away."""
SIGNED_OUT = ("status of 401",)
"""What browsers log where a password or token is refused."""

expect.set_options(timeout=45_000)
"""Programs that look into files are nice: on a busy machine they take their time."""


def where(position: tuple[float, float]) -> Geolocation:
    """A position, as browsers are told it."""
    return Geolocation(latitude=position[0], longitude=position[1], accuracy=20)


class Account:
    """Somebody's account, and what they do by other means than the pages."""

    def __init__(self, url: str, user_id: str, token: str) -> None:
        self.url = url
        self.user_id = user_id
        self.token = token

    @property
    def name(self) -> str:
        """What they sign in with."""
        return self.user_id[1:].partition(":")[0]

    async def call(self, method: str, path: str, body: Any = None, root: str = "/_matrix/client/v3") -> Any:
        """A request below `root` that works."""
        headers = {"authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.url}{root}{path}", json=body or {}, headers=headers) as answer,
        ):
            content = await answer.json()
            assert answer.status == 200, content
            return content


class People:
    """Everybody in a test."""

    def __init__(self, browser: Browser, process: ServerProcess) -> None:
        self.process = process
        self.errors: list[str] = []
        self.expected = [*AWAY, *SIGNED_OUT]
        """Parts of errors that pages may log. A test that asks for a refusal adds it."""
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    async def account(self, name: str, display_name: str) -> Account:
        """A new account."""
        body = {"username": name, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.process.url}/_matrix/client/v3/register", json=body) as answer,
        ):
            content = await answer.json()
            assert answer.status == 200, content
        account = Account(self.process.url, content["user_id"], content["access_token"])
        await account.call("PUT", f"/profile/{account.user_id}/displayname", {"displayname": display_name})
        return account

    async def talking(self, *names: str) -> tuple[str, list[Account]]:
        """A room with new accounts of these display names in it, the first of which made it."""
        accounts = [await self.account(name.lower().replace(" ", ""), name) for name in names]
        first, *others = accounts
        body = {"preset": "private_chat", "name": "Delivery", "invite": [other.user_id for other in others]}
        room_id = (await first.call("POST", "/createRoom", body))["room_id"]
        for other in others:
            await other.call("POST", f"/join/{room_id}")
        return room_id, accounts

    async def open(
        self,
        size: tuple[int, int] = DESKTOP,
        language: str = "en-GB",
        scheme: Any = "light",
        path: str = "/app",
        position: tuple[float, float] | None = None,
    ) -> Page:
        """A page in a browser of its own; `position`: the latitude and longitude that it may tell."""
        place = {} if position is None else {"geolocation": where(position), "permissions": ["geolocation"]}
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            color_scheme=scheme,
            reduced_motion="reduce",
            **place,  # type: ignore[arg-type]
        )
        self._contexts.append(context)
        page = await context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(self.process.url + path)
        return page

    async def sign_in(self, account: Account, **how: Any) -> Page:
        """A page on which somebody is signed in and sees their rooms."""
        page = await self.open(**how)
        await page.locator("input[name=username]").fill(account.name)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("button[type=submit]").click()
        await expect(page.locator(".rail .jump")).to_be_visible()
        return page

    async def leave(self) -> None:
        """Close all browsers."""
        for context in self._contexts:
            await context.close()

    def _note(self, message: ConsoleMessage) -> None:
        refused = "Content Security Policy" in message.text or "Content-Security-Policy" in message.text
        if message.type == "error" and (refused or not any(known in message.text for known in self.expected)):
            self.errors.append(message.text)
