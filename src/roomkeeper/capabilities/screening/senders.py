"""Who sends, as policies ask for it: what somebody is to the organisation, and in which departments.

Asked only where a policy depends on it. What was looked up is in memory for a minute, for the gates that cannot wait.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from roomkeeper.capabilities.screening.models import Asked, SenderKind
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.sessions.models import SESSION
from roomkeeper.core.rooms import Room
from roomkeeper.platform.errors import NotFound

KEPT = 20_000
SECONDS = 60.0


class Senders:
    """Looks senders up."""

    def __init__(self, organisation: Organisation, is_bridged: Callable[[str], bool]) -> None:
        self._organisation = organisation
        self._is_bridged = is_bridged
        self._known: OrderedDict[tuple[str, str], tuple[float, Asked]] = OrderedDict()

    def known(self, room: Room, sender: str) -> Asked | None:
        """What is in memory."""
        found = self._known.get((sender, department_of(room)))
        return None if found is None or found[0] < time.monotonic() else found[1]

    async def load(self, room: Room, sender: str) -> Asked:
        """Who sends, looked up where it must be."""
        department = department_of(room)
        found = self.known(room, sender)
        if found is None:
            found = await self.of(sender, department)
            self._known[sender, department] = (time.monotonic() + SECONDS, found)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    async def of(self, sender: str, department: str) -> Asked:
        """Somebody, in a room of that department (empty: of none)."""
        kind, own = await self._person(sender)
        tree = await self._organisation.permissions.tree()
        departments = {department} if department else own
        above = {each for one in departments if one in tree.departments for each in tree.above(one)}
        return Asked(sender=sender, kind=kind, departments=frozenset(above))

    async def departments(self, room: Room, sender: str) -> list[str]:
        """The departments whose moderators are to see what somebody sends: the room's and the sender's."""
        _, own = await self._person(sender)
        department = department_of(room)
        return sorted(own | ({department} if department else set()))

    async def _person(self, sender: str) -> tuple[SenderKind, set[str]]:
        if self._is_bridged(sender):
            return "bridge", set()
        try:
            person = await self._organisation.people.find(sender)
        except NotFound:
            return "customer", set()
        return person.kind, set(person.departments)


def department_of(room: Room) -> str:
    """The department of the session that a room is, empty where it is none."""
    department = room.content(SESSION).get("department")
    return department if isinstance(department, str) else ""
