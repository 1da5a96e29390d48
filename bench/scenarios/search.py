"""Search over many messages: how long it takes, how long the index takes to be made, and whom that disturbs.

People and rooms are made over HTTP. Messages are then written straight into the stopped server's database, which finds
on its next start that they are not indexed yet. While it catches up, one person goes on sending. Afterwards somebody
who is in all rooms searches, and somebody who is in a few.
"""

import asyncio
import itertools
import random
import re
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import quote

import msgspec

from bench.fill import CannotFillError, find_database, stored_bytes
from bench.load import LoadFailedError
from bench.matrix import V3, User, request_bytes
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.servers import Roomkeeper, Target

BATCH = 5_000  # messages per transaction
LAG = re.compile(rb'roomkeeper_follower_lag_positions\{follower="search"\} ([0-9.e+]+)')
CATCH_UP_LIMIT = 1_800.0  # seconds
GIB = 2**30

TERMS = {
    "common": "a word in a fifth of all messages",
    "rare": "a word in a few messages",
    "two": "two common words",
    "phrase": "a phrase",
    "prefix": "the beginning of words",
    "zh_common": "a Chinese word in a fifth of all messages",
    "zh_rare": "a Chinese word in a few messages",
    "zh_char": "a single Chinese character",
}
FIGURES = (
    Figure("rebuild", "making the index", "s"),
    Figure("rate", "the same, messages", "/s"),
    Figure("send_p50", "send meanwhile, median", "ms"),
    Figure("send_p95", "send meanwhile, 95 %", "ms"),
    Figure("size", "database", "GiB"),
    *(
        Figure(f"{term}_{who}_{part}", f"{what}, {who} rooms, {part}", "ms")
        for term, what in TERMS.items()
        for who in ("all", "few")
        for part in ("p50", "p95")
    ),
)


@dataclass(frozen=True)
class Search:
    """`messages` in `rooms` rooms; each kind of search `repeats` times, by somebody in all rooms and in `few`."""

    messages: int = 1_000_000
    rooms: int = 200
    few: int = 5
    repeats: int = 60
    name: str = "search"
    goals: tuple[Goal, ...] = field(
        default=tuple(Goal(f"{term}_{who}_p95", 100) for term in TERMS for who in ("all", "few"))
    )

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"search in {self.messages:,} messages", FIGURES, self.goals)
        for target in targets:
            if not isinstance(target, Roomkeeper):
                outcome.notes.append(f"{target.name} is not filled")
                continue
            with started(target):
                try:
                    outcome.add(target.name, await self._measure(target))
                except CannotFillError as error:
                    outcome.problems.append(f"cannot fill: {error}")
        return outcome

    async def _measure(self, target: Target) -> dict[str, float]:
        owner, reader = [await User.register(target.endpoint, name) for name in ("owner", "reader")]
        rooms = [await owner.create_room([reader.user_id] if n < self.few else []) for n in range(self.rooms)]
        for room_id in rooms[: self.few]:
            await reader.join(room_id)
        for number, room_id in enumerate(rooms):
            await owner.send(quote(room_id), number, "template")
        target.stop()
        fill_messages(target.data_dir, self.messages, len(rooms))
        target.start()
        sample = await self._rebuild(target, owner, quote(rooms[0]))
        sample["size"] = stored_bytes(target.data_dir) / GIB
        for who, user in (("all", owner), ("few", reader)):
            for term in TERMS:
                sample |= await self._searches(user, who, term)
        owner.close()
        reader.close()
        return sample

    async def _rebuild(self, target: Target, user: User, room_path: str) -> dict[str, float]:
        begun, sends = time.perf_counter(), []
        for number in itertools.count(1_000_000):
            sent = time.perf_counter()
            await user.send(room_path, number, "meanwhile")
            sends.append((time.perf_counter() - sent) * 1e3)
            if await _lag(user) < 50:
                break
            if time.perf_counter() - begun > CATCH_UP_LIMIT:
                raise LoadFailedError(f"{target.name}: the index did not catch up in {CATCH_UP_LIMIT:.0f} s")
            await asyncio.sleep(0.05)
        took = time.perf_counter() - begun
        p50, p95 = _percentiles(sends)
        return {"rebuild": took, "rate": self.messages / took, "send_p50": p50, "send_p95": p95}

    async def _searches(self, user: User, who: str, term: str) -> dict[str, float]:
        chance, took = random.Random(term), []
        for _ in range(self.repeats):
            wish = {"search_term": TEXTS[term](chance), "event_context": {"before_limit": 1, "after_limit": 1}}
            begun = time.perf_counter()
            answer = await user.call("POST", f"{V3}/search", {"search_categories": {"room_events": wish}})
            took.append((time.perf_counter() - begun) * 1e3)
            if not answer["search_categories"]["room_events"]["results"] and term not in ("rare", "zh_rare", "phrase"):
                raise LoadFailedError(f"a search for {wish['search_term']!r} found nothing")
        p50, p95 = _percentiles(took)
        return {f"{term}_{who}_p50": p50, f"{term}_{who}_p95": p95}


