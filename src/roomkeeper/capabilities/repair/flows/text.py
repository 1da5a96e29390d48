"""A flow as text, for people who read it in a terminal, a ticket or an e-mail."""

from __future__ import annotations

from datetime import UTC, datetime

from roomkeeper.capabilities.repair.models import Attempt, Flow, Kind, Step


def flow_text(flow: Flow, kind: Kind) -> str:
    """The flow, line by line: the attempt that it is about first, then the others in one line each, then findings."""
    lines = [f"{kind.title.en} ({flow.kind}, plan version {flow.version})", f"user {flow.user_id}"]
    lines.append(
        f"{_time(flow.since_ts)} to {_time(flow.until_ts)}, {flow.events} events, {len(flow.attempts)} attempts"
    )
    if flow.attempt is None:
        lines += ["", "Nothing was tracked of this."]
    else:
        lines += ["", *_attempt(flow.attempt, kind.correlation)]
    others = [attempt for attempt in flow.attempts if attempt is not flow.attempt]
    if others:
        lines += ["", "Other attempts:"]
        lines += [f"  {_time(each.began_ts)}  {each.correlation_id}  {_outcome(each)}" for each in others]
    if flow.findings:
        lines += ["", "Findings:"]
        lines += [f"  {each.code}{f' at {each.point}' if each.point else ''}: {each.text}" for each in flow.findings]
    return "\n".join(lines) + "\n"


def _attempt(attempt: Attempt, correlation: str) -> list[str]:
    lines = [f"{correlation} {attempt.correlation_id}: {_outcome(attempt)}"]
    deviation = attempt.deviation
    for place, step in enumerate(attempt.steps):
        mark = ">" if deviation is not None and step.point == deviation.point and deviation.code != "missing" else " "
        lines.append(_step(step, mark))
        if deviation is not None and deviation.code == "missing" and deviation.after == place:
            lines.append(f"> {'':12}  {'':>10}  {deviation.side:6}  {deviation.text}")
    if deviation is not None and deviation.code == "missing" and deviation.after is None:
        lines.insert(1, f"> {'':12}  {'':>10}  {deviation.side:6}  {deviation.text}")
    return lines


def _step(step: Step, mark: str) -> str:
    properties = " ".join(f"{name}={value}" for name, value in step.event.properties.items())
    since = f"+{step.duration_ms} ms"
    return f"{mark} {_time(step.ts)[11:23]}  {since:>10}  {step.side:6}  {step.title.en}  {properties}".rstrip()


def _outcome(attempt: Attempt) -> str:
    return "as planned" if attempt.deviation is None else f"{attempt.deviation.code}: {attempt.deviation.text}"


def _time(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
