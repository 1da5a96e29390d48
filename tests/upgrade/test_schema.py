"""The schema: made at once or step by step, in whatever order of packages, it is the same; and old data opens."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from roomkeeper.app import build
from roomkeeper.platform import schema
from roomkeeper.platform.settings import SettingsSource
from tests.harness import Server
from tests.integration.rooms.paths import room_path

BASELINE = Path(__file__).parent / "baseline_0001.sql"
"""The schema of the first version with one user and one room in it, as ``.dump`` writes it."""


@pytest.fixture
def packages(tmp_path: Path) -> list[str]:
    """All packages of the server."""
    environment = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": str(tmp_path / "unused")}
    return build(SettingsSource({}, environment)).packages


def schema_of(path: Path) -> set[tuple[str, str, str]]:
    """Everything that a database is made of: kind, name, and its SQL without differences in white space."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    connection.close()
    return {(kind, name, " ".join(sql.split())) for kind, name, sql in rows}


def fresh(path: Path, packages: Sequence[str]) -> set[tuple[str, str, str]]:
    """A new database with the newest schema."""
    schema.upgrade(f"sqlite:///{path}", packages)
    return schema_of(path)


def steps(packages: Sequence[str]) -> dict[str, list[str]]:
    """The revisions of each branch, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "alembic"))
    config.set_main_option("version_path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, schema.locations(packages))))
    scripts = ScriptDirectory.from_config(config)
    branches = {}
    for base in scripts.get_bases():
        (label,) = scripts.get_revision(base).branch_labels
        branches[label] = [step.revision for step in reversed(list(scripts.iterate_revisions(f"{label}@head", "base")))]
    return branches


def apply(path: Path, packages: Sequence[str], revisions: Sequence[str]) -> None:
    """Apply single revisions, one run for each."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    for revision in revisions:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "alembic"))
        config.set_main_option("version_path_separator", "newline")
        config.set_main_option("version_locations", "\n".join(map(str, schema.locations(packages))))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    engine.dispose()


def test_step_by_step(tmp_path: Path, packages: list[str]) -> None:
    branches = steps(packages)
    apply(tmp_path / "steps.db", packages, [revision for branch in branches.values() for revision in branch])
    assert schema_of(tmp_path / "steps.db") == fresh(tmp_path / "fresh.db", packages)
    assert schema.is_current(tmp_path / "steps.db", packages)


@pytest.mark.parametrize("seed", range(3))
def test_branches_in_any_order(tmp_path: Path, packages: list[str], seed: int) -> None:
    waiting = [list(branch) for branch in steps(packages).values()]
    chance, order = random.Random(seed), []
    while waiting:
        branch = chance.choice(waiting)
        order.append(branch.pop(0))
        waiting = [branch for branch in waiting if branch]
    apply(tmp_path / "steps.db", packages, order)
    assert schema_of(tmp_path / "steps.db") == fresh(tmp_path / "fresh.db", packages)


def test_each_branch_alone(tmp_path: Path, packages: list[str]) -> None:
    whole = fresh(tmp_path / "fresh.db", packages)
    parts: set[tuple[str, str, str]] = set()
    for number, package in enumerate(packages):
        if schema.locations([package]):
            part = fresh(tmp_path / f"{number}.db", [package])
            assert part <= whole, package
            parts |= part
    assert parts == whole


def test_upgrading_again_changes_nothing(tmp_path: Path, packages: list[str]) -> None:
    before = fresh(tmp_path / "one.db", packages)
    assert fresh(tmp_path / "one.db", packages) == before


def test_each_head_is_the_file_with_the_highest_number(packages: list[str]) -> None:
    assert schema.heads(packages) == {branch[-1] for branch in steps(packages).values()}


async def test_data_of_the_first_version_opens(tmp_path: Path, packages: list[str]) -> None:
    """Its user signs in, reads, and goes on; and its schema is then that of a new database."""
    data = tmp_path / "data"
    data.mkdir()
    path = data / "roomkeeper.db"
    connection = sqlite3.connect(path)
    connection.executescript(BASELINE.read_text(encoding="utf-8"))
    connection.close()
    server = await Server(data).start()
    try:
        ann = await server.login("ann")
        (room_id,) = (await ann.get("/joined_rooms"))["joined_rooms"]
        assert await ann.timeline(room_id) == ["from the first version"]
        assert await ann.get(room_path(room_id, "state", "m.room.name", "")) == {"name": "The first room"}
        await ann.sync()
        await ann.send(room_id, "from now")
        assert len((await ann.sync())["rooms"]["join"][room_id]["timeline"]["events"]) == 1
    finally:
        await server.stop()
    assert schema_of(path) == fresh(tmp_path / "fresh.db", packages)
