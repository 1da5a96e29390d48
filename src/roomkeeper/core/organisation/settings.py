"""Settings of the organisation."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class OrganisationSettings(Settings, frozen=True):
    """Sessions between customers and staff, and who sees what."""

    section: ClassVar[str] = "organisation"

    service_account: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9._=/+-]{1,100}$",
            description="The name before the colon of the account that makes the rooms of sessions; it is made when"
            " first needed, and nobody can sign in with it.",
        ),
    ] = "sessions"
    service_display_name: Annotated[
        str, Meta(min_length=1, max_length=100, description="The name of that account.")
    ] = "Sessions"
    default_department: Annotated[
        str,
        Meta(
            max_length=200,
            description="Id or external id of the department for customers who name none and whom no rule sends"
            " anywhere; empty: they are asked to name one.",
        ),
    ] = ""
    previous_staff: Annotated[
        Literal["leave", "stay"],
        Meta(description="What becomes of who had a session when somebody else gets it."),
    ] = "leave"
    late_after_minutes: Annotated[
        int,
        Meta(
            ge=1,
            le=1440,
            description="Minutes after which a session waits too long, as the console says.",
        ),
    ] = 5
    show_audit_to_those_concerned: Annotated[
        Literal["on", "off"],
        Meta(description="Whether people can see the entries of the audit log that are about themselves."),
    ] = "off"
