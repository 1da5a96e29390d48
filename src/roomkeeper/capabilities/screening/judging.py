"""Judging: what was seen, the text rules and earlier decisions, by the policy for who sends what where."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from roomkeeper.capabilities.screening import rules
from roomkeeper.capabilities.screening.detectors.interface import Box, Detector, MediaFile, Span, kind_of
from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.models import Asked, Decision, Policy, PolicySet, Reason, Verdict
from roomkeeper.capabilities.screening.policies import Policies
from roomkeeper.capabilities.screening.rules import Look
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.capabilities.screening.text.models import Found
from roomkeeper.capabilities.screening.text.rules import TextRules
from roomkeeper.capabilities.screening.text.service import Lists
from roomkeeper.core.analysis.models import Priority
from roomkeeper.core.media import Medium
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

LONG_TEXT = 10_000
"""Characters: longer ones are searched in a thread."""
KEPT_HARMLESS = 10_000
"""Files of which it is in memory that nothing is against them."""
KEPT_FOUND = 2_000
"""Files of which it is in memory what the text rules found in them."""
MOST_DECISIONS = 100_000


class Busy(Exception):
    """Too many files wait to be looked at: this one was not even begun."""


class Place(NamedTuple):
    """Where words come from: a detector, what it calls them, where in the picture, when in the sound or film."""

    detector: str
    source: str
    box: Box | None = None
    span: Span | None = None

    @property
    def is_exact(self) -> bool:
        """Whether it says where or when."""
        return self.box is not None or self.span is not None


FoundIn = tuple[Place, list[Found]]


class Harmless(msgspec.Struct, frozen=True):
    """What was found to be allowed: by which policy, which lists and detectors, and without whom."""

    verdict: Verdict
    policy: Policy
    state: tuple[int, int]
    absent: tuple[Detector, ...]


class Decisions:
    """What was decided once and for all about the same bytes, or the same text. In memory, the newest of them."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._by_key: dict[str, Decision] = {}

    async def load(self) -> None:
        """At the start."""
        found = await store.newest_decisions(self._app.driver, MOST_DECISIONS)
        self._by_key = {decision.key: decision for decision in reversed(found)}

    def get(self, key: str) -> Decision | None:
        """The decision about something."""
        return self._by_key.get(key)

    def put(self, write: Write, decision: Decision) -> None:
        """Make a decision part of `write`; `took_effect` is called when that is durable."""
        store.put_decision(write, decision)
        if len(self._by_key) >= MOST_DECISIONS:
            store.delete_decisions_beyond(write, MOST_DECISIONS)

    def took_effect(self, decisions: Iterable[Decision]) -> None:
        """They are durable."""
        for decision in decisions:
            self._by_key.pop(decision.key, None)
            self._by_key[decision.key] = decision
        while len(self._by_key) > MOST_DECISIONS:
            del self._by_key[next(iter(self._by_key))]


