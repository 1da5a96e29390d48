"""Sources as they are followed: with no room for what they find, failing, ending, changed while the agent runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from roomkeeper_agent import sources, watching
from roomkeeper_agent.config import SourceConfig
from roomkeeper_agent.policy import Policy
from roomkeeper_agent.sources.base import Batch, Found, SourceFailed
from roomkeeper_agent.spool import Spool
from roomkeeper_agent.uploading import Backoff
from roomkeeper_agent.watching import Watched, Watching
from tests.agent.test_spool import batch, entry, lines, next_upload


class NumbersSettings(msgspec.Struct, frozen=True):
    """What the source below is to do."""

    ends: bool = False
    fails_after: int = 10**9


class Numbers:
    """A source that says numbers: three, or for ever."""

    name: ClassVar[str] = "numbers"
    title: ClassVar[str] = "Numbers"
    imports: ClassVar[bool] = False
    Settings: ClassVar[type[msgspec.Struct]] = NumbersSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """None are found."""
        return []

    def __init__(self, settings: NumbersSettings) -> None:
        self._settings = settings

    async def follow(self, position: Any | None) -> AsyncGenerator[Batch, None]:
        """The numbers after `position`."""
        number = int(position or 0)
        end = number + self._settings.fails_after
        while not (self._settings.ends and number >= 3):
            number += 1
            if number > end:
                raise SourceFailed("the program is not there")
            yield batch(entry(number, html="x" * 300), position=number)
            await asyncio.sleep(0)


class Imported(Numbers):
    """The same, as an import."""

    imports: ClassVar[bool] = True


@pytest.fixture
async def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Spool, Watching]]:
    """A spool and what fills it."""
    monkeypatch.setitem(sources.BUILT_IN, "numbers", "tests.agent.test_watching:Numbers")
    monkeypatch.setitem(sources.BUILT_IN, "imported", "tests.agent.test_watching:Imported")
    monkeypatch.setattr(watching, "Backoff", lambda first: Backoff(0.01, 0.02))
    spool = Spool(tmp_path / "spool", most_bytes=20_000)
    all_sources = Watching(spool, lambda: Policy(others="on_request"), lambda: None)
    yield spool, all_sources
    await all_sources.close()
    spool.close()


def config(source: str, **settings: Any) -> SourceConfig:
    """A source that is set."""
    return SourceConfig(id=source, source=source, settings=settings)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def test_a_full_spool_stops_reading_and_loses_nothing(made: tuple[Spool, Watching]) -> None:
    spool, all_sources = made
    await all_sources.use([config("numbers")])
    watched = all_sources.all["numbers"]
    await until(lambda: watched.state == "waits for space")
    assert "may have" in watched.error
    first = spool.outbox.waiting().held
    assert spool.intake.position("numbers") == first
    spool.outbox.release(1, "manual", 0, 2**53)
    spool.outbox.finish(next_upload(spool), "r")
    all_sources.space()
    await until(lambda: int(spool.intake.position("numbers") or 0) > first)
    await until(lambda: watched.state == "waits for space")
    await all_sources.close()
    found = [each["id"] for each in lines(spool, next_upload(spool))[1:]]
    assert found == [f"m{number}" for number in range(first + 1, first + 1 + len(found))]


async def test_a_full_disk_stops_reading_and_is_said(made: tuple[Spool, Watching]) -> None:
    spool, all_sources = made
    spool.intake.most_bytes = 10**9
    pages = spool.database.number("PRAGMA page_count")
    spool.database.rows(f"PRAGMA max_page_count = {pages + 3}")
    await all_sources.use([config("numbers", ends=False)])
    watched = all_sources.all["numbers"]
    await until(lambda: watched.state == "waits for space")
    assert "disk is full" in watched.error
    before = watched.entries
    spool.database.rows("PRAGMA max_page_count = 1000000")
    all_sources.space()
    await until(lambda: watched.entries > before)
    assert watched.state == "follows"


async def test_one_that_fails_goes_on_from_where_it_was(made: tuple[Spool, Watching]) -> None:
    spool, all_sources = made
    spool.intake.most_bytes = 10**9
    await all_sources.use([config("numbers", fails_after=2), config("nothing"), config("lines")])
    watched = all_sources.all
    await until(lambda: watched["numbers"].entries >= 6)
    assert watched["nothing"].state == watched["lines"].state == "failed"
    assert "There are" in watched["nothing"].error
    said = {each["why"]: each["times"] for each in spool.outbox.problems()}
    assert said["the program is not there"] >= 2
    await all_sources.close()
    assert spool.outbox.waiting().held == spool.intake.position("numbers")


async def test_imports_wait_until_the_program_may_be_recorded(tmp_path: Path, made: tuple[Spool, Watching]) -> None:
    spool = Spool(tmp_path / "other")
    policy: Policy | None = None
    all_sources = Watching(spool, lambda: policy, lambda: None)
    await all_sources.use([config("imported", ends=True)])
    watched = all_sources.all["imported"]
    await until(lambda: watched.state == "waits for the policy")
    policy = Policy()
    all_sources.space()
    await until(lambda: watched.state == "not recorded")
    assert "pidgin" in watched.error
    assert (spool.is_empty(), spool.intake.position("imported")) == (True, None)
    policy = Policy(others="on_request")
    all_sources.space()
    await until(lambda: watched.state == "done")
    assert spool.outbox.waiting().due == 3
    await all_sources.close()
    spool.close()


def test_programs_of_a_source() -> None:
    """The rule of a source is that of what it finds."""
    found = [config("lines", program="our-desk"), config("notifications", programs=["Signal", "slack"]), config("irc")]
    assert [Watched(each).programs for each in found] == [["our-desk"], ["Signal", "slack"], ["irc"]]


async def test_imports_end_and_are_recorded_on_request(made: tuple[Spool, Watching]) -> None:
    spool, all_sources = made
    await all_sources.use([config("imported", ends=True)])
    await until(lambda: all_sources.all["imported"].state == "done")
    header, *entries = lines(spool, next_upload(spool))
    assert (header["trigger"], len(entries)) == ("import", 3)


async def test_what_is_set_anew_is_followed_anew(made: tuple[Spool, Watching], tmp_path: Path) -> None:
    _, all_sources = made
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        line = {"conversation": "c", "ts": 1, "text": folder.name}
        (folder / "a.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    await all_sources.use([config("lines", folder=str(one))])
    await until(lambda: [each.text for each in all_sources.last] == ["one"])
    task = all_sources.all["lines"].task
    await all_sources.use([config("lines", folder=str(one)), config("numbers", ends=True)])
    assert all_sources.all["lines"].task is task
    await all_sources.use([config("lines", folder=str(two))])
    await until(lambda: all_sources.last[-1].text == "two")
    assert task is not None
    assert task.done()
    await all_sources.use([SourceConfig(id="lines", source="lines", enabled=False)])
    assert all_sources.all["lines"].state == "off"
