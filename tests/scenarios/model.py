"""A small Matrix client: what it knows is what `/sync` told it. And the *sync law*, which every scenario ends with.

The law: what a client knows from its first sync and all that followed is what a new device of the same user is told by
its initial sync; and it does not matter whether it was online all the time or came back after being away.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

from tests.harness import Client, Server

Json = dict[str, Any]
EVERYTHING = json.dumps({"room": {"include_leave": True, "timeline": {"unread_thread_notifications": True}}})


class LawBroken(AssertionError):
    """The sync law does not hold."""


class KnownRoom:
    """What a client knows of one room. An event whose content it was told to forget has the content `None`."""

    def __init__(self) -> None:
        self.membership = ""
        self.state: dict[tuple[str, str], Json] = {}
        self.is_complete = False
        """Whether its state is all that it had when the user was last in it: not of who left and knocked unseen."""
        self.timeline: list[Json] = []
        self.stripped: dict[tuple[str, str], Json] = {}
        self.account_data: dict[str, Json] = {}
        self.receipts: dict[tuple[str, str, str | None], str] = {}
        self.typing: list[str] = []
        self.counts: dict[str, int] = {}
        self.unread: Json = {}
        """Notifications and highlights that are unread, by thread; all under "main" for who did not ask for threads."""

    def apply(self, membership: str, section: Json) -> None:
        """Take in a section of ``rooms.join`` or ``rooms.leave``."""
        if membership == "join" and self.membership != "join":
            self.state.clear()
            self.timeline.clear()
        self.membership = membership
        self.is_complete |= membership == "join"
        if membership != "join":
            self.typing = []
        timeline = section.get("timeline", {})
        if timeline.get("limited"):
            self.timeline.clear()
        for event in section.get("state", {}).get("events", ()):
            self._set(event)
        for event in timeline.get("events", ()):
            self._append(event, sets_state="state_after" not in section)
        for event in section.get("state_after", {}).get("events", ()):
            self._set(event)
        self._apply_rest(section)

    def _apply_rest(self, section: Json) -> None:
        for event in section.get("account_data", {}).get("events", ()):
            self.account_data[event["type"]] = event["content"]
        for event in section.get("ephemeral", {}).get("events", ()):
            if event["type"] == "m.typing":
                self.typing = sorted(event["content"]["user_ids"])
            elif event["type"] == "m.receipt":
                self._receive(event["content"])
        for name in ("m.joined_member_count", "m.invited_member_count"):
            if name in section.get("summary", {}):
                self.counts[name] = section["summary"][name]
        if "unread_notifications" in section:
            threads = section.get("unread_thread_notifications", {})
            self.unread = {"main": section["unread_notifications"], **threads}

    def _receive(self, content: Json) -> None:
        for event_id, by_kind in content.items():
            for kind, by_user in by_kind.items():
                for user_id, receipt in by_user.items():
                    self.receipts[user_id, kind, receipt.get("thread_id")] = event_id

    def _set(self, event: Json) -> None:
        self.state[event["type"], event["state_key"]] = event

    def _append(self, event: Json, *, sets_state: bool) -> None:
        if any(known["event_id"] == event["event_id"] for known in self.timeline):
            raise LawBroken(f"told twice: {event}")
        self.timeline.append(event)
        if sets_state and "state_key" in event:
            self._set(event)
        if event["type"] == "m.room.redaction":
            for known in [*self.timeline, *self.state.values()]:
                if known["event_id"] == event.get("redacts"):
                    known["content"] = None


class Knowledge:
    """What one device knows of everything."""

    def __init__(self) -> None:
        self.rooms: dict[str, KnownRoom] = {}
        self.account_data: dict[str, Json] = {}
        self.presence: dict[str, str] = {}

    def apply(self, answer: Json) -> None:
        """Take in an answer to ``/sync``."""
        rooms = answer.get("rooms", {})
        for membership in ("join", "leave"):
            for room_id, section in rooms.get(membership, {}).items():
                self.rooms.setdefault(room_id, KnownRoom()).apply(membership, section)
        for membership in ("invite", "knock"):
            for room_id, section in rooms.get(membership, {}).items():
                room = self.rooms.setdefault(room_id, KnownRoom())
                room.membership, room.is_complete = membership, False
                events = section[f"{membership}_state"]["events"]
                room.stripped = {(event["type"], event["state_key"]): event["content"] for event in events}
        for event in answer.get("account_data", {}).get("events", ()):
            self.account_data[event["type"]] = event["content"]
        for event in answer.get("presence", {}).get("events", ()):
            self.presence[event["sender"]] = event["content"]["presence"]


class Device:
    """A client that syncs with one filter, and remembers."""

    def __init__(self, client: Client, name: str, **query: Any) -> None:
        self.client = client
        self.name = f"{client.user_id} ({name})"
        self.query = query
        self.knows = Knowledge()

    async def sync(self, timeout_ms: int = 0) -> Json:
        """Sync once from where it was, and take it in."""
        answer = await self.client.sync(timeout_ms, **self.query)
        self.knows.apply(answer)
        return answer

    async def catch_up(self) -> None:
        """Sync until there is nothing new."""
        while len(await self.sync()) > 1:
            pass

    def room(self, room_id: str) -> KnownRoom:
        """What it knows of a room."""
        return self.knows.rooms[room_id]

    def bodies(self, room_id: str) -> list[str]:
        """The messages that it has been shown, oldest first."""
        shown = [event for event in self.room(room_id).timeline if event["type"] == "m.room.message"]
        return [(event["content"] or {}).get("body", "(redacted)") for event in shown]


Arrive = Callable[..., Awaitable[Device]]
"""Lets somebody arrive: a fixture."""


async def new_device(server: Server, client: Client, name: str = "another", **query: Any) -> Device:
    """Another device of the same user, which has not synced yet."""
    login = await server.login(client.user_id, client.password)
    return Device(login, name, **query)


async def settled(server: Server) -> None:
    """Wait until every fact is delivered."""
    for _ in range(500):
        row = await server.app.driver.query_one("SELECT count(*) FROM outbox")
        if row == (0,):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("facts are left")


async def law_holds(server: Server, devices: Sequence[Device]) -> None:
    """Raise `LawBroken` where a device that has caught up knows something else than a new one is told."""
    fresh: dict[str, Knowledge] = {}
    for device in devices:
        await device.catch_up()
        user_id = device.client.user_id
        if user_id not in fresh:
            fresh[user_id] = Knowledge()
            fresh[user_id].apply(await device.client.get("/sync", filter=EVERYTHING))
        compare(device.name, device.knows, fresh[user_id])


def compare(name: str, knows: Knowledge, fresh: Knowledge) -> None:
    """Raise `LawBroken` where the two differ."""
    for membership in ("join", "invite", "knock"):
        _equal(f"{name}: rooms in {membership}", _rooms(knows, membership), _rooms(fresh, membership))
    _equal(f"{name}: account data", knows.account_data, fresh.account_data)
    for user_id in knows.presence.keys() & fresh.presence.keys():
        _equal(f"{name}: presence of {user_id}", knows.presence[user_id], fresh.presence[user_id])
    for room_id, room in fresh.rooms.items():
        known = knows.rooms.get(room_id)
        where = f"{name}: {room_id} ({room.membership})"
        if room.membership == "join":
            assert known is not None
            compare_joined(where, known, room)
        elif room.membership == "leave" and known is not None:
            _equal(f"{where}: membership", known.membership, "leave")
            if known.is_complete:
                _equal(f"{where}: state", _ids(known.state), _ids(room.state))
        elif known is not None:
            _equal(f"{where}: stripped state", known.stripped.keys(), room.stripped.keys())


def compare_joined(where: str, known: KnownRoom, fresh: KnownRoom) -> None:
    """Raise `LawBroken` where two views of a joined room differ."""
    _equal(f"{where}: state", _ids(known.state), _ids(fresh.state))
    for key, event in known.state.items():
        _same_content(where, event, fresh.state[key])
    length = min(len(known.timeline), len(fresh.timeline))
    ours, theirs = known.timeline[-length:], fresh.timeline[-length:]
    _equal(f"{where}: timeline", [e["event_id"] for e in ours], [e["event_id"] for e in theirs])
    for ours_event, theirs_event in zip(ours, theirs, strict=True):
        _same_content(where, ours_event, theirs_event)
    _equal(f"{where}: account data", known.account_data, fresh.account_data)
    _equal(f"{where}: receipts", known.receipts, fresh.receipts)
    _equal(f"{where}: typing", known.typing, fresh.typing)
    _equal(f"{where}: counts", known.counts, fresh.counts)
    _equal(f"{where}: unread", _total(known.unread), _total(fresh.unread))
    if len(known.unread) > 1:
        _equal(f"{where}: unread by thread", known.unread, fresh.unread)


def room_path(room_id: str, *rest: str) -> str:
    """A path below a room."""
    return "/".join(["/rooms", quote(room_id, safe=""), *(quote(part, safe="") for part in rest)])


def _rooms(knows: Knowledge, membership: str) -> set[str]:
    return {room_id for room_id, room in knows.rooms.items() if room.membership == membership}


def _total(unread: Json) -> dict[str, int]:
    """What is unread in all threads."""
    names = ("notification_count", "highlight_count")
    return {name: sum(counts[name] for counts in unread.values()) for name in names}


def _ids(state: dict[tuple[str, str], Json]) -> dict[tuple[str, str], str]:
    return {key: event["event_id"] for key, event in state.items()}


def _same_content(where: str, known: Json, fresh: Json) -> None:
    redacted = "redacted_because" in fresh.get("unsigned", {})
    if known["content"] is None:
        _equal(f"{where}: {fresh['event_id']} is redacted", redacted, True)
    elif not redacted:
        _equal(f"{where}: {fresh['event_id']}", known["content"], fresh["content"])


def _equal(what: str, known: object, fresh: object) -> None:
    if known != fresh:
        raise LawBroken(f"{what}:\n  known: {known}\n  fresh: {fresh}")
