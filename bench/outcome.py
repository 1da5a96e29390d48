"""What a scenario gives back: figures per target and repeat, and what went wrong."""

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Figure:
    """A measured quantity: its key in the samples, what it means, its unit."""

    key: str
    label: str
    unit: str


@dataclass(frozen=True)
class Goal:
    """A figure to reach: at most `limit` (and at best `ideal`), times the figure of `against` if one is named.

    It is that of the server under test, or of the target `of`.
    """

    figure: str
    limit: float
    against: str = ""
    ideal: float | None = None
    of: str = ""


@dataclass
class Outcome:
    """The result of one scenario."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    goals: tuple[Goal, ...] = ()
    samples: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, target: str, sample: dict[str, float]) -> None:
        self.samples.setdefault(target, []).append(sample)

    def value(self, target: str, key: str) -> float | None:
        """The median over the repeats."""
        values = [sample[key] for sample in self.samples.get(target, []) if key in sample]
        return median(values) if values else None

    def ratio(self, target: str, against: str, key: str) -> float | None:
        """The median of the ratios of the repeats, each formed of neighbours in time."""
        pairs = zip(self.samples.get(target, []), self.samples.get(against, []), strict=False)
        ratios = [one[key] / other[key] for one, other in pairs if key in one and other.get(key)]
        return median(ratios) if ratios else None

    def spread(self, target: str, key: str) -> float | None:
        """How far the repeats lie apart: the largest divided by the smallest; None for fewer than two."""
        values = [sample[key] for sample in self.samples.get(target, []) if sample.get(key)]
        return max(values) / min(values) if len(values) > 1 else None
