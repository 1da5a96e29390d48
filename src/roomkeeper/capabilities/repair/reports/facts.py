"""What is to be known of reports."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class ReportTaken(Fact, frozen=True):
    """There is a report, and its kind is known: something is to be done about it."""

    report_id: str


class ReportChanged(Fact, frozen=True):
    """Something became of a report: who reported may have to be told."""

    report_id: str


class SupportInvited(Fact, frozen=True):
    """Somebody wants to write to the support account."""

    room_id: str
    by: str


class SupportAsked(Fact, frozen=True):
    """Somebody has written to the support account; `text` is empty where that cannot be read."""

    room_id: str
    event_id: str
    by: str
    text: str
