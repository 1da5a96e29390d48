"""What must be true of the search index, as far as it has come; part of `tests.consistency`.

Every message, name and topic that stands in a room is indexed with the words that it has now, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from roomkeeper.core.search import rules
from roomkeeper.wire.events import Event


class Stored(Protocol):
    """An event as it is stored."""

    position: int
    room_id: str
    event_id: str
    redacted_by: str | None
    event: Event


class Rows(Protocol):
    """Answers queries."""

    @property
    def dialect(self) -> str: ...

    @property
    def tables(self) -> Any: ...

    def rows(self, sql: str) -> list[Any]: ...


def search_problems(database: Rows, by_id: Mapping[tuple[str, str], Stored]) -> Iterator[str]:
    """What is wrong with the index, in words."""
    if "search_entries" not in database.tables:
        return
    ((reached, anew_upto),) = database.rows("SELECT reached, anew_upto FROM search_progress")
    if reached < anew_upto:
        return  # all is being indexed anew
    rooms = {room_id for room_id, _ in by_id}
    found = {
        position: (source, words)
        for position, source, words, room_id in database.rows(
            "SELECT position, source, words, room_id FROM search_entries"
        )
        if room_id in rooms
    }
    expected, unsettled = _expected(by_id, reached)
    for position in sorted(found.keys() | expected.keys()):
        if position not in unsettled and found.get(position) != expected.get(position):
            yield f"search: position {position} is {found.get(position)}, should be {expected.get(position)}"
    if database.dialect == "sqlite":
        entries = {row[0] for row in database.rows("SELECT position FROM search_entries")}
        documents = {row[0] for row in database.rows("SELECT id FROM search_index_docsize")}
        if entries != documents:
            yield f"search: entries and full-text index differ at {sorted(entries ^ documents)[:10]}"


def _expected(by_id: Mapping[tuple[str, str], Stored], reached: int) -> tuple[dict[int, tuple[int, str]], set[int]]:
    """What should be indexed, by position; and the positions where something happened that the index has not seen."""
    expected: dict[int, tuple[int, str]] = {}
    unsettled: set[int] = set()
    edits: dict[tuple[str, str], list[Stored]] = {}
    for stored in by_id.values():
        target = rules.replaced_event_id(stored.event)
        if target is not None and stored.position <= reached:
            edits.setdefault((stored.room_id, target), []).append(stored)
    for (room_id, event_id), stored in by_id.items():
        if _redacted_after(by_id, stored, reached):
            # Of a redacted edit it is no longer known what it was an edit of.
            unsettled.update(other.position for other in by_id.values() if other.room_id == room_id)
        text = rules.searchable(stored.event)
        if stored.position > reached or text is None or rules.replaced_event_id(stored.event) is not None:
            continue
        expected[stored.position] = _newest(stored, text[1], edits.get((room_id, event_id), ()))
    return expected, unsettled


def _newest(original: Stored, text: str, edits: Iterable[Stored]) -> tuple[int, str]:
    for edit in sorted(edits, key=lambda stored: -stored.position):
        edited = rules.new_text(edit.event, original.event)
        if edited is not None:
            return edit.position, rules.words_of(edited)
    return original.position, rules.words_of(text)


def _redacted_after(by_id: Mapping[tuple[str, str], Stored], stored: Stored, reached: int) -> bool:
    if stored.redacted_by is None:
        return False
    redaction = by_id.get((stored.room_id, stored.redacted_by))
    return redaction is None or redaction.position > reached
