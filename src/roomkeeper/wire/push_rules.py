"""Push rules: which events a user is notified of, and how.

A ruleset is judged in the order override, content, room, sender, underride; the first rule that matches decides. It is
compiled once for each user who has rules of their own, and once for all who have only those of the specification.
# spec: client-server §Push Rules
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.push_conditions import Condition, Occasion, Person, compile_condition

KINDS: Final = ("override", "content", "room", "sender", "underride")
"""The kinds of rules, in the order in which they are asked."""
CONDITIONAL: Final = frozenset({"override", "underride"})
MASTER: Final = ".m.rule.master"
IGNORED_ACTIONS: Final = frozenset({"dont_notify", "coalesce"})
"""What older versions of the specification had; it means nothing."""

Action = str | dict[str, Any]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. `conditions` are of override and underride rules, `pattern` is of content rules."""

    rule_id: str
    actions: list[Action]
    default: bool = False
    enabled: bool = True
    conditions: list[dict[str, Any]] | None = None
    pattern: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The rule as clients see it. spec: definitions PushRule"""
        shown: dict[str, Any] = {
            "rule_id": self.rule_id,
            "default": self.default,
            "enabled": self.enabled,
            "actions": self.actions,
        }
        if self.conditions is not None:
            shown["conditions"] = self.conditions
        if self.pattern is not None:
            shown["pattern"] = self.pattern
        return shown


class Ruleset(msgspec.Struct, frozen=True, kw_only=True):
    """All rules of a user, the most important of each kind first."""

    override: tuple[Rule, ...] = ()
    content: tuple[Rule, ...] = ()
    room: tuple[Rule, ...] = ()
    sender: tuple[Rule, ...] = ()
    underride: tuple[Rule, ...] = ()

    def of_kind(self, kind: str) -> tuple[Rule, ...]:
        """The rules of one of `KINDS`."""
        rules: tuple[Rule, ...] = getattr(self, kind)
        return rules

    def as_json(self) -> dict[str, Any]:
        """The ruleset as clients see it."""
        return {kind: [rule.as_json() for rule in self.of_kind(kind)] for kind in KINDS}


class Outcome(msgspec.Struct, frozen=True):
    """What the rule that matched wants: `notify`, and if so whether the message is highlighted."""

    notify: bool
    highlight: bool
    actions: list[Action]


Compiled = tuple[tuple[Condition, ...], Outcome]


class CompiledRules:
    """A ruleset that is ready to be asked. `names_owner`: it asks for the user's display name in the room."""

    __slots__ = ("_first", "_last", "_rooms", "_senders", "names_owner")

    def __init__(self, ruleset: Ruleset, user_id: str) -> None:
        self._first = _compile_all(("override", "content"), ruleset, user_id)
        self._last = _compile_all(("underride",), ruleset, user_id)
        self._rooms = {rule.rule_id: outcome_of(rule.actions) for rule in reversed(ruleset.room) if rule.enabled}
        self._senders = {rule.rule_id: outcome_of(rule.actions) for rule in reversed(ruleset.sender) if rule.enabled}
        conditions = (c for kind in CONDITIONAL for r in ruleset.of_kind(kind) for c in r.conditions or ())
        self.names_owner = any(condition.get("kind") == "contains_display_name" for condition in conditions)

    def judge(self, occasion: Occasion, person: Person) -> Outcome | None:
        """What the first rule that matches wants; `None` where none does. A user's own events are not asked about."""
        for conditions, outcome in self._first:
            for holds in conditions:
                if not holds(occasion, person):
                    break
            else:
                return outcome
        found = self._rooms.get(occasion.room_id) or self._senders.get(occasion.sender)
        if found is not None:
            return found
        for conditions, outcome in self._last:
            for holds in conditions:
                if not holds(occasion, person):
                    break
            else:
                return outcome
        return None


def is_ignored(action: Action) -> bool:
    """Whether an action is one that means nothing any more."""
    return isinstance(action, str) and action in IGNORED_ACTIONS


def outcome_of(actions: Sequence[Action]) -> Outcome:
    """What a list of actions means. spec: client-server §Actions"""
    highlight = False
    for action in actions:
        if isinstance(action, dict) and action.get("set_tweak") == "highlight":
            highlight = action.get("value", True) is not False
    notify = "notify" in actions
    return Outcome(notify, notify and highlight, [action for action in actions if not is_ignored(action)])


def _compile_all(kinds: Iterable[str], ruleset: Ruleset, user_id: str) -> list[Compiled]:
    compiled: list[Compiled] = []
    for kind in kinds:
        for rule in ruleset.of_kind(kind):
            conditions = _conditions_of(kind, rule)
            if not rule.enabled or conditions is None:
                continue
            made = [compile_condition(condition, user_id) for condition in conditions]
            usable = tuple(condition for condition in made if condition is not None)
            if len(usable) == len(made):
                compiled.append((usable, outcome_of(rule.actions)))
    return compiled


