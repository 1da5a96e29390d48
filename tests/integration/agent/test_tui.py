"""The terminal page, with an agent that runs: what it shows, and what its keys do."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from rich.text import Text
from textual.widgets import DataTable, Static

from roomkeeper_agent.cli.tui import AgentApp
from tests.integration.agent.desk import AgentProcess, Place
from tests.integration.agent.test_agent import ready, say, texts, until

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


def cells(app: AgentApp, name: str) -> list[str]:
    """What stands in a table."""
    table = app.query_one(f"#{name}", DataTable)
    return [str(cell) for row in range(table.row_count) for cell in table.get_row_at(row)]


def words(app: AgentApp, name: str) -> str:
    """What stands in a text."""
    return str(app.query_one(f"#{name}", Static).render())


def kept_picture(app: AgentApp) -> str:
    """What is on the screen as SVG, which is kept with the other pictures."""
    picture = app.export_screenshot(title="Roomkeeper agent")
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "agent-terminal.svg").write_text(picture, encoding="utf-8")
    return picture


async def test_what_it_shows_and_does(place: Place, agent: AgentProcess) -> None:
    await place.policy(others="on_request")
    folder = await ready(place, agent)
    await agent.command("sources", "add", "lines", "--set", f"folder={place.home / 'other'}", "--id", "broken")
    broken = place.home / "other"
    broken.mkdir()
    (broken / "bad.jsonl").write_text("no json\n", encoding="utf-8")
    say(folder, "Good morning, has my order left?", "[bold]no markup[/bold] 你好", conversation="ms green")
    say(folder, "The second one", conversation="blue")
    app = AgentApp(place.paths)
    async with app.run_test(size=(120, 36)) as pilot:

        async def shown() -> bool:
            await app.look()
            return "The second one" in cells(app, "last") and "3" in cells(app, "sources")

        await until(shown)
        assert "@desk:example.org" in words(app, "status")
        assert "3 held" in words(app, "status")
        assert "[bold]no markup[/bold] 你好" in cells(app, "last")
        assert "follows" in cells(app, "sources")

        async def problem_shown() -> bool:
            await app.look()
            return "no entry" in words(app, "problems")

        await until(problem_shown)
        await pilot.press("r")

        async def recorded() -> bool:
            return len(await texts(place)) > 0

        await until(recorded)
        await pilot.press("p")

        async def paused() -> bool:
            await app.look()
            return "PAUSED" in words(app, "status")

        await until(paused)
        picture = kept_picture(app)
        for word in ("PAUSED", "Green", "Watched", "Problems"):
            assert word in picture.replace("&#160;", " "), word
        # What does not work is said.
        await pilot.press("r")

        async def refused() -> bool:
            return "paused" in words(app, "problem")

        await until(refused)
        await pilot.press("p")

        async def goes_on() -> bool:
            await app.look()
            return "PAUSED" not in words(app, "status")

        await until(goes_on)
        await agent.stop()

        async def gone() -> bool:
            await app.look()
            return "No agent runs" in words(app, "status")

        await until(gone)


async def test_what_commands_print(place: Place, agent: AgentProcess) -> None:
    """It is kept with the other pictures, to be looked at."""
    await place.policy(programs=[{"program": "pidgin", "record": "never"}], others="all", screenshots=True)
    folder = await ready(place, agent)
    say(folder, "Good morning", conversation="ms green")
    (folder / "bad.jsonl").write_text("no json\n", encoding="utf-8")
    shown = AgentProcess(place, FORCE_COLOR="1", COLUMNS="110")

    async def read() -> bool:
        status = await agent.status()
        return bool(status["spool"]["acknowledged"]) and "no entry" in await agent.command("spool", "problems")

    await until(read)
    for command, word in (
        (("status",), "@desk:example.org"),
        (("sessions",), "Ms Green"),
        (("sources", "list"), "lines"),
        (("spool", "problems"), "This is no entry"),
    ):
        screen = Console(record=True, width=110, file=io.StringIO())
        screen.print(Text.from_ansi(f"$ roomkeeper-agent {' '.join(command)}\n{await shown.command(*command)}"))
        assert word in screen.export_text(clear=False)
        PICTURES.mkdir(parents=True, exist_ok=True)
        screen.save_svg(str(PICTURES / f"agent-{'-'.join(command)}.svg"), title="Roomkeeper agent")
