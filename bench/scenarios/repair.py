"""Repair: seeded faults in a running server, each reported, repaired, tried again, verified and answered."""

import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from bench.outcome import Figure, Goal, Outcome
from bench.patients import PASSWORD, HandoverMissing, MediaRefused, MessageStuck, Patient, RoomMissing, SignedOut
from bench.scenarios.base import started
from bench.scenarios.handover import ended
from bench.scenarios.people import ask, bearer
from bench.servers import Roomkeeper, RoomkeeperOnPostgreSQL, Target

KINDS: tuple[type[Patient], ...] = (MessageStuck, RoomMissing, SignedOut, MediaRefused, HandoverMissing)
FIGURES = (
    Figure("answer", "report to answer, 95 %", "s"),
    Figure("answer_median", "report to answer, median", "s"),
    *(Figure(f"answer_{each.kind}", f"{each.kind.replace('_', ' ')}, 95 %", "s") for each in KINDS),
    Figure("verified", "faults repaired and verified, of 100", ""),
    Figure("missed", "of 100 not verified", ""),
    Figure("lied", "of those whose client fails again or is silent: how many", ""),
    Figure("false", "of them said to be repaired", ""),
)


class Practising(Roomkeeper):
    """The same server, on which faults may be made."""

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "ROOMKEEPER_REPAIR_REPORTS_DRILLS": "on",
            "ROOMKEEPER_REPAIR_REPORTS_VERIFY_SECONDS": "5",
        }


@dataclass(frozen=True)
class Repair:
    """`faults` of all built-in kinds by chance, one after the other; then `lies`, where it fails again."""

    faults: int = 100
    lies: int = 20
    name: str = "repair"
    goals: tuple[Goal, ...] = (Goal("answer", 3), Goal("missed", 5), Goal("false", 0))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"repair, {self.faults} seeded faults", FIGURES, self.goals)
        for target in targets:
            if not isinstance(target, Roomkeeper) or isinstance(target, RoomkeeperOnPostgreSQL):
                continue
            practising = Practising(target.data_dir)
            with started(practising):
                outcome.add(target.name, await self._measure(practising))
        return outcome

    async def _measure(self, target: Target) -> dict[str, float]:
        operator = json.loads((target.data_dir / "instance.json").read_bytes())["token"]
        chance = random.Random(11)
        taken: dict[str, list[float]] = {each.kind: [] for each in KINDS}
        verified = false = 0
        async with aiohttp.ClientSession(target.endpoint.url) as session:
            patients = await self._patients(session, target.endpoint.url, operator, chance)
            for patient in patients:
                await patient.suffer(operator)
                begun = time.perf_counter()
                state = await patient.report()
                if patient.lies:
                    false += state == "repaired"
                else:
                    taken[patient.kind].append(time.perf_counter() - begun)
                    verified += state == "repaired"
        every = [each for times in taken.values() for each in times]
        share = 100 * verified / self.faults
        return {
            "answer": _percentile(every, 0.95),
            "answer_median": _percentile(every, 0.5),
            **{f"answer_{kind}": _percentile(times, 0.95) for kind, times in taken.items() if times},
            "verified": share,
            "missed": 100 - share,
            "lied": float(self.lies),
            "false": float(false),
        }

    async def _patients(
        self, session: aiohttp.ClientSession, url: str, operator: str, chance: random.Random
    ) -> list[Patient]:
        """Everybody, before anything is faulty; whoever takes care of some of them has left."""
        async with aiohttp.ClientSession(url, headers=bearer(operator)) as desk:
            department = (await ask(desk, "POST", "/departments", {"name": "Sales"}))["department_id"]
            sellers = []
            for name in ("leaver", "successor"):
                body = {"localpart": name, "password": PASSWORD, "departments": [department]}
                sellers.append((await ask(desk, "POST", "/people", body))["user_id"])
            HandoverMissing.leaver = sellers[0]
            patients = []
            for number in range(self.faults + self.lies):
                made = chance.choice(KINDS)
                patients.append(made(session, f"patient{number}", lies=number >= self.faults))
                await patients[-1].enter()
            departure = await ask(desk, "POST", "/departures", {"user_id": sellers[0]})
            await ended(desk, departure["departure_id"])
        return patients


def _percentile(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)]
