"""What was sent and what arrived: every message must reach every member exactly once.

Latencies are seconds. Send: from the PUT's start (open loop: from its scheduled time) to its answer. Delivery: from
the same start until the sync response that carries the message was parsed at a recipient; the sender's own copy is
counted and verified, but is no delivery latency.
"""

from array import array
from dataclasses import dataclass, field

LATE = 10.0  # seconds from the PUT's answer: by then a wake-up was lost, and the long-poll's timeout delivered


@dataclass(slots=True)
class Message:
    """One numbered message."""

    room_id: str
    sender: int  # index of the member
    started: float
    missing: int  # members that have not received it yet
    answered: float = 0.0
    event_id: str = ""  # from the answer of the PUT
    seen_id: str = ""  # from the first sync response


@dataclass
class Counts:
    """Everything that can go wrong with deliveries."""

    duplicated: int = 0
    misplaced: int = 0  # in another room, or never sent
    mismatched: int = 0  # event ids of PUT and sync differ
    missing: int = 0
    late: int = 0

    def problems(self) -> list[str]:
        return [f"{count} deliveries {kind}" for kind, count in vars(self).items() if count]


@dataclass
class Ledger:
    """The messages of one load; the number of a message is its index."""

    messages: list[Message] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    send_latency: "array[float]" = field(default_factory=lambda: array("d"))
    delivery_latency: "array[float]" = field(default_factory=lambda: array("d"))
    outstanding: int = 0
    delivered: int = 0
    last_delivery: float = 0.0

    def begin(self, room_id: str, sender: int, members: int, started: float) -> int:
        """A message is about to be sent; returns its number."""
        self.messages.append(Message(room_id, sender, started, members))
        self.outstanding += members
        return len(self.messages) - 1

    def answered(self, number: int, event_id: str, now: float) -> None:
        """The PUT was answered."""
        message = self.messages[number]
        message.event_id = event_id
        message.answered = now
        self.send_latency.append(now - message.started)

    def arrived(self, number: int, event_id: str, room_id: str, member: int, seen: set[int], now: float) -> None:
        """A sync response of `member`, who has `seen` other numbers, carried this message."""
        if number in seen:
            self.counts.duplicated += 1
            return
        if number >= len(self.messages) or self.messages[number].room_id != room_id:
            self.counts.misplaced += 1
            return
        seen.add(number)
        message = self.messages[number]
        message.missing -= 1
        self.outstanding -= 1
        self.delivered += 1
        self.last_delivery = now
        if message.answered and now - message.answered > LATE:
            self.counts.late += 1
        if member != message.sender:
            self.delivery_latency.append(now - message.started)
        if not message.seen_id:
            message.seen_id = event_id
        elif message.seen_id != event_id:
            self.counts.mismatched += 1

    def verify(self) -> list[str]:
        """What is wrong, in words; empty when every message arrived exactly once at each member."""
        self.counts.missing = sum(message.missing for message in self.messages)
        self.counts.mismatched += sum(
            1 for message in self.messages if message.seen_id and message.event_id != message.seen_id
        )
        return self.counts.problems()

    def forget_latencies(self) -> None:
        """Begin a new window."""
        self.send_latency = array("d")
        self.delivery_latency = array("d")
        self.delivered = 0


def percentile(values: "array[float]", share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie; 0 without values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
