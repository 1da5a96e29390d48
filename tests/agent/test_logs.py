"""Sources of log files: the contract, with what the real programs wrote; then what is particular to each."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from roomkeeper_agent import sources
from roomkeeper_agent.sources import logs
from roomkeeper_agent.sources.base import Entry
from tests.agent.contract import LATER, SAMPLES, WRITTEN, Contract, Sample, read

MORE_TEXT = (
    "(03:10:00 AM) Jane Doe: Zeile eins\nzweite Zeile\n\n(vierte) Zeile ünd 中文\n"
    "(03:10:00 AM) Jane Doe: gleich\n(03:10:00 AM) Jane Doe: gleich\n"
)
MORE_HTML = (
    '<font color="#16569E"><font size="2">(03:10:00)</font> <b>desk:</b></font> one<br/>two<br/>\n'
    '<font color="#A82F2F"><font size="2">(03:10:01)</font> <b>customer &lt;AUTO-REPLY&gt;:</b></font> '
    "<html>away</html><br/>\n"
)


def beginning(name: str, lines: int) -> bytes:
    """The first lines of what a program wrote."""
    return b"".join((SAMPLES / name).read_bytes().splitlines(keepends=True)[:lines])


def log_samples() -> list[Sample]:
    """What the programs wrote in a conversation on IRC, and what older versions write otherwise."""
    folder = "irc/desk@127.0.0.1/#customers.chat/2026-11-23.025721+0000UTC"
    return [
        Sample(
            "pidgin",
            f"{folder}.txt",
            beginning("pidgin.txt", 9) + MORE_TEXT.encode(),
            11,
            line=lambda number: f"(04:{number // 1000:02}:00) customer: line {number}\n".encode(),
        ),
        Sample("pidgin", f"{folder}.html", beginning("pidgin.html", 7) + MORE_HTML.encode(), 7),
        Sample(
            "hexchat",
            "Test/#customers.log",
            (SAMPLES / "hexchat.log").read_bytes()
            + b"Nov 23 03:00:00 <@desk>\tHello\nNov 23 03:00:00 <@desk>\tHello\nDez 31 23:59:59 <x>\ta\n"
            + "Jan 01 00:00:01 *\tcustomer (~customer@127.0.0.1) has joined\nянв. 02 00:00:01 <x>\tпривет\n".encode(),
            8,
            line=lambda number: f"Feb {number // 3000 + 1:02} 04:00:00 <customer>\tline {number}\n".encode(),
        ),
        Sample(
            "weechat",
            "irc.test.#customers.weechatlog",
            beginning("weechat.log", 8) + b"2026-11-23 10:00:00\tcustomer\tone\ntwo\n"
            b"2026-11-23 10:00:00.123456Z\t@desk\t\x1b[31mred\x1b[0m\n",
            10,
        ),
        Sample("irssi", "test/#customers.log", beginning("irssi.log", 12), 11),
    ]


class TestContract(Contract):
    """Every source of logs keeps it."""

    @pytest.fixture(params=log_samples(), ids=lambda sample: f"{sample.source}{sample.file[-4:]}")
    def sample(self, request: pytest.FixtureRequest) -> Sample:
        """One of them."""
        found: Sample = request.param
        return found

    @pytest.fixture
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logs, "MOST_ENTRIES", 1)


def said(folder: Path, source: str, name: str, text: str | bytes, written: float = WRITTEN) -> list[Entry]:
    """What a log says, whose clock is that of Vienna where its name does not say it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (written, written))
    made: Any = sources.make(source, {"folder": str(folder), "timezone": "Europe/Vienna"})
    return [entry for _, entry in read(made).found]


def when(*parts: int) -> int:
    """A time in UTC, in ms."""
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


PIDGIN = "jabber/desk@example.org/customer@example.org/"


def test_pidgin_zone_in_the_name_and_midnight(tmp_path: Path) -> None:
    lines = "(23:59:59) customer: late\n(00:00:01) customer: early\n(12:30:00) customer: noon\n"
    entries = said(tmp_path, "pidgin", f"{PIDGIN}2026-11-23.235000+0900JST.txt", lines)
    assert [entry.ts for entry in entries] == [
        when(2026, 11, 23, 14, 59, 59),
        when(2026, 11, 23, 15, 0, 1),
        when(2026, 11, 24, 3, 30),
    ]
    assert entries[0].raw == "(23:59:59) customer: late"


@pytest.mark.parametrize(
    "stamp",
    ["10:15:00 PM", "22:15:00", "22.15.00", "下午10时15分00秒", "11/23/2026 10:15:00 PM", "23.11.2026 22:15:00"],
)
def test_pidgin_stamps_of_languages(tmp_path: Path, stamp: str) -> None:
    (entry,) = said(tmp_path, "pidgin", f"{PIDGIN}2026-11-23.220000+0100CET.txt", f"({stamp}) customer: hello\n")
    assert (entry.ts, entry.text) == (when(2026, 11, 23, 21, 15), "hello")


