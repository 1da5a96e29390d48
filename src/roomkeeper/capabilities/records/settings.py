"""Settings of records."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class RecordsSettings(Settings, frozen=True):
    """What is recorded is said by policies, in the console; here is what the machine needs to know."""

    section: ClassVar[str] = "records"

    sessions: Annotated[
        Literal["on", "off"],
        Meta(description="Whether sessions of customers are recorded where no policy says otherwise."),
    ] = "on"
    consent: Annotated[
        Literal["none", "tell", "ask"],
        Meta(
            description="How customers learn of it where no policy says otherwise: tell says so in a message; ask asks"
            " whether they agree; with none, only the state of the room says so, which few clients show."
        ),
    ] = "tell"
    language: Annotated[
        str,
        Meta(
            pattern=r"^(en|zh)$",
            description="The language in which customers are told and asked of whom no language is known: en or zh.",
        ),
    ] = "en"
    checkpoint_minutes: Annotated[
        float,
        Meta(ge=0.01, le=1440, description="Minutes between two checkpoints, where something was recorded meanwhile."),
    ] = 10.0
    checkpoint_folder: Annotated[
        str,
        Meta(description="A folder into which each checkpoint is written, best one of another machine; empty: none."),
    ] = ""
    checkpoint_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[!-~]+)?$",
            description="Where each checkpoint is put by HTTP (PUT <url>/<number>.json); empty: nowhere.",
        ),
    ] = ""
    checkpoint_url_token: Annotated[str, Meta(description="The bearer token for that.")] = ""
    checkpoint_s3_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[!-~]+)?$",
            description="A bucket, with or without a prefix, into which each checkpoint is put, such as"
            " https://s3.eu-central-1.amazonaws.com/bucket/prefix; empty: none. An object lock there keeps them.",
        ),
    ] = ""
    checkpoint_s3_region: Annotated[str, Meta(description="The region of that bucket.")] = "us-east-1"
    checkpoint_s3_access_key: Annotated[str, Meta(description="The id of the key with which that is signed.")] = ""
    checkpoint_s3_secret_key: Annotated[str, Meta(description="That key.")] = ""
    timestamp_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[!-~]+)?$",
            description="A timestamping service (RFC 3161) that attests each checkpoint; empty: none.",
        ),
    ] = ""
    exports_kept_days: Annotated[
        int, Meta(ge=1, le=365, description="Days after which the file of an export is removed.")
    ] = 7
    max_upload_size: Annotated[
        int, Meta(ge=65_536, le=2**40, description="Bytes that an uploaded record may have.")
    ] = 1_073_741_824
    max_uploads: Annotated[
        int, Meta(ge=1, le=10_000, description="Uploads that one person may have unfinished at a time.")
    ] = 50
    upload_days: Annotated[
        int, Meta(ge=1, le=365, description="Days after which an upload is dropped that does not go on.")
    ] = 30
    retention_hours: Annotated[
        float, Meta(ge=0.01, le=720, description="Hours between two times at which what is too old is erased.")
    ] = 24.0
