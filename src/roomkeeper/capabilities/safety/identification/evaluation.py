"""How well people are recognised in a labelled folder, by threshold: recall and false matches.

The folder has two others, each with one for each person (or thing to be told apart), named as one likes:

- ``enrolled/PERSON/``: what that person registers: files named ``face…``, ``voice…``, ``belonging…``, and ``texts.csv``
  with lines ``kind,text`` (name, phone, plate or badge).
- ``submitted/PERSON/``: pictures, films and sounds with that person in them; ``A+B`` for two, ``nobody`` for nobody who
  is enrolled. A file whose name begins with a kind (``plate-1.jpg``) counts for that kind alone.
"""

from __future__ import annotations

import csv
import mimetypes
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec

from roomkeeper.capabilities.safety.identification import looking
from roomkeeper.capabilities.safety.identification.looking import Belonging, Looking, Unavailable
from roomkeeper.capabilities.safety.identification.register import Known, compared, thresholds
from roomkeeper.capabilities.safety.identification.rules import NotGoodEnough
from roomkeeper.capabilities.safety.identification.text import is_telling
from roomkeeper.capabilities.safety.models import TEXTS, FeatureKind
from roomkeeper.capabilities.safety.settings import SafetySettings

NOBODY: Final = "nobody"
FILES: Final[tuple[FeatureKind, ...]] = ("face", "voice", "belonging")
STEPS: Final = tuple(number / 100 for number in range(20, 100, 5))
LEAST: Final = {kind: 0.0 if kind in ("face", "voice") else 0.2 for kind in get_args(FeatureKind)}


class FolderRefused(Exception):
    """The folder is not laid out as this needs; the message says how it should be."""


class Row(msgspec.Struct, frozen=True):
    """At a threshold: of `wanted` pairs of a submission and an enrolled person in it, how many are found; and how many
    pairs are found that are none, of all `others`. `is_set`: it is the threshold of the settings."""

    kind: FeatureKind
    threshold: float
    found: int
    wanted: int
    false: int
    others: int
    is_set: bool


class Report(msgspec.Struct, frozen=True):
    """What came out. `refused`, `failed`: which files were not taken, and why; `seconds`: for one submission."""

    people: int
    enrolled: dict[str, int]
    submissions: int
    refused: list[tuple[str, str]]
    failed: list[tuple[str, str]]
    seconds: float
    rows: list[Row]


class _Pairs:
    """The best score of each submission with each person, by kind."""

    def __init__(self) -> None:
        self.scores: defaultdict[FeatureKind, dict[tuple[str, str], float]] = defaultdict(dict)
        self.wanted: defaultdict[FeatureKind, set[tuple[str, str]]] = defaultdict(set)
        self.all: defaultdict[FeatureKind, set[tuple[str, str]]] = defaultdict(set)

    def note(self, kind: FeatureKind, submission: str, person: str, score: float) -> None:
        """One more."""
        pair = (submission, person)
        self.scores[kind][pair] = max(score, self.scores[kind].get(pair, 0.0))


async def evaluate(folder: Path, look: Looking, settings: SafetySettings, told: Callable[[str], None]) -> Report:
    """Enrol, submit, and count; `told` of each file. Raises `FolderRefused`."""
    people, submissions = _folders(folder, "enrolled"), list(_submissions(folder))
    known, enrolled = Known(), Counter[str]()
    refused: list[tuple[str, str]] = []
    kinds: defaultdict[str, set[FeatureKind]] = defaultdict(set)
    for person in people:
        async for kind in _enrol(person, known, look, refused, told):
            enrolled[kind] += 1
            kinds[person.name].add(kind)
    pairs, begun = _Pairs(), time.monotonic()
    failed: list[tuple[str, str]] = []
    for path, wanted in submissions:
        told(f"{path.parent.name}/{path.name}")
        try:
            await _submit(path, known, look, pairs)
        except Unavailable as failure:
            failed.append((f"{path.parent.name}/{path.name}", failure.failure))
        for name, has in kinds.items():
            for kind in has & _kinds_in(path, wanted):
                pairs.all[kind].add((str(path), name))
                if name in wanted:
                    pairs.wanted[kind].add((str(path), name))
    seconds = (time.monotonic() - begun) / max(len(submissions), 1)
    rows = list(_rows(pairs, settings))
    return Report(len(people), dict(enrolled), len(submissions), refused, failed, round(seconds, 2), rows)


def _folders(folder: Path, name: str) -> list[Path]:
    found = sorted(each for each in (folder / name).glob("*") if each.is_dir())
    if not found:
        raise FolderRefused(
            f"{folder} has no folders in “{name}”. It needs enrolled/PERSON/ with files named face…, voice…, belonging…"
            " and texts.csv (kind,text), and submitted/PERSON/ with pictures, films and sounds; submitted/nobody/ for"
            " those in which nobody is who is enrolled."
        )
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_file())


