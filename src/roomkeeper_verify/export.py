"""An export: a zip file, or the folder that was packed in it; and the checks of all of it."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from roomkeeper_verify import timestamps
from roomkeeper_verify.entries import Counted, Problem, Span, check
from roomkeeper_verify.hashing import canonical, follow, is_signed, leaf, root

BLOCK = 1024 * 1024


class NoExport(Exception):
    """This is no export of Roomkeeper's records, or not whole."""


class Export:
    """The files of an export."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = None if path.is_dir() else self._opened(path)

    @staticmethod
    def _opened(path: Path) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise NoExport(f"{path}: {error}") from None

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading. Raises `KeyError` where there is none."""
        if self._zip is not None:
            return self._zip.open(name)
        try:
            return (self._path / name).open("rb")
        except OSError:
            raise KeyError(name) from None

    def names(self) -> set[str]:
        """The names of all files."""
        if self._zip is not None:
            return set(self._zip.namelist())
        return {str(each.relative_to(self._path)) for each in self._path.rglob("*") if each.is_file()}

    def read(self, name: str) -> bytes:
        """A whole file, which is small. Raises `NoExport`."""
        try:
            with self.open(name) as file:
                return file.read()
        except KeyError:
            raise NoExport(f"it has no {name}") from None

    def sha256(self, name: str) -> str:
        """The hash of a file."""
        digest = sha256()
        with self.open(name) as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def lines(self, name: str) -> Iterator[Any]:
        """The JSON values in the lines of a file. Raises `NoExport`."""
        try:
            with self.open(name) as file:
                for line in file:
                    yield json.loads(line)
        except KeyError:
            raise NoExport(f"it has no {name}") from None
        except ValueError:
            raise NoExport(f"{name} is not JSON") from None


@dataclass
class Report:
    """What was found."""

    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    counted: Counted = field(default_factory=Counted)
    checkpoints: int = 0
    timestamps: list[str] = field(default_factory=list)
    public_key: str = ""
    notes: list[str] = field(default_factory=list)

    def wrong(self, what: str, text: str) -> None:
        """Note a problem of the export as a whole."""
        self.problems.append(Problem(what, text))


def verify(path: Path, *, key: str = "", checkpoints: Path | None = None, authorities: Path | None = None) -> Report:
    """Check all of an export.

    `key`: the server's public key as one knows it from elsewhere; `checkpoints`: a folder with those that left the
    server; `authorities`: the certificate of the timestamping service. Raises `NoExport`.
    """
    export, report = Export(path), Report()
    manifest = _check_manifest(export, report, key)
    heads: dict[tuple[str, int], list[tuple[int, str]]] = {}
    if "checkpoints.jsonl" in export.names():
        _read_checkpoints(export, report, heads, authorities)
    else:
        report.notes.append("The export has no checkpoints: what its own key holder changed cannot be told.")
    if checkpoints is not None:
        _read_folder(checkpoints, report, heads)
    _check_files(export, manifest, report, skip="entries.jsonl")
    if "entries.jsonl" in manifest["names"]:
        _check_entries(export, manifest, report, heads)
    else:
        report.notes.append("The export has no entries.jsonl: its files are what was exported, by their hashes.")
    return report


def _check_manifest(export: Export, report: Report, key: str) -> dict[str, Any]:
    raw, signature = export.read("manifest.json"), export.read("manifest.sig").decode("ascii", "replace").strip()
    try:
        manifest = json.loads(raw)
        files = {file["name"]: file for file in manifest["files"]}
        report.public_key = manifest["public_key"]
    except (ValueError, KeyError, TypeError):
        raise NoExport("manifest.json is not one") from None
    if key and key.rstrip("=") != report.public_key:
        report.wrong("signature", f"it is signed with the key {report.public_key}, and not with that one")
    if not is_signed(raw, signature, key or report.public_key):
        report.wrong("signature", "manifest.json was changed, or is not signed by that key")
    return {**manifest, "names": files}


