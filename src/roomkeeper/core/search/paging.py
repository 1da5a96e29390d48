"""How a client goes on where a page ended: the token, and what it stands for.

Matches are looked at in windows of positions, from the newest on: those of a window are ranked and shown in pages, then
come those of the window before it. A token names the window, with what the ranks in it were made with, so that the
pages of a window fit together; and the group in which one goes on, where it is that of a group.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, Literal, NamedTuple, cast

import msgspec

from roomkeeper.core.search.models import Entry, Span
from roomkeeper.core.search.rules import Weights
from roomkeeper.platform.errors import InvalidParameter

Order = Literal["rank", "recent"]
GroupKey = Literal["room_id", "sender"]
BEST: Final = 10**11
"""A rank, in millionths, above all others."""


class Hit(NamedTuple):
    """A match that the searcher may see; `rank` in millionths."""

    rank: int
    entry: Entry


class GroupName(NamedTuple):
    """One group of results: those of a room, or of a sender."""

    key: GroupKey
    value: str

    def has(self, entry: Entry) -> bool:
        """Whether that is in the group."""
        return self.value == (entry.room_id if self.key == "room_id" else entry.sender)


class Token(msgspec.Struct, frozen=True):
    """Where a page ended.

    Attributes:
        window: what was looked at; its start is 0 where it is not known yet.
        seen: matches in the windows before.
        rank: that of the last result, in millionths.
        position: that of the last result; with `BEST`, nothing of the window was shown.
        weights: those of the window; empty where they are not known yet.
        group: the group to go on in, if it is not all.
    """

    order: Order
    window: Span
    seen: int
    rank: int
    position: int
    weights: Weights
    group: GroupName | None

    def encode(self) -> str:
        """As clients get it."""
        numbers = (self.window.start, self.window.end, self.seen, self.rank, self.position)
        weights = "-".join(str(weight) for weight in self.weights)
        group = ""
        if self.group is not None:
            group = f"{self.group.key}.{urlsafe_b64encode(self.group.value.encode()).decode().rstrip('=')}"
        return f"{self.order}.{'.'.join(str(number) for number in numbers)}.{weights}.{group}"

    def is_before(self, hit: Hit) -> bool:
        """Whether that comes after what was shown."""
        return self.rank == BEST or _place(self.order, self.rank, self.position) < place(self.order, hit)


def place(order: Order, hit: Hit) -> tuple[int, int]:
    """What to sort by."""
    return _place(order, hit.rank, hit.entry.position)


def _place(order: Order, rank: int, position: int) -> tuple[int, int]:
    return (-rank if order == "rank" else 0, -position)


_TOKEN: Final = re.compile(
    r"(rank|recent)\.([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,9})\.([0-9]{1,12})\.([0-9]{1,18})"
    r"\.((?:[0-9]{1,5}(?:-[0-9]{1,5}){0,30})?)\.(?:(room_id|sender)\.([A-Za-z0-9_-]{1,400}))?",
    re.ASCII,
)


def decode_token(text: str, order: Order, clauses: int) -> Token:
    """Raises `InvalidParameter`, also for one of another order, or of a term with another number of clauses."""
    match = _TOKEN.fullmatch(text)
    wrong = InvalidParameter("next_batch is not a token of this search. Start again without one.")
    if match is None or match[1] != order:
        raise wrong
    weights = tuple(int(weight) for weight in match[7].split("-")) if match[7] else ()
    if weights and len(weights) != clauses:
        raise wrong
    group = None
    if match[8] is not None:
        try:
            value = urlsafe_b64decode(match[9] + "=" * (-len(match[9]) % 4)).decode()
        except ValueError:
            raise wrong from None
        group = GroupName(cast("GroupKey", match[8]), value)
    start, end, seen, rank, position = (int(match[number]) for number in range(2, 7))
    return Token(order, Span(start, end), seen, rank, position, weights, group)
