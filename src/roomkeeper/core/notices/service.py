"""Sending notices: one room for each user, into which they are invited and in which nobody else talks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from roomkeeper.core.account_data import AccountData, Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.notices import store
from roomkeeper.core.notices.settings import NoticeSettings
from roomkeeper.core.profiles import Profiles, ServiceAccount
from roomkeeper.core.rooms import Draft, Room, RoomRequest, Rooms, SendAttempt
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import CannotLeaveServerNoticeRoom, InvalidParameter
from roomkeeper.platform.hooks import Deny, Verdict
from roomkeeper.wire.events import Event

TAG = "m.server_notice"
CREATE = ("m.room.create", "")


class Notice(msgspec.Struct, frozen=True):
    """What a user is told; `content` is that of the message."""

    user_id: str
    content: dict[str, Any]


class Notices:
    """The server's notices. spec: client-server §Server Notices"""

    def __init__(
        self,
        app: Application,
        settings: NoticeSettings,
        room_version: str,
        accounts: Accounts,
        profiles: Profiles,
        rooms: Rooms,
        account_data: AccountData,
    ) -> None:
        self._app = app
        self._settings = settings
        self._room_version = room_version
        self._accounts = accounts
        self._profiles = profiles
        self._rooms = rooms
        self._account_data = account_data
        self._turns = Turns()
        self._account = ServiceAccount(
            accounts,
            profiles,
            settings.localpart,
            settings.display_name,
            setting="server_notices.localpart",
            insert=store.insert_account,
        )
        self._senders = self._account.known
        self.sender = self._account.user_id

    async def load(self) -> None:
        """Learn which accounts are the server's own."""
        self._account.remember(await store.accounts(self._app.driver))

    def gate(self, attempt: SendAttempt) -> Verdict:
        """Who is invited to the notices cannot decline. (When an account is closed, the server itself declines.)"""
        draft = attempt.draft
        if draft.type != "m.room.member" or draft.sender != draft.state_key or draft.requester is None:
            return None
        room = attempt.room
        if draft.content.get("membership") != "leave" or room.membership(draft.sender) != "invite":
            return None
        return Deny(CannotLeaveServerNoticeRoom()) if room.state[CREATE].sender in self._senders else None

    def is_notice_room(self, room: Room) -> bool:
        """Whether the server made the room for its notices: suspended users may enter it, and answer if they can."""
        create = room.state.get(CREATE)
        return create is not None and create.sender in self._senders

    async def send(self, notice: Notice) -> tuple[str, str]:
        """Tell a user something: the ids of the room and the event. Raises `NotFound`, `InvalidParameter`,
        `InviteBlocked`."""
        user = await self._accounts.user(notice.user_id)
        if user.state == "deactivated" or user.user_id in {*self._senders, self.sender}:
            raise InvalidParameter(f"{user.user_id} cannot be sent notices.")
        async with self._turns(user.user_id):
            await self._account.ensure()
            room_id = await self._room(user.user_id)
            await self._account_data.set_tag(user.user_id, room_id, TAG, {})
            draft = Draft(type="m.room.message", sender=self.sender, content=notice.content)
            event = await self._rooms.send(room_id, draft, self._audited(user.user_id))
        return room_id, event.event_id

    def _audited(self, user_id: str) -> Callable[[Write, Event], None]:
        def add(write: Write, event: Event) -> None:
            self._app.audit.record(write, permission="server_notices.send", target=user_id, reason=event.event_id)

        return add

    async def _room(self, user_id: str) -> str:
        """The room of a user's notices, in which they are, or to which they are invited."""
        room_id = await store.find_room(self._app.driver, user_id)
        if room_id is not None:
            room = await self._rooms.cache.get(room_id)
            if self.sender in room.joined:
                await self._invite_again(room, user_id)
                return room_id
        request = RoomRequest(
            version=self._room_version,
            preset="private_chat",
            name=self._settings.room_name,
            power_level_content_override={"events_default": 50, "invite": 50},
            invite=[user_id],
        )
        room = await self._rooms.creation.create(
            self.sender, request, add=lambda write, made: store.put_room(write, user_id, made.room_id)
        )
        return room.room_id

    async def _invite_again(self, room: Room, user_id: str) -> None:
        if room.membership(user_id) in ("join", "invite"):
            return
        content = {"membership": "invite", **await self._profiles.member_content(user_id)}
        await self._rooms.send(
            room.room_id, Draft(type="m.room.member", sender=self.sender, state_key=user_id, content=content)
        )
