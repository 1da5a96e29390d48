"""The consistency checker itself: sound data passes, and every kind of damage is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.consistency import DATABASE, check_data_dir, problems
from tests.harness import Server


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    """Rooms of each version with state, messages, a redaction, a ban, an alias, a receipt."""
    server = await Server(tmp_path / "data").start()
    alice, bob = await server.register("alice"), await server.register("bob")
    for version in ("10", "11", "12"):
        room_id = await alice.create_room(room_version=version, room_alias_name=f"v{version}", invite=[bob.user_id])
        await bob.join(room_id)
        event_id = await bob.send(room_id, "hello")
        await alice.set_state(room_id, "m.room.topic", {"topic": "x"})
        await alice.put(f"/rooms/{room_id}/redact/{event_id}/r{version}", {"reason": "x"})
        await bob.post(f"/rooms/{room_id}/receipt/m.read/{event_id}")
        await alice.post(f"/rooms/{room_id}/ban", {"user_id": bob.user_id})
    await server.stop()
    return tmp_path / "data"


async def test_sound_data_passes(data_dir: Path) -> None:
    check_data_dir(data_dir)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE stream_positions SET position = 3", "but the stream is at 3"),
        ("UPDATE stream_positions SET reserved = 3", "only 3 are reserved"),
        ("DELETE FROM events WHERE type = 'm.room.create'", "begins with m.room.member"),
        ("DELETE FROM events WHERE type = 'm.room.topic'", "which is not in"),
        ("DELETE FROM rooms", "events without a room"),
        ("UPDATE events SET pdu = replace(pdu, '\"x\"', '\"y\"')", "its content is not what was hashed"),
        ("UPDATE events SET sender = '@eve:example.org'", "the columns say"),
        ("UPDATE events SET event_id = event_id || 'x'", "its id is not its hash"),
        ("UPDATE events SET redacted_by = NULL WHERE redacted_by IS NOT NULL", "its content is not what was hashed"),
        ("UPDATE events SET redacted_by = event_id WHERE type = 'm.room.topic'", "which is no redaction"),
        ("UPDATE events SET position = position + 1000 WHERE type = 'm.room.topic'", "which does not come before it"),
        ("UPDATE memberships SET membership = 'join'", "the events say ('ban'"),
        ("DELETE FROM memberships WHERE user_id LIKE '@alice%'", "stored is None"),
        ('UPDATE transactions SET answer = CAST(\'{"event_id":"$x"}\' AS BLOB)', "which does not exist"),
        ("UPDATE transactions SET user_id = '@eve:example.org'", "of another transaction"),
        ("UPDATE transactions SET answer = (SELECT min(answer) FROM transactions)", "two transactions were answered"),
        ("UPDATE room_aliases SET room_id = '!x'", "aliases without a room"),
        ("UPDATE receipts SET event_position = 1", "receipts for no event"),
        ("DELETE FROM devices", "access tokens without a device"),
        ("DELETE FROM users", "devices without a user"),
    ],
)
async def test_damage_is_found(data_dir: Path, damage: str, said: str) -> None:
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        database.executescript(damage.replace("pdu = replace(pdu, ", "pdu = replace(CAST(pdu AS TEXT), "))
        database.commit()
    assert any(said in problem for problem in problems(data_dir)), problems(data_dir)
