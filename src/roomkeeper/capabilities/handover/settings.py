"""Settings of handover."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class HandoverSettings(Settings, frozen=True):
    """What becomes of the customers of somebody who leaves."""

    section: ClassVar[str] = "handover"

    take_over_after_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=8760,
            description="Hours after which the successor has a session whose customer has not answered; 0: never. A"
            " departure's plan can say otherwise.",
        ),
    ] = 0
    profile: Annotated[
        Literal["successor", "state", "off"],
        Meta(
            description="What the profile of somebody who has left says to everybody: who takes care of their customers"
            " by default (where the plan names one person), only that they have left, or nothing."
        ),
    ] = "state"
    earlier_session: Annotated[
        Literal["read", "off"],
        Meta(description="Whether a successor may read the earlier session when its customer has said yes."),
    ] = "read"
    language: Annotated[
        str,
        Meta(
            pattern=r"^(en|zh)$",
            description="The language in which customers are told of whom no language is known: en or zh.",
        ),
    ] = "en"
