"""Pure decisions of handover: who takes over whom, what a plan may say, what a state allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from roomkeeper.capabilities.handover.models import Candidate, Choice, Departure, Plan, Rule, State
from roomkeeper.core.organisation.sessions import Session
from roomkeeper.platform.errors import InvalidParameter

MOST_CHAIN = 20
"""Successors of successors that are followed."""

ALLOWED: Mapping[str, frozenset[State]] = {
    "change": frozenset({"planned"}),
    "begin": frozenset({"planned"}),
    "cancel": frozenset({"planned"}),
    "undo": frozenset({"running", "finished", "undoing"}),
    "retry": frozenset({"running", "finished"}),
}
"""From which states each of these is possible."""


def check_allowed(what: str, departure: Departure) -> None:
    """Raises `InvalidParameter` where the state does not allow it."""
    if departure.state not in ALLOWED[what]:
        possible = " or ".join(sorted(ALLOWED[what]))
        raise InvalidParameter(f"This departure is {departure.state}; that needs one that is {possible}.")


def named_in(plan: Plan) -> set[str]:
    """Everybody whom a plan names as a successor."""
    named = {*plan.customers.values(), *(rule.staff_id for rule in plan.rules), plan.groups_to}
    return {user_id for user_id in named if user_id is not None}


def departments_in(plan: Plan) -> set[str]:
    """Every department that a plan names."""
    named = {rule.department_id for rule in plan.rules} | {each for rule in plan.rules for each in rule.departments}
    return {department_id for department_id in named if department_id is not None}


def check_plan(plan: Plan, leaver: str) -> None:
    """Raises `InvalidParameter`."""
    if leaver in named_in(plan):
        raise InvalidParameter(f"{leaver} cannot be their own successor.")
    for number, rule in enumerate(plan.rules, start=1):
        if (rule.staff_id is None) == (rule.department_id is None):
            raise InvalidParameter(f"Rule {number} must name either `staff_id` or `department_id`.")
        if rule.by == "skill" and not rule.skill:
            raise InvalidParameter(f"Rule {number} chooses by skill: say which with `skill`.")


def default_rules(departments: Sequence[str]) -> tuple[Rule, ...]:
    """What applies where a plan has no rules: those of the leaver's departments, preferably of the same language."""
    return tuple(Rule(department_id=department_id, by="language") for department_id in departments)


def applies(rule: Rule, session: Session, above: Iterable[str]) -> bool:
    """Whether all that a rule asks for applies; `above`: the session's department and those above it."""
    if rule.languages and not any(speaks(each, session.language) for each in rule.languages):
        return False
    return not rule.departments or not set(rule.departments).isdisjoint(above)


def speaks(known: str, wanted: str) -> bool:
    """Whether two language tags are of one language: the part before the hyphen counts."""
    return bool(known) and known.partition("-")[0].lower() == wanted.partition("-")[0].lower()


def choose(
    rule: Rule, session: Session, staff: Iterable[Candidate], under: frozenset[str], limit: int | None
) -> Candidate | None:
    """Who of a rule's staff gets a session: of those with a place, the one that the rule prefers."""
    free = [each for each in staff if each.has_place(limit) and each.user_id != session.staff_id]
    if rule.staff_id is not None:
        return next((each for each in free if each.user_id == rule.staff_id), None)
    free = [each for each in free if not under.isdisjoint(each.departments)]
    if rule.by == "language":
        free = [each for each in free if speaks(each.language, session.language)] or free
    elif rule.by == "skill":
        wanted = rule.skill.casefold()
        free = [each for each in free if any(skill.casefold() == wanted for skill in each.skills)] or free
    if rule.by == "round_robin":
        return min(free, key=lambda each: (each.given, each.user_id), default=None)
    return min(free, key=lambda each: (each.sessions, each.user_id), default=None)


def give(candidate: Candidate) -> Choice:
    """Let somebody have one more."""
    candidate.sessions += 1
    candidate.given += 1
    return Choice(staff_id=candidate.user_id)