def test_pidgin_knows_the_day_of_what_is_written_now(tmp_path: Path) -> None:
    """A conversation that was left open over the weekend: nothing in the log says so, but when it was written."""
    lines = "(17:00:00) customer: Friday\n(17:30:00) customer: Monday\n"
    written = when(2026, 11, 23, 16, 30, 1) / 1000
    entries = said(tmp_path, "pidgin", f"{PIDGIN}2026-11-20.170000+0100CET.txt", lines, written)
    assert [entry.ts for entry in entries] == [when(2026, 11, 20, 16), when(2026, 11, 23, 16, 30)]


def test_an_hour_that_comes_twice_loses_nothing(tmp_path: Path) -> None:
    """The end of summer time, and a clock that is set back: the same words at the same time are two messages."""
    line = "2026-10-25 02:30:00\tcustomer\tyes\n"
    entries = said(tmp_path, "weechat", "irc.test.#shop.weechatlog", line + line.replace("30:00", "59:00") + line)
    assert len({entry.id for entry in entries}) == 3
    assert [entry.ts for entry in entries] == [
        when(2026, 10, 25, 0, 30),
        when(2026, 10, 25, 0, 59),
        when(2026, 10, 25, 1, 30),
    ]
    back = "2026-11-20 10:00:00\ta\tyes\n2026-11-19 10:00:00\ta\tyes\n" * 2
    assert len({entry.id for entry in said(tmp_path / "2", "weechat", "irc.test.#shop.weechatlog", back)}) == 4


def test_hexchat_years(tmp_path: Path) -> None:
    lines = (
        "**** BEGIN LOGGING AT Wed Dec 31 23:00:00 2025\n\nDec 31 23:59:00 <a>\told\nJan 01 00:01:00 <a>\tnew\n"
        "**** BEGIN LOGGING AT Mon Feb 28 10:00:00 2028\n\nFeb 29 10:00:00 <a>\tleap\n"
    )
    entries = said(tmp_path, "hexchat", "Test/#shop.log", lines)
    assert [(entry.text, entry.ts) for entry in entries] == [
        ("old", when(2025, 12, 31, 22, 59)),
        ("new", when(2025, 12, 31, 23, 1)),
        ("leap", when(2028, 2, 29, 9, 0)),
    ]


def test_other_encodings(tmp_path: Path) -> None:
    lines = "".join(f"2026-11-23 10:00:0{n}\tcustomer\tпривет, как дела, это сообщение номер {n}\n" for n in range(5))
    entries = said(tmp_path, "weechat", "irc.test.#shop.weechatlog", lines.encode("cp1251"))
    assert entries[2].text == "привет, как дела, это сообщение номер 2"


def test_files_that_are_turned_over_cut_or_moved(tmp_path: Path) -> None:
    name = "irc.test.#shop.weechatlog"
    line = "2026-11-23 10:00:{:02}\tcustomer\tmessage {}\n"
    path = tmp_path / name
    source: Any = sources.make("weechat", {"folder": str(tmp_path), "timezone": "UTC"})
    path.write_text("".join(line.format(number, number) for number in range(5)))
    first = read(source, None, LATER * 2)
    # One more is written, the log is turned over, and a new one begun: only what is new is said.
    with path.open("a") as file:
        file.write(line.format(5, 5))
    path.rename(tmp_path / f"{name}.1")
    path.write_text(line.format(6, 6))
    second = read(source, first.position, LATER * 2)
    assert sorted(entry.text for _, entry in second.found) == ["message 5", "message 6"]
    # Cut at the beginning by hand: what is said again has the ids that it had.
    path.write_text(line.format(6, 6).replace("6\n", "7\n") + line.format(8, 8))
    third = read(source, second.position, LATER * 2)
    assert [entry.text for _, entry in third.found][-1] == "message 8"


def test_finished_sessions_are_not_known_singly(tmp_path: Path) -> None:
    """A position is not larger for the ten thousand files of ten years."""
    for day in range(1, 29):
        path = tmp_path / PIDGIN / f"2026-01-{day:02}.100000+0100CET.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"(10:00:00) customer: day {day}\n")
        os.utime(path, (WRITTEN, WRITTEN))
    source: Any = sources.make("pidgin", {"folder": str(tmp_path)})
    first = read(source)
    assert len(first.found) == 28
    assert len(first.position["files"]) == 1
    assert read(source, first.position).found == []
    # Something comes into the past after all, from a backup: it is read, with all of that folder, under the same ids.
    late = tmp_path / PIDGIN / "2026-01-05.200000+0100CET.txt"
    late.write_text("(20:00:00) customer: restored\n")
    os.utime(late, (WRITTEN, WRITTEN))
    after = read(source, first.position)
    assert [entry.text for _, entry in after.found if entry.id not in first.ids] == ["restored"]


def test_a_message_that_is_too_long_becomes_several(tmp_path: Path) -> None:
    long = "(10:00:00) customer: " + "é" * 1_200_000 + "\n(10:00:01) customer: next\n"
    path = tmp_path / PIDGIN / "2026-11-23.100000+0100CET.txt"
    path.parent.mkdir(parents=True)
    path.write_text(long)
    os.utime(path, (WRITTEN, WRITTEN))
    source: Any = sources.make("pidgin", {"folder": str(tmp_path)})
    reading = read(source)
    assert "".join(entry.text for _, entry in reading.found) == "é" * 1_200_000 + "next"
    assert {entry.sender for _, entry in reading.found} == {"customer"}
    assert "several entries" in reading.problems[0].why