class Judge:
    """Makes verdicts."""

    def __init__(self, looking: Looking, policies: Policies, lists: Lists, decisions: Decisions) -> None:
        self._looking = looking
        self._policies = policies
        self._lists = lists
        self._decisions = decisions
        self._found: OrderedDict[tuple[str, int, frozenset[str]], list[FoundIn]] = OrderedDict()
        self._harmless: OrderedDict[str, Harmless] = OrderedDict()
        """By media id."""
        self._versions = 0
        looking.detectors.on_change(self._version_changed)

    def _version_changed(self, _detector: Detector) -> None:
        self._versions += 1

    def forget(self, media_id: str) -> None:
        """Judge a file anew when it is next sent, whatever was found."""
        self._harmless.pop(media_id, None)

    # ------------------------------------------------------------ words

    @property
    def reads(self) -> bool:
        """Whether words are searched for at all."""
        return self._policies.is_on and not self._lists.rules.is_empty

    def words(self, texts: Sequence[str], asked: Asked, among: PolicySet | None = None) -> Verdict:
        """What is to become of words; `among` other policies than those in force. Plain and quick: it is on the path
        of every message."""
        found = [each for text in texts for each in self._lists.rules.search(text)]
        if not found:
            return ALLOWED
        policy = self._policies.find(asked, None, among)
        if not policy.screen:
            return ALLOWED
        verdict = rules.verdict_of(rules.judge_found(found, policy))
        if verdict.action == "allow":
            return ALLOWED
        decision = self._decisions.get(rules.text_key(texts))
        if decision is None:
            return verdict
        return ALLOWED if decision.action == "allow" else rules.verdict_of([_decided(decision), *verdict.reasons])

    # ------------------------------------------------------------ files

    def policy_of_words(self, asked: Asked, among: PolicySet | None = None) -> Policy:
        """The policy for words."""
        return self._policies.find(asked, None, among)

    def policy(self, medium: Medium, asked: Asked, among: PolicySet | None = None) -> Policy:
        """The policy for a file."""
        return self._policies.find(asked, kind_of(medium.sniffed_type or medium.claimed_type), among)

    async def medium(
        self,
        medium: Medium,
        asked: Asked,
        deadline: float,
        priority: Priority = Priority.INTERACTIVE,
        among: PolicySet | None = None,
    ) -> Verdict:
        """What is to become of a file, which must have come; waits for detectors until `deadline` (the loop's time).

        Raises `Busy`.
        """
        policy = self.policy(medium, asked, among)
        if not (policy.screen and self._policies.is_on):
            return ALLOWED
        assert medium.sha256 is not None
        decision = self._decisions.get(medium.sha256)
        if decision is not None:
            return ALLOWED if decision.action == "allow" else rules.verdict_of([_decided(decision, medium.media_id)])
        state = self._lists.generation, self._versions
        known = self._harmless.get(medium.media_id)
        if known is not None and known.policy is policy and known.state == state and _are_absent(known.absent):
            return known.verdict
        file = self._looking.file_of(medium, priority)
        detectors = self._looking.detectors.concerning(file)
        by_name = {each.name: rule for each in detectors if (rule := rules.rule_for(policy, each)) is not None}
        looks = await self._looking.looks(file, by_name, deadline)
        if any(look.outcome == "busy" for look in looks):
            raise Busy
        reasons = [
            reason for look in looks for reason in rules.judge_look(look, by_name[look.detector], medium.media_id)
        ]
        for place, found in await self._read(file, looks):
            reasons += rules.judge_found(
                found,
                policy,
                detector=place.detector or place.source,
                media_id=medium.media_id,
                box=place.box,
                span=place.span,
            )
        verdict = rules.verdict_of(reasons, waiting=any(look.outcome == "waiting" for look in looks))
        outcomes = {look.outcome for look in looks}
        if verdict.action == "allow" and outcomes <= {"seen", "refused", "absent"}:
            missed = {look.detector for look in looks if look.outcome == "absent"}
            absent = tuple(each for each in detectors if each.name in missed)
            self._harmless[medium.media_id] = Harmless(verdict, policy, state, absent)
            if len(self._harmless) > KEPT_HARMLESS:
                self._harmless.popitem(last=False)
        return verdict

    async def _read(self, file: MediaFile, looks: Sequence[Look]) -> list[FoundIn]:
        """What the text rules find in a file's name and in the words that detectors found in it."""
        text_rules, generation = self._lists.rules, self._lists.generation
        if text_rules.is_empty:
            return []
        named: list[FoundIn] = []
        if file.file_name:
            named.append((Place("", "file name"), text_rules.search(file.file_name)))
        texts = [
            (Place(look.detector, text.source, text.box, text.span), text.text)
            for look in looks
            for text in look.scores.texts
        ]
        if not texts:
            return named
        complete = all(look.outcome != "waiting" for look in looks)
        key = (file.sha256, generation, frozenset(look.detector for look in looks))
        known = self._found.get(key)
        if known is None:
            if sum(len(text) for _, text in texts) > LONG_TEXT:
                known = await asyncio.to_thread(_search, text_rules, texts)
            else:
                known = _search(text_rules, texts)
            if complete:
                self._found[key] = known
                if len(self._found) > KEPT_FOUND:
                    self._found.popitem(last=False)
        return [*named, *known]


ALLOWED = Verdict()


def _are_absent(detectors: Iterable[Detector]) -> bool:
    """Whether none of them has come since."""
    return all(each.absence() is not None for each in detectors)


def _search(text_rules: TextRules, texts: Sequence[tuple[Place, str]]) -> list[FoundIn]:
    """What is found in each text. What a detector found in a part that it can point at is not told of the whole."""
    told: set[tuple[str, str, str]] = set()
    answers = []
    for place, text in sorted(texts, key=lambda each: not each[0].is_exact):
        found = text_rules.search(text)
        if not place.is_exact:
            found = [each for each in found if (place.detector, each.list_name, each.pattern) not in told]
        else:
            told |= {(place.detector, each.list_name, each.pattern) for each in found}
        answers.append((place, found))
    return answers


def _decided(decision: Decision, media_id: str = "") -> Reason:
    return Reason(action=decision.action, source="decision", label="decided", text=decision.text, media_id=media_id)


def with_deadline(verdict: Verdict, policy: Policy) -> Verdict:
    """A verdict for which scores are still missing when the time is over, with what the policy says of that."""
    if not verdict.waiting or verdict.action == "block":
        return verdict
    action = "review" if policy.on_deadline is msgspec.UNSET else policy.on_deadline
    late = Reason(action=action, source="waiting", text="It has not been looked at yet.")
    return rules.verdict_of([*verdict.reasons, late], waiting=True)