def _check_files(export: Export, manifest: dict[str, Any], report: Report, skip: str) -> None:
    there = export.names()
    for name, file in manifest["names"].items():
        if name not in there:
            report.wrong("dropped", f"the file {name} is missing")
        elif name != skip and export.sha256(name) != file["sha256"]:
            report.wrong("changed", f"the file {name} is not what it was")
    for name in sorted(there - set(manifest["names"]) - {"manifest.json", "manifest.sig"}):
        report.wrong("inserted", f"the file {name} does not belong to it")


def _check_entries(
    export: Export, manifest: dict[str, Any], report: Report, heads: dict[tuple[str, int], list[tuple[int, str]]]
) -> None:
    spans = [
        Span(each["record"], each["first"], each["last"], each["head"], each["prev"])
        for each in export.lines("records.jsonl")
        if each["last"] >= each["first"]
    ]
    report.records = len(spans)
    problem, report.counted = check(lambda: export.open("entries.jsonl"), spans, heads)
    if problem is not None:
        report.problems.insert(0, problem)
    elif export.sha256("entries.jsonl") != manifest["names"]["entries.jsonl"]["sha256"]:
        report.wrong("changed", "the file entries.jsonl is not what it was, though all its entries are")


def _read_checkpoints(
    export: Export,
    report: Report,
    heads: dict[tuple[str, int], list[tuple[int, str]]],
    authorities: Path | None,
) -> None:
    roots: dict[int, str] = {}
    before: dict[int, str] = {}
    for each in export.lines("checkpoints.jsonl"):
        checkpoint = each["checkpoint"]
        number, signed = checkpoint["number"], canonical(checkpoint)
        if not is_signed(signed, each["signature"], report.public_key):
            report.wrong("changed", f"checkpoint {number} is not signed by the server's key")
            continue
        if number - 1 in before and checkpoint["prev"] != before[number - 1]:
            report.wrong("changed", f"checkpoint {number} does not follow checkpoint {number - 1}")
        before[number] = sha256(signed).hexdigest()
        roots[number] = checkpoint["root"]
        report.checkpoints += 1
        if each.get("timestamp"):
            _read_timestamp(each["timestamp"], number, sha256(signed).digest(), report, authorities)
    for each in export.lines("heads.jsonl"):
        number, record, seq, head = each["number"], each["record"], each["seq"], each["head"]
        if follow(leaf(record, seq, head), each["path"]) != roots.get(number):
            report.wrong("changed", f"record {record}, entry {seq}: checkpoint {number} does not attest this hash")
        else:
            heads.setdefault((record, seq), []).append((number, head))


def _read_timestamp(token: str, number: int, digest: bytes, report: Report, authorities: Path | None) -> None:
    try:
        answer = base64.b64decode(token)
        attested = timestamps.read(answer)
    except (ValueError, timestamps.NotATimestamp) as error:
        report.wrong("changed", f"the timestamp of checkpoint {number} is none: {error}")
        return
    if attested.digest != digest:
        report.wrong("changed", f"the timestamp of checkpoint {number} is of something else")
        return
    why = timestamps.verify(answer, digest, authorities) if authorities is not None else ""
    if why:
        report.wrong("signature", f"the timestamp of checkpoint {number} is not the service's: {why}")
        return
    report.timestamps.append(f"checkpoint {number}: {attested.time}")


def _read_folder(folder: Path, report: Report, heads: dict[tuple[str, int], list[tuple[int, str]]]) -> None:
    """Checkpoints that left the server count as they are there."""
    for file in sorted(folder.glob("*.json")):
        try:
            each = json.loads(file.read_bytes())
            checkpoint, told = each["checkpoint"], each["heads"]
            number = checkpoint["number"]
            good = is_signed(canonical(checkpoint), each["signature"], report.public_key)
            good = good and root(told) == checkpoint["root"]
        except (ValueError, KeyError, TypeError):
            good, told, number = False, [], 0
        if not good:
            report.wrong("changed", f"{file.name} is no checkpoint of this server's key")
            continue
        report.checkpoints += 1
        for head in told:
            heads.setdefault((head["record"], head["seq"]), []).append((number, head["head"]))
