"""Who enters a room is shown what is there already: its account data, receipts, typing users and members' presence.

While they are online, a change follows their joining, with `WHOLE` for its data: the source that renders it reads what
there is. Who is away finds the room among those that `entered_since` tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from roomkeeper.core.rooms import EVENT, TimelineEvent, history
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED, Change
from roomkeeper.platform.database import Reader, Write

WHOLE: Final = "whole"
"""The data of a change that stands for everything of its kind in its room."""


class _Unsigned(msgspec.Struct, frozen=True):
    prev_content: dict[str, Any] = {}


class _Event(msgspec.Struct, frozen=True):
    unsigned: _Unsigned


_decode = msgspec.json.Decoder(_Event).decode


def watch(app: Application, *kinds: str) -> None:
    """From now on, make a `WHOLE` change of these kinds for everyone who enters a room."""

    def tell(changes: Sequence[Change]) -> None:
        for user_id, room_id in entering(changes):
            if not app.is_online(user_id):
                continue
            write = Write()
            for kind in kinds:
                write.show(Change(app.positions.next(), kind, (user_id,), room_id, WHOLE))
            app.committer.submit(write).add_done_callback(_let_go)

    app.bus.subscribe(COMMITTED, tell)


def entering(changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
    """(user id, room id) of those who were not in the room before; who only changes their profile was."""
    for change in changes:
        if change.kind != EVENT:
            continue
        entry: TimelineEvent = change.data
        event = entry.event
        if event.type != "m.room.member" or event.membership != "join" or event.state_key is None:
            continue
        if _decode(entry.json).unsigned.prev_content.get("membership") != "join":
            yield event.state_key, event.room_id


async def entered_since(reader: Reader, user_id: str, since: int) -> set[str]:
    """The ids of the rooms that a user may have entered after `since`: those where their membership was set anew."""
    memberships = await history.memberships_of(reader, user_id)
    return {found.room_id for found in memberships if found.membership == "join" and found.position >= since}


def _let_go(future: asyncio.Future[None]) -> None:
    """Nobody waits for these: a failure of the whole batch is logged with what caused it."""
    if not future.cancelled():
        future.exception()
