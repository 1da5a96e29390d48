"""The lists of rooms that services keep for their networks. They are shown as the server's own list is.

spec: application-service §Published room directories
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from roomkeeper.core.appservices import store
from roomkeeper.core.appservices.third_party import instance_id
from roomkeeper.core.directory import Listing
from roomkeeper.core.rooms import Rooms, history
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import UserLimitExceeded

MAX_NETWORKS: Final = 200
"""Lists of all services together."""
MAX_ROOMS: Final = 50_000
"""Rooms in all lists of one service."""

Only = Sequence[str] | None
Wanted = Callable[[Reader], Awaitable[list[str]]]


class NetworkLists:
    """The lists, by the ``instance_id`` of their networks, and one of everything."""

    def __init__(self, app: Application, rooms: Rooms) -> None:
        self._app = app
        self._rooms = rooms
        self._lists: dict[str, Listing] = {}
        self._everything = Listing(app, rooms, self._all_listed)

    async def start(self) -> None:
        """Find the lists that there are."""
        for service_id, network_id in await store.networks(self._app.driver):
            self._make(service_id, network_id)

    def find(self, instance: str | None) -> Listing | None:
        """The list of a network, or, for `None`, of all rooms on any list, the server's own among them."""
        return self._everything if instance is None else self._lists.get(instance)

    async def put(self, service_id: str, network_id: str, room_id: str, *, listed: bool) -> None:
        """Put a room on a network's list, or take it off. Raises `NotFound`, `UserLimitExceeded`."""
        await self._rooms.cache.get(room_id)
        write = Write()
        if listed:
            if instance_id(service_id, network_id) not in self._lists and len(self._lists) >= MAX_NETWORKS:
                raise UserLimitExceeded(f"There may be lists of {MAX_NETWORKS} networks.")
            if await store.count_listed(self._app.driver, service_id) >= MAX_ROOMS:
                raise UserLimitExceeded(f"One application service may list {MAX_ROOMS} rooms.")
            store.insert_listed(write, service_id, network_id, room_id)
        else:
            store.delete_listed(write, service_id, network_id, room_id)
        await self._app.committer.submit(write)
        for concerned in (self._make(service_id, network_id) if listed else None, self._everything):
            if concerned is not None:
                concerned.renew(room_id)
        if not listed and (found := self._lists.get(instance_id(service_id, network_id))) is not None:
            found.renew(room_id)

    def _make(self, service_id: str, network_id: str) -> Listing:
        name = instance_id(service_id, network_id)
        if name not in self._lists:

            async def rooms_of(reader: Reader) -> list[str]:
                return await store.rooms_listed(reader, service_id, network_id)

            async def listed(reader: Reader, only: Only = None) -> dict[str, int]:
                return await _counted(reader, rooms_of, only)

            self._lists[name] = Listing(self._app, self._rooms, listed)
        return self._lists[name]

    async def _all_listed(self, reader: Reader, only: Only = None) -> dict[str, int]:
        own = await history.listed_rooms(reader, only)
        return {**await _counted(reader, store.all_rooms_listed, only), **own}


async def _counted(reader: Reader, rooms: Wanted, only: Only) -> dict[str, int]:
    """The rooms (or those of `only` among them), each with its number of members."""
    named = await rooms(reader)
    wanted = named if only is None else sorted(set(named).intersection(only))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), store.BATCH):
        found |= await history.member_counts(reader, wanted[start : start + store.BATCH])
    return found
