"""What it costs each message to be asked whether its recipient has left: in this process, without a server."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.load import LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.servers import Roomkeeper, Target
from roomkeeper.capabilities.handover.gates import Gates
from roomkeeper.core.organisation.sessions.models import SESSION
from roomkeeper.core.rooms.models import Draft, Room, SendAttempt, TimelineEvent
from roomkeeper.platform.database import Write
from roomkeeper.wire.events import Event
from roomkeeper.wire.room_versions import ROOM_VERSIONS

SERVICE = "@service:example.org"
ROUND = 2_000


@dataclass(frozen=True)
class Gate:
    """The cost of a message with so many departed people known, in the dearest of some rooms."""

    departed: tuple[int, ...] = (0, 1, 10_000)
    rounds: int = 50
    name: str = "gate"

    async def run(self, targets: Sequence[Target]) -> Outcome:
        figures = tuple(Figure(f"known_{number}", f"with {number:,} known", "µs") for number in self.departed)
        goals = tuple(Goal(figure.key, 5) for figure in figures)
        outcome = Outcome(self.name, "per message: has its recipient left?", figures, goals)
        if any(isinstance(target, Roomkeeper) for target in targets):
            sample = {f"known_{number}": self._measure(number) for number in self.departed}
            outcome.add(Roomkeeper.name, sample)
        return outcome

    def _measure(self, number: int) -> float:
        """µs of CPU, the best round of each room: what else the machine does is no part of it."""
        departed = {f"@gone{index}:example.org" for index in range(number)}
        gates = Gates(departed, {SERVICE}, None, _never)  # type: ignore[arg-type]
        return max(self._of_room(gates, room) for room in _rooms())

    def _of_room(self, gates: Gates, room: Room) -> float:
        sender = min(room.joined)
        draft = Draft(type="m.room.message", sender=sender, content={"msgtype": "m.text", "body": "Hello"})
        entry = TimelineEvent(1, _event(room, draft.type, None, draft.content, sender), {})
        attempt, write, best = SendAttempt(room, draft), Write(), float("inf")
        for _ in range(self.rounds):
            started = time.thread_time()
            for _ in range(ROUND):
                gates.ask(attempt)
                gates.note(room, entry, write)
            best = min(best, time.thread_time() - started)
        if gates.ask(attempt) is not None:
            raise LoadFailedError("the message was refused")
        return best / ROUND * 1e6


def _never(_room_id: str, _sender: str) -> None:
    """Nothing is refused here."""


def _rooms() -> list[Room]:
    """A session, a room of two, one of fifty; and one whose other member has not joined yet."""
    session = _room("session", "@customer:example.org", "@desk:example.org", SERVICE)
    told = {"customer": "@customer:example.org", "staff": "@desk:example.org"}
    session.set_state(_event(session, SESSION, "", told, SERVICE))
    invited = _room("invited", "@one:example.org")
    membership = {"membership": "invite"}
    invited.set_state(_event(invited, "m.room.member", "@desk:example.org", membership, "@one:example.org"))
    many = [f"@member{number}:example.org" for number in range(50)]
    return [session, _room("two", "@one:example.org", "@desk:example.org"), _room("fifty", *many), invited]


def _room(name: str, *members: str) -> Room:
    room = Room(f"!{name}:example.org", ROOM_VERSIONS["11"])
    for member in members:
        room.set_state(_event(room, "m.room.member", member, {"membership": "join"}, member))
    return room


def _event(room: Room, event_type: str, state_key: str | None, content: dict[str, Any], sender: str) -> Event:
    return Event(
        event_id=f"${event_type}:{state_key}",
        room_id=room.room_id,
        type=event_type,
        sender=sender,
        state_key=state_key,
        content=content,
        origin_server_ts=0,
        depth=1,
        prev_events=[],
        auth_events=[],
        redacts=None,
        pdu={},
    )
