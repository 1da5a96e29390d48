"""Makes the organisation and its past through the server's API, one thing after the other, each at its time."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
import msgspec

from roomkeeper.demo import files, records, safety, screening, script, shop
from roomkeeper.demo.cast import DEPARTED, DEPARTMENTS, ON_LEAVE, PEOPLE, SALES, STAFF
from roomkeeper.demo.client import ROOT, V3, Client, Refused, path_of
from roomkeeper.demo.clock import DemoClock
from roomkeeper.demo.script import C, Group, Line, S, Talk

MINUTE_MS = 60_000
FOUNDED_MINUTES = 3 * script.DAY
SPOKEN = {customer.user: customer.language for customer in PEOPLE}


class Place(msgspec.Struct):
    """A room, who is in it, and the events of its lines."""

    room_id: str
    clients: dict[str, Client]
    events: list[str] = []


class Seed:
    """Everybody's clients, and the steps that make the past."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, operator_token: str, clock: DemoClock, password: str, secret: str
    ) -> None:
        self.clients: dict[str, Client] = {}
        self._http = http
        self._url = url
        self._operator = Client(http, url, operator_token)
        self._clock = clock
        self._password = password
        self._secret = secret
        self._departments: dict[str, str] = {}
        self._start = clock.now_ms()
        self._steps: list[tuple[float, Callable[[], Awaitable[None]]]] = []
        self._places: dict[str, Place] = {}

    async def sign_in(self) -> None:
        """Everybody takes up their device, where the organisation is there already."""
        for user in [each.user for each in STAFF if each.user != DEPARTED] + [each.user for each in PEOPLE]:
            await self._sign_in(user)

    async def make(self) -> None:
        """Make it all. Raises `Refused`."""
        self._turn(FOUNDED_MINUTES)
        try:
            await self._found()
            for talk in script.SESSIONS:
                self._plan_session(talk)
            for group in script.GROUPS:
                self._plan_group(group)
            self._plan_account()
            for held in screening.HELD:
                self._plan(held.ago, partial(self._hold, held))
            self._plan(script.LEFT_MINUTES, self._leave)
            for ago, step in sorted(self._steps, key=lambda each: -each[0]):
                self._turn(ago)
                await step()
        finally:
            self._clock.release()
        await self._finish()

    def _turn(self, ago: float) -> None:
        self._clock.turn(self._start - int(ago * MINUTE_MS))

    def _plan(self, ago: float, step: Callable[[], Awaitable[None]]) -> None:
        """What happens so many minutes before the start; what is planned first goes first."""
        self._steps.append((max(ago, 0.1), step))

    # ------------------------------------------------------------ the organisation

    async def _found(self) -> None:
        for department in DEPARTMENTS:
            parent = self._departments.get(department.parent)
            made = await self._operate("POST", "/departments", {"name": department.name, "parent_id": parent})
            self._departments[department.name] = made["department_id"]
            await self._operate(
                "PUT", path_of("departments", made["department_id"], "queue"), {"strategy": department.strategy}
            )
        for member in STAFF:
            await self._add(
                member.user,
                kind=member.kind,
                display_name=member.name,
                title=member.title,
                language=member.language,
                departments=[self._departments[name] for name in member.departments],
                session_limit=member.limit,
            )
            for role in member.roles:
                await self._operate("PUT", path_of("people", self.clients[member.user].user_id, "roles", role))
        for customer in PEOPLE:
            await self._add(customer.user, kind="customer", display_name=customer.name, language=customer.language)
        rules = [
            {"department_id": self._departments[name], **({"languages": [language]} if language else {})}
            for language, name in script.ROUTES
        ]
        await self._operate("PUT", "/routing_rules", {"rules": rules})
        for staff, customer_user in script.CONTACTS:
            pair = (self.clients[staff].user_id, "contacts", self.clients[customer_user].user_id)
            await self._operate("PUT", path_of("people", *pair), {"reason": "met at a fair"})

        await screening.found(self.clients["moderator"])
        await records.found(self.clients["records"], self._departments[SALES])

    async def _hold(self, held: screening.Held) -> None:
        """Something that a moderator looks at before others see it."""
        room_id = self._places[held.customer].room_id
        await screening.send(held, self.clients[held.customer], room_id, self.clients["moderator"])

    async def _add(self, user: str, **person: Any) -> None:
        await self._operate("POST", "/people", {"localpart": user, "password": self._password, **person})
        await self._sign_in(user)

    async def _sign_in(self, user: str) -> None:
        client = Client(self._http, self._url)
        await client.sign_in(user, self._password)
        self.clients[user] = client

    async def _operate(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return await self._operator.call(method, ROOT + path, body)

    async def _leave(self) -> None:
        departed = self.clients.pop(DEPARTED)
        await self._operate("PATCH", path_of("people", departed.user_id), {"state": "departed"})
        away = self.clients[ON_LEAVE].user_id
        await self._operate("PATCH", path_of("people", away), {"state": "on_leave"})

    async def _finish(self) -> None:
        """What belongs to no time."""
        await self.clients["desk3"].call("POST", f"{ROOT}/links", {"staff_id": self.clients["desk3"].user_id})
        name, line, user, reason = script.REPORTED
        place = self._places[name]
        path = path_of("rooms", place.room_id, "report", place.events[line])
        await self.clients[user].call("POST", V3 + path, {"reason": reason})
        desk = self.clients["desk3"]
        await records.share(desk, self.clients[records.SHARED], self.clients["supervisor"])
        await records.upload(desk, self._start)
        await safety.happen(self.clients, self._start)

    # ------------------------------------------------------------ sessions

    def _plan_session(self, talk: Talk) -> None:
        place = self._places[talk.customer] = Place(room_id="", clients={})

        async def begin() -> None:
            customer = self.clients[talk.customer]
            target = (
                {"staff_id": self.clients[talk.staff].user_id}
                if talk.staff
                else {"department_id": self._departments[talk.department]}
            )
            session = await customer.ask(language=SPOKEN[talk.customer], topic=talk.topic, **target)
            place.room_id = session["room_id"]
            place.clients[C] = place.clients[talk.customer] = customer
            if talk.staff:
                place.clients[S] = place.clients[talk.staff] = self.clients[talk.staff]

        async def end() -> None:
            await self._close(place, talk)

        self._plan(talk.ago, begin)
        ago = self._plan_lines(place, talk.lines, talk.ago, talk.unread)
        self._plan(ago - 0.2, end)

    async def _close(self, place: Place, talk: Talk) -> None:
        await self._read(place, talk.unread)
        if talk.is_closed:
            await place.clients[S].close(place.room_id)

    def _plan_lines(self, place: Place, lines: tuple[Line, ...], ago: float, unread: tuple[str, ...]) -> float:
        """Plan what is said from then on; when the last of it is."""
        for line in lines:
            ago -= line.after

            async def say(line: Line = line) -> None:
                place.events.append(await self._say(place, line))
                if line.who in unread or (line.who == S and any(place.clients[S] is place.clients[u] for u in unread)):
                    await place.clients[line.who].read(place.room_id, place.events[-1])

            self._plan(ago, say)
        return ago

    async def _read(self, place: Place, unread: tuple[str, ...]) -> None:
        """Everybody who is still there has read all of it, but for those."""
        still = {user: client for user, client in place.clients.items() if self.clients.get(user) is client}
        for user, client in still.items():
            if user not in unread and place.events:
                await client.read(place.room_id, place.events[-1])

    async def _say(self, place: Place, line: Line) -> str:
        client = place.clients.get(line.who)
        if client is None:
            client = await self._invite(place, line.who)
        if line.reacts is not None:
            about = {"rel_type": "m.annotation", "event_id": place.events[line.reacts], "key": line.text}
            return await client.send(place.room_id, {"m.relates_to": about}, "m.reaction")
        return await client.send(place.room_id, await self._content(client, place, line))

    async def _invite(self, place: Place, user: str) -> Client:
        """A colleague, whom the staff of a session takes in."""
        client = self.clients[user]
        staff = place.clients[S]
        await staff.call("POST", staff.room(place.room_id, "invite"), {"user_id": client.user_id})
        await client.call("POST", client.room(place.room_id, "join"))
        place.clients[user] = client
        return client

    async def _content(self, client: Client, place: Place, line: Line) -> dict[str, Any]:
        if line.file == "photo":
            data = files.photo()
            uri = await client.upload(data, "image/jpeg", "parcel.jpg")
            width, height = files.PHOTO_SIZE
            info = {"mimetype": "image/jpeg", "size": len(data), "w": width, "h": height}
            return {"msgtype": "m.image", "body": line.text, "filename": "parcel.jpg", "url": uri, "info": info}
        if line.file == "document":
            data = files.invoice()
            uri = await client.upload(data, "application/pdf", line.text)
            info = {"mimetype": "application/pdf", "size": len(data)}
            return {"msgtype": "m.file", "body": line.text, "filename": line.text, "url": uri, "info": info}
        content: dict[str, Any] = {"msgtype": "m.text", "body": line.text}
        if line.edits is not None:
            relation = {"rel_type": "m.replace", "event_id": place.events[line.edits]}
            return {"msgtype": "m.text", "body": f"* {line.text}", "m.new_content": content, "m.relates_to": relation}
        if line.thread is not None:
            root = place.events[line.thread]
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
        elif line.replies is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": place.events[line.replies]}}
        return content

    # ------------------------------------------------------------ rooms

    def _plan_group(self, group: Group) -> None:
        place = Place(room_id="", clients={})
        self._places[group.name] = place

        async def begin() -> None:
            place.clients.update({user: self.clients[user] for user in group.members})
            await self._create(place, group)

        async def end() -> None:
            await self._read(place, group.unread)

        self._plan(group.ago, begin)
        self._plan(self._plan_lines(place, group.lines, group.ago, group.unread) - 0.2, end)

    async def _create(self, place: Place, group: Group) -> None:
        first, *others = (self.clients[user] for user in group.members)
        invited = [self.clients[user].user_id for user in group.invited]
        request: dict[str, Any] = {"preset": "private_chat", "name": group.name, "topic": group.topic}
        if group.alias:
            request.update(preset="public_chat", visibility="public", room_alias_name=group.alias, invite=invited)
        else:
            request["invite"] = [client.user_id for client in others] + invited
        if group.is_direct:
            request = {"preset": "trusted_private_chat", "is_direct": True, "invite": request["invite"]}
        place.room_id = (await first.call("POST", f"{V3}/createRoom", request))["room_id"]
        for client in others:
            await client.call("POST", client.room(place.room_id, "join"))
        if group.is_direct:
            await _list(first, others[0], place.room_id)
            await _list(others[0], first, place.room_id)

    # ------------------------------------------------------------ the shop

    def _plan_account(self) -> None:
        place = Place(room_id="", clients={})

        async def begin() -> None:
            identity = shop.identity(self._secret, self._clock.now_ms() / 1000)
            asked = {"site": shop.ACCOUNTS, "identity": identity, "language": "en"}
            visitor = Client(self._http, self._url)
            opened = await visitor.call("POST", f"{ROOT}/widget/sessions", asked, origin=self._url)
            visitor.user_id, visitor.token = opened["user_id"], opened["access_token"]
            place.room_id = opened["room_id"]
            place.clients = {C: visitor, S: self.clients["desk3"], "desk3": self.clients["desk3"]}

        async def end() -> None:
            visitor = place.clients[C]
            await visitor.read(place.room_id, place.events[-1])
            await self._read(place, ())
            await visitor.call("POST", f"{V3}/logout")

        self._plan(script.ACCOUNT_AGO, begin)
        self._plan(self._plan_lines(place, script.ACCOUNT_LINES, script.ACCOUNT_AGO, ()) - 0.2, end)


async def _list(one: Client, other: Client, room_id: str) -> None:
    """Note a direct chat as one of these two, as clients do."""
    path = V3 + path_of("user", one.user_id, "account_data", "m.direct")
    listed = {}
    with contextlib.suppress(Refused):  # there is no such list yet
        listed = await one.call("GET", path)
    await one.call("PUT", path, {**listed, other.user_id: [room_id]})
