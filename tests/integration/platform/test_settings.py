"""Settings that cannot be used are told in words that an administrator understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomkeeper.app import build, settings_classes
from roomkeeper.platform.database import DatabaseError, Statement
from roomkeeper.platform.instance import AlreadyRunning
from roomkeeper.platform.schema import SchemaTooNew
from roomkeeper.platform.settings import SettingsError, SettingsSource, fields_of
from tests.conftest import MakeServer
from tests.harness import Server


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ROOMKEEPER_SERVER_NAME", "", "ROOMKEEPER_SERVER_NAME"),
        ("ROOMKEEPER_SERVER_NAME", "a" * 300, "ROOMKEEPER_SERVER_NAME"),
        ("ROOMKEEPER_LISTEN", "nowhere", "ROOMKEEPER_LISTEN"),
        ("ROOMKEEPER_RATE_LIMITS", "maybe", "ROOMKEEPER_RATE_LIMITS"),
        ("ROOMKEEPER_SERVER_NAMES", "x", "ROOMKEEPER_SERVER_NAMES is not a setting"),
        ("ROOMKEEPER_DEFAULT_ROOM_VERSION", "9", "ROOMKEEPER_DEFAULT_ROOM_VERSION"),
        ("ROOMKEEPER_ROOMS_CACHED_STATE_EVENTS", "5", "ROOMKEEPER_ROOMS_CACHED_STATE_EVENTS"),
        ("ROOMKEEPER_DATABASE_URL", "mysql://x", "mysql"),
    ],
)
def test_wrong_environment(tmp_path: Path, name: str, value: str, words: str) -> None:
    environment = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": str(tmp_path), name: value}
    with pytest.raises((SettingsError, DatabaseError)) as caught:
        build(SettingsSource({}, environment))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("server_name = 5", "server_name"),
        ("server_name = 'example.org'\nlisten_on = 'x'", "listen_on"),
        ("server_name = 'example.org'\n[room]\nx = 1", "[room]"),
        ("server_name = 'example.org'\n[rooms]\nx = 1", "[rooms]"),
        ("server_name = 'example.org'\nrooms = 5", "rooms"),
        ("server_name =", "not valid TOML"),
        ("", "is required"),
    ],
)
def test_wrong_file(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "roomkeeper.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        build(SettingsSource.load(file, {"ROOMKEEPER_DATA_DIR": str(tmp_path)}))
    assert words in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        SettingsSource.load(tmp_path / "none.toml", {})


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "roomkeeper.toml"
    file.write_text("server_name = 'file.org'\nlisten = '127.0.0.1:1'\n[rooms]\ndefault_room_version = '10'")
    environment = {"ROOMKEEPER_SERVER_NAME": "environment.org", "ROOMKEEPER_DATA_DIR": str(tmp_path)}
    app = build(SettingsSource.load(file, environment))
    assert app.settings.server_name == "environment.org"
    assert app.settings.listen == "127.0.0.1:1"


def test_every_setting_says_what_it_is_for() -> None:
    names = []
    for kind in settings_classes():
        for field in fields_of(kind):
            assert field.description, field.name
            names.append(field.environment)
    assert len(names) == len(set(names))


async def test_one_server_for_one_data_directory(make_server: MakeServer, tmp_path: Path) -> None:
    server = await make_server(data_dir=tmp_path / "one")
    with pytest.raises(AlreadyRunning, match="Another Roomkeeper"):
        await Server(tmp_path / "one").start()
    assert (await server.request("GET", "/readyz"))[0] == 200


async def test_a_database_of_a_newer_version(make_server: MakeServer, tmp_path: Path) -> None:
    server = await Server(tmp_path / "one").start()
    newer = "UPDATE alembic_version SET version_num = 'rooms_9999' WHERE version_num LIKE 'rooms_%'"
    await server.app.committer.commit(Statement(newer, rows=1))
    await server.stop()
    with pytest.raises(SchemaTooNew, match="newer version"):
        await Server(tmp_path / "one").start()


def test_a_signing_key_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "signing.key").write_text("nonsense")
    environment = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": str(tmp_path)}
    with pytest.raises(SettingsError, match="signing key"):
        build(SettingsSource({}, environment))
