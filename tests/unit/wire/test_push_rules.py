from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.globs import Glob
from roomkeeper.wire.power_levels import PowerLevels
from roomkeeper.wire.push_conditions import MAX_BODY, Occasion, Person, compile_condition
from roomkeeper.wire.push_rules import (
    KINDS,
    MASTER,
    PREDEFINED,
    CompiledRules,
    Outcome,
    Rule,
    Ruleset,
    outcome_of,
    parse_ruleset,
    predefined,
    with_predefined,
)
from tests.time_limit import time_limit
from tests.work import calls_of

from .rooms import ALICE, BOB, CAROL, Room

ME = Person(ALICE, "Alice")
HIGHLIGHT = {"set_tweak": "highlight"}


def occasion(event_type: str = "m.room.message", *, members: int = 3, **event: Any) -> Occasion:
    """Something that Bob sends."""
    content = event.pop("content", {"msgtype": "m.text", "body": "hello"})
    whole = {"type": event_type, "sender": BOB, "content": content, "room_id": "!room:example.org", **event}
    return Occasion(whole, "!room:example.org", members, None)


def said(body: str, **content: Any) -> Occasion:
    """A text that Bob sends."""
    return occasion(content={"msgtype": "m.text", "body": body, **content})


def holds(condition: dict[str, Any], what: Occasion, person: Person = ME) -> bool:
    """Whether a condition of Alice's holds."""
    compiled = compile_condition(condition, ALICE)
    return compiled is not None and compiled(what, person)


def judged(what: Occasion, **kinds: list[Rule]) -> Outcome | None:
    """What the predefined rules with these in addition say."""
    ruleset = with_predefined(Ruleset(**{kind: tuple(rules) for kind, rules in kinds.items()}), ALICE)
    return CompiledRules(ruleset, ALICE).judge(what, ME)


def tweaks(outcome: Outcome | None) -> tuple[bool, bool, Any]:
    """Whether it notifies, highlights, and with which sound."""
    assert outcome is not None
    sounds = [action["value"] for action in outcome.actions if isinstance(action, dict) and "value" in action]
    return outcome.notify, outcome.highlight, sounds[0] if sounds else None


# ---------------------------------------------------------------- globs


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("lunc?*", "Lunch plans", True), ("lunc?*", "LUNCH", True), ("lunc?*", " lunch", False),
        ("lunc?*", "lunc", False), ("", "", True), ("", "a", False), ("*", "", True), ("**", "any\nthing", True),
        ("?", "", False), ("?", "\n", True), ("a*b*c", "aXbXbXc", True), ("a*b*c", "abXcX", False),
        ("a*a", "a", False), ("a*a", "aa", True), ("a?*?b", "axb", False), ("a?*?b", "axxb", True),
        ("m.room.*", "mXroom.x", False), ("[a]", "a", False), ("*a", "ba", True), ("*a*", "bab", True),
    ],
)  # fmt: skip
def test_a_pattern_fits_a_whole_text(pattern: str, text: str, fits: bool) -> None:
    assert Glob(pattern).matches(text.lower()) is fits


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("ex*ple", "An example event.", True), ("ex*ple", "exple", True),
        ("ex*ple", "An exciting triple-whammy", True), ("ex*ple", "An Xexample", False),
        ("cake", "pancake", False), ("cake", "cake_", False), ("cake", "pan-cake!", True), ("CAKE", "Cake", True),
        ("cake", "cakes are cake", True), ("c?ke", "the coke", True), ("@room", "hi @room", True),
        ("王明", "请找王明聊", True), ("a*", "x ab", True), ("*b", "x ab", True),
        ("tea*time", "teas timely time", True),
        ("tea*time", "tea timely", False), ("a.c", "abc", False), ("", "anything", True), ("?", "a b", True),
    ],
)  # fmt: skip
def test_a_pattern_fits_words(pattern: str, text: str, fits: bool) -> None:
    assert Glob(pattern).matches_words(text.lower()) is fits


