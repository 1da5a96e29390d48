"""The source of JSON lines: followed, cut, replaced, in pieces, and with lines that are none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from roomkeeper_agent import sources
from roomkeeper_agent.sources import lines as lines_source
from roomkeeper_agent.sources.base import Batch, Entry


def line(number: int, **more: Any) -> str:
    """A line of a file."""
    return (
        json.dumps({"conversation": "desk", "ts": 1_700_000_000_000 + number, "text": f"你好 {number}", **more}) + "\n"
    )


@asynccontextmanager
async def followed(folder: Path, position: Any = None) -> AsyncIterator[AsyncIterator[Batch]]:
    """What a new source says."""
    source = sources.make("lines", {"folder": str(folder)})
    async with aclosing(source.follow(position)) as batches:
        yield batches


async def next_of(batches: AsyncIterator[Batch]) -> Batch:
    """The next batch, which must come."""
    return await asyncio.wait_for(anext(batches), 30)


def texts(batch: Batch) -> list[str]:
    """What the entries say."""
    return [entry.text for _, entry in batch.found]


async def test_a_folder_that_comes_later_and_lines_in_pieces(tmp_path: Path) -> None:
    folder = tmp_path / "later" / "lines"
    async with followed(folder) as batches:
        waiting = asyncio.create_task(next_of(batches))
        await asyncio.sleep(0)
        folder.mkdir(parents=True)
        file = folder / "chat.jsonl"
        whole = line(1)
        file.write_text(whole[:20], encoding="utf-8")
        with file.open("a", encoding="utf-8") as more:
            more.write(whole[20:])
        batch = await waiting
        assert texts(batch) == ["你好 1"]
        with file.open("a", encoding="utf-8") as more:
            more.write(line(2) + line(3))
        said = texts(await next_of(batches))
        while said[-1] != "你好 3":
            said += texts(await next_of(batches))
        assert said == ["你好 2", "你好 3"]


async def test_goes_on_from_a_position_with_the_same_ids(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    same = line(1)
    file.write_text(same * 3 + line(2), encoding="utf-8")
    async with followed(tmp_path) as batches:
        first = await next_of(batches)
    ids = [entry.id for _, entry in first.found]
    assert len(set(ids)) == 4
    async with followed(tmp_path) as batches:
        assert [entry.id for _, entry in (await next_of(batches)).found] == ids
    # A further equal line, read after a restart, is another entry.
    file.write_text(same, encoding="utf-8")
    async with followed(tmp_path) as batches:
        position = (await next_of(batches)).position
    with file.open("a", encoding="utf-8") as more:
        more.write(same)
    async with followed(tmp_path, json.loads(json.dumps(position))) as batches:
        assert [entry.id for _, entry in (await next_of(batches)).found] == ids[1:2]


async def test_a_file_that_is_cut_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    file.write_text(line(1) + line(2), encoding="utf-8")
    async with followed(tmp_path) as batches:
        position = (await next_of(batches)).position
    file.write_text(line(2), encoding="utf-8")
    async with followed(tmp_path, position) as batches:
        assert texts(await next_of(batches)) == ["你好 2"]


async def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    """As long as before, or longer, and with the same number on the disk: programs that empty their files do that."""
    file = tmp_path / "chat.jsonl"
    file.write_text(line(1) + line(2), encoding="utf-8")
    async with followed(tmp_path) as batches:
        position = (await next_of(batches)).position
    file.write_text("".join(line(number) for number in range(3, 8)), encoding="utf-8")
    async with followed(tmp_path, position) as batches:
        assert texts(await next_of(batches)) == [f"你好 {number}" for number in range(3, 8)]


async def test_what_is_no_entry_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    deep = b"[" * 100_000 + b"\n"
    long = b'"' + b"x" * (lines_source.BLOCK + 10) + b'"\n'
    bad = [b"no json\n", b'{"conversation":"a","ts":-1}\n', b"\xff\xfe\n", deep, long, b'{"ts":1,"text":"\\ud800"}\n']
    file.write_bytes(b"\n" + b"".join(bad) + line(7).encode())
    found: list[Entry] = []
    problems = []
    async with followed(tmp_path) as batches:
        while not found:
            batch = await next_of(batches)
            found += [entry for _, entry in batch.found]
            problems += batch.problems
    assert [entry.text for entry in found] == ["你好 7"]
    assert len(problems) == len(bad)
    assert all(str(file) in problem.where and len(problem.raw) <= 200 for problem in problems)


def test_names_and_settings() -> None:
    assert "lines" in sources.names()
    with pytest.raises(sources.NoSuchSource, match="lines"):
        sources.make("nothing", {})
    with pytest.raises(sources.WrongSettings, match="folder"):
        sources.make("lines", {})
    with pytest.raises(sources.WrongSettings, match="colour"):
        sources.make("lines", {"folder": "/x", "colour": "red"})


def test_found_where_there_is_a_folder(tmp_path: Path) -> None:
    source = sources.source_class("lines")
    assert source.detect(tmp_path) == []
    folder = tmp_path / ".local" / "share" / "roomkeeper-agent" / "lines"
    folder.mkdir(parents=True)
    (found,) = source.detect(tmp_path)
    assert sources.make("lines", found.settings).name == "lines"
