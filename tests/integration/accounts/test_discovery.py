"""What clients ask first."""

from __future__ import annotations

import pytest

from roomkeeper.platform.settings import SettingsError
from tests.conftest import MakeServer
from tests.harness import Server


async def test_versions(server: Server) -> None:
    status, answer = await server.request("GET", "/_matrix/client/versions")
    assert status == 200
    assert answer["versions"][0] == "v1.1"
    assert answer["versions"][-1] == "v1.19"
    assert answer["unstable_features"] == {}


async def test_the_well_known_file_names_the_public_address(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_PUBLIC_BASE_URL="https://chat.example.org/")
    _, answer = await server.request("GET", "/.well-known/matrix/client")
    assert answer == {"m.homeserver": {"base_url": "https://chat.example.org"}}


async def test_capabilities(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_DEFAULT_ROOM_VERSION="11")
    assert (await server.request("GET", "/capabilities"))[0] == 401
    alice = await server.register("alice")
    capabilities = (await alice.get("/capabilities"))["capabilities"]
    assert capabilities["m.room_versions"]["default"] == "11"
    assert capabilities["m.room_versions"]["available"]["12"] == "stable"
    enabled = {name for name, capability in capabilities.items() if capability.get("enabled")}
    changes = {"m.change_password", "m.profile_fields", "m.set_displayname", "m.set_avatar_url"}
    assert enabled == {*changes, "m.get_login_token"}


async def test_oauth_is_not_offered(server: Server) -> None:
    status, answer = await server.request("GET", "/_matrix/client/v1/auth_metadata")
    assert (status, answer["errcode"]) == (404, "M_UNRECOGNIZED")


async def test_whom_to_ask_for_help(make_server: MakeServer) -> None:
    path = "/.well-known/matrix/support"
    assert (await (await make_server()).request("GET", path))[1]["errcode"] == "M_NOT_FOUND"
    server = await make_server(
        ROOMKEEPER_DISCOVERY_SUPPORT_CONTACTS="m.role.admin desk@example.org, m.role.security @desk:example.org",
        ROOMKEEPER_DISCOVERY_SUPPORT_PAGE="https://example.org/help",
        ROOMKEEPER_DISCOVERY_IDENTITY_SERVER="https://id.example.org",
    )
    _, answer = await server.request("GET", path)
    assert answer == {
        "contacts": [
            {"email_address": "desk@example.org", "role": "m.role.admin"},
            {"matrix_id": "@desk:example.org", "role": "m.role.security"},
        ],
        "support_page": "https://example.org/help",
    }
    _, answer = await server.request("GET", "/.well-known/matrix/client")
    assert answer["m.identity_server"] == {"base_url": "https://id.example.org"}


@pytest.mark.parametrize(
    "environment",
    [
        {"ROOMKEEPER_DISCOVERY_SUPPORT_CONTACTS": "desk@example.org"},
        {"ROOMKEEPER_ACCOUNTS_POLICIES": "privacy 1.0 en ftp://example.org/ Privacy"},
        {"ROOMKEEPER_ACCOUNTS_POLICIES": "a 1 en https://example.org/ A,a 2 de https://example.org/ A"},
        {"ROOMKEEPER_VOIP_TURN_URIS": "turn:turn.example.org"},
        {"ROOMKEEPER_VOIP_TURN_URIS": "stun:example.org", "ROOMKEEPER_VOIP_TURN_SHARED_SECRET": "x"},
    ],
)
async def test_settings_that_cannot_be_used_stop_the_start(
    make_server: MakeServer, environment: dict[str, str]
) -> None:
    with pytest.raises(SettingsError):
        await make_server(**environment)