def expression(pattern: str) -> str:
    """The pattern as a regular expression."""
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)


LETTERS = st.text("ab _*?", max_size=6)
TEXTS = st.text("ab _\n", max_size=10)


@given(LETTERS, TEXTS)
def test_whole_texts_fit_as_the_regular_expression_says(pattern: str, text: str) -> None:
    assert Glob(pattern).matches(text) is bool(re.fullmatch(expression(pattern), text, re.DOTALL))


@given(LETTERS, TEXTS)
def test_words_fit_as_trying_all_of_them_says(pattern: str, text: str) -> None:
    def is_boundary(index: int) -> bool:
        return index in (0, len(text)) or not (text[index - 1] in "ab_" and text[index] in "ab_")

    places = [index for index in range(len(text) + 1) if is_boundary(index)]
    wanted = re.compile(expression(pattern), re.DOTALL)
    expected = any(wanted.fullmatch(text[start:end]) for start in places for end in places if start <= end)
    assert Glob(pattern).matches_words(text) is expected


@given(LETTERS, TEXTS)
def test_a_literal_has_no_wildcards(pattern: str, text: str) -> None:
    assert Glob(pattern, literal=True).matches(text) is (pattern == text)
    assert not Glob(pattern, literal=True).matches_words(text) or pattern in text


def test_hostile_patterns_take_no_time() -> None:
    """With backtracking, none of these would ever end."""
    text = "a" * MAX_BODY
    for pattern in ("*a" * 8 + "b", "a*" * 15 + "b", "?" * 15 + "b", "a?" * 15 + "*b", "a"):
        with time_limit():
            assert Glob(pattern).matches_words(text) is False


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("key", "pattern", "expected"),
    [
        ("type", "m.room.message", True), ("type", "M.ROOM.*", True), ("type", "m.room", False),
        ("content.body", "hello", True), ("content.body", "hell", False), ("content.body", "*", True),
        ("content.number", "*", False), ("content.absent", "*", False), ("content", "*", False),
        (r"content.dotted\.name", "yes", True), ("content.dotted.name", "deep", True),
        (r"content.back\\slash", "yes", True), (r"content.oth\er", "yes", True), ("sender", BOB.upper(), True),
        ("state_key", "*", False), ("content.body.x", "*", False), ("", "*", False),
    ],
)  # fmt: skip
def test_event_match(key: str, pattern: str, expected: bool) -> None:
    content = {
        "body": "Say hello!",
        "number": 1,
        "dotted.name": "yes",
        "dotted": {"name": "deep"},
        "back\\slash": "yes",
        "oth\\er": "yes",
    }
    condition = {"kind": "event_match", "key": key, "pattern": pattern}
    assert holds(condition, occasion(content=content)) is expected


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        (True, True, True), (1, True, False), (True, 1, False), ("true", True, False), (None, None, True),
        (0, False, False), ("a", "A", False), ("a", "a", True), (5, 5, True), ([5], 5, False), ({}, None, False),
    ],
)  # fmt: skip
def test_properties_are_compared_exactly(found: Any, wanted: Any, expected: bool) -> None:
    what = occasion(content={"m.x": found, "list": [found, {}, []]})
    assert holds({"kind": "event_property_is", "key": r"content.m\.x", "value": wanted}, what) is expected
    contains = expected and not isinstance(found, list | dict)
    assert holds({"kind": "event_property_contains", "key": "content.list", "value": wanted}, what) is contains


def test_properties_that_are_not_there() -> None:
    what = occasion(content={"text": "abc"})
    for value in (None, "a", ALICE):
        for kind in ("event_property_is", "event_property_contains"):
            assert not holds({"kind": kind, "key": "content.absent", "value": value}, what)
            assert not holds({"kind": kind, "key": "content.text", "value": value}, what)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("3", True), ("==3", True), ("<3", False), ("<=3", True), (">2", True), (">=4", False), ("03", True)],
)
def test_room_member_count(wanted: str, expected: bool) -> None:
    assert holds({"kind": "room_member_count", "is": wanted}, occasion(members=3)) is expected


