"""What the commands and the terminal page say of an agent in states that are rare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.widgets import DataTable, Static

from roomkeeper_agent.cli.running import lines_of
from roomkeeper_agent.cli.tui import AgentApp
from roomkeeper_agent.control import Control
from roomkeeper_agent.paths import Paths

SOURCE = {"id": "chat", "source": "xmpp", "state": "failed", "error": "No password.", "entries": 0, "rule": "all"}
PROGRAMS = [{"program": name, "record": "never"} for name in "abcdef"]


def told(**more: Any) -> dict[str, Any]:
    """A status."""
    policy = {"programs": [], "others": "all", "records": True, "issued_ts": 1, "error": ""}
    return {
        "user_id": "@desk:example.org",
        "url": "https://chat.example.org",
        "upload": {"state": "idle", "error": "", "retry_ts": None},
        "spool": {"due": 0, "held": 0, "refused": 0, "bytes": 2048, "acknowledged": 7, "most_bytes": 2**30},
        "sources": [],
        "paused_since": None,
        "clock_warning": "",
        "screenshots": [],
        "hotkey": {"keys": "", "error": ""},
        **more,
        "policy": {**policy, **more.get("policy", {})},
    }


def said(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Texts and styles by label."""
    return {label: (text, style) for label, text, style in lines_of(status)}


def test_what_a_status_says() -> None:
    assert said(told())["Records"] == ("all programs: everything", "green")
    named = {"programs": PROGRAMS, "others": "on_request"}
    assert said(told(policy=named))["Records"][0].endswith("d: nothing, and 2 more, others: on request")
    assert said(told(paused_since=1))["Records"][1] == "yellow"
    assert "not said yet" in said(told(policy={"issued_ts": None}))["Records"][0]
    assert "nothing recorded" in said(told(policy={"records": False, "others": "never"}))["Records"][0]
    assert "Nobody" in said(told(user_id=None))["Account"][0]
    waits = {"state": "waiting", "error": "It does not answer.", "retry_ts": 1}
    assert "tried again at" in said(told(upload=waits))["Upload"][0]
    wrong = said(told(clock_warning="Set it.", policy={"error": "Another key."}))
    assert (wrong["Clock"], wrong["Policy"]) == (("Set it.", "red"), ("Another key.", "red"))
    assert "Screenshots" not in said(told(screenshots=["/nowhere"]))


async def test_a_page_with_nothing_to_show_says_what_to_do(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)
    now: dict[str, Any] = {"status": told(), "last": {"entries": [], "problems": []}}

    async def status(_asked: dict[str, Any]) -> Any:
        return now["status"]

    async def last(_asked: dict[str, Any]) -> Any:
        return now["last"]

    app = AgentApp(paths)
    async with app.run_test(size=(80, 24)):
        assert "No agent runs" in str(app.query_one("#status", Static).render())
        assert not app.query_one("#found").display
        async with Control(paths.socket, {"status": status, "last": last}):
            await app.look()
            assert [app.query_one(name).display for name in ("#found", "#sources", "#no-sources")] == [
                True,
                False,
                True,
            ]
            assert app.query_one("#no-last").display
            place = f"{Path.home()}/logs/chat.log"
            problem = {"source": "chat", "where": place, "why": "no time", "ts": 1, "times": 2}
            now["status"] = told(sources=[SOURCE])
            now["last"] = {"entries": [], "problems": [problem]}
            await app.look()
            assert not app.query_one("#no-sources").display
            problems = str(app.query_one("#problems", Static).render())
            assert "chat: no time (2 ×) ~/logs/chat.log" in problems
            assert "chat: No password." in str(app.query_one("#errors", Static).render())
            assert app.query_one("#sources", DataTable).row_count == 1
