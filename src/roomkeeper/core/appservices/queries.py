"""Asking services for users and aliases that are not there yet; then the look-up goes on.

A service that does not answer is asked several times; then whoever looks is told so (status 408).

spec: application-service §Querying
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from roomkeeper.core.appservices import rules
from roomkeeper.core.appservices.caller import Caller, is_success
from roomkeeper.core.appservices.models import Appservice
from roomkeeper.core.appservices.registry import Registry
from roomkeeper.platform.errors import NoAnswerInTime
from roomkeeper.platform.outgoing import OutgoingError

ATTEMPTS: Final = 3
TIMEOUT_S: Final = 5.0
PAUSE_S: Final = 0.3
AT_ONCE: Final = 20
"""Questions to one service at one time; the others wait."""
WAITING: Final = 500
"""Questions that wait at most; further ones are answered as if the service did not."""

Question = tuple[str, str]
"""Service id, path."""


class Queries:
    """Asks on behalf of whoever looks for something."""

    def __init__(self, registry: Registry, callers: Mapping[str, Caller]) -> None:
        self._registry = registry
        self._callers = callers
        self._turns = {service_id: asyncio.Semaphore(AT_ONCE) for service_id in callers}
        self._asking: dict[Question, asyncio.Task[bool]] = {}

    async def user(self, user_id: str) -> bool:
        """See `roomkeeper.core.accounts.service.Provision`. Raises `NoAnswerInTime`."""
        return await self._first(
            [service for service in self._registry.services if self._registry.owns_user(service, user_id)],
            f"/users/{quote(user_id, safe='')}",
        )

    async def alias(self, alias: str) -> bool:
        """See `roomkeeper.core.rooms.service.AliasProvision`. Raises `NoAnswerInTime`."""
        return await self._first(
            [service for service in self._registry.services if rules.matches(service.namespaces.aliases, alias)],
            f"/rooms/{quote(alias, safe='')}",
        )

    async def _first(self, services: list[Appservice], path: str) -> bool:
        """Whether one of the services, asked in turn, has it."""
        silent = False
        for service in services:
            if service.id not in self._callers:
                continue
            try:
                if await self._ask(service.id, path):
                    return True
            except NoAnswerInTime:
                silent = True
        if silent:
            raise NoAnswerInTime("The application service that this belongs to does not answer. Try again in a moment.")
        return False

    async def _ask(self, service_id: str, path: str) -> bool:
        """Ask, or wait for the answer to the same question asked by somebody else."""
        question = (service_id, path)
        task = self._asking.get(question)
        if task is None:
            if len(self._asking) >= WAITING:
                raise NoAnswerInTime
            task = self._asking[question] = asyncio.create_task(self._repeat(service_id, path))
            task.add_done_callback(lambda done: self._forget(question, done))
        return await asyncio.shield(task)

    def _forget(self, question: Question, done: asyncio.Task[bool]) -> None:
        del self._asking[question]
        if not done.cancelled():
            done.exception()  # looked at: those who asked may have gone

    async def _repeat(self, service_id: str, path: str) -> bool:
        async with self._turns[service_id]:
            for attempt in range(ATTEMPTS):
                if attempt:
                    await asyncio.sleep(PAUSE_S)
                try:
                    answer = await self._callers[service_id].call("GET", path, legacy=path, seconds=TIMEOUT_S)
                except OutgoingError:
                    continue
                if is_success(answer):
                    return True
                if answer.status < 500:
                    return False
        raise NoAnswerInTime

    async def close(self) -> None:
        """Leave nobody waiting."""
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
