"""Reading and writing account data and tags."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from roomkeeper.core.account_data import rules, store
from roomkeeper.core.account_data.models import KIND, entry
from roomkeeper.core.account_data.turns import Turns
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Committer, Driver, Positions, Write
from roomkeeper.platform.errors import NotFound, UserLimitExceeded

_MEDIA_ID = re.compile(rb"[A-Za-z0-9_-]+")
CONTENTS = 10
"""Entries of account data that are read at once; each has 64 KiB at most."""


Amend = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Called with a user's id and the content that their client sends; it must not make it too large."""


class AccountData:
    """The account data of every user."""

    def __init__(self, driver: Driver, committer: Committer, positions: Positions) -> None:
        self._driver = driver
        self._committer = committer
        self._positions = positions
        self._turns = Turns()
        self.generated: dict[str, Callable[[str], Mapping[str, Any]]] = {}
        """Global types that every user has, with what makes the content for a user for whom none is stored."""
        self.amended: dict[str, Amend] = {}
        """Global types of which the server keeps a part right, with what makes the content that is kept of the one that
        a client sends."""

    def turn(self, user_id: str, event_type: str) -> asyncio.Lock:
        """For who reads global data, and writes with `put` what follows from it."""
        return self._turns(user_id, rules.GLOBAL, event_type)

    def put(self, write: Write, user_id: str, room_id: str | None, event_type: str, content: Mapping[str, Any]) -> None:
        """Make new content part of `write`, for all the user's devices to see. `room_id` is `None` for global data.

        It takes a position: submit `write` before anything is awaited. Raises `TooLarge`.
        """
        self._put(write, user_id, room_id or rules.GLOBAL, event_type, rules.encode_content(content))

    async def get(self, user_id: str, room_id: str | None, event_type: str) -> dict[str, Any] | None:
        """The content of one type, `None` where there is none."""
        content = await self._find(user_id, room_id or rules.GLOBAL, event_type)
        return None if content is None else msgspec.json.decode(content)

    async def get_raw(self, user_id: str, room_id: str, event_type: str) -> bytes:
        """The content as JSON. Raises `NotFound`."""
        content = await self._find(user_id, room_id, event_type)
        if content is None:
            raise NotFound("There is no account data of this type.")
        return content

    async def events_of_room(self, user_id: str, room_id: str) -> list[msgspec.Raw]:
        """All that a user keeps for a room, as clients are shown it."""
        rows = await store.of_rooms(self._driver, user_id, [room_id], self._positions.committed)
        return [entry(event_type, content).event for _, _, event_type, content in rows]

    async def _find(self, user_id: str, room_id: str, event_type: str) -> bytes | None:
        content = await store.find(self._driver, user_id, room_id, event_type)
        generate = self.generated.get(event_type) if room_id == rules.GLOBAL else None
        return msgspec.json.encode(generate(user_id)) if content is None and generate is not None else content

    async def set(self, user_id: str, room_id: str, event_type: str, content: Mapping[str, Any]) -> None:
        """What a client wants to keep. Raises `ManagedByServer`, `TooLarge`, `UserLimitExceeded`."""
        rules.check_writable(event_type)
        encoded = rules.encode_content(content)
        amend = self.amended.get(event_type) if room_id == rules.GLOBAL else None
        async with self._turns(user_id, room_id, event_type):
            if amend is not None:
                encoded = rules.encode_content(await amend(user_id, content))
            await self._write(user_id, room_id, event_type, encoded)

    async def mentioned_media(self, user_id: str, media_ids: Sequence[str]) -> AbstractSet[str]:
        """Those of `media_ids` that stand anywhere in what is kept for the user."""
        wanted = {media_id.encode() for media_id in media_ids}
        found: list[bytes] = []
        after = -1
        while contents := await store.contents_after(self._driver, user_id, after, CONTENTS):
            for _, content in contents:
                if b"mxc://" in content:
                    found += wanted.intersection(_MEDIA_ID.findall(content))
            after = contents[-1][0]
            await asyncio.sleep(0)
        return {media_id.decode() for media_id in found}

    async def tags(self, user_id: str, room_id: str) -> rules.Tags:
        """The user's tags of a room, by name."""
        return rules.tags_of(await self.get(user_id, room_id, rules.TAGS))

    async def set_tag(self, user_id: str, room_id: str, tag: str, info: dict[str, Any]) -> None:
        """Add a tag, or change it. Raises `InvalidParameter`, `TooLarge`, `UserLimitExceeded`."""
        rules.check_tag(tag, info)
        await self._change_tags(user_id, room_id, lambda tags: tags | {tag: info})

    async def delete_tag(self, user_id: str, room_id: str, tag: str) -> None:
        """Take a tag away; that it is not there is no error."""
        await self._change_tags(user_id, room_id, lambda tags: {name: tags[name] for name in tags if name != tag})

    async def _change_tags(self, user_id: str, room_id: str, change: Callable[[rules.Tags], rules.Tags]) -> None:
        async with self._turns(user_id, room_id, rules.TAGS):
            before = await self.tags(user_id, room_id)
            after = change(before)
            if after != before:
                await self._write(user_id, room_id, rules.TAGS, rules.encode_content({"tags": after}))

    async def _write(self, user_id: str, room_id: str, event_type: str, content: bytes) -> None:
        is_new = await store.find(self._driver, user_id, room_id, event_type) is None
        if is_new and await store.count(self._driver, user_id) >= rules.MAX_ENTRIES:
            raise UserLimitExceeded(f"You may keep {rules.MAX_ENTRIES} entries of account data at most.")
        write = Write()
        self._put(write, user_id, room_id, event_type, content)
        await self._committer.submit(write)

    def _put(self, write: Write, user_id: str, room_id: str, event_type: str, content: bytes) -> None:
        position = self._positions.next()
        store.upsert(write, user_id, room_id, event_type, content, position)
        write.show(Change(position, KIND, (user_id,), room_id or None, entry(event_type, content)))
