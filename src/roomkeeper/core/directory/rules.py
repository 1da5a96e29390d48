"""Pure decisions of the directories: what is listed of a room, who matches, in which order.

spec: client-server §Published Room Directory, §User Directory
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from roomkeeper.core.directory.models import FoundUser, ListedRoom
from roomkeeper.core.search.segmentation import fold, pieces, tokens
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.wire.identifiers import is_mxc_uri, is_room_alias

SHOWN_STATE: Final = (
    "m.room.create",
    "m.room.name",
    "m.room.topic",
    "m.room.canonical_alias",
    "m.room.avatar",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
)
"""The state that the list is made of, all with the state key ""."""
OPENNESS: Final = ("m.room.join_rules", "m.room.history_visibility")

MAX_TERM: Final = 500
"""Characters of a search term that count."""
MAX_WORDS: Final = 16
"""Words of a search term that count."""

Content = Callable[[str], Mapping[str, Any]]
"""The content of a state event by its type, empty where there is none."""

# ---------------------------------------------------------------- rooms


def is_open(content: Content) -> bool:
    """Whether everybody may join or read the room, so that its members can be found by everybody."""
    return (
        content("m.room.join_rules").get("join_rule") == "public"
        or content("m.room.history_visibility").get("history_visibility") == "world_readable"
    )


def listed_room(room_id: str, members: int, content: Content) -> ListedRoom:
    """What the list says of a room."""
    alias = _text(content("m.room.canonical_alias").get("alias"))
    avatar = _text(content("m.room.avatar").get("url"))
    return ListedRoom(
        room_id=room_id,
        num_joined_members=members,
        world_readable=content("m.room.history_visibility").get("history_visibility") == "world_readable",
        guest_can_join=content("m.room.guest_access").get("guest_access") == "can_join",
        join_rule=_text(content("m.room.join_rules").get("join_rule")) or "invite",
        name=_text(content("m.room.name").get("name")),
        topic=_text(content("m.room.topic").get("topic")),
        canonical_alias=alias if alias is not None and is_room_alias(alias) else None,
        avatar_url=avatar if avatar is not None and is_mxc_uri(avatar) else None,
        room_type=_text(content("m.room.create").get("type")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def room_text(room: ListedRoom) -> str:
    """The text in which a search term is looked for, folded."""
    return fold("\n".join(part for part in (room.name, room.topic, room.canonical_alias) if part))


def term_parts(term: str) -> list[str]:
    """The parts of a search term that must all occur, folded."""
    return fold(term[:MAX_TERM]).split()[:MAX_WORDS]


class Place(NamedTuple):
    """The place of a room in the list, or between two rooms: more members come first, then the id decides."""

    fewer: int
    """The number of members, below zero."""
    room_id: str


def place_of(room: ListedRoom) -> Place:
    """Where a room stands in the list."""
    return Place(-room.num_joined_members, room.room_id)


def encode_since(place: Place, *, backwards: bool) -> str:
    """The token that leads on from a place: to what comes after it, or before it."""
    text = f"{'p' if backwards else 'n'}{-place.fewer}.{place.room_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_since(token: str) -> tuple[Place, bool]:
    """The place, and whether the token leads backwards. Raises `InvalidParameter`."""
    try:
        text = base64.b64decode(token.encode() + b"==", altchars=b"-_").decode()
        count, _, room_id = text[1:].partition(".")
        if text[0] not in "np" or not (count.isascii() and count.isdigit() and len(count) < 10) or not room_id:
            raise ValueError(text)
    except (ValueError, IndexError, binascii.Error):
        raise InvalidParameter("since is not a token of this list. Start again without one.") from None
    return Place(-int(count), room_id), text[0] == "p"


# ---------------------------------------------------------------- users


def localpart(user_id: str) -> str:
    """The name in a user id."""
    return user_id[1:].partition(":")[0]


def words_of(user: FoundUser) -> set[str]:
    """The words under which a user is found."""
    return {*tokens(localpart(user.user_id))[:MAX_WORDS], *tokens(user.display_name or "")[:64]}


class Wanted(NamedTuple):
    """The words that must all be found: `prefixes` at the start of one, `exact` (of Chinese and the like) as such."""

    prefixes: tuple[str, ...]
    exact: tuple[str, ...]
    whole: str
    """The whole term, folded."""

    @property
    def best(self) -> tuple[str, bool]:
        """The word to look up first, and whether it is a prefix: the longest, of which there are fewest."""
        candidates = [(word, False) for word in self.exact] + [(word, True) for word in self.prefixes]
        return max(candidates, key=lambda candidate: len(candidate[0].encode()))


def wanted(term: str) -> Wanted | None:
    """What a search term asks for; `None` where it has no words. A whole user id stands for its name."""
    term = term[:MAX_TERM].strip()
    if term.startswith("@"):
        term = localpart(term)
    found = list(pieces(fold(term)))[:MAX_WORDS]
    exact: list[str] = []
    for piece in found:
        if piece.is_run:
            both = list(piece.tokens())
            exact += [token for token in both if len(token) == 2 or len(both) == 1][:MAX_WORDS]
    if not found:
        return None
    return Wanted(tuple(piece.text for piece in found if not piece.is_run), tuple(exact), fold(term))


def matches(wish: Wanted, user: FoundUser) -> bool:
    """Whether a user is one of those that are looked for."""
    words = words_of(user)
    return all(word in words for word in wish.exact) and all(
        any(word.startswith(prefix) for word in words) for prefix in wish.prefixes
    )


def in_order(users: Sequence[FoundUser], wish: Wanted, known: set[str]) -> list[FoundUser]:
    """Exact names first, then those whom the searcher shares a room with, then those who have a display name."""

    def key(user: FoundUser) -> tuple[bool, bool, bool, str, str]:
        name = fold(user.display_name or "")
        exact = wish.whole in (name, localpart(user.user_id))
        return not exact, user.user_id not in known, not name, name, user.user_id

    return sorted(users, key=key)
