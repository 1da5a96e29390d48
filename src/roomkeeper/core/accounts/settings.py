"""Settings of accounts, and of what later work does with clients and bridges of other kinds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class AccountSettings(Settings, frozen=True):
    """Who may have an account, and how it is protected."""

    section = "accounts"

    registration: Annotated[
        Literal["open", "token", "closed"],
        Meta(
            description="Who may register: anyone, those with a registration token, or nobody.",
            extra={"env": "ROOMKEEPER_REGISTRATION"},
        ),
    ] = "closed"
    policies: Annotated[
        tuple[str, ...],
        Meta(
            description="Documents that people must accept when they register, each in one or more languages: "
            '"ID VERSION LANGUAGE URL NAME", as "privacy 1.0 en https://example.org/privacy Privacy policy".'
        ),
    ] = ()
    guests: Annotated[
        Literal["on", "off"],
        Meta(
            description="Whether people can look around without an account, in rooms that admit guests. A guest is an "
            "account that can do little, without a password."
        ),
    ] = "off"
    registration_shared_secret: Annotated[
        str,
        Meta(
            max_length=1024,
            description="Secret with which administration tools register users (HMAC); empty: they cannot.",
            extra={"env": "ROOMKEEPER_REGISTRATION_SHARED_SECRET"},
        ),
    ] = ""
    password_hashing: Annotated[
        Literal["normal", "fast"],
        Meta(
            description="Argon2id with safe parameters, or with tiny ones, which protect nothing: for tests only.",
            extra={"env": "ROOMKEEPER_PASSWORD_HASHING"},
        ),
    ] = "normal"  # noqa: S105 - no password
    minimum_password_length: Annotated[
        int, Meta(ge=1, le=128, description="The fewest characters that a new password may have.")
    ] = 8
    access_token_lifetime_s: Annotated[
        int,
        Meta(ge=5, le=31_536_000, description="Seconds that an access token of a client that can refresh it is valid."),
    ] = 3600
    max_devices: Annotated[
        int, Meta(ge=1, le=10_000, description="The most devices that one user may be signed in with at a time.")
    ] = 1000


class DiscoverySettings(Settings, frozen=True):
    """What clients and people are told about the server at its well-known addresses."""

    section = "discovery"

    support_contacts: Annotated[
        tuple[str, ...],
        Meta(
            description='Whom to ask for help: "ROLE ADDRESS", as "m.role.admin desk@example.org" or '
            '"m.role.security @desk:example.org".'
        ),
    ] = ()
    support_page: Annotated[str, Meta(max_length=2000, description="URL of a page with help for this server.")] = ""
    identity_server: Annotated[
        str, Meta(max_length=2000, description="Base URL of an identity server that clients may use; empty: none.")
    ] = ""


class CompatibilitySettings(Settings, frozen=True):
    """Bridges, and clients that speak older versions of the API."""

    section = "compatibility"

    appservices: Annotated[
        tuple[str, ...],
        Meta(
            description="Registration files (YAML) of application services, such as bridges.",
            extra={"env": "ROOMKEEPER_APPSERVICES"},
        ),
    ] = ()
    legacy_clients: Annotated[
        Literal["on", "off"],
        Meta(
            description="Serve clients that use endpoints from before version 1.1 of the specification: paths with r0, "
            "access tokens in the query, /events and /initialSync. Then files can be downloaded without an account by "
            "whoever knows their ids.",
            extra={"env": "ROOMKEEPER_LEGACY_CLIENTS"},
        ),
    ] = "off"
