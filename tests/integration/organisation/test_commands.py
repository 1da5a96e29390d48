"""`roomkeeper admin` about the organisation, on a server that runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.process import SERVER_NAME, ServerProcess


def admin(server: ServerProcess, *arguments: str, fails: bool = False) -> str:
    """What a command of `roomkeeper admin` prints."""
    return command(server, "admin", *arguments, fails=fails)


def command(server: ServerProcess, *arguments: str, fails: bool = False) -> str:
    """What a command prints."""
    environment = {
        **os.environ,
        "ROOMKEEPER_SERVER_NAME": SERVER_NAME,
        "ROOMKEEPER_DATA_DIR": str(server.data_dir),
        "ROOMKEEPER_LISTEN": server.url.removeprefix("http://"),
    }
    line = [sys.executable, "-m", "roomkeeper", *arguments]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


async def test_the_organisation(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path / "data").start()
    try:
        department = admin(server, "departments", "create", "Sales").split()[-1]
        assert "Sales" in admin(server, "departments", "list")
        admin(server, "people", "create", "ann", "--email", "ann@example.org", "--department", department)
        assert "ann@example.org" in admin(server, "people", "list", "--search", "ann")
        ann = "@ann:example.org"
        assert "departed" in admin(server, "people", "depart", ann, "--reason", "gone")
        assert "gone" in admin(server, "audit")
        assert "active" in admin(server, "people", "return", ann)
        assert "staff" in admin(server, "people", "change", ann, "--title", "Head")
        admin(server, "roles", "give", ann, "supervisor", "--in", department)
        assert "supervisor" in admin(server, "roles", "list", "--user", ann)
        admin(server, "roles", "take", ann, "supervisor", "--in", department)
        assert "supervisor" not in admin(server, "roles", "list")
        admin(server, "create-user", "customer", "--generate-password")
        admin(server, "contacts", "make", ann, "@customer:example.org")
        assert "@customer:example.org" in admin(server, "contacts", "list", ann)
        admin(server, "contacts", "end", ann, "@customer:example.org")
        file = tmp_path / "people.csv"
        file.write_text("login,What,department\nben,ben@example.org,Support\n")
        options = ("--column", "What=email", "--create-departments")
        assert "1 created" in admin(server, "import", str(file), "--preview", *options)
        assert "@ben" not in admin(server, "people", "list")
        assert "1 created" in admin(server, "import", str(file), *options)
        assert "ben@example.org" in admin(server, "people", "list")
        admin(server, "import", str(tmp_path / "nothing.csv"), fails=True)
        token = admin(server, "provisioning-token", "create", "idp").split()[0]
        assert token.startswith("rks_")
        assert "idp" in admin(server, "provisioning-token", "list")
        admin(server, "provisioning-token", "revoke", "idp")
        admin(server, "departments", "delete", department)
    finally:
        await server.stop()
