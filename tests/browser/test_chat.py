"""Two people talk in two browsers, over a real server."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.people import People


async def write(page: Page, text: str, label: str = "Message") -> None:
    """Write a message and send it with Enter."""
    field = page.get_by_role("textbox", name=label, exact=True)
    await field.fill(text)
    await field.press("Enter")


async def test_somebody_signs_in_and_writes(people: People) -> None:
    _room, [customer, desk] = await people.talking("Customer 4", "Front desk")
    theirs = await people.sign_in(customer)
    ours = await people.sign_in(desk)
    await theirs.get_by_role("link", name="Delivery").click()
    await ours.get_by_role("link", name="Delivery").click()
    await write(theirs, "Hello, about the delivery")
    await expect(ours.locator(".message", has_text="about the delivery")).to_be_visible()
    await write(ours, "It is on its way")
    await expect(theirs.locator(".message", has_text="on its way")).to_be_visible()
