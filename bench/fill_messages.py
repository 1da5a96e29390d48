"""Messages by the million, to search in: made up of words and of Chinese, written straight into a stopped server's
database. Their hashes and signatures do not fit; a search does not look at them.
"""

import itertools
import random
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from bench.fill import CannotFillError, find_database

BATCH = 5_000  # messages per transaction

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
    "prefix_short": lambda chance: chance.choice(SYLLABLES),
    "prefix_long": lambda chance: chance.choice(("meeti", "tomor", "incid", *(word[:5] for word in WORDS[:20]))),
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


def fill_sqlite(data_dir: Path, count: int, rooms: int) -> None:
    """Add messages to the rooms, copies of their newest one with other texts. The server must be stopped."""
    with closing(sqlite3.connect(find_database(data_dir), isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        cursor = database.execute(
            "SELECT * FROM events WHERE type = 'm.room.message' ORDER BY position DESC LIMIT ?", (rooms,)
        )
        columns = [column[0] for column in cursor.description]
        templates = cursor.fetchall()
        begin: int = database.execute("SELECT max(position, reserved) FROM stream_positions").fetchone()[0] + 1
        insert = f"INSERT INTO events VALUES ({', '.join('?' for _ in columns)})"
        copies = _copies(columns, templates, begin, count)
        while batch := list(itertools.islice(copies, BATCH)):
            database.execute("BEGIN")
            database.executemany(insert, batch)
            database.execute("COMMIT")
        database.execute("UPDATE stream_positions SET position = ?1, reserved = ?1", (begin + count,))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def fill_postgresql(url: str, count: int, rooms: int) -> None:
    """The same for a PostgreSQL database."""
    database = await asyncpg.connect(url)
    try:
        records = await database.fetch(
            "SELECT * FROM events WHERE type = 'm.room.message' ORDER BY position DESC LIMIT $1", rooms
        )
        columns = list(records[0].keys()) if records else []
        templates = [tuple(record) for record in records]
        begin = await database.fetchval("SELECT greatest(position, reserved) FROM stream_positions") + 1
        copies = _copies(columns, templates, begin, count)
        while batch := list(itertools.islice(copies, BATCH)):
            await database.copy_records_to_table("events", records=batch, columns=columns)
        await database.execute(
            "UPDATE stream_positions SET position = $1::bigint, reserved = $1::bigint", begin + count
        )
    finally:
        await database.close()


def _copies(
    columns: Sequence[str], templates: Sequence[tuple[Any, ...]], begin: int, count: int
) -> Iterator[tuple[Any, ...]]:
    if not templates:
        raise CannotFillError("there is no message to copy")
    chance = random.Random(1)
    for number in range(count):
        yield _copy(columns, chance.choice(templates), begin, number, chance)


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
