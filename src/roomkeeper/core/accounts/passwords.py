"""Argon2id, in threads, a few at a time: each takes tens of megabytes while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from roomkeeper.core.accounts.rules import new_secret, normalised_password
from roomkeeper.platform.errors import LimitExceeded

AT_ONCE = 2
WAITING = 200
"""Passwords that may wait for their turn; more are refused."""
BUSY_MS = 5000

HASHERS = {
    "normal": PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1),
    "fast": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
}

Result = TypeVar("Result")


class Passwords:
    """Hashes and verifies; `hashing` is ``normal`` or ``fast``."""

    def __init__(self, hashing: str) -> None:
        self._hasher = HASHERS[hashing]
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys = self._hasher.hash(new_secret())

    async def hash(self, password: str) -> str:
        """The hash to store, with its salt and parameters."""
        return await self._run(lambda: self._hasher.hash(normalised_password(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether that is the password. Takes as long where there is no hash to compare it with."""
        found = await self._run(lambda: self._matches(password_hash or self._nobodys, password))
        return found and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than are in force now."""
        return self._hasher.check_needs_rehash(password_hash)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, normalised_password(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, call: Callable[[], Result]) -> Result:
        if self._waiting >= WAITING:
            raise LimitExceeded(BUSY_MS)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(call)
        finally:
            self._waiting -= 1
