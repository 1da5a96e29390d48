"""Safety as it is stored and shown: who watches over whom, what is known of whom, where people are, what has happened.

Times are in milliseconds since the epoch, angles in degrees (WGS 84), lengths in metres.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.safety.geometry import Area

UserId = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\A[^\x00]*\Z")]
Plain = Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Text = Annotated[str, Meta(max_length=2000, pattern=r"\A[^\x00]*\Z")]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]

Sharing = Literal["off", "approximate", "exact"]
"""Whether a person's position is taken, and how exactly it is kept."""
Kind = Literal[
    "fire",
    "flood",
    "medical",
    "violence",
    "accident",
    "missing_person",
    "evacuation",
    "weather",
    "hazardous_material",
    "building",
    "power",
    "other",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# ------------------------------------------------------------ watching over one another

Relation = Literal[
    "parent",
    "child",
    "partner",
    "relative",
    "guardian",
    "carer",
    "teacher",
    "friend",
    "neighbour",
    "colleague",
    "other",
]
FollowingState = Literal["asked", "confirmed", "declined", "ended"]
When = Literal["trusted", "always"]
"""When a follower is asked into a group because of whom they follow:

- ``trusted``: where an organisation or a feed reported the event or has taken it in hand, or the followed is in it
- ``always``: at once, whoever reported it
"""


class Following(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody (`follower`) watches over somebody (`followed`), wants to, or did. `ended_by`: who ended it."""

    following_id: str
    follower: str
    followed: str
    relation: Relation
    message: str = ""
    state: FollowingState
    when: When = "trusted"
    asked_ts: int
    answered_ts: int | None = None
    answered_by: str | None = None
    ended_ts: int | None = None
    ended_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is asked for, or in force."""
        return self.state in ("asked", "confirmed")


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a person agrees to.

    `location`: see `Sharing`; `asked`: whether they may be asked into groups for being near; `joins`: the kinds of
    events into whose groups they are taken without being asked (consent given beforehand).
    """

    location: Sharing = "off"
    asked: bool = True
    joins: Annotated[tuple[Kind, ...], Meta(max_length=len(KINDS))] = ()


class Guardian(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody decides for a minor. `declared_by`: the safety officer who has checked that."""

    minor: str
    guardian: str
    declared_by: str
    declared_ts: int


# ------------------------------------------------------------ what identifies people

FeatureKind = Literal["name", "phone", "plate", "badge", "belonging", "face", "voice"]
TEXTS: tuple[FeatureKind, ...] = ("name", "phone", "plate", "badge")
"""Kinds that are texts; ``face`` and ``voice`` are files, a ``belonging`` is either."""
MOST_FEATURES = 50
MOST_FILES = 10
MOST_FILE = 4 * 1024 * 1024
"""Bytes of a picture or a recording."""
ContentType = Literal[
    "image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/mpeg", "audio/wav", "audio/mp4", "audio/webm"
]


class Feature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that may identify a person, in clear: a text, or a file (`data`, `content_type`)."""

    feature_id: str
    kind: FeatureKind
    label: str = ""
    text: str = ""
    content_type: ContentType | None = None
    size: int = 0
    consented_ts: int = 0
    created_by: str
    created_ts: int


class FeatureContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a feature that is stored encrypted, but for the bytes of a file, which are sealed apart.

    `consented_ts`: when it was agreed that it is compared in events; what nobody has agreed to is not.
    """

    label: str = ""
    text: str = ""
    content_type: ContentType | None = None
    size: int = 0
    consented_ts: int = 0


# ------------------------------------------------------------ where people are

Mode = Literal["once", "live"]
Source = Literal["app", "beacon"]


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody was at `ts`; it counts until `expires_ts`. `accuracy`: metres around, as the device says.

    `is_approximate`: the position is the centre of a cell of some 5 km², and nothing better was ever stored.
    """

    latitude: float
    longitude: float
    accuracy: float
    ts: int
    expires_ts: int
    mode: Mode
    source: Source
    is_approximate: bool = False


# ------------------------------------------------------------ what happens

EVENT = "org.roomkeeper.safety"
"""The type of the state event that says what a group is about, and how far it is."""
ROLE = "org.roomkeeper.safety.role"
"""Of the state event that says why somebody is in a group; its key is their user id without the ``@``."""
ASK = "org.roomkeeper.safety.ask"
"""Of the state event that says what an invitation asks."""

EventState = Literal["countdown", "open", "handled", "resolved", "closed", "cancelled", "joined"]
"""How far an event is:

- ``countdown``: it can still be taken back, and nobody knows of it; ``cancelled``: it was
- ``open``: people are asked; ``handled``: an organisation has taken it in hand; ``resolved``: it is over
- ``closed``: nobody writes any more, positions are gone; ``joined``: it was the same as another
"""
OPEN: tuple[EventState, ...] = ("open", "handled")
EventSource = Literal["person", "organisation", "cap"]
Role = Literal["reporter", "near", "follower", "organisation", "officer", "concerned"]
"""Why somebody is in a group; ``concerned``: whom the human in charge has recognised in what was submitted."""
AskReason = Literal[
    "near", "follower", "watched", "organisation", "duplicate", "raised", "identified", "follower_of_identified"
]
AskedState = Literal["waiting", "asked", "confirmed", "declined", "withdrawn", "failed"]
"""What became of somebody who was found: not asked yet, asked, said yes or no; not asked any more; cannot be asked."""
Severity = Literal["extreme", "severe", "moderate", "minor", "unknown"]


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded, which goes into the group as a message of whoever raised the event."""

    url: Annotated[str, Meta(pattern=r"\Amxc://[^/\s]{1,255}/[A-Za-z0-9_-]{1,255}\Z")]
    content_type: Annotated[str, Meta(max_length=100, pattern=r"\A[a-z]+/[A-Za-z0-9.+-]+\Z")] = "image/jpeg"
    name: Plain = ""


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of an event. `is_trusted`: an organisation or a feed says so; `stage`: how many times."""

    title: str
    text: str = ""
    area: Area
    severity: Severity = "unknown"
    expires_ts: int | None = None
    sent_ts: int = 0
    is_trusted: bool = False
    stage: int = 0
    media: tuple[Medium, ...] = ()
    device_id: str = ""
    joined_to: str | None = None
    handled_by: str | None = None
    closed_ts: int | None = None
    closed_by: str | None = None
    summary: str = ""
    note: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens at a place. `due_ts`: when something is to be done about it next, by its state."""

    event_id: str
    kind: Kind
    state: EventState
    source: EventSource
    source_key: str | None = None
    raised_by: str
    room_id: str | None = None
    due_ts: int | None = None
    created_ts: int
    updated_ts: int
    details: Details

    @property
    def is_open(self) -> bool:
        """Whether people are asked."""
        return self.state in OPEN


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: those alone that are open, of a kind, in a state, from a source; `None`: all."""

    open: bool = False
    kind: Kind | None = None
    state: EventState | None = None
    source: EventSource | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was found for an event; `place`: whose turn it is; `room_id`: of the invitation that asks."""

    event_id: str
    user_id: str
    role: Role
    reason: AskReason
    place: int
    state: AskedState
    room_id: str | None = None
    found_ts: int
    asked_ts: int | None = None
    answered_ts: int | None = None


class OrganisationAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is responsible for a place: what it is called, its jurisdiction, for which kinds (none: all)."""

    user_id: str
    name: str
    area: Area
    kinds: tuple[Kind, ...] = ()
    changed_by: str
    changed_ts: int

    def cares_for(self, kind: Kind) -> bool:
        """Whether it is for such events."""
        return not self.kinds or kind in self.kinds


class FeedBody(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that the server is to fetch: what it is called, where it is, how many minutes lie between two looks."""

    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
    url: Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 5


class FeedState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it went. `failures`: in a row; `error`: what went wrong the last time; `taken`: alerts acted upon so far."""

    fetched_ts: int | None = None
    failures: int = 0
    error: str = ""
    taken: int = 0
    etag: str = ""
    modified: str = ""
    seen: tuple[str, ...] = ()


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that the server fetches."""

    feed_id: str
    name: str
    url: str
    minutes: int
    added_by: str
    added_ts: int
    next_ts: int
    state: FeedState = FeedState()


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """That a report was found to be false."""

    event_id: str
    user_id: str
    reason: str
    given_by: str
    ts: int
