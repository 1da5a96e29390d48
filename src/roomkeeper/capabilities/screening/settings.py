"""Settings of screening."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class ScreeningSettings(Settings, frozen=True):
    """Media and words that are checked before anybody else sees them. Policies, which moderators keep, go before."""

    section: ClassVar[str] = "screening"

    enabled: Annotated[
        Literal["on", "off"], Meta(description="Whether anything is screened. Off: no policy changes that.")
    ] = "on"
    deadline_seconds: Annotated[
        int, Meta(ge=0, le=120, description="Seconds that a send waits for what is still being looked at.")
    ] = 20
    on_deadline: Annotated[
        Literal["allow", "review", "block"],
        Meta(
            description="What becomes of a send whose media has not been looked at by then: review holds it until it"
            " has been, and decides then."
        ),
    ] = "review"
    on_busy: Annotated[
        Literal["refuse", "review"],
        Meta(
            description="What becomes of a send where too much waits to be looked at: refused, to be tried again, or"
            " held until there is time."
        ),
    ] = "refuse"
    queue_length: Annotated[
        int,
        Meta(ge=4, le=100_000, description="Files that may wait to be looked at; a user may have a quarter of them."),
    ] = 400
    on_seen_later: Annotated[
        Literal["hide", "redact", "report"],
        Meta(
            description="What becomes of what was sent when a new detector or policy would block it: its files are not"
            " shown any more, its messages are redacted as well, or it is only reported to those who review."
        ),
    ] = "hide"
    rescreen_days: Annotated[
        int, Meta(ge=0, le=3650, description="How old files may be that are looked at anew; 0: of any age.")
    ] = 90
    appeal_days: Annotated[
        int, Meta(ge=0, le=365, description="Days within which a refusal can be appealed; 0: it cannot.")
    ] = 7
    late_after_minutes: Annotated[
        int,
        Meta(ge=1, le=100_000, description="Minutes after which the overview names what still waits for a moderator."),
    ] = 60
    keep_cases_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days after which a decided case is forgotten.")
    ] = 180
    tell_senders: Annotated[
        Literal["notice", "off"],
        Meta(
            description="Whether a sender whose message was refused later is told by a server notice, as clients need"
            " it that know nothing of screening."
        ),
    ] = "notice"
    language: Annotated[
        str, Meta(pattern=r"^(en|zh)$", description="The language in which senders are told: en or zh.")
    ] = "en"
