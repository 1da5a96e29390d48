"""Settings of reports of trouble, and of what is done about them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class ReportSettings(Settings, frozen=True):
    """Reports of trouble: who takes them, which operations may do what, how long is waited for what."""

    section: ClassVar[str] = "repair_reports"

    support_account: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9._=/+-]+$",
            max_length=100,
            description="The local part of the account to which people write about trouble; nobody signs in with it.",
        ),
    ] = "support"
    support_display_name: Annotated[str, Meta(min_length=1, max_length=100, description="What it is called.")] = (
        "Support"
    )
    language: Annotated[
        str,
        Meta(pattern=r"^(en|zh)$", description="The language of who reports without words and has none: en or zh."),
    ] = "en"
    rageshake: Annotated[
        Literal["on", "off"],
        Meta(description="Whether other clients' bug reports (rageshake) are taken, without an access token."),
    ] = "on"
    reports_a_day: Annotated[
        int, Meta(ge=1, le=10_000, description="Reports that one person may make in 24 hours.")
    ] = 30
    unclaimed_an_hour: Annotated[
        int, Meta(ge=0, le=10_000, description="Bug reports without an access token that are taken in an hour.")
    ] = 60
    incident_minutes: Annotated[
        int, Meta(ge=1, le=1440, description="Minutes within which reports of one fault are one incident.")
    ] = 30
    incident_users: Annotated[
        int, Meta(ge=2, le=1000, description="How many people must report the same to make an incident.")
    ] = 3
    verify_seconds: Annotated[
        float,
        Meta(ge=0.5, le=3600, description="Seconds in which the client must try again; else it stays unverified."),
    ] = 30.0
    asked_hours: Annotated[
        int, Meta(ge=1, le=720, description="Hours after which nobody waits any more for an answer to a question.")
    ] = 72
    http_hosts: Annotated[
        tuple[str, ...],
        Meta(description="Hosts (with their port, where they have one) to which operations may make requests."),
    ] = ()
    drills: Annotated[
        Literal["on", "off"],
        Meta(description="Whether faults may be made on purpose, to practise repairing. Never on a server in use."),
    ] = "off"
    reports_kept_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days for which reports that are over are kept.")
    ] = 365