def test_sender_notification_permission(room: Room) -> None:
    room.power(users={ALICE: 100, BOB: 50, CAROL: 20}, notifications={"room": 50, "org.example": 20})
    for sender, key, expected in ((BOB, "room", True), (CAROL, "room", False), (CAROL, "org.example", True)):
        event = {"type": "m.room.message", "sender": sender, "content": {}}
        what = Occasion(event, "!room:example.org", 3, room.levels())
        assert holds({"kind": "sender_notification_permission", "key": key}, what) is expected
    assert not holds({"kind": "sender_notification_permission", "key": "room"}, occasion())


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("Alice", "hi alice!", True), ("Alice", "malice", False), ("A*", "A* is here", True), ("A*", "All", False),
        ("", "anything", False), (None, "None", False),
    ],
)  # fmt: skip
def test_contains_display_name(name: str | None, body: str, expected: bool) -> None:
    assert holds({"kind": "contains_display_name"}, said(body), Person(ALICE, name)) is expected


@pytest.mark.parametrize(
    "condition",
    [
        {"kind": "org.example.unknown"}, {}, {"kind": None}, {"kind": ["event_match"]}, {"kind": "event_match"},
        {"kind": "event_match", "key": "type", "pattern": 1}, {"kind": "event_match", "key": 1, "pattern": "*"},
        {"kind": "room_member_count"}, {"kind": "room_member_count", "is": 2},
        {"kind": "room_member_count", "is": "2.0"}, {"kind": "room_member_count", "is": "=2"},
        {"kind": "room_member_count", "is": "٢"}, {"kind": "room_member_count", "is": "9" * 5000},
        {"kind": "sender_notification_permission"}, {"kind": "event_property_is", "key": "type"},
        {"kind": "event_property_is", "key": "type", "value": []},
        {"kind": "event_property_contains", "key": "type", "value": 1.5},
    ],
)  # fmt: skip
def test_what_is_not_understood_never_holds(condition: dict[str, Any]) -> None:
    assert not holds(condition, occasion(members=2))
    rule = Rule(rule_id="mine", conditions=[condition], actions=["notify", HIGHLIGHT])
    assert tweaks(judged(occasion(members=3), override=[rule])) == (True, False, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CONDITIONS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["event_match", "event_property_is", "event_property_contains", "room_member_count"])},
    optional={
        "key": st.sampled_from(["type", "content.body", "content.x", r"content.m\.mentions.user_ids", "content.x.y"])
        | JSON,
        "pattern": st.text("ab*?", max_size=5) | JSON,
        "value": JSON,
        "is": st.sampled_from(["2", ">1", "x"]) | JSON,
    },
)
CONTENTS = st.dictionaries(st.sampled_from(["body", "x", "m.mentions", "msgtype", "m.relates_to"]), JSON, max_size=4)


@given(st.lists(CONDITIONS, max_size=3), CONTENTS)
def test_any_condition_judges_any_event(conditions: list[dict[str, Any]], content: dict[str, Any]) -> None:
    rule = Rule(rule_id="mine", conditions=conditions, actions=["notify"])
    outcome = judged(occasion(content=content), override=[rule], underride=[rule])
    assert outcome is None or isinstance(outcome.notify, bool)
    PREDEFINED.judge(occasion(content=content), ME)


# ---------------------------------------------------------------- predefined rules