def _submissions(folder: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    for person in _folders(folder, "submitted"):
        names = frozenset(person.name.split("+")) - {NOBODY}
        for path in _files(person):
            yield path, names


def _kinds_in(path: Path, wanted: frozenset[str]) -> set[FeatureKind]:
    """What a submission counts for: what its name says; else all that such files can have."""
    named = [kind for kind in get_args(FeatureKind) if path.name.startswith(kind)]
    if named and wanted:
        return {*named}
    everything: set[FeatureKind] = set(get_args(FeatureKind))
    kind = content_type_of(path).partition("/")[0]
    return everything - ({"face", "belonging"} if kind == "audio" else {"voice"} if kind == "image" else set())


def content_type_of(path: Path) -> str:
    """By its name. Raises `FolderRefused`."""
    found = mimetypes.guess_type(path.name)[0] or ""
    if found.partition("/")[0] not in ("image", "video", "audio"):
        raise FolderRefused(f"{path} is no picture, film or sound by its name.")
    return found


async def _enrol(
    person: Path, known: Known, look: Looking, refused: list[tuple[str, str]], told: Callable[[str], None]
) -> AsyncIterator[FeatureKind]:
    for path in _files(person):
        label = f"{person.name}/{path.name}"
        told(label)
        if path.name == "texts.csv":
            for number, (kind, text) in enumerate(_texts(path)):
                if is_telling(kind, text):  # type: ignore[arg-type]
                    known.put_text(f"{label}/{number}", person.name, kind, text)
                    yield kind
                else:
                    refused.append((f"{label}: {text}", "too_few_letters"))
            continue
        named = [kind for kind in FILES if path.name.startswith(kind)]
        if not named:
            raise FolderRefused(
                f"{path} should have a name that begins with face, voice or belonging, or be texts.csv."
            )
        try:
            template = await look.template(named[0], path.read_bytes(), person.name)
        except NotGoodEnough as error:
            refused.append((label, ", ".join(error.what)))
        except Unavailable as failure:
            refused.append((label, failure.failure))
        else:
            known.put_template(label, person.name, named[0], template)
            yield named[0]


def _texts(path: Path) -> list[tuple[FeatureKind, str]]:
    found: list[tuple[FeatureKind, str]] = []
    for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
        kind = next((each for each in TEXTS if row and each == row[0].strip()), None)
        if kind is None or len(row) != 2:
            raise FolderRefused(f"{path} has a line that is not kind,text with name, phone, plate or badge: {row}")
        found.append((kind, row[1].strip()))
    return found


async def _submit(path: Path, known: Known, look: Looking, pairs: _Pairs) -> None:
    sight = await look.look(path, content_type_of(path), "evaluation")
    for evidence in compared(known, sight, LEAST):
        pairs.note(evidence.kind, str(path), known.owners[evidence.feature_id][0], evidence.score)
    if sight.thing is not None:
        pictures = [
            Belonging(each, known.owners[each][0], known.belongings[each]) for each in known.newest_belongings()
        ]
        for one, inliers in zip(pictures, await look.compare(sight.thing, pictures, path, "evaluation"), strict=True):
            pairs.note("belonging", str(path), one.user_id, min(inliers / looking.ALIKE, 1.0))


def _rows(pairs: _Pairs, settings: SafetySettings) -> Iterator[Row]:
    chosen = {**thresholds(settings), "belonging": settings.belonging_threshold}
    for kind in get_args(FeatureKind):
        if not pairs.all[kind]:
            continue
        for threshold in sorted({*STEPS, chosen[kind]}):
            found = {
                pair for pair, score in pairs.scores[kind].items() if score >= threshold and pair in pairs.all[kind]
            }
            wanted = pairs.wanted[kind]
            yield Row(
                kind=kind,
                threshold=threshold,
                found=len(found & wanted),
                wanted=len(wanted),
                false=len(found - wanted),
                others=len(pairs.all[kind]) - len(wanted),
                is_set=threshold == chosen[kind],
            )


def lines(report: Report) -> Iterator[Sequence[str]]:
    """The table: kind, threshold, recall, false matches; the threshold of the settings is marked."""
    for row in report.rows:
        recall = f"{row.found / row.wanted:.1%}" if row.wanted else "-"
        false = f"{row.false / row.others:.2%}" if row.others else "-"
        yield (
            row.kind,
            f"{row.threshold:.2f}{' *' if row.is_set else ''}",
            f"{row.found} of {row.wanted}",
            recall,
            f"{row.false} of {row.others}",
            false,
        )
