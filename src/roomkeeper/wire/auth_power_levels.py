"""Who may change power levels, and to what: rule 10 of `auth_rules`, which lists the numbers.

# spec: room versions §Authorisation rules, on `m.room.power_levels`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from roomkeeper.wire.auth_case import POWER_LEVELS, Case
from roomkeeper.wire.identifiers import is_user_id
from roomkeeper.wire.power_levels import DEFAULT_LEVELS, creators_of

_NONE: Final[Mapping[str, Any]] = {}


def check_power_levels(case: Case) -> None:
    """Rule 10. Raises AuthorizationRefused unless the new power levels are allowed."""
    new = case.event.content
    _check_form(case, new)
    current = case.state.get(POWER_LEVELS)
    if current is None:
        return
    _check_properties(case, current.content, new)
    for key in ("events", "notifications"):
        _check_entries(case, key, current.content.get(key, _NONE), new.get(key, _NONE))
    _check_users(case, current.content.get("users", _NONE), new.get("users", _NONE))


def _check_form(case: Case, content: Mapping[str, Any]) -> None:
    """Rules 10.1 to 10.4."""
    for key in DEFAULT_LEVELS:
        if key in content and type(content[key]) is not int:
            raise case.refuse("10.1", f"The power level `{key}` must be an integer.")
    for key in ("events", "notifications"):
        if not _are_levels(content.get(key, _NONE)):
            raise case.refuse("10.2", f"`{key}` must be an object whose values are integers.")
    users = content.get("users", _NONE)
    if not _are_levels(users) or not all(map(is_user_id, users)):
        raise case.refuse("10.3", "`users` must be an object from user ids to integers.")
    if case.version.creators_have_infinite_power:
        named = sorted(creators_of(case.create, case.version) & users.keys())
        if named:
            raise case.refuse("10.4", f"{named[0]} created the room, so is above power levels; leave them out.")


def _are_levels(value: Any) -> bool:
    # A bool would pass isinstance as an integer, and is none in JSON.
    return isinstance(value, Mapping) and all(type(level) is int for level in value.values())


def _check_properties(case: Case, current: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Rule 10.6."""
    sender_level = case.sender_level
    for key in DEFAULT_LEVELS:
        old_level, new_level = current.get(key), new.get(key)
        if old_level == new_level:
            continue
        if old_level is not None and old_level > sender_level:
            raise case.refuse("10.6.1", _above(f"`{key}` is", old_level, sender_level))
        if new_level is not None and new_level > sender_level:
            raise case.refuse("10.6.2", _above(f"`{key}` would be", new_level, sender_level))


def _check_entries(case: Case, name: str, current: Mapping[str, int], new: Mapping[str, int]) -> None:
    """Rules 10.7 and 10.8."""
    sender_level = case.sender_level
    for key, old_level, new_level in _changes(current, new):
        if old_level is not None and old_level > sender_level:
            raise case.refuse("10.7.1", _above(f"`{name}` of {key} is", old_level, sender_level))
        if new_level is not None and new_level > sender_level:
            raise case.refuse("10.8.1", _above(f"`{name}` of {key} would be", new_level, sender_level))


def _check_users(case: Case, current: Mapping[str, int], new: Mapping[str, int]) -> None:
    """Rules 10.9 and 10.10. Of one's own level one may give away, of an equal's nothing."""
    sender_level = case.sender_level
    for user_id, old_level, new_level in _changes(current, new):
        if old_level is not None and old_level >= sender_level and user_id != case.event.sender:
            raise case.refuse("10.9.1", f"{user_id} has power level {old_level}, the sender {sender_level}.")
        if new_level is not None and new_level > sender_level:
            raise case.refuse("10.10.1", _above(f"{user_id} would be", new_level, sender_level))


def _changes(current: Mapping[str, int], new: Mapping[str, int]) -> Iterator[tuple[str, int | None, int | None]]:
    """Key, old and new level of each entry that was added, changed or removed."""
    for key in current.keys() | new.keys():
        old_level, new_level = current.get(key), new.get(key)
        if old_level != new_level:
            yield key, old_level, new_level


def _above(what: str, level: int, sender_level: int) -> str:
    return f"{what} {level}, above the sender's own power level of {sender_level}."
