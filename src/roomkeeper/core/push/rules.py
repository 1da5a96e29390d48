"""What push rules and pushers of users may be, and where a new rule goes.

spec: client-server §Push Rules: API
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from roomkeeper.core.push.models import NoSuchNeighbour
from roomkeeper.platform.errors import InvalidParameter, MissingParameter, NotFound, TooLarge, UserLimitExceeded
from roomkeeper.wire.globs import wildcards
from roomkeeper.wire.push_rules import CONDITIONAL, IGNORED_ACTIONS, KINDS, MASTER, Action, Rule, Ruleset

MAX_RULES = 500
"""Rules of their own that one user may have."""
MAX_ID = 255
"""Bytes of a rule's id."""
MAX_CONDITIONS = 32
MAX_ACTIONS = 32
MAX_PATTERN = 255
"""Characters of a pattern."""
MAX_WILDCARDS = 16
"""Wildcards of a pattern, each of which makes it slower."""
MAX_RULE = 8_192
"""Bytes of one rule."""
MAX_PUSHERS = 50
"""Pushers of one user."""
MAX_PUSHER_DATA = 16_384
"""Bytes of what a client keeps in a pusher."""
MAX_APP_ID = 64
MAX_PUSHKEY = 512
"""Bytes. spec: ``GET /pushers``"""
MAX_NAME = 255
GATEWAY_PATH = "/_matrix/push/v1/notify"


# ---------------------------------------------------------------- rules


def check_kind(kind: str) -> None:
    """`InvalidParameter` for a kind of rule that there is not."""
    if kind not in KINDS:
        raise InvalidParameter(f"The kind of a push rule must be one of: {', '.join(KINDS)}.")


def check_id(rule_id: str) -> None:
    """`InvalidParameter` for an id that a user's own rule cannot have."""
    if rule_id.startswith("."):
        raise InvalidParameter("A rule_id that starts with a dot belongs to a predefined rule.")
    if not rule_id or set("/\\\0") & set(rule_id) or len(rule_id.encode()) > MAX_ID:
        raise InvalidParameter(f"A rule_id has 1 to {MAX_ID} bytes, and no slash, backslash or NUL.")


def checked_actions(actions: Sequence[object]) -> list[Action]:
    """The actions of a rule, as they were sent. `InvalidParameter` for unknown ones.

    Those that mean nothing any more are kept as well: clients look for the ``dont_notify`` that they sent.
    """
    if len(actions) > MAX_ACTIONS:
        raise TooLarge(f"A push rule may have {MAX_ACTIONS} actions at most.")
    for action in actions:
        known = isinstance(action, str) and (action == "notify" or action in IGNORED_ACTIONS)
        tweaks = isinstance(action, dict) and isinstance(action.get("set_tweak"), str)
        if not known and not tweaks:
            raise InvalidParameter('An action is "notify", or an object with a string `set_tweak`.')
    return cast("list[Action]", list(actions))


def make_rule(
    kind: str, rule_id: str, actions: Sequence[object], conditions: list[dict[str, Any]] | None, pattern: str | None
) -> Rule:
    """A user's own rule. `InvalidParameter`, `MissingParameter` or `TooLarge` where it cannot be one."""
    check_id(rule_id)
    if kind == "content":
        if pattern is None:
            raise MissingParameter("A content rule needs a `pattern`.")
        _check_pattern(pattern)
    if conditions is not None and kind in CONDITIONAL:
        _check_conditions(conditions)
    rule = Rule(
        rule_id=rule_id,
        actions=checked_actions(actions),
        conditions=(conditions or []) if kind in CONDITIONAL else None,
        pattern=pattern if kind == "content" else None,
    )
    check_size(rule)
    return rule


def check_size(rule: Rule) -> None:
    """`TooLarge` where a rule is."""
    if len(msgspec.json.encode(rule)) > MAX_RULE:
        raise TooLarge(f"A push rule may have {MAX_RULE} bytes at most.")


def _check_conditions(conditions: Sequence[dict[str, Any]]) -> None:
    """Conditions that are not known are kept: they never hold. spec: client-server §Conditions"""
    if len(conditions) > MAX_CONDITIONS:
        raise TooLarge(f"A push rule may have {MAX_CONDITIONS} conditions at most.")
    for condition in conditions:
        if not isinstance(condition.get("kind"), str):
            raise InvalidParameter("Each condition needs a `kind`, which is a string.")
        pattern = condition.get("pattern")
        if isinstance(pattern, str):
            _check_pattern(pattern)


def _check_pattern(pattern: str) -> None:
    if len(pattern) > MAX_PATTERN or wildcards(pattern) > MAX_WILDCARDS:
        raise TooLarge(f"A pattern may have {MAX_PATTERN} characters and {MAX_WILDCARDS} wildcards at most.")


