"""What the agent does is told to the server, kept while it cannot be, switched off by its settings or the user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomkeeper_agent.server import Server, Unreachable
from roomkeeper_agent.tracking import MOST_WAITING, Tracker
from tests import samples
from tests.integration.agent.desk import PASSWORD, ROOT, AgentProcess, Place

DESK = "@desk:example.org"
MEDIA = ["media_upload_started", "media_received", "media_uploaded", "media_allowed", "media_ready"]


async def flow(place: Place, kind: str = "media_refused") -> dict[str, Any]:
    """What was tracked of the desk."""
    return dict(await place.ask("GET", f"{ROOT}/repair/flow", user_id=DESK, kind=kind))


async def names(place: Place) -> list[str]:
    """The steps of the newest attempt to upload a file."""
    attempts = (await flow(place))["attempts"]
    return [step["point"] for step in attempts[0]["steps"]] if attempts else []


async def signed_in(place: Place) -> Server:
    """The desk's connection to the server."""
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "desk"}, "password": PASSWORD}
    answer = await place.ask("POST", "/_matrix/client/v3/login", body, "")
    return Server(place.process.url, answer["access_token"])


async def test_a_file_that_is_sent_is_one_flow_of_both_sides(place: Place, agent: AgentProcess, tmp_path: Path) -> None:
    file = tmp_path / "secret name.png"
    file.write_bytes(samples.png(20, 20))
    await agent.command("sign-in", place.process.url, "--user", "desk")
    await agent.command("send", str(file), "--no-open")
    found = await flow(place)
    assert sorted(await names(place)) == sorted(MEDIA)
    assert found["attempts"][0]["deviation"] is None
    assert "secret name" not in str(found)


async def test_the_settings_switch_it_off(place: Place, agent: AgentProcess, tmp_path: Path) -> None:
    file = tmp_path / "shot.png"
    file.write_bytes(samples.png(20, 20))
    await agent.command("sign-in", place.process.url, "--user", "desk")
    place.paths.make()
    place.paths.settings.write_text("tracking = false\n")
    await agent.command("send", str(file), "--no-open")
    assert not {"media_upload_started", "media_uploaded"} & set(await names(place))


async def test_what_cannot_be_told_waits_in_a_file_and_is_bounded(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "tracking.json"
    tracker = Tracker(path)
    for number in range(MOST_WAITING + 20):
        tracker.track("media_upload_started", media_id=f"m{number}", size=1)
    async with Server("http://127.0.0.1:9", "token") as nobody:
        tracker.use(nobody)
        with pytest.raises(Unreachable):
            await tracker.send()
    tracker.keep()
    assert len(msgspec.json.decode(path.read_bytes())) == MOST_WAITING
    again = Tracker(path)
    async with await signed_in(place) as server:
        again.use(server)
        await again.send()
        again.keep()
        assert not path.exists()
        found = await flow(place)
        assert found["events"] >= MOST_WAITING
        await server.request("PUT", f"{ROOT}/repair/tracking", {"enabled": False})
        off = Tracker(path)
        off.use(server)
        off.track("media_upload_started", media_id="x", size=1)
        await off.send()
    assert (await flow(place))["events"] == 0
