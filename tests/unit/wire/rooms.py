"""A small room to try rules in: its state grows only by events that the rules allow."""

from __future__ import annotations

from typing import Any

from roomkeeper.wire.auth_rules import authorize
from roomkeeper.wire.errors import AuthorizationRefused
from roomkeeper.wire.events import Event, build
from roomkeeper.wire.power_levels import PowerLevels
from roomkeeper.wire.room_versions import ROOM_VERSIONS
from roomkeeper.wire.signing import Signer

ALICE = "@alice:example.org"
BOB = "@bob:example.org"
CAROL = "@carol:example.org"
DAVE = "@dave:far.example"

SIGNER = Signer.from_seed("example.org", "1", b"a seed for tests, 32 bytes long.")
FAR_SIGNER = Signer.from_seed("far.example", "1", b"another seed of 32 bytes for it.")


class Room:
    """A room that Alice created and joined."""

    def __init__(self, version: str, create_content: dict[str, Any] | None = None) -> None:
        self.version = ROOM_VERSIONS[version]
        content = {"room_version": version, **(create_content or {})}
        if self.version.creator_in_content:
            content.setdefault("creator", ALICE)
        self.room_id = None if self.version.room_id_is_create_hash else "!room:example.org"
        self.state: dict[tuple[str, str], Event] = {}
        self.last: Event | None = None
        self.create = self.send("m.room.create", ALICE, content, "")
        self.room_id = self.create.room_id
        self.member(ALICE, "join")

    def event(
        self, event_type: str, sender: str, content: dict[str, Any], state_key: str | None = None, **fields: Any
    ) -> Event:
        """An event that stands right after the last one, allowed or not."""
        signer = FAR_SIGNER if sender.endswith(FAR_SIGNER.server_name) else SIGNER
        return build(
            self.version,
            **{
                "room_id": self.room_id,
                "type": event_type,
                "sender": sender,
                "state_key": state_key,
                "content": content,
                "origin_server_ts": 1_700_000_000_000,
                "depth": 1 if self.last is None else self.last.depth + 1,
                "prev_events": [] if self.last is None else [self.last.event_id],
                "auth_events": [],
                "signer": signer,
                **fields,
            },
        )

    def refused_rule(self, event: Event) -> str | None:
        """The number of the rule that refuses the event, or None if it is allowed."""
        try:
            authorize(event, self.state, self.version)
        except AuthorizationRefused as refusal:
            return refusal.rule
        return None

    def put(self, event: Event) -> Event:
        """Let the event into the room without asking anybody."""
        if event.state_key is not None:
            self.state[event.type, event.state_key] = event
        self.last = event
        return event

    def send(self, event_type: str, sender: str, content: dict[str, Any], state_key: str | None = None) -> Event:
        event = self.event(event_type, sender, content, state_key)
        authorize(event, self.state, self.version)
        return self.put(event)

    def member(self, user_id: str, membership: str) -> Event:
        """Give a user this membership, whatever the rules say of it."""
        event = self.event("m.room.member", user_id, {"membership": membership}, user_id)
        return self.put(event)

    def join_rule(self, join_rule: str) -> None:
        self.put(self.event("m.room.join_rules", ALICE, {"join_rule": join_rule}, ""))

    def power(self, **content: Any) -> Event:
        return self.put(self.event("m.room.power_levels", ALICE, content, ""))

    def levels(self) -> PowerLevels:
        current = self.state.get(("m.room.power_levels", ""))
        return PowerLevels.from_state(self.create, current, self.version)

    def rule(self, number: str | None) -> str | None:
        """A rule by its number in room version 11, as this room's version numbers it."""
        if number is None or self.version.identifier != "12":
            return number
        first, *rest = map(int, number.split("."))
        if first == 9 and rest and rest[0] > 3:
            rest[0] += 1
        return ".".join(map(str, [first + 1 if first > 1 else first, *rest]))
