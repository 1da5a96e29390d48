"""Sending messages to devices, and keeping them until they have arrived.

1. A message is stored before its sender is answered, and stays until it has arrived, or its device is removed: where
   too many wait, new ones are refused, and none that was taken goes.
2. A sync shows those after its token, `PAGE` at most; the others of a longer queue are shown at a later position, so
   that the token that goes with the answer does not cover them.
3. A message is deleted when its device comes with a token at or past it: then it has arrived. A client whose answer was
   lost comes with the older token, and gets it again.

spec: client-server §Send-to-Device messaging
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.ephemeral.to_device import rules, store
from roomkeeper.core.ephemeral.to_device.models import KIND, Backlog, Messages, Undeleted
from roomkeeper.core.transactions import RecordAnswer, Transactions
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import UserLimitExceeded
from roomkeeper.platform.http import EMPTY, Request, Requester, Response
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.identifiers import is_user_id

log = get_logger(area="to_device")

PAGE = 100
"""Messages in one answer."""
KEPT = 50_000
"""Messages that wait for one device; more are refused until it syncs."""

Contents = dict[str, dict[str, dict[str, Any]]]
"""By user id and device id (or ``*``) the content of a message."""


class ToDevice:
    """The messages that wait for each device."""

    def __init__(self, app: Application, accounts: Accounts, transactions: Transactions) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._positions = app.positions
        self._accounts = accounts
        self._transactions = transactions
        self._undeleted: dict[tuple[str, str], Undeleted] = {}

    async def start(self) -> None:
        """Remember for whom there is something."""
        self._undeleted = {
            (user_id, device_id): Undeleted(first, last, count)
            for user_id, device_id, first, last, count in await store.undeleted(self._driver)
        }

    async def send(self, request: Request, event_type: str, contents: Contents) -> Response:
        """Send messages, all or none, once for each transaction id.

        Raises `InvalidParameter`, `TooLarge`, or `UserLimitExceeded` where a device has too many waiting.
        """
        rules.check_type(event_type)
        if sum(map(len, contents.values())) > rules.MAX_MESSAGES:
            rules.check_bounds({user_id: dict.fromkeys(of_user, b"") for user_id, of_user in contents.items()})

        async def act(record: RecordAnswer) -> Response:
            messages = await self._addressed(request.user.user_id, event_type, contents)
            rules.check_bounds(messages)
            await self._check_room(messages)
            write = Write()
            record(write, EMPTY.body)
            for user_id, of_user in messages.items():
                self._put(write, user_id, of_user)
            await self._committer.submit(write)
            return EMPTY

        return await self._transactions.once(request, act)

    async def _addressed(self, sender: str, event_type: str, contents: Contents) -> Mapping[str, Messages]:
        """What goes to which user's devices; nothing for users who are not here."""
        messages = {}
        for user_id, of_user in contents.items():
            devices = await self._accounts.devices(user_id) if is_user_id(user_id) else []
            found = rules.messages_for(sender, event_type, of_user, [device.device_id for device in devices])
            if found:
                messages[user_id] = found
        return messages

    async def _check_room(self, messages: Mapping[str, Messages]) -> None:
        for user_id, of_user in messages.items():
            for device_id in of_user:
                waiting = self._undeleted.get((user_id, device_id))
                if waiting is None or waiting.count < KEPT:
                    continue
                # Memory counts what was sent since the device had nothing waiting: the database knows better.
                waiting.count = await store.count(self._driver, user_id, device_id)
                if waiting.count >= KEPT:
                    raise UserLimitExceeded(
                        f"{KEPT} messages wait for the device {device_id} of {user_id}, which takes no more until it"
                        " syncs. Nothing was sent: leave this device out, or have its user sign it out."
                    )

    def _put(self, write: Write, user_id: str, messages: Messages) -> None:
        position = self._positions.next()
        for device_id, event in messages.items():
            if self._accounts.is_removed(user_id, device_id):
                continue
            store.insert(write, user_id, device_id, position, event)
            waiting = self._undeleted.setdefault((user_id, device_id), Undeleted(position, position))
            waiting.last = position
            waiting.count += 1
        write.show(Change(position, KIND, (user_id,), None, messages))

    def acknowledge(self, requester: Requester, since: int) -> None:
        """Delete what has arrived, since the device comes with this token. Costs nothing where nothing waits."""
        key = (requester.user_id, requester.device_id)
        waiting = self._undeleted.get(key)
        if waiting is None or waiting.first > since:
            return
        before = waiting.first
        if waiting.last <= since:
            del self._undeleted[key]
        else:
            waiting.first = since + 1
        write = Write()
        store.delete_upto(write, *key, since)

        def check(future: asyncio.Future[None]) -> None:
            if future.cancelled() or future.exception() is None:
                return
            log.warning("delivered messages could not be deleted", device_id=requester.device_id)
            again = self._undeleted.setdefault(key, Undeleted(before, since))
            again.first = min(again.first, before)

        self._committer.submit(write).add_done_callback(check)

    async def page(self, requester: Requester, since: int, upto: int) -> list[bytes]:
        """The first messages from the database; those for which there is no room are shown later."""
        key = (requester.user_id, requester.device_id)
        found = await store.between(self._driver, *key, since, upto, PAGE + 1)
        if len(found) > PAGE:
            await self._postpone(key, found[PAGE - 1][0], upto)
        return [event for _, event in found[:PAGE]]

    async def _postpone(self, key: tuple[str, str], after_id: int, upto: int) -> None:
        """It must be durable before the client gets the token `upto`, which would cover these messages otherwise."""
        user_id, device_id = key
        write, position = Write(), self._positions.next()
        store.postpone(write, user_id, device_id, after_id, upto, position)
        write.show(Change(position, KIND, (user_id,), None, Backlog(device_id)))
        self._undeleted.setdefault(key, Undeleted(upto, position)).last = position
        await self._committer.submit(write)

    def clean(self, write: Write, user_id: str, device_id: str) -> None:
        """See `DeviceCleaner`: in the write that removes the device, since a later one of that id may have messages."""
        store.delete_device(write, user_id, device_id)
