"""Fifty senders race with a departure: nothing is accepted after the moment at which it takes effect."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.core.accounts.sessions import Sessions
from tests.conftest import MakeServer
from tests.databases import databases, opened
from tests.harness import Client, Server
from tests.integration.appservices.bridge import Bridge
from tests.integration.handover.leaving import DEPARTURES, finished, is_refused, report
from tests.integration.organisation.conftest import office_on
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import SERVICE, direct
from tests.integration.rooms.paths import room_path

CLIENTS, GHOSTS, COLLEAGUES = 40, 8, 2
KINDS = ("m.room.message", "edit", "m.reaction", "m.room.message")


class Race:
    """The senders, what they were answered, and when the departure took effect."""

    def __init__(self, office: Office, leaver: Client, messages: int) -> None:
        self.office = office
        self.leaver = leaver
        self.left = messages
        self.accepted: set[str] = set()
        self.refused = 0
        self.is_over = False
        """Whether the request that recorded the departure has been answered."""
        self.after_the_answer: list[str] = []

    async def send_for_ever(self, client: Client, room_id: str) -> None:
        """Send one after the other, as long as there are messages left to send."""
        first, number = await client.send(room_id, "first"), 0
        self.accepted.add(first)
        while self.left > 0:
            self.left -= 1
            number += 1
            kind = KINDS[number % len(KINDS)]
            name = "m.room.message" if kind == "edit" else kind
            path = room_path(room_id, "send", name, f"race{number}")
            was_over = self.is_over
            status, answer = await client.attempt("PUT", path, content_of(kind, first, number))
            if status == 200:
                self.accepted.add(answer["event_id"])
                if was_over:
                    self.after_the_answer.append(answer["event_id"])
            else:
                assert is_refused((status, answer), self.leaver), (status, answer)
                self.refused += 1

    async def depart(self, after: int) -> str:
        """Let the leaver leave when so many messages were accepted."""
        while len(self.accepted) < after:  # noqa: ASYNC110 - the senders are busy
            await asyncio.sleep(0)
        made = await self.office.owner.post(DEPARTURES, {"user_id": self.leaver.user_id})
        self.is_over = True
        return str(made["departure_id"])


def content_of(kind: str, first: str, number: int) -> dict[str, Any]:
    """What is sent."""
    if kind == "edit":
        changed = {"msgtype": "m.text", "body": f"edit {number}"}
        return {**changed, "m.new_content": changed, "m.relates_to": {"rel_type": "m.replace", "event_id": first}}
    if kind == "m.reaction":
        return {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": f"{number}"}}
    return {"msgtype": "m.text", "body": f"message {number}"}


@pytest.mark.parametrize(
    "messages",
    [pytest.param(10_000, id="10000"), pytest.param(100_000, id="100000", marks=pytest.mark.long)],
)
async def test_nothing_is_accepted_for_who_has_left(
    messages: int, make_server: MakeServer, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await make_server(ROOMKEEPER_APPSERVICES=str(bridge.file))
    server.check_contents = False
    office = await office_on(server)
    moments = noted_moments(server, monkeypatch)
    sales = await office.department("Sales")
    ann, _ben = await office.staff("ann", sales), await office.staff("ben", sales)
    senders = await senders_to(office, ann, bridge)
    race = Race(office, ann, messages)
    async with asyncio.TaskGroup() as group:
        for client, room_id in senders:
            group.create_task(race.send_for_ever(client, room_id))
        departing = group.create_task(race.depart(max(len(senders), messages // 4)))
    departure_id = departing.result()
    await finished(office, departure_id)

    assert race.after_the_answer == []
    assert race.refused > messages // 4, "hardly anybody was late: this was no race"
    [(_, effective)] = [each for each in moments if each[0] == ann.user_id]
    rooms = {room_id for _, room_id in senders}
    events = [event for event in stored(server) if event[1] in rooms]
    theirs = [event for event in events if event[2] not in (SERVICE, "")]
    late = [event for event in theirs if event[3] > effective]
    assert late == [], f"{len(late)} of {messages} messages were accepted for somebody who had left"
    sent = {event[0] for event in theirs if event[4] in ("m.room.message", "m.reaction")}
    assert sent == race.accepted, "what was answered with an event id is there, and nothing else"
    assert (await report(office, departure_id))["statuses"] == {"waiting": CLIENTS + GHOSTS}
    print(f"{len(race.accepted)} accepted before, {race.refused} refused after, {len(late)} accepted after")


def noted_moments(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Who was locked, and the last position that an event had had by then."""
    moments: list[tuple[str, int]] = []
    block = Sessions.block

    def noting(self: Sessions, user_id: str, *, locked: bool) -> None:
        if user_id not in dict(moments):
            moments.append((user_id, server.app.positions.last))
        block(self, user_id, locked=locked)

    monkeypatch.setattr(Sessions, "block", noting)
    return moments


async def senders_to(office: Office, ann: Client, bridge: Bridge) -> list[tuple[Client, str]]:
    """Who writes to somebody, and where: customers, those behind a bridge, colleagues in chats of two."""
    found: list[tuple[Client, str]] = []
    for number in range(CLIENTS):
        customer = await office.server.register(f"customer{number}")
        found.append((customer, await direct(customer, ann)))
    for number in range(GHOSTS):
        ghost = await bridge.ghost(office.server, f"_irc_{number}")
        found.append((ghost, await direct(ghost, ann)))
    for number in range(COLLEAGUES):
        colleague = await office.staff(f"colleague{number}")
        room_id = await colleague.create_room(invite=[ann.user_id])
        await ann.join(room_id)
        found.append((colleague, room_id))
    return found


def stored(server: Server) -> list[tuple[str, str, str, int, str]]:
    """All events: id, room, sender, position, type."""
    sql = "SELECT event_id, room_id, sender, position, type FROM events ORDER BY position"
    with opened(databases.url_of(server.data_dir)) as database:
        return [(row[0], row[1], row[2], row[3], row[4]) for row in database.rows(sql)]
