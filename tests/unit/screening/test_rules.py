"""Verdicts, policies, checksums, what in an event is text, and disguises by type and name."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from roomkeeper.capabilities.screening import rules
from roomkeeper.capabilities.screening.detectors.interface import Finding, MediaFile, Scores, kind_of
from roomkeeper.capabilities.screening.detectors.types import judge
from roomkeeper.capabilities.screening.errors import BadChecksum
from roomkeeper.capabilities.screening.looking import bounded
from roomkeeper.capabilities.screening.models import Asked, Match, Policy, PolicySet, Reason, Thresholds
from roomkeeper.capabilities.screening.statistics import percentile

DIGEST = hashlib.sha256(b"x").digest()


def test_texts_are_what_people_read() -> None:
    content = {
        "body": "one",
        "formatted_body": "<mx-reply>quoted</mx-reply>t<b>w</b>o<br>three &amp; four",
        "msgtype": "m.text",
        "m.new_content": {"body": "five", "url": "mxc://x/y"},
        "m.topic": {"m.text": [{"body": "six"}, 1, None]},
        "info": {"mimetype": "seven"},
    }
    assert sorted(rules.texts_of(content)) == ["five", "one", "six", "two three & four"]


def test_depth_costs_no_stack() -> None:
    content: dict[str, Any] = {"body": "deep"}
    for _ in range(10_000):
        content = {"a": [content]}
    assert rules.texts_of(content) == ["deep"]
    assert not rules.shows_media(content)


@pytest.mark.parametrize(
    "given",
    [
        DIGEST.hex(),
        DIGEST.hex().upper(),
        base64.b64encode(DIGEST).decode(),
        base64.b64encode(DIGEST).decode().rstrip("="),
        base64.urlsafe_b64encode(DIGEST).decode().rstrip("="),
    ],
)
def test_forms_of_checksums(given: str) -> None:
    assert rules.checksum(given) == DIGEST.hex()


@pytest.mark.parametrize("given", ["", "x" * 43 + "!", "é" * 64, None, 1, ["x"], "g" * 64, DIGEST.hex()[:-1]])
def test_what_is_no_checksum(given: object) -> None:
    with pytest.raises(BadChecksum):
        rules.checksum(given)


@pytest.mark.parametrize(
    ("score", "action"),
    [(0.0, "allow"), (0.49, "allow"), (0.5, "review"), (0.89, "review"), (0.9, "block"), (1.0, "block")],
)
def test_scores_lead_to_actions(score: float, action: str) -> None:
    assert rules.action_of(score, Thresholds(0.5, 0.9)) == action


def test_the_gravest_reason_decides_and_what_is_allowed_is_none() -> None:
    reasons = [
        Reason(action=action, source="detector", label=action) for action in ("allow", "review", "block", "review")
    ]
    verdict = rules.verdict_of(reasons)
    assert (verdict.action, verdict.labels) == ("block", ["block"])
    assert [reason.action for reason in verdict.reasons] == ["block", "review", "review"]
    assert rules.verdict_of([]).action == "allow"


def test_the_first_policy_that_matches_counts() -> None:
    policies = PolicySet(
        version=1,
        policies=(
            Policy(name="room", match=Match(rooms=("!a",))),
            Policy(name="pictures of customers", match=Match(senders=("customer",), media=("image",))),
            Policy(name="sales", match=Match(departments=("sales",))),
        ),
    )

    def name(media: str | None, **asked: Any) -> str:
        return rules.policy_for(policies, Asked(**asked), media).name

    assert name(None, room_id="!a") == "room"
    assert name("image", room_id="!b") == "pictures of customers"
    assert name(None, room_id="!b") == "default", "words are no picture"
    assert name("image", kind="staff", departments=frozenset({"sales", "all"})) == "sales"
    assert name("image", kind="staff") == "default"
    assert rules.asks_who(policies)
    assert not rules.asks_who(PolicySet(version=1, policies=policies.policies[:1]))


def a_file(sniffed: str | None, claimed: str, name: str | None) -> MediaFile:
    """A file of which only that matters."""
    return MediaFile(
        sha256="0" * 64,
        path=Path("x"),
        size=1,
        claimed_type=claimed,
        sniffed_type=sniffed,
        file_name=name,
        uploader="@a:b",
    )


@pytest.mark.parametrize(
    ("sniffed", "claimed", "name", "labels"),
    [
        ("image/png", "image/jpeg", "a.jpg", set()),
        ("application/vnd.microsoft.portable-executable", "image/jpeg", "a.jpg", {"disguise", "program"}),
        ("text/html", "image/png", None, {"disguise"}),
        ("text/html", "text/html", "page.html", set()),
        ("image/svg+xml", "image/svg+xml", "a.svg", set()),
        ("application/x-shellscript", "text/plain", "notes.txt", {"disguise", "program"}),
        (None, "application/octet-stream", "invoice.pdf.exe", {"double_name", "program"}),
        (None, "application/octet-stream", "invoice.pdf .EXE . ", {"double_name", "program"}),
        ("application/vnd.microsoft.portable-executable", "application/octet-stream", "setup.exe", {"program"}),
        (None, "application/octet-stream", None, set()),
        ("application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx", set()),
    ],
)
def test_disguises(sniffed: str | None, claimed: str, name: str | None, labels: set[str]) -> None:
    scores = judge(a_file(sniffed, claimed, name))
    assert {label for label, score in scores.labels.items() if score} == labels
    assert {finding.label for finding in scores.findings} == labels


def test_kinds_of_media() -> None:
    types = [
        "image/png",
        "video/mp4",
        "audio/ogg",
        "application/pdf",
        "text/plain; charset=utf-8",
        "application/zip",
        "x/y",
    ]
    assert [kind_of(each) for each in types] == ["image", "video", "audio", "document", "document", "archive", "other"]


def test_scores_are_bounded_whatever_a_detector_says() -> None:
    findings = tuple(Finding("a", 1.0, "x") for _ in range(1000))
    kept = bounded(Scores(labels={"a": 7.0, "b": -1.0, "c": float("nan")}, findings=findings))
    assert kept.labels == {"a": 1.0, "b": 0.0}
    assert len(kept.findings) == 100


def test_percentiles() -> None:
    assert percentile({}, 0.5) is None
    assert percentile({1: 50, 100: 50}, 0.5) == 1
    assert percentile({1: 94, 100: 6}, 0.95) == 100
