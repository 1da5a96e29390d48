"""The command line, run as an administrator runs it: in processes of its own."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sqlite3
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from roomkeeper.app import settings_classes
from roomkeeper.platform.settings import SettingsSource, fields_of
from tests.process import ServerProcess

PASSWORD = "correct horse battery"


class Finished(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    error: str


async def roomkeeper(*arguments: str, stdin: str = "", **environment: str) -> Finished:
    """Run `roomkeeper`; the environment's own settings are not passed on."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ROOMKEEPER_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "roomkeeper",
        *arguments,
        env={**clean, **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            out, error = await process.communicate(stdin.encode())
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), error.decode())


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of a server that is not running."""
    return {
        "ROOMKEEPER_SERVER_NAME": "example.org",
        "ROOMKEEPER_DATA_DIR": str(tmp_path / "data"),
        "ROOMKEEPER_PASSWORD_HASHING": "fast",
        "ROOMKEEPER_LISTEN": f"127.0.0.1:{free_port()}",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A running server."""
    server = await ServerProcess(tmp_path / "data").start()
    yield server
    await server.stop()


def settings_of(process: ServerProcess) -> dict[str, str]:
    return {
        "ROOMKEEPER_SERVER_NAME": "example.org",
        "ROOMKEEPER_DATA_DIR": str(process.data_dir),
        "ROOMKEEPER_LISTEN": process.url.removeprefix("http://"),
    }


async def log_in(url: str, user: str, password: str) -> int:
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": password}
    async with aiohttp.ClientSession() as session, session.post(f"{url}/_matrix/client/v3/login", json=body) as answer:
        return answer.status


# Administration


async def test_a_user_is_created_in_a_stopped_server(environment: dict[str, str], tmp_path: Path) -> None:
    made = await roomkeeper("admin", "create-user", "alice", "--password-stdin", stdin=f"{PASSWORD}\n", **environment)
    assert made == (0, "Created @alice:example.org.\n", "")
    again = await roomkeeper("admin", "create-user", "alice", "--password-stdin", stdin=f"{PASSWORD}\n", **environment)
    assert (again.code, again.error) == (1, "Error: This user name is taken.\n")
    server = await ServerProcess(tmp_path / "data").start()
    assert await log_in(server.url, "alice", PASSWORD) == 200
    await server.stop()


async def test_a_user_is_created_in_a_running_server(process: ServerProcess) -> None:
    settings = settings_of(process)
    made = await roomkeeper("admin", "create-user", "alice", "--admin", "--generate-password", **settings)
    assert made.code == 0, made.error
    assert "Created @alice:example.org, an administrator." in made.out
    password = re.search(r"Password: (\S+)", made.out)
    assert password is not None
    assert await log_in(process.url, "alice", password[1]) == 200


async def test_a_password_is_reset(process: ServerProcess) -> None:
    settings = settings_of(process)
    await roomkeeper("admin", "create-user", "alice", "--generate-password", **settings)
    reset = await roomkeeper("admin", "reset-password", "alice", "--password-stdin", stdin=PASSWORD, **settings)
    assert reset.code == 0, reset.error
    assert "all their devices are signed out" in reset.out
    assert await log_in(process.url, "alice", PASSWORD) == 200
    unknown = await roomkeeper("admin", "reset-password", "nobody", "--password-stdin", stdin=PASSWORD, **settings)
    assert (unknown.code, unknown.error) == (1, "Error: This server has no user of that name.\n")


async def test_accounts_are_moderated(process: ServerProcess) -> None:
    settings = settings_of(process)
    await roomkeeper("admin", "create-user", "alice", "--password-stdin", stdin=PASSWORD, **settings)
    for command, standing, status in (
        ("lock-user", "is locked", 401),
        ("unlock-user", "is not locked any more", 200),
        ("suspend-user", "is suspended", 200),
        ("unsuspend-user", "is not suspended any more", 200),
        ("deactivate-user", "is deactivated", 403),
        ("reactivate-user", "is active again", 200),
    ):
        further = ["--password-stdin"] if command == "reactivate-user" else []
        done = await roomkeeper("admin", command, "alice", *further, stdin=PASSWORD, **settings)
        assert (done.code, done.out) == (0, f"@alice:example.org {standing}.\n"), done.error
        assert await log_in(process.url, "alice", PASSWORD) == status
    done = await roomkeeper("admin", "deactivate-user", "alice", "--erase", "--reason", "asked for it", **settings)
    assert done.out == "@alice:example.org is deactivated and erased.\n"
    assert "asked for it" in (await roomkeeper("admin", "audit", **settings)).out


async def test_registration_tokens_are_listed_and_revoked(process: ServerProcess) -> None:
    settings = settings_of(process)
    await roomkeeper("admin", "create-registration-token", "--token", "winter", "--uses", "5", **settings)
    assert "winter" in (await roomkeeper("admin", "list-registration-tokens", **settings)).out
    assert (await roomkeeper("admin", "delete-registration-token", "winter", **settings)).code == 0
    assert "winter" not in (await roomkeeper("admin", "list-registration-tokens", **settings)).out
    again = await roomkeeper("admin", "delete-registration-token", "winter", **settings)
    assert (again.code, again.error) == (1, "Error: There is no such registration token.\n")


