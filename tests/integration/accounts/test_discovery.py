"""What clients ask first."""

from __future__ import annotations

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
