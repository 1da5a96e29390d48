"""Which operation is taken, and what its parameters are filled with. Pure.

1. `values_of` makes one tree of what is known: the report, and the attempt of the user's flow that it is about.
2. Of the operations of the kind that are enabled and whose conditions hold, the one with the highest priority is taken;
   of equals the one that was changed last.
3. ``{path}``, or ``{one|other}`` for the first of which something is known, in a parameter, an address, a header or a
   body stands for the value there. A value goes into an address
   percent-encoded, into a body as the inside of a JSON string: so what people wrote stays a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from roomkeeper.capabilities.repair.models import Flow
from roomkeeper.capabilities.repair.operations.models import (
    Condition,
    HttpCall,
    HttpStep,
    Operation,
    RemedyStep,
    Step,
)
from roomkeeper.capabilities.repair.reports.models import Report

_PATH: Final = r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*"
_PLACE: Final = re.compile(rf"\{{({_PATH}(?:\|{_PATH})*)\}}")
_MISSING: Final = object()


class Unfilled(Exception):
    """What a step needs to know is neither in the report nor in the flow: the message names it."""


def values_of(report: Report, flow: Flow | None) -> dict[str, Any]:
    """What is known, as a tree: ``user_id``, ``report.room_id``, ``flow.message_sending.txn_id``, ``flow.code``."""
    told: dict[str, Any] = {"deviation": "", "code": ""}
    attempt = None if flow is None else flow.attempt
    if attempt is not None:
        told["correlation_id"] = attempt.correlation_id
        if attempt.deviation is not None:
            told["deviation"], told["code"] = attempt.deviation.point, attempt.deviation.code
        for step in attempt.steps:
            told[step.point] = {**step.event.properties, "ts": step.ts}
    return {
        "user_id": report.user_id,
        "device_id": report.device_id,
        "report": {
            **report.properties,
            "report_id": report.report_id,
            "kind": report.kind,
            "source": report.source,
            "language": report.language,
            "client": report.client,
        },
        "flow": told,
    }


def look_up(values: Mapping[str, Any], path: str) -> Any:
    """The value at a path; `_MISSING` where there is none, or it is empty."""
    at: Any = values
    for part in path.split("."):
        if not isinstance(at, Mapping) or part not in at:
            return _MISSING
        at = at[part]
    return _MISSING if at is None or at == "" or isinstance(at, Mapping) else at


def _first(values: Mapping[str, Any], paths: str) -> Any:
    """The value at the first of several paths that has one."""
    found = (look_up(values, path) for path in paths.split("|"))
    return next((each for each in found if each is not _MISSING), _MISSING)


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether a condition does."""
    found = look_up(values, condition.path)
    if condition.exists is not None and (found is not _MISSING) != condition.exists:
        return False
    return not condition.one_of or (found is not _MISSING and _text(found) in condition.one_of)


def choose(operations: Iterable[Operation], values: Mapping[str, Any]) -> Operation | None:
    """The one to be run, `None` where there is none."""
    fitting = [each for each in operations if each.is_enabled and all(holds(one, values) for one in each.conditions)]
    return max(fitting, key=lambda each: (each.priority, each.changed_ts, each.operation_id), default=None)


def filled(text: str, values: Mapping[str, Any], escape: Callable[[str], str] = str) -> str:
    """A text with what it stands for. Raises `Unfilled`."""

    def value(match: re.Match[str]) -> str:
        found = _first(values, match[1])
        if found is _MISSING:
            raise Unfilled(f"Neither the report nor the flow has {match[1]}.")
        return escape(_text(found))

    return _PLACE.sub(value, text)


def parameters_of(step: RemedyStep, values: Mapping[str, Any]) -> dict[str, str]:
    """What a remedy is called with: parameters that are nothing but an unknown value are left out."""
    given = {}
    for name, text in step.parameters.items():
        whole = _PLACE.fullmatch(text)
        if whole is None or _first(values, whole[1]) is not _MISSING:
            given[name] = filled(text, values)
    return given


def request_of(call: HttpCall, values: Mapping[str, Any]) -> HttpCall:
    """A request with all that it stands for. Raises `Unfilled`."""
    return msgspec.structs.replace(
        call,
        url=filled(call.url, values, lambda text: quote(text, safe="")),
        headers={name: filled(value, values, _header) for name, value in call.headers.items()},
        body=filled(call.body, values, lambda text: msgspec.json.encode(text).decode()[1:-1]),
    )


def is_allowed(url: str, hosts: Sequence[str]) -> bool:
    """Whether requests may go to an address: its host (with its port, where it has one) is among those."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and parts.netloc.lower() in hosts


def paths_in(steps: Sequence[Step]) -> set[str]:
    """All that the steps want to know."""
    texts: list[str] = []
    for step in steps:
        if isinstance(step, RemedyStep):
            texts += step.parameters.values()
        elif isinstance(step, HttpStep):
            for call in (step.call, step.done, step.undo):
                texts += [] if call is None else [call.url, call.body, *call.headers.values()]
    return {name for text in texts for names in _PLACE.findall(text) for name in names.split("|")}


def calls_of(steps: Sequence[Step]) -> list[HttpCall]:
    """All requests that the steps may make."""
    found = [(step.call, step.done, step.undo) for step in steps if isinstance(step, HttpStep)]
    return [call for calls in found for call in calls if call is not None]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _header(text: str) -> str:
    return "".join(character for character in text if " " <= character != "\x7f").encode("ascii", "ignore").decode()
