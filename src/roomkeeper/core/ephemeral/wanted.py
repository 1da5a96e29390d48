"""Whether a client's filter wants a kind of ephemeral event, and where it goes."""

from __future__ import annotations

from roomkeeper.core.sync.sources import RoomSection, SyncAnswer, SyncRequest
from roomkeeper.wire.filters import matcher


def ephemeral_section(request: SyncRequest, answer: SyncAnswer, event_type: str, room_id: str) -> RoomSection | None:
    """The section of a room that the user is in, if the filter wants such events of it; their sender is nobody."""
    room_filter = request.filter.room
    if room_filter.ephemeral.limit == 0 or not room_filter.includes_room(room_id):
        return None
    match = matcher(room_filter.ephemeral)
    if match is not None and not (match.matches_type(event_type) and match.matches_room(room_id)):
        return None
    section = answer.room(room_id)
    return section if section is not None and section.membership == "join" else None
