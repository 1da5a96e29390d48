"""Settings of safety."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class SafetySettings(Settings, frozen=True):
    """Groups for what happens at a place: who is asked, how long what is known of people is kept."""

    section: ClassVar[str] = "safety"

    service_account: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9._=/+-]+$",
            max_length=100,
            description="The local part of the account that makes the groups and asks people; nobody signs in with it.",
        ),
    ] = "safety"
    service_display_name: Annotated[str, Meta(min_length=1, max_length=100, description="What it is called.")] = (
        "Safety"
    )
    language: Annotated[
        str,
        Meta(
            pattern=r"^(en|zh)$",
            description="The language in which people are asked and told of whom no language is known: en or zh.",
        ),
    ] = "en"
    identity_key_file: Annotated[
        str,
        Meta(
            description="The file with the key under which what identifies people is encrypted; empty: safety.key in"
            " the data directory. It is in no backup: keep a copy elsewhere, or a backup cannot show it."
        ),
    ] = ""
    live_minutes: Annotated[
        int, Meta(ge=1, le=240, description="Minutes for which a live position counts when no newer one comes.")
    ] = 10
    once_minutes: Annotated[
        int, Meta(ge=1, le=1440, description="Minutes for which a position counts that somebody told once.")
    ] = 60
    approximate_hours: Annotated[
        int, Meta(ge=1, le=168, description="Hours for which a position counts that is approximate.")
    ] = 24
    followings_kept_days: Annotated[
        int, Meta(ge=7, le=3650, description="Days for which it is known that somebody watched over somebody.")
    ] = 90
    asked_again_days: Annotated[
        int, Meta(ge=0, le=365, description="Days for which nobody is asked anew by whom they have refused.")
    ] = 7
    countdown_seconds: Annotated[
        int, Meta(ge=0, le=120, description="Seconds in which whoever raises an event can take it back.")
    ] = 10
    join_minutes: Annotated[
        int,
        Meta(ge=0, le=1440, description="Minutes in which a second report of the same kind nearby joins the first."),
    ] = 30
    most_asked: Annotated[
        int, Meta(ge=1, le=20_000, description="How many people are asked into one group at most.")
    ] = 1000
    first_stage: Annotated[
        int,
        Meta(
            ge=1, le=10_000, description="How many people are asked at first; each stage is twice as large, up to 500."
        ),
    ] = 200
    stage_seconds: Annotated[float, Meta(ge=0, le=3600, description="Seconds between two stages.")] = 1.0
    look_seconds: Annotated[
        float, Meta(ge=0.05, le=3600, description="Seconds between two looks for who has come into the area.")
    ] = 30.0
    kept_days: Annotated[
        int,
        Meta(ge=0, le=3650, description="Days after closing for which a group and its event are kept; 0: for ever."),
    ] = 30
    tile_url: Annotated[
        str,
        Meta(
            max_length=500,
            pattern=r"^(https?://[A-Za-z0-9.{}:-]+/[^\s;,'\"]*)?$",
            description="From where maps take their pictures, such as https://tiles.example.org/{z}/{x}/{y}.png ({s} at"
            " the beginning of the host: one of a, b, c); empty: the map that is built in, which shows countries alone."
            " Whoever answers there sees which places people look at.",
        ),
    ] = ""
    tile_attribution: Annotated[
        str, Meta(max_length=200, description="Whom maps name as the source of these pictures, as its licence asks.")
    ] = ""
    feed_addresses: Annotated[
        tuple[str, ...],
        Meta(description="Addresses (CIDR) from which feeds of alerts may be fetched though they are not public."),
    ] = ()
    raised_a_day: Annotated[
        int, Meta(ge=1, le=1000, description="Events that one person, who is no organisation, may raise in 24 hours.")
    ] = 10
    face_threshold: Annotated[
        float,
        Meta(ge=0.2, le=1, description="How alike (cosine) a face must be to a registered one to be a candidate."),
    ] = 0.45
    voice_threshold: Annotated[
        float,
        Meta(ge=0.5, le=1, description="The same for voices, which tell less, over another microphone most of all."),
    ] = 0.85
    text_threshold: Annotated[
        float,
        Meta(ge=0.3, le=1, description="How well words that were read must fit a name, number, plate or badge."),
    ] = 0.6
    belonging_threshold: Annotated[
        float,
        Meta(
            ge=0.15,
            le=1,
            description="The same for pictures of belongings: hundredths of places that agree.",
        ),
    ] = 0.3
    identification_mib: Annotated[
        int, Meta(ge=1, le=1024, description="MiB that a file may have which is submitted for identification.")
    ] = 50
    identifications_an_hour: Annotated[
        int, Meta(ge=1, le=1000, description="Files that one person may submit for identification within an hour.")
    ] = 20
    identification_minutes: Annotated[
        int,
        Meta(
            ge=1,
            le=1440,
            description="Minutes after which what identifies people leaves the memory when nothing is compared.",
        ),
    ] = 5