def _conditions_of(kind: str, rule: Rule) -> list[dict[str, Any]] | None:
    """The conditions under which a rule of that kind matches, `None` where it cannot."""
    if kind != "content":
        return rule.conditions or []
    if rule.pattern is None:
        return None
    return [{"kind": "event_match", "key": "content.body", "pattern": rule.pattern}]


# ---------------------------------------------------------------- predefined rules

_NOTIFY: Final[list[Action]] = ["notify"]
_HIGHLIGHT: Final[list[Action]] = ["notify", {"set_tweak": "highlight"}]


def predefined(user_id: str) -> Ruleset:
    """The rules that every user has from the start. spec: client-server §Predefined Rules"""
    of_type, state_key = _match("type"), _match("state_key")
    override = (
        _rule("master", [], [], enabled=False),
        _rule("suppress_notices", [_match("content.msgtype")("m.notice")], []),
        _rule(
            "invite_for_me",
            [of_type("m.room.member"), _match("content.membership")("invite"), state_key(user_id)],
            _sound("default"),
        ),
        _rule("member_event", [of_type("m.room.member")], []),
        _rule(
            "is_user_mention",
            [{"kind": "event_property_contains", "key": r"content.m\.mentions.user_ids", "value": user_id}],
            [*_sound("default"), {"set_tweak": "highlight"}],
        ),
        _rule(
            "is_room_mention",
            [
                {"kind": "event_property_is", "key": r"content.m\.mentions.room", "value": True},
                {"kind": "sender_notification_permission", "key": "room"},
            ],
            _HIGHLIGHT,
        ),
        _rule("tombstone", [of_type("m.room.tombstone"), state_key("")], _HIGHLIGHT),
        _rule("reaction", [of_type("m.reaction")], []),
        _rule("room.server_acl", [of_type("m.room.server_acl"), state_key("")], []),
        _rule(
            "suppress_edits",
            [{"kind": "event_property_is", "key": r"content.m\.relates_to.rel_type", "value": "m.replace"}],
            [],
        ),
    )
    two = {"kind": "room_member_count", "is": "2"}
    underride = (
        _rule("call", [of_type("m.call.invite")], _sound("ring")),
        _rule("encrypted_room_one_to_one", [two, of_type("m.room.encrypted")], _sound("default")),
        _rule("room_one_to_one", [two, of_type("m.room.message")], _sound("default")),
        _rule("message", [of_type("m.room.message")], _NOTIFY),
        _rule("encrypted", [of_type("m.room.encrypted")], _NOTIFY),
    )
    return Ruleset(override=override, underride=underride)


def _rule(name: str, conditions: list[dict[str, Any]], actions: list[Action], *, enabled: bool = True) -> Rule:
    return Rule(rule_id=f".m.rule.{name}", default=True, enabled=enabled, conditions=conditions, actions=actions)


def _match(key: str) -> Callable[[str], dict[str, Any]]:
    return lambda pattern: {"kind": "event_match", "key": key, "pattern": pattern}


def _sound(name: str) -> list[Action]:
    return ["notify", {"set_tweak": "sound", "value": name}]


_OWNER: Final = "@"
"""Stands for any user: an id that nobody has."""
PREDEFINED: Final = CompiledRules(predefined(_OWNER), _OWNER)
"""The predefined rules, compiled for everyone."""


def with_predefined(stored: Ruleset, user_id: str) -> Ruleset:
    """What is stored, with the predefined rules as they are now; users switch those on and off and change actions."""
    known = predefined(user_id)
    return Ruleset(**{kind: _merge(stored.of_kind(kind), known.of_kind(kind)) for kind in KINDS})


def _merge(stored: Sequence[Rule], known: Sequence[Rule]) -> tuple[Rule, ...]:
    by_id = {rule.rule_id: rule for rule in stored if rule.default}
    renewed = [
        msgspec.structs.replace(rule, enabled=by_id[rule.rule_id].enabled, actions=by_id[rule.rule_id].actions)
        if rule.rule_id in by_id
        else rule
        for rule in known
    ]
    own = [rule for rule in stored if not rule.default]
    first = [rule for rule in renewed if rule.rule_id == MASTER]
    return (*first, *own, *(rule for rule in renewed if rule.rule_id != MASTER))


def parse_ruleset(value: object) -> Ruleset:
    """Read a ruleset from decoded JSON. Raises ProtocolViolation (M_BAD_JSON)."""
    try:
        return msgspec.convert(value, Ruleset)
    except msgspec.ValidationError as error:
        raise ProtocolViolation(f"This is no ruleset: {error}") from None
