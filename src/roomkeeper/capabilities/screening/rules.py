"""Pure decisions: what in an event is text, which checksums it promises, what follows from what was seen."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from roomkeeper.capabilities.screening.detectors.interface import Detector, Scores
from roomkeeper.capabilities.screening.errors import BadChecksum
from roomkeeper.capabilities.screening.models import (
    CHECKSUM,
    SEVERITY,
    Asked,
    DetectorRule,
    Policy,
    PolicySet,
    Reason,
    Thresholds,
    Trouble,
    Verdict,
)
from roomkeeper.capabilities.screening.text.models import Action, Found

TEXT_KEYS = frozenset(
    {
        "body", "formatted_body", "name", "topic", "displayname", "filename", "reason", "caption", "title",
        "description", "text", "key", "org.matrix.msc1767.text", "org.matrix.msc1767.caption",
    }
)  # fmt: skip
"""Keys whose strings people read, wherever in a content they stand."""
HTML_KEY = "formatted_body"
ENCRYPTED = "m.room.encrypted"
MOST_REASONS = 50
EXCERPT = 500
"""Characters of the text of an event that are kept with its case."""

_QUOTED = re.compile(r"<mx-reply>.*?</mx-reply>", re.DOTALL | re.IGNORECASE)
_APART = re.compile(r"<(?:br|p|div|li|h[1-6]|td|tr|blockquote|hr|pre)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")

# ---------------------------------------------------------------- what is in an event


def texts_of(content: Mapping[str, Any]) -> list[str]:
    """What people read of a content, each text once; HTML without its markup. No recursion: depth costs no stack."""
    found: dict[str, None] = {}
    waiting: list[Any] = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key, each in value.items():
                if isinstance(each, str):
                    if key in TEXT_KEYS and each:
                        found[_read(each) if key == HTML_KEY else each] = None
                elif each.__class__ is dict or each.__class__ is list:
                    waiting.append(each)
        else:
            waiting += [each for each in value if each.__class__ is dict or each.__class__ is list]
    return list(found)


def shows_media(content: Mapping[str, Any]) -> bool:
    """Whether a content URI stands anywhere in it. On the path of every message."""
    waiting: list[Any] = [content]
    while waiting:
        value = waiting.pop()
        for each in (*value, *value.values()) if isinstance(value, dict) else value:
            if each.__class__ is str:
                if "mxc://" in each:
                    return True
            elif each.__class__ is dict or each.__class__ is list:
                waiting.append(each)
    return False


def _read(markup: str) -> str:
    """What is read of HTML: letters with tags between them stand side by side."""
    if "<" not in markup and "&" not in markup:
        return markup
    return html.unescape(_TAG.sub("", _APART.sub(" ", _QUOTED.sub("", markup))))


def is_text_worth(draft_type: str) -> bool:
    """Whether people read anything of such events: of encrypted ones nobody can tell."""
    return draft_type != ENCRYPTED


def checksums_of(content: Mapping[str, Any], media_ids: Sequence[str], uri_of: Mapping[str, str]) -> dict[str, str]:
    """The SHA-256 (hexadecimal) that an event promises, by media id. Raises `BadChecksum`.

    `uri_of`: the content URI of each of `media_ids`. What an edit promises stands in its new content.
    """
    promised: dict[str, str] = {}
    for each in (content, content.get("m.new_content")):
        if isinstance(each, Mapping) and CHECKSUM in each:
            promised |= _promised(each, media_ids, {uri: media_id for media_id, uri in uri_of.items()})
    return promised


def _promised(content: Mapping[str, Any], media_ids: Sequence[str], by_uri: Mapping[str, str]) -> dict[str, str]:
    given = content[CHECKSUM]
    if isinstance(given, str):
        uri = main_uri(content)
        media_id = by_uri.get(uri or "") or (media_ids[0] if uri is None and len(media_ids) == 1 else None)
        if media_id is None:
            raise BadChecksum(f"{CHECKSUM} is the checksum of one file of this server, and this event shows none.")
        return {media_id: checksum(given)}
    if not isinstance(given, Mapping):
        raise BadChecksum(f"{CHECKSUM} must be a checksum, or a mapping from content URIs to checksums.")
    found = {}
    for uri, value in given.items():
        if uri not in by_uri:
            raise BadChecksum(f"{CHECKSUM} names {uri[:100]!r}, which this event does not show.")
        found[by_uri[uri]] = checksum(value)
    return found


def main_uri(content: Mapping[str, Any]) -> str | None:
    """The file that an event is about, as opposed to its thumbnail."""
    url = content.get("url")
    if isinstance(url, str):
        return url
    file = content.get("file")
    if isinstance(file, Mapping) and isinstance(file.get("url"), str):
        return str(file["url"])
    return None


def checksum(value: Any) -> str:
    """A SHA-256 as hexadecimal, given as such or as base64, with padding or without. Raises `BadChecksum`."""
    if isinstance(value, str) and value.isascii():
        if len(value) == 64:
            try:
                return bytes.fromhex(value).hex()
            except ValueError:
                pass
        plain = value.rstrip("=").replace("-", "+").replace("_", "/")
        if len(plain) == 43:
            try:
                return base64.b64decode(plain + "=", validate=True).hex()
            except binascii.Error:
                pass
    raise BadChecksum(f"{CHECKSUM} must be the SHA-256 of the file: unpadded base64 of its 32 bytes, or hexadecimal.")


def text_key(texts: Iterable[str]) -> str:
    """What a text is known by in decisions: its SHA-256, without regard to case and white space."""
    return hashlib.sha256(
        "\n".join(" ".join(text.split()).casefold() for text in texts).encode("utf-8", "replace")
    ).hexdigest()


# ---------------------------------------------------------------- policies


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What became of asking a detector about a file."""

    detector: str
    outcome: Literal["seen", "refused", "absent", "failed", "busy", "waiting"]
    scores: Scores = Scores()
    message: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How a detector counts, with nothing left open."""

    thresholds: Mapping[str, Thresholds]
    timeout: float
    on_failure: Trouble
    on_absence: Trouble
    on_refusal: Trouble


def policy_for(policies: PolicySet, asked: Asked, media: str | None) -> Policy:
    """The first policy that matches, for a kind of media or (`None`) for words; else one that leaves all open."""
    for policy in policies.policies:
        match = policy.match
        if match.rooms and asked.room_id not in match.rooms:
            continue
        if match.senders and asked.kind not in match.senders:
            continue
        if match.departments and asked.departments.isdisjoint(match.departments):
            continue
        if match.media and media not in match.media:
            continue
        return policy
    return DEFAULT


DEFAULT = Policy(name="default")


def asks_who(policies: PolicySet) -> bool:
    """Whether a policy depends on who the sender is, which must be looked up."""
    return any(policy.match.senders or policy.match.departments for policy in policies.policies)


def rule_for(policy: Policy, detector: Detector) -> Rule | None:
    """How a detector counts under a policy; `None`: not at all."""
    given = policy.detectors.get(detector.name, DetectorRule())
    if not given.enabled:
        return None
    proposed = {name: Thresholds(label.review, label.block) for name, label in detector.labels.items()}
    trouble: Trouble = "review" if detector.required else "allow"
    return Rule(
        thresholds={**proposed, **given.thresholds},
        timeout=detector.timeout if given.timeout is msgspec.UNSET else given.timeout,
        on_failure=("review" if detector.failing_waits else trouble)
        if given.on_failure is msgspec.UNSET
        else given.on_failure,
        on_absence=trouble if given.on_absence is msgspec.UNSET else given.on_absence,
        on_refusal="allow" if given.on_refusal is msgspec.UNSET else given.on_refusal,
    )


# ---------------------------------------------------------------- verdicts


def judge_look(look: Look, rule: Rule, media_id: str) -> list[Reason]:
    """What follows from what one detector saw in a file, without the text that it found."""
    if look.outcome in ("waiting", "busy"):
        return []
    if look.outcome != "seen":
        actions = {"refused": rule.on_refusal, "absent": rule.on_absence}
        action = actions.get(look.outcome, rule.on_failure)
        source: Any = look.outcome
        return [Reason(action=action, source=source, detector=look.detector, text=look.message, media_id=media_id)]
    reasons = []
    for label, score in look.scores.labels.items():
        limits = rule.thresholds.get(label)
        action = "allow" if limits is None else action_of(score, limits)
        if action != "allow":
            reasons += _explained(look, label, score, action, media_id)
    return reasons


def action_of(score: float, limits: Thresholds) -> Action:
    """What a score leads to."""
    if limits.block is not None and score >= limits.block:
        return "block"
    if limits.review is not None and score >= limits.review:
        return "review"
    return "allow"


def _explained(look: Look, label: str, score: float, action: Action, media_id: str) -> list[Reason]:
    plain = Reason(
        action=action, source="detector", detector=look.detector, label=label, score=round(score, 4), media_id=media_id
    )
    findings = [finding for finding in look.scores.findings if finding.label == label][:5]
    return [
        msgspec.structs.replace(plain, text=finding.text, box=finding.box, span=finding.span) for finding in findings
    ] or [plain]


def judge_found(found: Iterable[Found], policy: Policy, **where: Any) -> list[Reason]:
    """What follows from what the text rules found; `where` are further members of the reasons."""
    reasons = []
    for each in found:
        if each.language and each.language not in policy.languages:
            continue
        action = policy.text.get(each.label, each.action)
        text = f"{each.pattern} ({each.list_name}): {each.excerpt}"
        reasons.append(Reason(action=action, source="text", label=each.label, text=text[:1000], **where))
    return reasons


def verdict_of(reasons: Iterable[Reason], *, waiting: bool = False) -> Verdict:
    """The gravest of some reasons, the gravest first. What was seen and allowed is no reason."""
    serious = sorted((each for each in reasons if each.action != "allow"), key=lambda each: -SEVERITY[each.action])
    kept = tuple(serious[:MOST_REASONS])
    return Verdict(action=kept[0].action if kept else "allow", reasons=kept, waiting=waiting)


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict of several."""
    several = list(verdicts)
    return verdict_of(
        (reason for each in several for reason in each.reasons), waiting=any(each.waiting for each in several)
    )


def excerpt(texts: Sequence[str]) -> str:
    """The beginning of what is written in an event."""
    return "\n".join(texts)[:EXCERPT]
