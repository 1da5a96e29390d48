"""Every user's push rules: read, changed, and made ready to be asked.

A user's rules are their account data ``m.push_rules``; who has none has the predefined ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from roomkeeper.core.account_data import AccountData, Turns
from roomkeeper.core.account_data.newcomers import WHOLE
from roomkeeper.core.push import rules
from roomkeeper.core.push.models import IGNORED_USERS, PUSH_RULES, Standing
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Write
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.push_rules import (
    PREDEFINED,
    Action,
    CompiledRules,
    Rule,
    Ruleset,
    parse_ruleset,
    predefined,
    with_predefined,
)


class _Stored(msgspec.Struct, frozen=True):
    """The content of ``m.push_rules``."""

    global_: dict[str, Any] = msgspec.field(default_factory=dict, name="global")


class _Entry(msgspec.Struct, frozen=True):
    content: _Stored = _Stored()


_decode = msgspec.json.Decoder(_Entry).decode


class PushRules:
    """The rules of every user; those of users who are online are kept in memory."""

    def __init__(self, app: Application, rooms: Rooms, account_data: AccountData) -> None:
        self._committer = app.committer
        self._rooms = rooms
        self._account_data = account_data
        self._turns = Turns()
        self._standings: dict[str, Standing] = {}
        self._changes = 0
        self.silent: set[str] = set()
        """Senders of whom nobody is ever notified: the server's own, when they do what they do for people. To be set
        before anybody is online."""
        account_data.generated[PUSH_RULES] = lambda user_id: content_of(predefined(user_id))

    # ------------------------------------------------------------ users look and change

    async def get(self, user_id: str) -> Ruleset:
        """All rules of a user."""
        stored = await self._account_data.get(user_id, None, PUSH_RULES)
        return _ruleset_of(_convert(stored), user_id)

    async def put(self, user_id: str, kind: str, rule: Rule, before: str | None, after: str | None) -> None:
        """Add or change a rule. Raises `NoSuchNeighbour`, `UserLimitExceeded`, `TooLarge`."""
        await self._change(user_id, lambda ruleset: rules.put_rule(ruleset, kind, rule, before, after))

    async def delete(self, user_id: str, kind: str, rule_id: str) -> None:
        """Delete a rule. Raises `NotFound`, `InvalidParameter`."""
        await self._change(user_id, lambda ruleset: rules.delete_rule(ruleset, kind, rule_id))

    async def enable(self, user_id: str, kind: str, rule_id: str, *, enabled: bool) -> None:
        """Switch a rule on or off. Raises `NotFound`."""

        def change(ruleset: Ruleset) -> Ruleset:
            rule = rules.find_rule(ruleset, kind, rule_id)
            return rules.change_rule(ruleset, kind, msgspec.structs.replace(rule, enabled=enabled))

        await self._change(user_id, change)

    async def set_actions(self, user_id: str, kind: str, rule_id: str, actions: list[Action]) -> None:
        """Change what a rule does. Raises `NotFound`, `TooLarge`."""

        def change(ruleset: Ruleset) -> Ruleset:
            rule = msgspec.structs.replace(rules.find_rule(ruleset, kind, rule_id), actions=actions)
            rules.check_size(rule)
            return rules.change_rule(ruleset, kind, rule)

        await self._change(user_id, change)

    async def _change(self, user_id: str, change: Callable[[Ruleset], Ruleset]) -> None:
        async with self._turns(user_id):
            before = await self.get(user_id)
            after = change(before)
            if after != before:
                write = Write()
                self._account_data.put(write, user_id, None, PUSH_RULES, content_of(after))
                await self._committer.submit(write)

    # ------------------------------------------------------------ events are judged

    def known(self, user_id: str) -> Standing | None:
        """What decides about a user's notifications, if it is in memory."""
        return self._standings.get(user_id)

    async def standing(self, user_id: str) -> Standing:
        """The same, read where it must be, and kept until `keep_only`."""
        found = self._standings.get(user_id)
        while found is None:
            changes = self._changes
            stored = await self._account_data.get(user_id, None, PUSH_RULES)
            preferences = await self._rooms.preferences_of(user_id)
            if changes == self._changes:
                ruleset = _ruleset_of(_convert(stored), user_id)
                compiled = PREDEFINED if ruleset == predefined(user_id) else CompiledRules(ruleset, user_id)
                found = self._standings[user_id] = Standing(ruleset, compiled, preferences.ignored_users | self.silent)
        return found

    def keep_only(self, is_wanted: Callable[[str], bool]) -> None:
        """Let go of what is kept for other users."""
        for user_id in [user_id for user_id in self._standings if not is_wanted(user_id)]:
            del self._standings[user_id]

    def note(self, change: Change) -> tuple[bool, set[str] | None]:
        """Take notice of a change of account data. Whether it may change counts, and of which rooms (`None`: all)."""
        if not changes_standing(change):
            return False, None
        self._changes += 1
        (user_id,) = change.recipients
        before = self._standings.pop(user_id, None)
        if before is None or change.data.type != PUSH_RULES:
            return True, None
        after = _ruleset_of(_decode(change.data.event).content, user_id)
        return True, rules.rooms_that_differ(before.ruleset, after)


def changes_standing(change: Change) -> bool:
    """Whether a change of account data is one of the user's rules, or of whom they ignore."""
    return change.room_id is None and change.data is not WHOLE and change.data.type in (PUSH_RULES, IGNORED_USERS)


def any_changes_standing(changes: Sequence[Change]) -> bool:
    """Whether there is such a change among these."""
    return any(changes_standing(change) for change in changes)


def content_of(ruleset: Ruleset) -> dict[str, Any]:
    """The content of ``m.push_rules``."""
    return {"global": ruleset.as_json()}


def _convert(stored: object) -> _Stored:
    return _Stored() if stored is None else msgspec.convert(stored, _Stored)


def _ruleset_of(stored: _Stored, user_id: str) -> Ruleset:
    """What the server stored itself, so that it is well-formed; were it not, the predefined rules hold."""
    try:
        return with_predefined(parse_ruleset(stored.global_), user_id)
    except ProtocolViolation:
        return predefined(user_id)
