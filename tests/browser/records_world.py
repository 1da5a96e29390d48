"""An organisation whose sessions are recorded: who looks at records, and what is in them."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any
from urllib.parse import quote

import aiohttp
from playwright.async_api import Locator, Page

from tests import samples
from tests.browser import office, organisation
from tests.browser.organisation import ROOT, Organisation
from tests.browser.people import Account, People

EXPECTED = ("status of 403", "status of 404")
"""What browsers log where one may see something no longer, or has to say why first."""


class Recorded:
    """A session between a customer and a desk, and those who look at its record."""

    organisation: Organisation
    customer: Account
    desk: Account
    colleague: Account
    officer: Account
    department: str
    room_id: str
    talk: office.Talk
    events: list[str]

    async def open(self, people: People, **policy: Any) -> Recorded:
        """Make them; `policy` is what holds for all sessions."""
        people.expected += EXPECTED
        self.organisation = made = await organisation.found(people)
        self.department = await made.department("Sales")
        if policy:
            await made.call("PUT", "/records/policies", policy)
        self.desk = await made.staff("desk3", self.department, display_name="Sales desk 3")
        self.colleague = await made.staff("desk4", self.department, display_name="Sales desk 4")
        self.officer = await made.staff("records", display_name="Records officer")
        await made.give(self.officer, "records_officer")
        self.customer = await people.account("customer4", "Customer 4")
        self.room_id = await made.session(self.customer, staff_id=self.desk.user_id)
        self.talk, self.events = office.Talk(self.room_id), []
        return self

    async def say(self, account: Account, body: str, **content: Any) -> str:
        """A message; its event id."""
        self.events.append(await self.talk.say(account, body, **content))
        return self.events[-1]

    async def conversation(self) -> None:
        """Messages, an edit, what was removed, a file, a reaction."""
        await self.say(self.customer, "Hello, the lamp of order 4711 came damaged.")
        reply = await self.say(self.desk, "Then we send you a new one tomorow.")
        new = {"msgtype": "m.text", "body": "Then we send you a new one today."}
        relation = {"rel_type": "m.replace", "event_id": reply}
        await self.say(self.desk, f"* {new['body']}", **{"m.new_content": new, "m.relates_to": relation})
        wrong = await self.say(self.desk, "The code of the door is 4096.")
        path = f"/rooms/{self.room_id}/redact/{wrong}/r1"
        await self.desk.call("PUT", path, {"reason": "wrong room"})
        picture = await office.upload(self.customer, samples.png(320, 210), "image/png", "lamp.png")
        info = {"mimetype": "image/png", "size": 1000, "w": 320, "h": 210}
        await self.say(
            self.customer, "This is how it came", msgtype="m.image", filename="lamp.png", url=picture, info=info
        )
        about = {"rel_type": "m.annotation", "event_id": self.events[0], "key": "👍"}
        await self.talk.send(self.desk, "m.reaction", {"m.relates_to": about})
        await self.say(self.customer, "谢谢,请寄到办公室。")
        await self.desk.call("POST", f"/rooms/{self.room_id}/receipt/m.read/{self.events[-1]}")

    async def record_id(self) -> str:
        """The record of the session."""
        found = await self.organisation.call("GET", "/records?limit=100")
        return str(next(one["record_id"] for one in found["records"] if one.get("room_id") == self.room_id))

    async def upload(self) -> str:
        """A talk in another program, with a picture of the screen; its record."""
        data = samples.png(400, 260)
        uri = await office.upload(self.desk, data, "image/png", "screen.png")
        shot = {
            "url": uri,
            "name": "screen.png",
            "type": "image/png",
            "size": len(data),
            "path": "Screenshots/screen.png",
        }
        people = [{"id": "carrier", "name": "Carrier"}]
        header = {
            "format": "org.roomkeeper.record",
            "program": "Parcel chat",
            "conversation": "1",
            "title": "The carrier",
        }
        lines: list[dict[str, Any]] = [
            {**header, "participants": people, "trigger": "screenshot"},
            {
                "id": "a",
                "ts": 1_760_000_000_000,
                "sender": "carrier",
                "sender_name": "Carrier",
                "text": "Which parcel?",
            },
            {"id": "b", "ts": 1_760_000_060_000, "kind": "screenshot", "attachments": [shot]},
        ]
        body = "\n".join(json.dumps(line) for line in lines).encode()
        sums = {"upload_id": "talk", "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        await self.desk.call("POST", "/records/uploads", sums, ROOT)
        headers = {"authorization": f"Bearer {self.desk.token}"}
        url = f"{self.desk.url}{ROOT}/records/uploads/talk?offset=0"
        async with aiohttp.ClientSession() as session, session.put(url, data=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        while not (done := await self.desk.call("POST", "/records/uploads/talk/commit", {}, ROOT))["done"]:
            pass
        return str(done["record_id"])

    async def agents(self) -> str:
        """Agents of the desk, with problems, and of the colleague; what is recorded. The device id of the first."""
        now = time.time_ns() // 1_000_000
        problem = {
            "source": "hexchat",
            "where": "~/.config/hexchat/logs/Example/#shop.log, at byte 4096",
            "why": "This line says neither when nor who, and there is nothing before it that it could belong to.",
        }
        sources = [
            {"source": "pidgin", "program": "pidgin", "state": "follows", "entries": 12_480},
            {"source": "hexchat", "program": "hexchat", "state": "follows", "entries": 311},
            {"source": "carrier", "program": "xmpp", "state": "failed", "error": "The server refuses the password."},
        ]
        report = {"version": "0.1.0", "now_ts": now, "acknowledged": 12_791}
        waits = {"waiting": 1_240, "bytes": 3_400_000, "oldest_ts": now - 7_200_000, "refused": 2}
        problems = [{**problem, "ts": now - 3_600_000, "times": 3}]
        troubled = {**report, **waits, "host": "desk-3.example.org", "sources": sources, "problems": problems}
        await self.desk.call("PUT", "/records/agents/report", troubled, ROOT)
        well = {**report, "host": "desk-4", "sources": sources[:1]}
        await self.colleague.call("PUT", "/records/agents/report", well, ROOT)
        programs = [{"program": "pidgin", "record": "all"}, {"program": "Signal", "record": "never"}]
        policy = {"department_id": self.department, "programs": programs, "others": "on_request", "screenshots": True}
        await self.organisation.call("PUT", "/records/agents/policies", policy)
        return str((await self.desk.call("GET", "/account/whoami"))["device_id"])

    async def share(self, **body: Any) -> dict[str, Any]:
        """The desk shows the record to somebody."""
        path = f"/records/{await self.record_id()}/shares"
        made: dict[str, Any] = await self.desk.call("POST", path, body, ROOT)
        return made


def agent_place(account: Account, device_id: str) -> str:
    """The address of an agent in the console."""
    return f"#/records/{quote(f'{account.user_id} {device_id}', safe='')}?view=agents"


def row(page: Page, text: str) -> Locator:
    """An entry in the viewer."""
    return page.locator(".record-row", has_text=text)
