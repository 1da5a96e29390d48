"""Messages to devices and claimed keys across `kill -9`: what was acknowledged arrives once, in order; no key twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.crash.load import Client, Unanswered
from tests.process import ServerProcess

pytestmark = pytest.mark.long

KILLS = 3
SENT_BEFORE_KILL = 40
SIGNED = "signed_curve25519"


async def until_answered(client: Client, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
    """The same request until there is an answer."""
    while True:
        try:
            return await client.request(method, path, body, **query)
        except Unanswered:
            await asyncio.sleep(0.02)


async def test_acknowledged_messages_arrive_once_and_in_order(tmp_path: Path) -> None:
    process = await ServerProcess(tmp_path / "data").start()
    try:
        async with aiohttp.ClientSession() as session:
            alice = await Client(session, process.url).register("alice")
            bob = await Client(session, process.url).register("bob")
            total = KILLS * SENT_BEFORE_KILL

            async def send() -> None:
                for number in range(total):
                    body = {"messages": {bob.user_id: {"*": {"n": number}}}}
                    await until_answered(alice, "PUT", f"/sendToDevice/org.example.note/t{number}", body)
                    if number % SENT_BEFORE_KILL == SENT_BEFORE_KILL // 2:
                        await process.kill()
                        await process.start()

            sending = asyncio.create_task(send())
            arrived: list[int] = []
            query: dict[str, Any] = {"timeout": 200}
            while len(arrived) < total:
                answer = await until_answered(bob, "GET", "/sync", **query)
                query["since"] = answer["next_batch"]
                arrived += [event["content"]["n"] for event in answer.get("to_device", {}).get("events", ())]
            await sending
            assert arrived == list(range(total))
            await process.kill()
            await process.start()
            answer = await until_answered(bob, "GET", "/sync", **query)
            assert "to_device" not in answer
    finally:
        await process.kill()


async def test_no_key_is_given_out_twice(tmp_path: Path) -> None:
    process = await ServerProcess(tmp_path / "data").start()
    try:
        async with aiohttp.ClientSession() as session:
            alice = await Client(session, process.url).register("alice")
            bob = await Client(session, process.url).register("bob")
            device_id = (await bob.request("GET", "/devices"))["devices"][0]["device_id"]
            keys = {f"{SIGNED}:K{number:03}": {"key": str(number), "signatures": {}} for number in range(200)}
            await bob.request("POST", "/keys/upload", {"one_time_keys": keys})
            wanted = {"one_time_keys": {bob.user_id: {device_id: SIGNED}}}
            given: list[str] = []

            async def claim_until_killed() -> None:
                while True:
                    try:
                        answer = await alice.request("POST", "/keys/claim", wanted)
                    except Unanswered:
                        return
                    given.extend(answer["one_time_keys"].get(bob.user_id, {}).get(device_id, {}))

            for _ in range(KILLS):
                before = len(given)
                claiming = [asyncio.create_task(claim_until_killed()) for _ in range(4)]
                while len(given) < before + 10:  # noqa: ASYNC110 - answers are what is waited for
                    await asyncio.sleep(0.001)
                await process.kill()
                await asyncio.gather(*claiming)
                await process.start()
            assert len(given) == len(set(given))
            left = (await bob.request("POST", "/keys/upload", {}))["one_time_key_counts"][SIGNED]
            assert left <= 200 - len(given)
            # A repeated upload does not bring back what was given out.
            again = await bob.request("POST", "/keys/upload", {"one_time_keys": keys})
            assert again["one_time_key_counts"][SIGNED] == left
    finally:
        await process.kill()
