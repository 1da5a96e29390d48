"""Many samples as one, and quantiles. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from roomkeeper.platform.figures import Figure

Sample = Mapping[str, float]


def merged(samples: Sequence[Sample], kinds: Mapping[str, Figure]) -> dict[str, float]:
    """One sample that stands for several: of each figure what it `keeps` (see `Figure`), rounded."""
    names = dict.fromkeys(name for sample in samples for name in sample)
    found = {}
    for name in names:
        values = [sample[name] for sample in samples if name in sample]
        kind = kinds.get(name)
        value = max(values) if kind is not None and kind.keeps == "most" else sum(values) / len(values)
        found[name] = rounded(value)
    return found


def rounded(value: float) -> float:
    """As exact as anybody can see in a chart: six digits, and whole numbers above that."""
    return float(round(value)) if abs(value) >= 1e6 else float(f"{value:.6g}")


def counted(samples: Iterable[tuple[int, float, float | None]], width_ms: int) -> dict[int, float]:
    """How much there was in each span of `width_ms`, by the time at which the span begins.

    `samples`: the time in ms, the seconds that a sample stands for, and so much in each of them (`None`: not known).
    The seconds are not those between two times: a clock is set, and a machine that was halted slept through some.
    """
    spans: dict[int, float] = {}
    for upto, seconds, rate in samples:
        at = upto - round(seconds * 1000)
        while rate is not None and at < upto:
            begins = at - at % width_ms
            ends = min(begins + width_ms, upto)
            spans[begins] = spans.get(begins, 0.0) + rate * (ends - at) / 1000
            at = ends
    return dict(sorted(spans.items()))


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value below or at which lies that share of all; 0 where there are none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0.0


def gathered(
    rows: Iterable[tuple[int, Sample]], width_ms: int, kinds: Mapping[str, Figure]
) -> list[tuple[int, dict[str, float]]]:
    """Rows in order of time, put together into spans of `width_ms`; each has the time at which its span begins."""
    spans: dict[int, list[Sample]] = {}
    for ts, sample in rows:
        spans.setdefault(ts - ts % width_ms, []).append(sample)
    return [(ts, merged(samples, kinds)) for ts, samples in spans.items()]
