"""The schema: made at once or step by step, in whatever order of packages, it is the same; and old data opens."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from roomkeeper.app import build
from roomkeeper.platform import schema
from roomkeeper.platform.settings import SettingsSource
from tests.databases import ON_POSTGRESQL, databases, in_thread, opened
from tests.harness import Server
from tests.integration.rooms.paths import room_path

BASELINE = Path(__file__).parent / "baseline_0001.sql"
"""The schema of the first version with one user and one room in it, as ``.dump`` writes it."""


@pytest.fixture
def packages(tmp_path: Path) -> list[str]:
    """All packages of the server."""
    environment = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": str(tmp_path / "unused")}
    return build(SettingsSource({}, environment)).packages


Part = tuple[str, str, str]
"""Kind, name, definition."""
NewDatabase = Callable[[], str]

POSTGRESQL_PARTS = """
    SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, collation_name, is_nullable,
        replace(column_default, '::regclass', ''))
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes empty databases; their URLs."""
    made = 0

    def make() -> str:
        nonlocal made
        made += 1
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path / f'{made}.db'}"
        return databases.cluster.url(in_thread(databases.create("template1")))

    yield make
    in_thread(databases.drop_all())


def schema_of(url: str) -> set[Part]:
    """Everything that a database is made of, without differences in white space."""
    with opened(url) as database:
        if database.dialect == "postgresql":
            rows = database.rows(POSTGRESQL_PARTS)
        else:
            rows = database.rows("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
    return {(kind, name, " ".join(sql.split())) for kind, name, sql in rows}


def fresh(url: str, packages: Sequence[str]) -> set[Part]:
    """A new database with the newest schema."""
    schema.upgrade(url, packages)
    return schema_of(url)


def steps(packages: Sequence[str]) -> dict[str, list[str]]:
    """The revisions of each branch, oldest first."""
    scripts = ScriptDirectory.from_config(schema.configuration(packages))
    branches = {}
    for base in scripts.get_bases():
        (label,) = scripts.get_revision(base).branch_labels
        branches[label] = [step.revision for step in reversed(list(scripts.iterate_revisions(f"{label}@head", "base")))]
    return branches


def apply(url: str, packages: Sequence[str], revisions: Sequence[str]) -> None:
    """Apply single revisions, one run for each."""
    for revision in revisions:
        config = schema.configuration(packages)

        def run(connection: sqlalchemy.Connection, config: Config = config, revision: str = revision) -> None:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

        schema.migrate(url, run)


def test_step_by_step(new_database: NewDatabase, packages: list[str]) -> None:
    stepwise = new_database()
    branches = steps(packages)
    apply(stepwise, packages, [revision for branch in branches.values() for revision in branch])
    assert schema_of(stepwise) == fresh(new_database(), packages)
    assert schema.is_current(stepwise, packages)


@pytest.mark.parametrize("seed", range(3))
def test_branches_in_any_order(new_database: NewDatabase, packages: list[str], seed: int) -> None:
    waiting = [list(branch) for branch in steps(packages).values()]
    chance, order = random.Random(seed), []
    while waiting:
        branch = chance.choice(waiting)
        order.append(branch.pop(0))
        waiting = [branch for branch in waiting if branch]
    stepwise = new_database()
    apply(stepwise, packages, order)
    assert schema_of(stepwise) == fresh(new_database(), packages)


def test_each_branch_alone(new_database: NewDatabase, packages: list[str]) -> None:
    whole = fresh(new_database(), packages)
    parts: set[Part] = set()
    for package in packages:
        if schema.locations([package]):
            part = fresh(new_database(), [package])
            assert part <= whole, package
            parts |= part
    assert parts == whole


def test_upgrading_again_changes_nothing(new_database: NewDatabase, packages: list[str]) -> None:
    url = new_database()
    before = fresh(url, packages)
    assert fresh(url, packages) == before


def test_text_sorts_by_bytes_on_postgresql(packages: list[str]) -> None:
    url = databases.cluster.url(in_thread(databases.create("template1")))
    columns = {(name, sql) for kind, name, sql in fresh(url, packages) if kind == "column" and sql.startswith("text")}
    assert {name for name, sql in columns if not sql.startswith("text C ")} == set()
    assert len(columns) > 20
    in_thread(databases.drop_all())


def test_each_head_is_the_file_with_the_highest_number(packages: list[str]) -> None:
    assert schema.heads(packages) == {branch[-1] for branch in steps(packages).values()}


async def test_data_of_the_first_version_opens(tmp_path: Path, packages: list[str]) -> None:
    """Its user signs in, reads, and goes on; and its schema is then that of a new database."""
    if ON_POSTGRESQL:
        pytest.skip("the first version knew SQLite alone")
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
    assert schema_of(f"sqlite:///{path}") == fresh(f"sqlite:///{tmp_path / 'fresh.db'}", packages)
