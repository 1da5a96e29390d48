"""The agent in the terminal, live: what it watches, what it found last, what waits, and what is wrong."""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import DataTable, Footer, Header, Static

from roomkeeper_agent import control
from roomkeeper_agent.cli.running import RULES, lines_of
from roomkeeper_agent.cli.shared import short, when
from roomkeeper_agent.paths import Paths

EVERY_S: Final = 1.0
STATES: Final = {
    "follows": "green",
    "failed": "red",
    "waits for space": "yellow",
    "waits for the policy": "yellow",
    "not recorded": "yellow",
    "done": "dim",
    "off": "dim",
}
MOST_LABEL: Final = 12
"""Characters of a label of the status, and the space behind it."""


class AgentApp(App[None]):
    """The whole screen."""

    TITLE = "Roomkeeper agent"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #status { height: auto; padding: 0 1; border: round $primary; }
    #problem { height: auto; padding: 0 2; color: $error; display: none; }
    .title { padding: 0 2; text-style: bold; color: $primary; }
    .none { padding: 0 2; color: $text-muted; }
    DataTable { margin: 0 1; overflow-x: hidden; }
    #sources { height: auto; max-height: 40%; }
    #errors { height: auto; padding: 0 2; }
    #last { height: 1fr; min-height: 5; }
    #problems { height: auto; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", "Pause / go on"),
        Binding("r", "record", "Record this session"),
        Binding("t", "retry", "Try again now"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, paths: Paths) -> None:
        super().__init__()
        self._socket = paths.socket
        self._told: dict[str, Any] = {}
        self._shown: dict[str, Any] | None = None

    def compose(self) -> ComposeResult:
        """What stands where."""
        yield Header(icon="")
        yield Static(id="status")
        yield Static(id="problem")
        with VerticalScroll(id="found"):
            yield Static("Watched", classes="title")
            yield DataTable(id="sources", cursor_type="none")
            yield Static(
                "Nothing yet. Look for programs: roomkeeper-agent sources detect", id="no-sources", classes="none"
            )
            yield Static(id="errors")
            yield Static("Found last", classes="title")
            yield DataTable(id="last", cursor_type="row", zebra_stripes=True)
            yield Static("Nothing since the agent was started.", id="no-last", classes="none")
            yield Static("Problems", classes="title", id="problems-title")
            yield Static(id="problems")
        yield Footer()

    async def on_mount(self) -> None:
        """Begin to look."""
        self.query_one("#sources", DataTable).add_columns("id", "program", "state", "recorded", "entries")
        self.query_one("#last", DataTable).add_columns("when", "program", "session", "who", "what")
        await self.look()
        self.set_interval(EVERY_S, self.look)

    async def look(self) -> None:
        """Ask the agent how it is."""
        try:
            self._told = await control.ask(self._socket, "status")
            said = await control.ask(self._socket, "last")
        except (control.NotRunning, control.CannotDo) as error:
            self.query_one("#status", Static).update(Text(str(error), style="yellow"))
            self.query_one("#found").display = False
            return
        self.query_one("#found").display = True
        self.query_one("#status", Static).update(Text("\n").join(map(self._line, lines_of(self._told))))
        self._show_sources(self._told["sources"])
        if said != self._shown:
            self._show_last(said["entries"])
            self._show_problems(said["problems"])
            self._shown = said

    def _line(self, said: tuple[str, str, str]) -> Text:
        """A line of the status; what is longer than one goes on below its beginning."""
        label, text, style = said
        parts = textwrap.wrap(text, max(20, self.size.width - MOST_LABEL - 6))
        return Text.assemble((label.ljust(MOST_LABEL), "bold"), (f"\n{' ' * MOST_LABEL}".join(parts), style))

    def _show_sources(self, sources: list[dict[str, Any]]) -> None:
        table = self.query_one("#sources", DataTable)
        table.clear()
        for each in sources:
            state = Text(each["state"], style=STATES.get(each["state"], ""))
            table.add_row(Text(each["id"]), Text(each["source"]), state, RULES[each["rule"]], str(each["entries"]))
        self._instead("sources", is_empty=not sources)
        wrong = [
            Text(f"{each['id']}: {each['error']}", STATES.get(each["state"], "")) for each in sources if each["error"]
        ]
        errors = self.query_one("#errors", Static)
        errors.update(Text("\n").join(wrong))
        errors.display = bool(wrong)

    def _show_last(self, entries: list[dict[str, Any]]) -> None:
        table = self.query_one("#last", DataTable)
        table.clear()
        for each in reversed(entries):
            said = " ".join(each["text"].split()) or f"({each['kind']})"
            names = Text(each["program"]), Text(each["title"]), Text(each["sender"])
            table.add_row(when(each["found_ts"])[11:], *names, Text(said[:120]))
        self._instead("last", is_empty=not entries)

    def _instead(self, name: str, *, is_empty: bool) -> None:
        """In place of an empty table stands what to do."""
        self.query_one(f"#{name}").display = not is_empty
        self.query_one(f"#no-{name}").display = is_empty

    def _show_problems(self, problems: list[dict[str, Any]]) -> None:
        lines = [
            Text.assemble(
                when(each["ts"])[5:16],
                f"  {each['source']}: ",
                (each["why"], "red"),
                (f" ({each['times']} ×) " if each["times"] > 1 else " "),
                (short(each["where"]), "dim"),
            )
            for each in problems
        ]
        shown = self.query_one("#problems", Static)
        shown.update(Text("\n").join(lines))
        shown.display = self.query_one("#problems-title").display = bool(problems)

    async def _do(self, what: str, **more: Any) -> dict[str, Any]:
        """Ask the agent for something, and say what came of it where that is not seen."""
        problem = self.query_one("#problem", Static)
        try:
            answer = await control.ask(self._socket, what, **more)
        except (control.NotRunning, control.CannotDo) as error:
            problem.update(Text(str(error)))
            problem.display = True
            return {}
        problem.display = False
        await self.look()
        return answer

    async def action_pause(self) -> None:
        """Record nothing any more, or go on."""
        await self._do("pause" if self._told.get("paused_since") is None else "resume")

    async def action_record(self) -> None:
        """Record the session in which something was said last; without pictures: they would show this."""
        if made := await self._do("record", pages=0):
            self.notify(f"A record of “{made['title']}” ({made['program']}).", markup=False)

    async def action_retry(self) -> None:
        """Try again now what could not be uploaded."""
        if await self._do("retry"):
            self.notify("It is tried again.")
