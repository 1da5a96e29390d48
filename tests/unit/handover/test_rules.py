"""Who takes over whom; what a plan may say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.handover import rules
from roomkeeper.capabilities.handover.models import Candidate, Departure, Plan, Rule
from roomkeeper.core.organisation.sessions import Session
from roomkeeper.platform.errors import InvalidParameter

SALES = frozenset({"sales"})


def session(**more: Any) -> Session:
    """A session with ann."""
    fixed = {"room_id": "!r", "customer_id": "@c", "staff_id": "@ann", "state": "open", "created_ts": 0}
    return Session(**{**fixed, "updated_ts": 0, **more})


def staff(name: str, **more: Any) -> Candidate:
    """Somebody of Sales."""
    return Candidate(user_id=f"@{name}", **{"departments": SALES, **more})


def chosen(rule: Rule, *people: Candidate, limit: int | None = None, **more: Any) -> str | None:
    """The name of who gets a session."""
    found = rules.choose(rule, session(**more), people, SALES, limit)
    return None if found is None else found.user_id[1:]


def test_least_loaded() -> None:
    rule = Rule(department_id="sales")
    assert chosen(rule, staff("ben", sessions=3), staff("cid", sessions=2)) == "cid"
    assert chosen(rule, staff("cid"), staff("ben")) == "ben", "of equals the first by name"
    assert chosen(rule, staff("ben", departments=frozenset({"support"})), staff("cid", sessions=9)) == "cid"
    assert chosen(rule) is None
    assert chosen(rule, staff("ann"), staff("ben", sessions=9)) == "ben", "not who has it already"


def test_limits() -> None:
    rule = Rule(department_id="sales")
    full = staff("ben", sessions=5, session_limit=5)
    assert chosen(rule, full, staff("cid", sessions=9)) == "cid"
    assert chosen(rule, full) is None
    assert chosen(rule, staff("ben", given=2), limit=2) is None
    assert chosen(rule, staff("ben", given=1), limit=2) == "ben"
    given = staff("ben", session_limit=2)
    assert [rules.give(given).staff_id if given.has_place(None) else None for _ in range(3)] == ["@ben", "@ben", None]


def test_round_robin() -> None:
    """Everybody gets as many of this departure as the others, whatever they have."""
    people = [staff("ben", sessions=50), staff("cid"), staff("dan", sessions=3)]
    rule, got = Rule(department_id="sales", by="round_robin"), []
    for _ in range(7):
        found = rules.choose(rule, session(), people, SALES, None)
        assert found is not None
        got.append(rules.give(found).staff_id)
    assert got == ["@ben", "@cid", "@dan", "@ben", "@cid", "@dan", "@ben"]


def test_language_and_skill() -> None:
    people = [staff("ben", language="en"), staff("cid", language="de-CH", sessions=4, skills=("Contracts",))]
    language = Rule(department_id="sales", by="language")
    assert chosen(language, *people, language="de") == "cid"
    assert chosen(language, *people, language="fr") == "ben", "nobody speaks it: whoever has least"
    assert chosen(language, *people) == "ben"
    assert chosen(Rule(department_id="sales", by="skill", skill="contracts"), *people) == "cid"
    assert chosen(Rule(department_id="sales", by="skill", skill="law"), *people) == "ben"


def test_named() -> None:
    rule = Rule(staff_id="@cid")
    assert chosen(rule, staff("ben"), staff("cid", departments=frozenset())) == "cid"
    assert chosen(rule, staff("ben")) is None


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        (Rule(staff_id="@b"), True),
        (Rule(staff_id="@b", languages=("de",)), True),
        (Rule(staff_id="@b", languages=("fr", "DE-at")), True),
        (Rule(staff_id="@b", languages=("fr",)), False),
        (Rule(staff_id="@b", departments=("sales",)), True),
        (Rule(staff_id="@b", departments=("all",)), True),
        (Rule(staff_id="@b", departments=("support",)), False),
        (Rule(staff_id="@b", departments=("all",), languages=("fr",)), False),
    ],
)
def test_applies(rule: Rule, applies: bool) -> None:
    assert rules.applies(rule, session(language="de", department_id="sales"), ["sales", "all"]) is applies
    assert not rules.applies(Rule(staff_id="@b", languages=("de",)), session(), [])


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan(customers={"@c": "@ann"}), "own successor"),
        (Plan(rules=(Rule(staff_id="@ann"),)), "own successor"),
        (Plan(groups_to="@ann"), "own successor"),
        (Plan(rules=(Rule(staff_id="@b"), Rule())), "Rule 2 must name"),
        (Plan(rules=(Rule(staff_id="@b", department_id="sales"),)), "Rule 1 must name"),
        (Plan(rules=(Rule(department_id="sales", by="skill"),)), "say which"),
    ],
)
def test_plans_that_make_no_sense(plan: Plan, said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        rules.check_plan(plan, "@ann")


def test_plans_that_do() -> None:
    plan = Plan(customers={"@c": "@ben"}, rules=(Rule(department_id="s", by="skill", skill="x"),), groups_to="@cid")
    rules.check_plan(plan, "@ann")
    assert rules.named_in(plan) == {"@ben", "@cid"}
    assert rules.named_in(Plan()) == set()


def is_allowed(what: str, departure: Departure) -> bool:
    """Whether it is; the error says why not."""
    try:
        rules.check_allowed(what, departure)
    except InvalidParameter:
        return False
    return True


@pytest.mark.parametrize("state", ["planned", "running", "finished", "cancelled", "undoing", "undone"])
def test_what_a_state_allows(state: Any) -> None:
    departure = Departure(
        departure_id="d", user_id="@ann", kind="departure", state=state, effective_ts=0, plan=Plan(),
        created_by="@owner", created_ts=0, updated_ts=0,
    )  # fmt: skip
    allowed = {what for what in rules.ALLOWED if is_allowed(what, departure)}
    expected = {
        "planned": {"change", "begin", "cancel"},
        "running": {"undo", "retry"},
        "finished": {"undo", "retry"},
        "undoing": {"undo"},
    }
    assert allowed == expected.get(state, set())
    assert departure.is_over == (state in ("cancelled", "undone", "finished"))


people = st.lists(
    st.builds(
        Candidate,
        user_id=st.text(min_size=1, max_size=3),
        language=st.sampled_from(["", "en", "de", "zh-TW"]),
        departments=st.frozensets(st.sampled_from(["sales", "support"])),
        session_limit=st.none() | st.integers(0, 3),
        sessions=st.integers(0, 4),
        given=st.integers(0, 4),
    ),
    max_size=6,
)


@given(people, st.sampled_from(["least_loaded", "round_robin", "language", "skill"]), st.none() | st.integers(1, 3))
def test_who_is_chosen_has_a_place(staff: list[Candidate], by: Any, limit: int | None) -> None:
    """And where nobody is, nobody of the department has one."""
    found = rules.choose(Rule(department_id="sales", by=by, skill="x"), session(), staff, SALES, limit)
    free = [each for each in staff if each.has_place(limit) and "sales" in each.departments and each.user_id != "@ann"]
    assert (found is None) == (not free)
    assert found is None or found in free