def find_rule(ruleset: Ruleset, kind: str, rule_id: str) -> Rule:
    """One rule. Raises `NotFound`."""
    for rule in ruleset.of_kind(kind):
        if rule.rule_id == rule_id:
            return rule
    raise NotFound("The push rule was not found.")


def put_rule(ruleset: Ruleset, kind: str, rule: Rule, before: str | None, after: str | None) -> Ruleset:
    """Add a rule, or change it where it stands; directly before or after another of the user's, where one is named.

    Raises `NoSuchNeighbour`, `UserLimitExceeded`.
    """
    rules = list(ruleset.of_kind(kind))
    index = next((index for index, known in enumerate(rules) if known.rule_id == rule.rule_id), None)
    if index is None:
        check_number(ruleset)
    else:
        rule = msgspec.structs.replace(rule, enabled=rules.pop(index).enabled)
    if before is not None or after is not None:
        index = _place(rules, before, after)
    elif index is None:
        index = 1 if rules and rules[0].rule_id == MASTER else 0
    rules.insert(index, rule)
    return replaced(ruleset, kind, rules)


def check_number(ruleset: Ruleset) -> None:
    """`UserLimitExceeded` where the user can have no rule more."""
    if sum(not rule.default for kind in KINDS for rule in ruleset.of_kind(kind)) >= MAX_RULES:
        raise UserLimitExceeded(f"You may have {MAX_RULES} push rules at most.")


def _place(rules: Sequence[Rule], before: str | None, after: str | None) -> int:
    """Where a rule goes that is to be the next more important one than `before`, or less important than `after`."""
    places = {rule.rule_id: index for index, rule in enumerate(rules) if not rule.default}
    for name in (before, after):
        if name is not None and name not in places:
            raise NoSuchNeighbour(f"before/after rule not found: {name}")
    return places[before] if before is not None else places[after or ""] + 1


def change_rule(ruleset: Ruleset, kind: str, rule: Rule) -> Ruleset:
    """Put another version in the place of a rule."""
    return replaced(
        ruleset, kind, [rule if known.rule_id == rule.rule_id else known for known in ruleset.of_kind(kind)]
    )


def delete_rule(ruleset: Ruleset, kind: str, rule_id: str) -> Ruleset:
    """Take away a rule of the user's own. Raises `NotFound`, `InvalidParameter` for a predefined one."""
    if find_rule(ruleset, kind, rule_id).default:
        raise InvalidParameter("A predefined rule cannot be deleted; it can be disabled.")
    return replaced(ruleset, kind, [rule for rule in ruleset.of_kind(kind) if rule.rule_id != rule_id])


def replaced(ruleset: Ruleset, kind: str, rules: Sequence[Rule]) -> Ruleset:
    """The ruleset with other rules of one kind."""
    return msgspec.structs.replace(ruleset, **{kind: tuple(rules)})


def rooms_that_differ(before: Ruleset, after: Ruleset) -> set[str] | None:
    """The rooms whose counts a change of rules can change; `None`: any."""
    if any(before.of_kind(kind) != after.of_kind(kind) for kind in KINDS if kind != "room"):
        return None
    old, new = ({rule.rule_id: rule for rule in rules.room} for rules in (before, after))
    return {room_id for room_id in old.keys() | new.keys() if old.get(room_id) != new.get(room_id)}


# ---------------------------------------------------------------- pushers


def check_pusher_key(app_id: str, pushkey: str) -> None:
    """`InvalidParameter` for what cannot name a pusher."""
    for name, value, most in (("app_id", app_id, MAX_APP_ID), ("pushkey", pushkey, MAX_PUSHKEY)):
        if not value or "\0" in value or len(value.encode()) > most:
            raise InvalidParameter(f"The {name} must have 1 to {most} bytes, and no NUL.")


def check_pusher_data(kind: str, data: dict[str, Any]) -> None:
    """`InvalidParameter` for another kind than http, or where the URL is not that of a push gateway."""
    if kind != "http":
        raise InvalidParameter('The kind of a pusher must be "http", or null to delete it.')
    if len(msgspec.json.encode(data)) > MAX_PUSHER_DATA:
        raise TooLarge(f"The data of a pusher may have {MAX_PUSHER_DATA} bytes at most.")
    if "url" not in data:
        raise MissingParameter("Missing parameters: data.url")
    if not _is_gateway(data["url"]):
        raise InvalidParameter(f"The url of a pusher must be https://…{GATEWAY_PATH}")


def _is_gateway(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and parts.path == GATEWAY_PATH
    except ValueError:
        return False