# ---------------------------------------------------------------- texts

SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ra", "se", "ti", "vo", "wa", "zu")
WORDS = ["".join(parts) for parts in itertools.product(SYLLABLES, SYLLABLES, SYLLABLES)]
HAN = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对"
    "小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动"
    "方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感"
)
COMMON, ALSO_COMMON, COMMON_HAN = "meeting", "tomorrow", "会议"
RARE = [f"incident{number}" for number in range(1_000)]
RARE_HAN = [f"鳄{first}{second}" for first in "鱼鳞鳍鲸鲨鲤鲈鳕鳗鲷" for second in "甲乙丙丁戊己庚辛壬癸"]
_WEIGHTS = list(itertools.accumulate(1 / (place + 1) for place in range(len(WORDS))))
_HAN_WEIGHTS = list(itertools.accumulate(1 / (place + 1) for place in range(len(HAN))))

TEXTS: dict[str, Callable[[random.Random], str]] = {
    "common": lambda _: COMMON,
    "rare": lambda chance: chance.choice(RARE),
    "two": lambda _: f"{COMMON} {ALSO_COMMON} ",
    "phrase": lambda chance: f'"{COMMON} {chance.choice(WORDS[:50])}"',
    "prefix": lambda chance: chance.choice(SYLLABLES) + chance.choice(SYLLABLES)[:1],
    "zh_common": lambda _: COMMON_HAN,
    "zh_rare": lambda chance: chance.choice(RARE_HAN),
    "zh_char": lambda chance: chance.choice(HAN[:20]),
}


def text_of(chance: random.Random, number: int) -> str:
    """A message: two of three in words, the third in Chinese; now and then with a word that searches look for."""
    if number % 3:
        words = chance.choices(WORDS, cum_weights=_WEIGHTS, k=chance.randint(3, 18))
        if chance.random() < 0.3:
            words.insert(0, COMMON)
        if chance.random() < 0.1:
            words.append(ALSO_COMMON)
        if chance.random() < 0.02:
            words.append(chance.choice(RARE))
        return " ".join(words)
    characters = chance.choices(HAN, cum_weights=_HAN_WEIGHTS, k=chance.randint(3, 30))
    if chance.random() < 0.6:
        characters.insert(len(characters) // 2, COMMON_HAN)
    if chance.random() < 0.005:
        characters.append(chance.choice(RARE_HAN))
    return "".join(characters)


# ---------------------------------------------------------------- filling


def fill_messages(data_dir: Path, count: int, rooms: int) -> None:
    """Add messages to the rooms, copies of their newest one with other texts. The server must be stopped.

    Hashes and signatures of the copies do not fit any more; a search does not look at them.
    """
    with closing(sqlite3.connect(find_database(data_dir), isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        cursor = database.execute(
            "SELECT * FROM events WHERE type = 'm.room.message' ORDER BY position DESC LIMIT ?", (rooms,)
        )
        columns = [column[0] for column in cursor.description]
        templates = cursor.fetchall()
        if not templates:
            raise CannotFillError("there is no message to copy")
        begin: int = database.execute("SELECT max(position, reserved) FROM stream_positions").fetchone()[0] + 1
        chance = random.Random(1)
        insert = f"INSERT INTO events VALUES ({', '.join('?' for _ in columns)})"
        for start in range(0, count, BATCH):
            database.execute("BEGIN")
            numbers = range(start, min(start + BATCH, count))
            database.executemany(
                insert, (_copy(columns, chance.choice(templates), begin, number, chance) for number in numbers)
            )
            database.execute("COMMIT")
        database.execute("UPDATE stream_positions SET position = ?1, reserved = ?1", (begin + count,))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(
    columns: Sequence[str], template: tuple[Any, ...], begin: int, number: int, chance: random.Random
) -> tuple[Any, ...]:
    row = dict(zip(columns, template, strict=True))
    pdu = msgspec.json.decode(row["pdu"])
    pdu["content"]["body"] = text_of(chance, number)
    row["pdu"] = msgspec.json.encode(pdu)
    row["position"] = begin + number
    row["event_id"] = "$" + urlsafe_b64encode(chance.randbytes(32)).decode().rstrip("=")
    row["transaction_id"] = None
    return tuple(row.values())


async def _lag(user: User) -> float:
    status, answer = await user.polling.request(request_bytes("GET", "/metrics", user.endpoint))
    found = LAG.search(answer)
    if status != 200 or found is None:
        raise LoadFailedError("the server has no metric for the lag of the index")
    return float(found[1])


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]
