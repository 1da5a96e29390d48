"""`python -m bench`: run the scenarios against Roomkeeper and the floor, with `--peers` against Synapse as well.

Exit status: 0 when all ran and every message arrived exactly once, 1 otherwise; missed targets show as ✗ only.
"""

import argparse
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from bench import plan, report, synapse
from bench.client import ConnectionClosedError
from bench.load import LoadFailedError
from bench.matrix import RequestFailedError
from bench.outcome import Outcome
from bench.process import CORES, generator_core
from bench.scenarios.base import Scenario
from bench.scenarios.records import Records
from bench.servers import (
    ROOT,
    FloorServer,
    Roomkeeper,
    RoomkeeperOnPostgreSQL,
    Running,
    ServerFailedError,
    Synapse,
    Target,
)

FAILURES = (
    LoadFailedError,
    ServerFailedError,
    synapse.PeerUnavailableError,
    RequestFailedError,
    ConnectionClosedError,
    OSError,
    TimeoutError,
)
COMPARES_DRIVERS = ("two_person", "search")
KINDS: dict[str, type[FloorServer | Roomkeeper | Synapse]] = {
    kind.name: kind for kind in (FloorServer, Roomkeeper, RoomkeeperOnPostgreSQL, Synapse)
}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="send the same work to Synapse, installed on first use")
    parser.add_argument("--quick", action="store_true", help="a smoke run of about a minute; figures are rough")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this scenario; may be repeated")
    parser.add_argument("--entries", type=int, metavar="N", help="with --only records: so many, instead of ten million")
    parser.add_argument("--exported", type=int, metavar="N", help="with it: so many are exported, not a million")
    parser.add_argument("--targets", metavar="NAMES", help=f"instead of the usual ones, of: {', '.join(KINDS)}")
    parser.add_argument("--url", help="measure the homeserver at this loopback address instead of Roomkeeper")
    parser.add_argument("--pid", type=int, default=0, help="its process, for CPU and memory")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to this file")
    parser.add_argument("--data-dir", type=Path, default=ROOT / "build", help="where data goes meanwhile (a real disk)")
    parser.add_argument("--events", type=int, default=0, metavar="N", help="tracked events in the scenario tracking")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    return parser.parse_args(arguments)


MANY = (["growth"], ["search"], ["records"], ["tracking"])


def choose_scenarios(options: argparse.Namespace) -> list[Scenario]:
    """What to run. Millions of stored rooms, messages or entries take disk and minutes: they are for `--only` alone."""
    only: list[str] = options.only or []
    scenarios = (
        plan.quick() if options.quick else plan.full(peers=options.peers, million=only in MANY, events=options.events)
    )
    unknown = set(only) - {scenario.name for scenario in scenarios}
    if unknown:
        raise SystemExit(f"no such scenario: {', '.join(sorted(unknown))}; see --list")
    sizes = {name: getattr(options, name) for name in ("entries", "exported") if getattr(options, name)}
    return [
        replace(scenario, **sizes) if isinstance(scenario, Records) else scenario
        for scenario in scenarios
        if not only or scenario.name in only
    ]


def choose_targets(options: argparse.Namespace, data_dir: Path) -> list[Target]:
    """The floor, the subject, and the peers."""
    names = ["floor", "roomkeeper"] + (["synapse"] if options.peers else [])
    if not options.url:
        names.insert(2, RoomkeeperOnPostgreSQL.name)
    if options.targets:
        names = options.targets.split(",")
        if set(names) - set(KINDS):
            raise SystemExit(f"--targets: choose of {', '.join(KINDS)}")
    targets: list[Target] = [KINDS[name](data_dir / name) for name in names if not options.url or name != "roomkeeper"]
    if options.url:
        targets.insert(1, Running(options.url, options.pid))
    return targets


def _without_drivers(scenario: Scenario, targets: Sequence[Target]) -> list[Target]:
    """The usual targets: the other database is compared in some scenarios, and left out of the others."""
    compares = scenario.name in COMPARES_DRIVERS
    return [target for target in targets if compares or not isinstance(target, RoomkeeperOnPostgreSQL)]


async def run(scenarios: Sequence[Scenario], targets: Sequence[Target], *, everywhere: bool) -> list[Outcome]:
    """One scenario after another; one that fails does not keep the others from running."""
    outcomes: list[Outcome] = []
    for scenario in scenarios:
        print(f"{scenario.name} ...", file=sys.stderr, flush=True)
        try:
            outcomes.append(await scenario.run(targets if everywhere else _without_drivers(scenario, targets)))
        except FAILURES as error:
            outcomes.append(Outcome(scenario.name, scenario.name, (), problems=[str(error) or repr(error)]))
        gc.collect()
    return outcomes


def main() -> int:
    options = parse(sys.argv[1:])
    scenarios = choose_scenarios(options)
    if options.list:
        print("\n".join(scenario.name for scenario in scenarios))
        return 0
    if len(CORES) == 1:
        print("one core only: the load generator shares it with the server", file=sys.stderr)
    options.data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = Path(tempfile.mkdtemp(prefix="bench-", dir=options.data_dir))
    data_dir.chmod(0o711)  # PostgreSQL's own user has a folder in it
    try:
        targets = choose_targets(options, data_dir)
        versions = {"synapse": synapse.ensure_installed()} if _wants_synapse(targets) else {}
        os.sched_setaffinity(0, {generator_core()})
        gc.freeze()
        outcomes = uvloop.run(run(scenarios, targets, everywhere=bool(options.targets)))
    except (ServerFailedError, synapse.PeerUnavailableError) as error:
        raise SystemExit(str(error)) from None
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
    subject = "url" if options.url else "roomkeeper"
    print(report.table(outcomes, subject))
    if options.json:
        report.write_json(options.json, outcomes, subject, versions)
    return 0 if report.passed(outcomes) else 1


def _wants_synapse(targets: Sequence[Target]) -> bool:
    return any(isinstance(target, Synapse) for target in targets)


if __name__ == "__main__":
    sys.exit(main())