async def test_lists_and_the_audit_log(process: ServerProcess) -> None:
    settings = settings_of(process)
    for name in ("alice", "bob"):
        await roomkeeper("admin", "create-user", name, "--generate-password", **settings)
    page = await roomkeeper("admin", "list-users", "--limit", "1", **settings)
    assert "@alice:example.org" in page.out
    assert "@bob:example.org" not in page.out
    assert "--from @alice:example.org" in page.out
    page = await roomkeeper("admin", "list-users", "--from", "@alice:example.org", **settings)
    assert "@bob:example.org" in page.out
    log = await roomkeeper("admin", "audit", **settings)
    assert re.search(r"operator\s+users\.create\s+@bob:example\.org", log.out)


async def test_a_registration_token_is_made(environment: dict[str, str]) -> None:
    made = await roomkeeper("admin", "create-registration-token", "--uses", "5", "--valid-hours", "24", **environment)
    assert made.code == 0, made.error
    assert "5 registrations, until 20" in made.out
    named = await roomkeeper("admin", "create-registration-token", "--token", "winter", **environment)
    assert named.out == "winter\nIt is good for any number of registrations, without end.\n"


async def test_without_a_terminal_the_password_must_come_from_somewhere(environment: dict[str, str]) -> None:
    done = await roomkeeper("admin", "create-user", "alice", **environment)
    assert done.code == 1
    assert "--password-stdin" in done.error


# Serving


async def test_serve_stops_cleanly_and_wakes_who_waits(process: ServerProcess) -> None:
    body = {"username": "alice", "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
    base = f"{process.url}/_matrix/client/v3"
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base}/register", json=body) as answer:
            session.headers["Authorization"] = f"Bearer {(await answer.json())['access_token']}"
            assert "server" not in answer.headers
        async with session.get(f"{base}/sync") as answer:
            since = (await answer.json())["next_batch"]

        async def long_poll() -> int:
            async with session.get(f"{base}/sync", params={"since": since, "timeout": "60000"}) as answer:
                await answer.read()
                return answer.status

        waiting = asyncio.create_task(long_poll())
        await asyncio.sleep(0.5)
        async with asyncio.timeout(30):  # Half of what the poll asked for.
            await process.stop()
            assert await waiting == 200


async def test_a_second_server_on_the_same_data_is_refused(process: ServerProcess) -> None:
    second = await roomkeeper("serve", **settings_of(process))
    assert second.code == 1
    assert "runs on the data directory" in second.error
    assert "Traceback" not in second.error


async def test_a_port_that_is_taken(process: ServerProcess, tmp_path: Path) -> None:
    settings = {**settings_of(process), "ROOMKEEPER_DATA_DIR": str(tmp_path / "other")}
    second = await roomkeeper("serve", **settings)
    assert second.code == 1
    assert "listens on" in second.error
    assert "ROOMKEEPER_LISTEN" in second.error


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ROOMKEEPER_SERVER_NAME": ""}, "ROOMKEEPER_SERVER_NAME"),
        ({"ROOMKEEPER_SERVER_NAME": "https://example.org"}, "is not valid"),
        ({"ROOMKEEPER_LISTEN": "nonsense"}, "ROOMKEEPER_LISTEN"),
        ({"ROOMKEEPER_LISTEN": "127.0.0.1:99999"}, "ROOMKEEPER_LISTEN"),
        ({"ROOMKEEPER_LISTEN": "192.0.2.1:8008"}, "ROOMKEEPER_LISTEN"),
        ({"ROOMKEEPER_REGISTRATION": "maybe"}, "ROOMKEEPER_REGISTRATION"),
        ({"ROOMKEEPER_REGISTRATOIN": "open"}, "ROOMKEEPER_REGISTRATOIN"),
        ({"ROOMKEEPER_DATABASE_URL": "mysql://x/y"}, "SQLite"),
        ({"ROOMKEEPER_DATA_DIR": "/proc/nowhere"}, "/proc/nowhere"),
        ({"ROOMKEEPER_CONFIG": "/nonexistent.toml"}, "/nonexistent.toml"),
    ],
)
async def test_mistakes_in_settings_are_told_plainly(
    environment: dict[str, str], changes: dict[str, str], message: str
) -> None:
    done = await roomkeeper("serve", **{**environment, **changes})
    assert done.code == 1
    assert message in done.error
    assert done.error.startswith("Error: ")
    assert "Traceback" not in done.error


