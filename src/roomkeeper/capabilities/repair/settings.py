"""Settings of repair."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class RepairSettings(Settings, frozen=True):
    """What is tracked for repairing what users report, how much of it is taken, and how long it is kept."""

    section: ClassVar[str] = "repair"

    tracking: Annotated[
        Literal["on", "off"],
        Meta(
            description="Whether this server, its web client and its agents track what users do. Write keys of other"
            " applications work in any case; each user can switch it off for themselves."
        ),
    ] = "on"
    kept_days: Annotated[int, Meta(ge=1, le=3650, description="Days for which tracked events are kept.")] = 30
    key_events_per_second: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Events per second that one write key may send, for ever.")
    ] = 5000
    user_events_per_second: Annotated[
        int, Meta(ge=1, le=10_000, description="Events per second that one user's own client may send, for ever.")
    ] = 20
    buffered_events: Annotated[
        int,
        Meta(
            ge=100,
            le=1_000_000,
            description="Events of this server's own points that wait to be stored; more are dropped, and counted.",
        ),
    ] = 20_000
    flush_seconds: Annotated[
        float, Meta(ge=0.01, le=60, description="Seconds after which this server's own points are stored.")
    ] = 0.5
    skew_minutes: Annotated[
        int, Meta(ge=1, le=1440, description="Minutes by which a sender's clock may be wrong before a flow says so.")
    ] = 5
    flow_events: Annotated[
        int, Meta(ge=10, le=5000, description="Events of one point that a flow looks at, the newest.")
    ] = 500
