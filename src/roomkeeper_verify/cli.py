"""The command `roomkeeper-verify`: ends with 0 where all is right, 1 where something is not, 2 where it cannot tell."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from roomkeeper_verify.export import NoExport, Report, verify

FEW = 20


def main() -> None:
    """Check an export, and say what was found."""
    parser = argparse.ArgumentParser(
        prog="roomkeeper-verify",
        description="Checks an export of Roomkeeper's records, offline: whether an entry was changed, dropped, inserted"
        " or moved since it was recorded.",
    )
    parser.add_argument("export", type=Path, help="the zip file of an export, or the folder that was in it")
    parser.add_argument("--key", default="", help="the server's public key (base64), as you know it from elsewhere")
    parser.add_argument("--checkpoints", type=Path, help="a folder with checkpoints that left the server")
    parser.add_argument("--tsa", type=Path, help="the root certificate (PEM) of the timestamping service")
    options = parser.parse_args()
    try:
        report = verify(options.export, key=options.key, checkpoints=options.checkpoints, authorities=options.tsa)
    except NoExport as error:
        print(f"This is no export that can be checked: {error}.", file=sys.stderr)
        sys.exit(2)
    print("\n".join(told(report, has_key=bool(options.key))))
    sys.exit(1 if report.problems else 0)


def told(report: Report, *, has_key: bool) -> list[str]:
    """What was found, in words."""
    counted = report.counted
    states = ", ".join(f"{count} {state}" for state, count in sorted(counted.states.items()))
    lines = [
        f"{report.records} records, {counted.entries} entries{f' ({states})' if states else ''}",
        f"{report.checkpoints} checkpoints, {len(report.timestamps)} with a timestamp",
        f"signed with {report.public_key}{'' if has_key else ' (give --key to be sure that it is the server’s)'}",
        *report.timestamps[:FEW],
        *report.notes,
    ]
    if not report.problems:
        return [*lines, "Everything is as it was recorded."]
    shown = [str(problem) for problem in report.problems[:FEW]]
    return [*lines, "NOT as it was recorded:", *shown]
