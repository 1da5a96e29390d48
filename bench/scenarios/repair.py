"""Repair: seeded faults in a running server, each reported, repaired, tried again, verified and answered."""

import asyncio
import base64
import itertools
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from bench.load import LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.scenarios.people import ROOT, bearer
from bench.servers import Roomkeeper, RoomkeeperOnPostgreSQL, Target

V3 = "/_matrix/client/v3"
REPEAT = "org.roomkeeper.repair.repeat"
KINDS = ("message_stuck", "room_missing", "signed_out")
OVER = ("repaired", "unverified", "failed", "closed", "waiting")
SECONDS = 60
FIGURES = (
    Figure("answer", "report to answer, 95 %", "s"),
    Figure("answer_median", "report to answer, median", "s"),
    Figure("verified", "faults repaired and verified, of 100", ""),
    Figure("missed", "of 100 not verified", ""),
    Figure("false", "of those whose client fails again: said to be repaired", ""),
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
    """`faults` of the kinds that need no other people, one after the other; then `lies`, where it fails again."""

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
        chance, taken, verified, false = random.Random(11), [], 0, 0
        async with aiohttp.ClientSession(target.endpoint.url) as session:
            for number in range(self.faults + self.lies):
                patient = await Patient(session, operator, f"patient{number}").enter()
                lies = number >= self.faults
                begun = time.perf_counter()
                state = await patient.suffer(chance.choice(KINDS), lies=lies)
                if lies:
                    false += state == "repaired"
                else:
                    taken.append(time.perf_counter() - begun - patient.prepared)
                    verified += state == "repaired"
        taken.sort()
        share = 100 * verified / self.faults
        return {
            "answer": taken[int(len(taken) * 0.95)],
            "answer_median": taken[len(taken) // 2],
            "verified": share,
            "missed": 100 - share,
            "false": float(false),
        }


class Patient:
    """Somebody with a fault, and their client, which logs what it does as the web client does."""

    _numbers = itertools.count(1)

    def __init__(self, session: aiohttp.ClientSession, operator: str, name: str) -> None:
        self._session = session
        self._operator = operator
        self._name = name
        self.prepared = 0.0

    async def enter(self) -> "Patient":
        """Make the account, and a room."""
        body = {"username": self._name, "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
        answer = await self._ask("POST", f"{V3}/register", body, token="")
        self._token, self._user, self._device = answer["access_token"], answer["user_id"], answer["device_id"]
        key = (await self._ask("GET", f"{ROOT}/repair/tracking"))["write_key"]
        self._key = base64.b64encode(f"{key}:".encode()).decode()
        self._room = (await self._ask("POST", f"{V3}/createRoom", {}))["room_id"]
        return self

    async def suffer(self, kind: str, *, lies: bool) -> str:
        """Have the fault, report it, try again when that is asked for; the state of the report in the end."""
        begun = time.perf_counter()
        await self._make(kind)
        self.prepared = time.perf_counter() - begun
        body = {"kind": kind, "client": "bench", "properties": {"room_id": self._room}}
        report = (await self._ask("POST", f"{ROOT}/repair/reports", body))["report_id"]
        version, has_tried = 0, False
        async with asyncio.timeout(SECONDS):
            while True:
                path = f"{ROOT}/repair/reports/{report}?since={version}&timeout=5000"
                found = await self._ask("GET", path)
                version = found["version"]
                if found["state"] in OVER:
                    return str(found["state"])
                if found["state"] == "verifying" and not has_tried:
                    has_tried = True
                    await self._ask("GET", f"{V3}/user/{quote(self._user)}/account_data/{REPEAT}")
                    await self._try_again(kind, lies=lies)

    async def _make(self, kind: str) -> None:
        drills = {"message_stuck": "rooms.spoil_image", "room_missing": "rooms.lose_membership"}
        drill = drills.get(kind, "accounts.refuse")
        parameters = {"user_id": self._user, "room_id": self._room}
        await self._ask("POST", f"{ROOT}/repair/drills/{drill}", {"parameters": parameters}, token=self._operator)
        if kind == "message_stuck":
            await self._send("first", fails=True)
        elif kind == "room_missing":
            await self._log("invitation_accept", room_id=self._room)
        else:
            await self._log("signed_out", device_id=self._device, soft=True)

    async def _try_again(self, kind: str, *, lies: bool) -> None:
        if kind == "message_stuck" and lies:
            await self._log("message_failed", txn_id="first", room_id=self._room)
        elif kind == "message_stuck":
            await self._send("first")
        elif lies:
            pass  # a client that is away: silence
        elif kind == "room_missing":
            await self._ask("GET", f"{V3}/sync")
            await self._log("room_shown", room_id=self._room)
        else:
            await self._ask("GET", f"{V3}/sync")
            await self._log("session_ready", device_id=self._device)

    async def _send(self, txn_id: str, *, fails: bool = False) -> None:
        await self._log("message_sending", txn_id=txn_id, room_id=self._room)
        path = f"{V3}/rooms/{quote(self._room)}/send/m.room.message/{txn_id}"
        try:
            event_id = (await self._ask("PUT", path, {"msgtype": "m.text", "body": "hello"}))["event_id"]
        except LoadFailedError:
            if not fails:
                raise
            await self._log("message_failed", txn_id=txn_id, room_id=self._room)
        else:
            await self._log("message_sent", txn_id=txn_id, room_id=self._room, event_id=event_id)

    async def _log(self, event: str, **properties: Any) -> None:
        message = {
            "type": "track",
            "messageId": f"b{next(self._numbers)}",
            "userId": self._user,
            "event": event,
            "properties": properties,
        }
        headers = {"Authorization": f"Basic {self._key}"}
        async with self._session.post("/v1/batch", json={"batch": [message]}, headers=headers) as answer:
            if answer.status != 200:
                raise LoadFailedError(f"{answer.status}: {await answer.text()}")

    async def _ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        headers = bearer(self._token) if token is None else bearer(token) if token else {}
        async with self._session.request(method, path, json=body, headers=headers) as answer:
            if answer.status != 200:
                raise LoadFailedError(f"{method} {path}: {answer.status}: {await answer.text()}")
            return await answer.json()