async def test_a_database_of_a_newer_version_is_told_plainly(environment: dict[str, str], tmp_path: Path) -> None:
    assert (await roomkeeper("db", "upgrade", **environment)).code == 0
    with sqlite3.connect(tmp_path / "data" / "roomkeeper.db") as connection:
        connection.execute(
            "UPDATE alembic_version SET version_num = 'accounts_9999' WHERE version_num LIKE 'accounts%'"
        )
    connection.close()
    for command in (("serve",), ("db", "upgrade"), ("admin", "list-users")):
        done = await roomkeeper(*command, **environment)
        assert done.code == 1
        assert "newer version" in done.error
    done = await roomkeeper("doctor", **environment)
    assert done.code == 1
    assert "FAIL database" in done.out


async def test_what_is_no_database_is_told_plainly(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "roomkeeper.db").write_bytes(b"this is no database, whatever it is" * 100)
    for command in (("serve",), ("doctor",)):
        done = await roomkeeper(*command, **environment)
        assert done.code == 1
        assert "roomkeeper.db" in done.error + done.out
        assert "Traceback" not in done.error


# Doctor, settings, database


async def test_doctor_before_the_first_start(environment: dict[str, str]) -> None:
    done = await roomkeeper("doctor", **environment)
    assert done.code == 0, done.out
    assert "FAIL" not in done.out
    assert "will be made at the first start" in done.out


async def test_doctor_beside_the_running_server(process: ServerProcess) -> None:
    done = await roomkeeper("doctor", **settings_of(process))
    assert done.code == 0, done.out
    assert "ok   address: The server runs (process" in done.out
    assert "has the newest schema" in done.out


async def test_doctor_finds_what_is_wrong(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        cases: list[tuple[dict[str, str], str]] = [
            ({"ROOMKEEPER_SERVER_NAME": ""}, "FAIL settings"),
            ({"ROOMKEEPER_SERVER_NAME": "not a name"}, "FAIL settings"),
            ({"ROOMKEEPER_DATA_DIR": str(tmp_path / "file")}, "FAIL data directory"),
            ({"ROOMKEEPER_LISTEN": listen}, "FAIL address"),
        ]
        for changes, finding in cases:
            done = await roomkeeper("doctor", **{**environment, **changes})
            assert done.code == 1
            assert finding in done.out
            assert "Traceback" not in done.error


async def test_config_show_tells_values_and_origins_and_hides_secrets(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "roomkeeper.toml"
    file.write_text('metrics_token = "hush"\nlog_level = "error"\n[accounts]\nregistration = "token"\n')
    secret = {"ROOMKEEPER_REGISTRATION_SHARED_SECRET": "hush"}
    done = await roomkeeper("config", "show", "--config", str(file), **environment, **secret)
    assert done.code == 0, done.error
    assert re.search(r'log_level\s+"error"\s+file', done.out)
    assert re.search(r'accounts\.registration\s+"token"\s+file', done.out)
    assert re.search(r'server_name\s+"example.org"\s+environment', done.out)
    assert re.search(r"accounts\.max_devices\s+1000\s+default", done.out)
    assert "hush" not in done.out


async def test_config_check(environment: dict[str, str], tmp_path: Path) -> None:
    assert (await roomkeeper("config", "check", **environment)).out == "All settings can be used.\n"
    bridges = {"ROOMKEEPER_APPSERVICES": "/etc/one.yaml, /etc/two.yaml", "ROOMKEEPER_LEGACY_CLIENTS": "on"}
    assert (await roomkeeper("config", "check", **environment, **bridges)).code == 0
    file = tmp_path / "roomkeeper.toml"
    for text, message in (
        ("[acounts]\n", "[acounts]"),
        ("[accounts]\nregistraton = 'open'\n", "registraton"),
        ("[accounts]\nmax_devices = 0\n", "max_devices"),
        ("registration = \n", "not valid TOML"),
    ):
        file.write_text(text)
        done = await roomkeeper("config", "check", "-c", str(file), **environment)
        assert done.code == 1
        assert message in done.error


async def test_the_example_file_is_a_settings_file_with_every_setting() -> None:
    done = await roomkeeper("config", "example")
    assert done.code == 0, done.error
    # As it is, and with every default taken in, it gives the same settings.
    uncommented = re.sub(r"^# (\w+ = )", r"\1", done.out, flags=re.MULTILINE)
    for kind in settings_classes():
        read: list[Any] = [SettingsSource(tomllib.loads(text), {}).section(kind) for text in (done.out, uncommented)]
        assert read[0] == read[1]
        for field in fields_of(kind):
            assert f"{field.name} = " in done.out


async def test_the_reference_page_has_every_setting() -> None:
    done = await roomkeeper("config", "reference")
    for kind in settings_classes():
        for field in fields_of(kind):
            assert f"`{field.environment}`" in done.out
            assert field.description


async def test_db_upgrade(environment: dict[str, str]) -> None:
    assert (await roomkeeper("db", "upgrade", **environment)).out == "The schema is up to date now.\n"
    assert (await roomkeeper("db", "upgrade", **environment)).out == "The schema is the newest already.\n"


async def test_db_upgrade_beside_the_running_server_is_refused(process: ServerProcess) -> None:
    done = await roomkeeper("db", "upgrade", **settings_of(process))
    assert done.code == 1
    assert "runs on the data directory" in done.error
