"""The table at the end of a run, and its JSON form."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.outcome import Figure, Goal, Outcome

BASES = ("floor", "synapse")
NOISY = 1.5  # spread of repeats from which a note is made


def passed(outcomes: Sequence[Outcome]) -> bool:
    """Whether every message arrived exactly once and every scenario could be run; says nothing about goals."""
    return not any(outcome.problems for outcome in outcomes)


def table(outcomes: Sequence[Outcome], subject: str) -> str:
    """All figures; `subject` is the target whose ratios to the others are formed."""
    lines: list[str] = []
    for outcome in outcomes:
        lines += ["", *_scenario(outcome, subject)]
    lines += ["", "OK: every message arrived exactly once" if passed(outcomes) else "FAILED, see above"]
    return "\n".join(lines)


def _scenario(outcome: Outcome, subject: str) -> list[str]:
    targets = list(outcome.samples)
    bases = [base for base in BASES if base in targets and subject in targets and base != subject]
    head = [outcome.title, *targets, *(f"÷ {base}" for base in bases), "target"]
    rows = [_row(outcome, figure, targets, bases, subject) for figure in outcome.figures]
    lines = [*_aligned([head, *[row for row in rows if any(row[1:])]])]
    lines.insert(1, "-" * max(len(line) for line in lines))
    lines += [f"  note: {note}" for note in [*outcome.notes, *_noise(outcome)]]
    lines += [f"  FAILED: {problem}" for problem in outcome.problems]
    return lines


def _noise(outcome: Outcome) -> list[str]:
    """Medians hide a stalled repeat; this does not."""
    found: list[str] = []
    for target in outcome.samples:
        for key in ("sends", "cpu_per_send"):
            spread = outcome.spread(target, key)
            if spread is not None and spread > NOISY:
                found.append(
                    f"{target}: repeats of {key} differ by {spread:.1f} times; the machine was busy, or it stalls"
                )
    return found


def _row(outcome: Outcome, figure: Figure, targets: Sequence[str], bases: Sequence[str], subject: str) -> list[str]:
    unit = f" [{figure.unit}]" if figure.unit else ""
    cells = [f"  {figure.label}{unit}"]
    cells += [_number(outcome.value(target, figure.key)) for target in targets]
    cells += [_ratio(outcome.ratio(subject, base, figure.key)) for base in bases]
    goals = [goal for goal in outcome.goals if goal.figure == figure.key]
    marks = [_mark(outcome, goal, subject) for goal in goals]
    return [*cells, "  ".join(mark for mark in marks if mark)]


def reached(outcome: Outcome, goal: Goal, subject: str) -> bool | None:
    """Whether a goal is reached; None when it was not measured."""
    against, figure, subject = goal.against, goal.figure, goal.of or subject
    value = outcome.ratio(subject, against, figure) if against else outcome.value(subject, figure)
    return None if value is None else value <= goal.limit


def _mark(outcome: Outcome, goal: Goal, subject: str) -> str:
    verdict = reached(outcome, goal, subject)
    if verdict is None:
        return ""
    relation = f" × {goal.against}" if goal.against else ""
    ideal = f" (goal {_fraction(goal.ideal)})" if goal.ideal else ""
    of = f"{goal.of} " if goal.of else ""
    return f"{'✓' if verdict else '✗'} {of}≤ {_fraction(goal.limit)}{relation}{ideal}"


def _fraction(value: float) -> str:
    return f"1/{1 / value:.0f}" if 0 < value < 0.5 else f"{value:g}"


def _ratio(value: float | None) -> str:
    if value is None or value <= 0:
        return ""
    return f"1/{1 / value:.1f}" if 0 < value < 0.5 else f"{value:.2f}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines: list[str] = []
    for row in rows:
        first, *middle, last = row
        cells = [first.ljust(widths[0]), *(cell.rjust(widths[index + 1]) for index, cell in enumerate(middle)), last]
        lines.append("  ".join(cells).rstrip())
    return lines


def write_json(path: Path, outcomes: Sequence[Outcome], subject: str, versions: dict[str, str]) -> None:
    """Every sample, every median, every goal."""
    document = {
        "subject": subject,
        "passed": passed(outcomes),
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "versions": versions,
        "scenarios": [_document(outcome, subject) for outcome in outcomes],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))


def _document(outcome: Outcome, subject: str) -> dict[str, object]:
    medians = {
        target: {figure.key: outcome.value(target, figure.key) for figure in outcome.figures}
        for target in outcome.samples
    }
    goals = [{**msgspec.to_builtins(goal), "reached": reached(outcome, goal, subject)} for goal in outcome.goals]
    return {
        "name": outcome.name,
        "title": outcome.title,
        "units": {figure.key: figure.unit for figure in outcome.figures},
        "medians": medians,
        "samples": outcome.samples,
        "goals": goals,
        "notes": outcome.notes,
        "problems": outcome.problems,
    }