def test_the_predefined_rules_are_those_of_the_specification() -> None:
    rules = predefined(ALICE)
    assert [rule.rule_id.removeprefix(".m.rule.") for rule in rules.override] == [
        "master", "suppress_notices", "invite_for_me", "member_event", "is_user_mention", "is_room_mention",
        "tombstone", "reaction", "room.server_acl", "suppress_edits",
    ]  # fmt: skip
    assert [rule.rule_id.removeprefix(".m.rule.") for rule in rules.underride] == [
        "call", "encrypted_room_one_to_one", "room_one_to_one", "message", "encrypted",
    ]  # fmt: skip
    assert all(rule.default and rule.enabled is (rule.rule_id != MASTER) for k in KINDS for rule in rules.of_kind(k))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (occasion(), (True, False, None)),
        (occasion(members=2), (True, False, "default")),
        (occasion("m.room.encrypted", content={}), (True, False, None)),
        (occasion("m.room.encrypted", content={}, members=2), (True, False, "default")),
        (occasion(content={"msgtype": "m.notice", "body": "x"}), (False, False, None)),
        (occasion("m.room.member", content={"membership": "invite"}, state_key=ALICE), (True, False, "default")),
        (occasion("m.room.member", content={"membership": "invite"}, state_key=CAROL), (False, False, None)),
        (occasion("m.room.member", content={"membership": "join"}, state_key=ALICE), (False, False, None)),
        (said("x", **{"m.mentions": {"user_ids": [CAROL, ALICE]}}), (True, True, "default")),
        (said("x", **{"m.mentions": {"user_ids": [CAROL]}}), (True, False, None)),
        (said("x", **{"m.mentions": {"user_ids": ALICE}}), (True, False, None)),
        (said("alice", **{"m.mentions": []}), (True, False, None)),
        (occasion("m.room.tombstone", content={}, state_key=""), (True, True, None)),
        (occasion("m.reaction", content={}), (False, False, None)),
        (occasion("m.room.server_acl", content={}, state_key=""), (False, False, None)),
        (said("x", **{"m.relates_to": {"rel_type": "m.replace"}}), (False, False, None)),
        (occasion("m.call.invite", content={}), (True, False, "ring")),
    ],
)  # fmt: skip
def test_what_the_predefined_rules_say(what: Occasion, expected: Any) -> None:
    assert tweaks(judged(what)) == expected
    assert tweaks(PREDEFINED.judge(what, ME)) == expected, "compiled for everyone it says the same"


def test_no_rule_says_nothing() -> None:
    for what in (occasion("m.room.topic", content={}, state_key=""), occasion("m.room.tombstone", content={})):
        assert judged(what) is None


def test_the_room_is_mentioned_by_those_who_may(room: Room) -> None:
    room.power(users={ALICE: 100, BOB: 50})
    for sender, highlights in ((BOB, True), (CAROL, False)):
        event = {"type": "m.room.message", "sender": sender, "content": {"m.mentions": {"room": True}}}
        outcome = PREDEFINED.judge(Occasion(event, "!room:example.org", 3, room.levels()), ME)
        assert outcome is not None
        assert (outcome.notify, outcome.highlight) == (True, highlights)


@given(CONTENTS, st.sampled_from(["m.room.message", "m.room.member", "m.reaction"]), st.sampled_from([ALICE, CAROL]))
def test_what_is_compiled_for_everyone_says_the_same(content: dict[str, Any], event_type: str, user_id: str) -> None:
    what = occasion(event_type, content=content, state_key=user_id)
    own = CompiledRules(predefined(user_id), user_id)
    person = Person(user_id)
    assert own.judge(what, person) == PREDEFINED.judge(what, person)
    if not what.is_personal:
        assert own.judge(what, person) == PREDEFINED.judge(what, Person("@somebody:else"))


# ---------------------------------------------------------------- order and actions


def sounding(name: str, **rule: Any) -> Rule:
    """A rule that is known by its sound."""
    return Rule(**{"rule_id": name, "actions": ["notify", {"set_tweak": "sound", "value": name}], **rule})


def test_the_first_kind_that_matches_decides() -> None:
    kinds = {
        "override": [sounding("override", conditions=[])],
        "content": [sounding("content", pattern="hello")],
        "room": [sounding("room", rule_id="!room:example.org")],
        "sender": [sounding("sender", rule_id=BOB)],
        "underride": [sounding("underride", conditions=[])],
    }
    while kinds:
        assert tweaks(judged(occasion(), **kinds))[2] == next(iter(kinds))
        del kinds[next(iter(kinds))]
    assert tweaks(judged(occasion()))[2] is None


