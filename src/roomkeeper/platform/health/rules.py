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
