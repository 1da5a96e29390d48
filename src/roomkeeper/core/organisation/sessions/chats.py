"""A direct chat that a stock client makes between a customer and the staff is answered with their session.

What the client says of the room beyond that (a name, encryption, further state) is left aside: it is the server's room.
The room that a bridge's bot makes for one of its people and one of the staff is a session, too, and stays the bridge's.
"""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.sessions import rules
from roomkeeper.core.organisation.sessions.models import Wish
from roomkeeper.core.organisation.sessions.service import Sessions
from roomkeeper.core.rooms import RoomRequest, Rooms
from roomkeeper.platform.errors import InviteBlocked, UserSuspended
from roomkeeper.platform.http import Requester


class DirectChats:
    """Answers `POST /createRoom`."""

    def __init__(self, accounts: Accounts, rooms: Rooms, people: People, sessions: Sessions) -> None:
        self._accounts = accounts
        self._rooms = rooms
        self._people = people
        self._sessions = sessions

    async def answer(self, requester: Requester, request: RoomRequest) -> str | None:
        """See `rooms.creation.Answer`. Raises `HasLeft`, `UserSuspended`, `InviteBlocked`."""
        if requester.appservice is not None and len(request.invite) == 2:
            return await self._of_bridge(requester, request)
        creator, other = requester.user_id, rules.other_of_direct_chat(requester.user_id, request)
        if other is None or other in self._accounts.own or not await self._accounts.exists_or_comes(other):
            return None
        known = await self._people.find_several([creator, other])
        kinds = tuple(known[each].kind if each in known else "customer" for each in (creator, other))
        if kinds not in (("customer", "staff"), ("staff", "customer")):
            return None
        if self._accounts.is_suspended(creator):
            raise UserSuspended
        if kinds[0] == "customer":
            session = await self._sessions.with_staff(creator, other, Wish(language=_language(known.get(creator))))
        else:
            if (await self._rooms.preferences_of(other)).blocks_invites:
                raise InviteBlocked
            wish = Wish(language=_language(known.get(other)))
            session = await self._sessions.with_staff(other, creator, wish, by_staff=True)
        return session.room_id

    async def _of_bridge(self, requester: Requester, request: RoomRequest) -> str | None:
        """A private conversation on another network, with somebody of the staff: in the room that the bridge wants."""
        pair = rules.pair_of_bridged_chat(requester.user_id, request)
        bridged = [user_id for user_id in pair if self._sessions.is_bridged(user_id)]
        if len(bridged) != 1:
            return None
        (customer,), (staff,) = bridged, [user_id for user_id in pair if user_id not in bridged]
        known = await self._people.find_several(pair)
        kinds = [known[each].kind if each in known else "customer" for each in (customer, staff)]
        if kinds != ["customer", "staff"]:
            return None
        session = await self._sessions.of_bridge(requester.user_id, customer, staff, request)
        return None if session is None else session.room_id


def _language(person: object) -> str:
    return getattr(person, "language", "")
