"""What an erased user wrote is shown redacted to those who could not see it before.

Who was in the room before the erasure, and could see the event then, sees it still. Nothing is redacted in the
database, and no redaction is sent. State that the user set is the room's, by which others live (its name, its rules),
and stays; but the user's own membership loses name and avatar.

spec: client-server §Account deactivation, ``erase``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import TimelineEvent
from roomkeeper.core.rooms.visibility import UserView, with_membership
from roomkeeper.wire.events import Event
from roomkeeper.wire.events import load as load_event
from roomkeeper.wire.redaction import redact
from roomkeeper.wire.room_versions import DEFAULT_ROOM_VERSION, ROOM_VERSIONS, RoomVersion

if TYPE_CHECKING:
    from roomkeeper.core.rooms.service import Showing


class Veil:
    """`erased`: users with the position of the stream at which they were erased."""

    def __init__(self, erased: Mapping[str, int]) -> None:
        self.erased = erased

    async def show(self, showing: Showing, entries: Sequence[TimelineEvent]) -> Sequence[TimelineEvent]:
        """The events as the user is to see them. Where nobody among the senders is erased this costs a look-up each."""
        erased = self.erased
        if not erased or not any(entry.event.sender in erased and _is_personal(entry.event) for entry in entries):
            return entries
        view = showing.view or await UserView.load(showing.reader, showing.requester.user_id, showing.room_id)
        version = ROOM_VERSIONS[await store.room_version(showing.reader, showing.room_id) or DEFAULT_ROOM_VERSION]
        return [self._veiled(entry, view, version) for entry in entries]

    def _veiled(self, entry: TimelineEvent, view: UserView, version: RoomVersion) -> TimelineEvent:
        event = entry.event
        position = self.erased.get(event.sender)
        if position is None or not _is_personal(event) or view.saw_before(entry.position, position):
            return entry
        return _stripped(entry, version)


def _is_personal(event: Event) -> bool:
    return event.state_key is None or (event.type == "m.room.member" and event.state_key == event.sender)


def _stripped(entry: TimelineEvent, version: RoomVersion) -> TimelineEvent:
    unsigned: dict[str, Any] = msgspec.json.decode(entry.json)["unsigned"]
    membership = unsigned.pop("membership", "join")
    for name in ("prev_content", "m.relations"):
        unsigned.pop(name, None)
    stripped = load_event(redact(entry.event.pdu, version), version, entry.event.event_id)
    return with_membership(TimelineEvent(entry.position, stripped, unsigned), membership)
