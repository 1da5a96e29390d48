"""Keeps the index up to date: follows the stream, and writes what is found together with how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from roomkeeper.core.rooms import PlacedEvent, TimelineEvent, history
from roomkeeper.core.rooms.follower import Cursor, Follower
from roomkeeper.core.search import rules, store
from roomkeeper.core.search.models import Entry, Progress
from roomkeeper.core.search.segmentation import VERSION
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write

PAUSE: Final = 1.0
"""Seconds that events may gather, unless somebody searches."""
EDITS: Final = 100
"""The newest edits of a message that are looked at; of those that were not redacted, the newest counts."""

Target = tuple[str, str]
"""Room id and event id."""


class Indexer:
    """Indexes what is said, and what becomes of it."""

    def __init__(self, app: Application, index: store.Index) -> None:
        self._app = app
        self._index = index
        self._progress = Progress(0, 0, 0, 0)
        self._renewed = range(0)
        cursor = Cursor(self._load, self._move)
        self.follower = Follower(app, "search", rules.INDEXED_TYPES, self.take, cursor, pause=PAUSE)

    async def _load(self, reader: Reader) -> int:
        """Where to go on; from the start where texts are segmented in another way by now."""
        progress = await store.load_progress(reader)
        if progress.segmentation != VERSION:
            write = Write()
            store.begin_anew(write, VERSION)
            await self._app.committer.submit(write)
            progress = await store.load_progress(reader)
        self._progress = progress
        return progress.reached

    def _move(self, write: Write, before: int, after: int) -> None:
        store.move_progress(write, before, after, self._progress.removals)

    async def take(self, entries: Sequence[PlacedEvent], write: Write) -> None:
        """Add to `write` what these events change in the index."""
        self._renewed = range(0)
        if self.follower.reached < self._progress.anew_upto:
            # What was indexed in another way stays to be found until its turn comes, which is now.
            self._renewed = range(self.follower.reached + 1, entries[-1].position + 1)
            store.remove_between(write, self.follower.reached, entries[-1].position)
        fresh: dict[Target, Entry] = {}
        edits: dict[Target, list[int]] = {}
        changed: dict[Target, None] = {}
        for entry in entries:
            event = entry.event
            target_id = rules.replaced_event_id(event)
            if event.type == "m.room.redaction":
                if event.redacts is not None:
                    await self._note_redaction(event.room_id, event.redacts, changed)
            elif target_id is not None:
                target = (event.room_id, target_id)
                store.insert_edit(write, entry.position, *target, append=not self._renewed)
                edits.setdefault(target, []).append(entry.position)
                changed.setdefault(target)
            elif (found := entry_of(entry)) is not None:
                fresh[event.room_id, event.event_id] = found
        if self._renewed:
            changed |= dict.fromkeys(await store.edited_among(self._app.driver, list(fresh)))
        for target in changed:
            fresh.pop(target, None)
            await self._refresh(target, edits.get(target, []), write)
        for found in fresh.values():
            self._index.add(write, found, append=not self._renewed)

    async def _note_redaction(self, room_id: str, event_id: str, changed: dict[Target, None]) -> None:
        """What a redaction changes: its target, and the message that its target was an edit of."""
        changed.setdefault((room_id, event_id))
        position = await history.event_position(self._app.driver, room_id, event_id)
        edited = None if position is None else await store.edited_by(self._app.driver, position)
        if edited is not None:
            changed.setdefault((room_id, edited))

    async def _refresh(self, target: Target, new_edits: Sequence[int], write: Write) -> None:
        """Index a message as it is now; doing so twice changes nothing."""
        driver = self._app.driver
        original = await history.find_event(driver, *target)
        if original is None:
            return
        before = None
        if original.position not in self._renewed:
            before = await store.find_entry(driver, original.position)
        after = entry_of(original)
        if after is not None:
            known = await store.edits_of(driver, *target, EDITS)
            after = await self._edited(original, after, sorted({*new_edits, *known}, reverse=True)[:EDITS])
        if before == after:
            return
        if before is not None:
            store.remove_entry(write, before.position)
        if after is not None:
            self._index.add(write, after)

    async def _edited(self, original: TimelineEvent, found: Entry, edits: Sequence[int]) -> Entry:
        events = await history.events_at(self._app.driver, edits)
        for position in edits:
            text = rules.new_text(events[position].event, original.event) if position in events else None
            if text is not None:
                return Entry(found.position, found.room_id, found.sender, found.key, position, rules.words_of(text))
        return found


def entry_of(entry: PlacedEvent | TimelineEvent) -> Entry | None:
    """What is indexed of an event by itself; `None` where it has no text, or is an edit of another."""
    event = entry.event
    found = rules.searchable(event)
    if found is None or rules.replaced_event_id(event) is not None:
        return None
    key, text = found
    return Entry(entry.position, event.room_id, event.sender, key, entry.position, rules.words_of(text))
