"""Registration files: what is accepted, what stops the start, and how services are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from roomkeeper.core.appservices import registration, rules
from roomkeeper.platform.settings import SettingsError
from tests.conftest import MakeServer
from tests.databases import ON_POSTGRESQL
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.appservices.bridge import Bridge
from tests.integration.appservices.conftest import MakeBridge
from tests.integration.test_cli import roomkeeper
from tests.time_limit import time_limit

GOOD: dict[str, Any] = {
    "id": "irc",
    "url": "http://localhost:9999/",
    "as_token": "a",
    "hs_token": "h",
    "sender_localpart": "bot",
    "namespaces": {"users": [{"regex": "@_irc_.*", "exclusive": True}]},
}


def load(document: object, path: Path) -> Any:
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return registration.load(str(path), "example.org")


def test_what_bridges_generate_is_read(tmp_path: Path) -> None:
    service = load({**GOOD, "de.sorunome.msc2409.push_ephemeral": True, "protocols": ["irc"]}, tmp_path / "a.yaml")
    assert (service.url, service.sender, service.rate_limited) == ("http://localhost:9999", "@bot:example.org", True)
    assert (service.receive_ephemeral, service.protocols) == (True, ("irc",))
    assert load({**GOOD, "url": None, "org.example.more": 1}, tmp_path / "a.yaml").url is None


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"id": 5}, "`id` must be a text"),
        ({"id": ""}, "`id` must consist of"),
        ({"url": "localhost:9999"}, "`url` must be"),
        ({"url": "ftp://x"}, "`url` must be"),
        ({"url": "http://x:99999"}, "`url` must be"),
        ({"url": "http://user:password@x"}, "`url` must be"),
        ({"as_token": "two words"}, "`as_token` must consist of"),
        ({"hs_token": ["x"]}, "`hs_token` must be a text"),
        ({"sender_localpart": "a:b"}, "`sender_localpart` must be"),
        ({"rate_limited": "no"}, "`rate_limited` must be true or false"),
        ({"receive_ephemeral": 1}, "`receive_ephemeral` must be true or false"),
        ({"protocols": "irc"}, "`protocols` must be a list"),
        ({"namespaces": []}, "`namespaces` must be a mapping"),
        ({"namespaces": {"user": []}}, "only users, aliases and rooms"),
        ({"namespaces": {"users": ["@x"]}}, "entry 1 needs `regex`"),
        ({"namespaces": {"users": [{"regex": "@x"}]}}, "needs `exclusive`"),
        ({"namespaces": {"users": [{"regex": "(", "exclusive": True}]}}, "cannot be used"),
        ({"namespaces": {"users": [{"regex": "@(?!x).*", "exclusive": True}]}}, "Look-around"),
        ({"namespaces": {"users": [{"regex": "x" * 3000, "exclusive": True}]}}, "2000 characters"),
        ({"namespaces": {"users": [{"regex": "((a{900}){900})", "exclusive": True}]}}, "cannot be used"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_is_wrong(tmp_path: Path, change: Any, part: str) -> None:
    with pytest.raises(SettingsError, match=r"a\.yaml") as caught:
        load({**GOOD, **change}, tmp_path / "a.yaml")
    assert part in str(caught.value)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_nothing_may_be_missing(tmp_path: Path, name: str) -> None:
    document = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(SettingsError, match=f"`{name}` is missing"):
        load(document, tmp_path / "a.yaml")


@pytest.mark.parametrize("text", ["a: [", "- x", "", "\x00", "&a [*a]", "x: !!python/object:os.system {}"])
def test_what_is_no_registration_at_all_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        load(text, tmp_path / "a.yaml")
    with pytest.raises(SettingsError, match="cannot be read"):
        registration.load(str(tmp_path / "none.yaml"), "example.org")


@pytest.mark.parametrize("name", ["id", "as_token", "hs_token", "sender_localpart"])
async def test_services_with_something_in_common_stop_the_start(
    make_server: MakeServer, tmp_path: Path, name: str
) -> None:
    one = Bridge(tmp_path, "one")
    two = Bridge(tmp_path, "two", **{name: one.registration[name]})
    with pytest.raises(SettingsError, match=f"the same {name}"):
        await make_server(ROOMKEEPER_APPSERVICES=f"{one.file},{two.file}")


def test_no_expression_takes_for_ever(tmp_path: Path) -> None:
    regex = "@(a+)+(b+)*(a|aa)+$"
    service = load({**GOOD, "namespaces": {"users": [{"regex": regex, "exclusive": True}]}}, tmp_path / "a.yaml")
    with time_limit():  # Backtracking would need longer than the universe is old.
        for _ in range(100):
            assert not rules.matches(service.namespaces.users, "@" + "a" * 240 + "!")


def test_a_namespace_is_matched_from_the_start_and_for_this_server_alone(tmp_path: Path) -> None:
    service = load(GOOD, tmp_path / "a.yaml")
    assert rules.owns_user(service, "@_irc_bob:example.org", "example.org")
    assert rules.owns_user(service, "@bot:example.org", "example.org")
    assert not rules.owns_user(service, "@_irc_bob:elsewhere.org", "example.org")
    assert not rules.owns_user(service, "@x@_irc_bob:example.org", "example.org")


async def test_the_administrator_sees_how_services_are(make_server: MakeServer, make_bridge: MakeBridge) -> None:
    up, down, silent = await make_bridge("up"), await make_bridge("down"), await make_bridge("silent", url=None)
    server = await make_server(ROOMKEEPER_APPSERVICES=f"{up.file},{down.file},{silent.file}")
    await down.stop()
    for bridge in (up, down):
        ghost = await bridge.ghost(server, f"_{bridge.name}_x")
        await ghost.create_room()
    await up.wait(up.events)
    found = await wait_for(server, {"up": "up", "down": "down", "silent": "no url"})
    assert found["up"]["last_accepted_ts"] > 0
    assert found["down"]["last_error"]
    assert found["down"]["pending_transaction"].isdigit()
    assert found["up"]["namespaces"]["users"] == [{"regex": "@_up_.*", "exclusive": True}]
    text = str(found)
    assert "as-up" not in text
    assert "hs-up" not in text
    metrics = (await server.raw("GET", "/metrics"))[2].decode()
    assert 'roomkeeper_appservice_up{service="up"} 1.0' in metrics
    assert 'roomkeeper_appservice_up{service="down"} 0.0' in metrics
    assert 'roomkeeper_appservice_behind_positions{service="down"}' in metrics
    await down.start()
    assert (await operator(server, "POST", "/appservices/down/retry"))[0] == 200
    await wait_for(server, {"up": "up", "down": "up", "silent": "no url"})
    assert (await operator(server, "POST", "/appservices/none/retry"))[0] == 404


async def wait_for(server: Server, states: dict[str, str]) -> dict[str, Any]:
    """The services by id, once they are in these states."""
    import asyncio

    async with asyncio.timeout(20):
        while True:
            status, answer = await operator(server, "GET", "/appservices")
            assert status == 200
            found = {service["id"]: service for service in answer["appservices"]}
            if {name: service["state"] for name, service in found.items()} == states:
                return found
            await asyncio.sleep(0.02)


@pytest.mark.skipif(ON_POSTGRESQL, reason="about the command line")
async def test_files_and_services_are_checked_by_command(make_bridge: MakeBridge, tmp_path: Path) -> None:
    bridge = await make_bridge("irc")
    settings = {
        "ROOMKEEPER_SERVER_NAME": "example.org",
        "ROOMKEEPER_DATA_DIR": str(tmp_path / "data"),
        "ROOMKEEPER_LISTEN": "127.0.0.1:0",
        "ROOMKEEPER_APPSERVICES": str(bridge.file),
    }
    done = await roomkeeper("admin", "check-appservice", str(bridge.file), **settings)
    assert (done.code, done.error) == (0, "")
    assert "can be used: irc, @ircbot:example.org" in done.out
    assert "users: @_irc_.* (its own alone)" in done.out
    other = Bridge(tmp_path, "other", as_token="as-irc")
    done = await roomkeeper("admin", "check-appservice", str(other.file), **settings)
    assert done.code == 1
    assert "the same as_token" in done.error
    done = await roomkeeper("admin", "appservices", **settings)
    assert done.code == 0, done.error
    assert bridge.url in done.out
    done = await roomkeeper("doctor", **settings)
    assert f"application services: irc ({bridge.url}) is well." in done.out
    await bridge.stop()
    done = await roomkeeper("doctor", **settings)
    assert done.code == 1
    assert "cannot be reached" in done.out
    bridge.file.write_text("id: 5")
    done = await roomkeeper("serve", **settings)
    assert (done.code, str(bridge.file) in done.error) == (1, True)