def test_the_first_rule_of_a_kind_decides_and_what_is_off_does_not_count() -> None:
    tea, time = sounding("tea", pattern="tea"), sounding("time", pattern="time")
    what = said("It's time for tea")
    assert tweaks(judged(what, content=[tea, time]))[2] == "tea"
    assert tweaks(judged(what, content=[time, tea]))[2] == "time"
    assert tweaks(judged(what, content=[sounding("off", pattern="tea", enabled=False), time]))[2] == "time"
    assert tweaks(judged(what, content=[sounding("none")]))[2] is None
    others = [
        sounding("room", rule_id="!other:example.org"),
        sounding("off", rule_id="!room:example.org", enabled=False),
    ]
    assert tweaks(judged(what, room=others, sender=[sounding("x", rule_id=CAROL)]))[2] is None


def test_master_is_above_all() -> None:
    on = Rule(rule_id=MASTER, default=True, enabled=True, actions=[], conditions=[])
    assert tweaks(judged(occasion(), override=[sounding("mine", conditions=[]), on])) == (False, False, None)


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (["notify"], (True, False)), ([], (False, False)), (["dont_notify"], (False, False)),
        (["notify", HIGHLIGHT], (True, True)), (["notify", {**HIGHLIGHT, "value": False}], (True, False)),
        (["notify", {**HIGHLIGHT, "value": True}], (True, True)), ([HIGHLIGHT], (False, False)),
        (["coalesce", "notify"], (True, False)),
    ],
)  # fmt: skip
def test_actions(actions: list[Any], expected: tuple[bool, bool]) -> None:
    outcome = outcome_of(actions)
    assert (outcome.notify, outcome.highlight) == expected
    assert not {"dont_notify", "coalesce"} & {action for action in outcome.actions if isinstance(action, str)}


# ---------------------------------------------------------------- reading and merging


def test_a_ruleset_is_read_as_it_was_written() -> None:
    own = Ruleset(content=(sounding("tea", pattern="tea"),), room=(sounding("room"),))
    whole = with_predefined(own, ALICE)
    assert parse_ruleset(whole.as_json()) == whole
    assert with_predefined(parse_ruleset(whole.as_json()), ALICE) == whole
    assert [rule.rule_id for rule in with_predefined(Ruleset(override=(sounding("mine"),)), ALICE).override[:3]] == [
        MASTER, "mine", ".m.rule.suppress_notices",
    ]  # fmt: skip
    with pytest.raises(ProtocolViolation):
        parse_ruleset({"override": [{"rule_id": 1}]})


def test_predefined_rules_of_old_are_renewed() -> None:
    gone = Rule(rule_id=".m.rule.roomnotif", default=True, actions=["notify"], conditions=[])
    quiet = Rule(rule_id=".m.rule.message", default=True, enabled=False, actions=[], conditions=[{"kind": "old"}])
    merged = with_predefined(Ruleset(override=(gone,), underride=(quiet,)), ALICE)
    assert gone.rule_id not in {rule.rule_id for rule in merged.override}
    (message,) = [rule for rule in merged.underride if rule.rule_id == ".m.rule.message"]
    assert (message.enabled, message.actions) == (False, [])
    assert message.conditions == predefined(ALICE).underride[3].conditions


def test_judging_an_ordinary_message_is_little_work() -> None:
    levels = PowerLevels({}, 0, {}, 0, 50, 50, 50, 50, 0, {}, frozenset())
    event = {"type": "m.room.message", "sender": BOB, "content": {"msgtype": "m.text", "body": "hello " * 20}}
    assert calls_of(lambda: PREDEFINED.judge(Occasion(event, "!r", 3, levels), ME)) < 100
