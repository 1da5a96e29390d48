"""What the endpoints of safety take and answer. Times are in milliseconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.safety.models import (
    MOST_FILE,
    ContentType,
    Feature,
    FeatureKind,
    Following,
    Guardian,
    Latitude,
    Longitude,
    Mode,
    Plain,
    Position,
    Relation,
    UserId,
    When,
)
from roomkeeper.platform.http.paging import MAX_INTEGER

Time = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]


class FollowingBody(msgspec.Struct, frozen=True, kw_only=True):
    """Over whom one wants to watch, what one really is to them, and a word with it."""

    followed: UserId
    relation: Relation
    message: Plain = ""


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True):
    """Yes or no to somebody who asks; and when they are asked into groups: see `When`."""

    confirm: bool
    when: When = "trusted"


class Followings(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of followings."""

    followings: list[Following]
    next_batch: str | None = None


class FeatureBody(msgspec.Struct, frozen=True, kw_only=True):
    """What may identify a person: a text, or a file (in base64) with its type.

    `consent`: that it may be compared with what is submitted for events; it is taken with that alone.
    """

    kind: FeatureKind
    label: Plain = ""
    text: Plain = ""
    data: Annotated[bytes, Meta(max_length=MOST_FILE)] = b""
    content_type: ContentType | None = None
    consent: bool = False


class Features(msgspec.Struct, frozen=True):
    """What is registered of a person."""

    features: list[Feature]


class GuardiansBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides for a minor; nobody: they decide themselves."""

    guardians: Annotated[list[UserId], Meta(max_length=4)]


class Guardians(msgspec.Struct, frozen=True):
    """Who decides for a minor."""

    guardians: list[Guardian]


class PositionBody(msgspec.Struct, frozen=True, kw_only=True):
    """Where one is. `accuracy`: metres; `ts`: when that was measured, now where it is not there."""

    latitude: Latitude
    longitude: Longitude
    accuracy: Annotated[float, Meta(ge=0, le=1_000_000)] = 30.0
    ts: Time | None = None
    mode: Mode = "once"


class Taken(msgspec.Struct, frozen=True):
    """What became of a position: ``taken`` it counts; ``older``: a newer one is known; ``held``: it is further away
    from the last than anybody moves, and counts when the next one agrees with it. `position` is what counts."""

    outcome: Literal["taken", "older", "held"]
    position: Position | None


class Where(msgspec.Struct, frozen=True):
    """What is known of where one is."""

    position: Position | None


class RoomAnswer(msgspec.Struct, frozen=True):
    """A room."""

    room_id: str
