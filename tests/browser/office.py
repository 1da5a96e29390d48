"""An office in the middle of its day: rooms with all that can stand in them, for looking at the pages."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests import samples
from tests.browser.people import Account, People


async def upload(account: Account, content: bytes, content_type: str, name: str) -> str:
    """The mxc URL of a new media file."""
    headers = {"authorization": f"Bearer {account.token}", "content-type": content_type}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{account.url}/_matrix/media/v3/upload", params={"filename": name}, data=content, headers=headers
        ) as answer,
    ):
        return str((await answer.json())["content_uri"])


class Talk:
    """Sends events into one room. Two of one room need different names."""

    def __init__(self, room_id: str, name: str = "") -> None:
        self.room_id = room_id
        self._name = name
        self._count = 0

    async def say(self, account: Account, body: str, **content: Any) -> str:
        """A message; its event id."""
        return await self.send(account, "m.room.message", {"msgtype": "m.text", "body": body, **content})

    async def send(self, account: Account, kind: str, content: Any) -> str:
        """An event; its id."""
        self._count += 1
        path = f"/rooms/{self.room_id}/send/{kind}/{account.name}{self._name}{self._count}"
        return str((await account.call("PUT", path, content))["event_id"])


async def fill(people: People) -> Account:
    """Make the office; the account of the desk, who is in all of it."""
    room_id, [customer, desk, other] = await people.talking("Customer 4", "Front desk", "Back office")
    talk = Talk(room_id)
    await talk.say(customer, "Hello, about the delivery of last week: https://example.org/orders/4711")
    await talk.say(customer, "It came, but something is missing.")
    first = await talk.say(desk, "Good morning. I look at it at once, it takes a few minutes.")
    await talk.send(
        customer, "m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "👍"}}
    )
    picture = await upload(customer, samples.png(640, 420), "image/png", "parcel.png")
    info = {"mimetype": "image/png", "size": 5120, "w": 640, "h": 420}
    photo = await talk.say(
        customer, "This is how it came", msgtype="m.image", filename="parcel.png", url=picture, info=info
    )
    invoice = await upload(desk, b"%PDF-1.4\n", "application/pdf", "invoice-4711.pdf")
    await talk.say(
        desk, "invoice-4711.pdf", msgtype="m.file", url=invoice, info={"mimetype": "application/pdf", "size": 48213}
    )
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": photo, "is_falling_back": True}}
    await talk.say(other, "The lid belongs to another order.", **thread)
    await talk.say(desk, "Then we send the right one today.", **thread)
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": photo}}}
    html = "We send the missing part <b>today</b>:<ul><li>lid</li><li>two screws</li></ul>"
    await talk.say(
        desk, "We send the missing part today", format="org.matrix.custom.html", formatted_body=html, **reply
    )
    await talk.say(customer, "👍")
    await talk.say(customer, "谢谢,这样就可以了。请问大概什么时候能收到?")
    await _others(people, desk, other)
    return desk


async def _others(people: People, desk: Account, other: Account) -> None:
    """A contact, a room with what is not read, an invitation."""
    invited = {"preset": "private_chat", "name": "Stock take", "invite": [desk.user_id]}
    await other.call("POST", "/createRoom", invited)
    body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [desk.user_id]}
    direct = (await other.call("POST", "/createRoom", body))["room_id"]
    await desk.call("POST", f"/join/{direct}")
    await desk.call("PUT", f"/user/{desk.user_id}/account_data/m.direct", {other.user_id: [direct]})
    await Talk(direct).say(other, "Shift plan for next week is ready")
    named = {"preset": "private_chat", "name": "Claims and complaints, department north-west"}
    claims = (await desk.call("POST", "/createRoom", {**named, "invite": [other.user_id]}))["room_id"]
    await other.call("POST", f"/join/{claims}")
    mention = {"m.mentions": {"user_ids": [desk.user_id]}}
    await Talk(claims).say(other, "Front desk: can you look at the claim of yesterday?", **mention)
