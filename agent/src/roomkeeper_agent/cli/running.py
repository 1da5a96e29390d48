"""Running the agent, and how it is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from roomkeeper_agent.cli.shared import ask, out, say, short, size, table, when
from roomkeeper_agent.paths import Paths

RULES: Final = {"all": "everything", "on_request": "on request", "never": "nothing"}
MOST_NAMED: Final = 4
"""Programs of a policy that a status names."""
UNIT: Final = """\
[Unit]
Description=Roomkeeper agent: records of chat programs
PartOf=graphical-session.target
After=graphical-session.target

[Service]
ExecStart="{command}" run
Restart=on-failure
RestartSec=5
MemoryMax=256M
NoNewPrivileges=yes

[Install]
WantedBy=graphical-session.target
"""


def run(verbose: bool = typer.Option(False, "--verbose", "-v", help="Say more of what is done.")) -> None:
    """Run the agent, until it is ended (Ctrl+C)."""
    more = ["--verbose"] if verbose else []
    # -P: nothing that lies in the folder one happens to be in is taken for it
    os.execv(sys.executable, [sys.executable, "-P", "-m", "roomkeeper_agent.service", *more])  # noqa: S606 - itself


def unit(
    install: bool = typer.Option(False, help="Write it to ~/.config/systemd/user, in place of printing it."),
) -> None:
    """Print a systemd unit that starts the agent when you sign in to the desktop."""
    command = shutil.which("roomkeeper-agent") or str(Path(sys.argv[0]).resolve())
    text = UNIT.format(command=command.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%"))
    if not install:
        sys.stdout.write(text)
        return
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = base / "systemd" / "user" / "roomkeeper-agent.service"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    say(f"Written to {path}. Now: systemctl --user enable --now roomkeeper-agent")


def status(as_json: bool = typer.Option(False, "--json", help="For programs.")) -> None:
    """How the agent is: what it watches, what waits, and what is wrong."""
    told = ask("status")
    if as_json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    grid = Table.grid(padding=(0, 2))
    for label, text, style in lines_of(told):
        grid.add_row(Text(label, style="bold"), Text(text, style=style))
    out.print(grid)
    if told["sources"]:
        out.print(sources_table(told["sources"]))


def lines_of(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What a status says: labels, texts, and the styles of these."""
    spool = told["spool"]
    if told["user_id"]:
        lines = [("Account", f"{told['user_id']} at {told['url']}", ""), ("Records", *_recorded(told))]
    else:
        lines = [("Account", "Nobody is signed in: roomkeeper-agent sign-in https://…", "yellow")]
    lines.append(("Upload", *_upload(told["upload"], spool["acknowledged"])))
    room = f"{size(spool['bytes'])} of {size(spool['most_bytes'])}"
    held = f", {spool['held']} held for a record on request" if spool["held"] else ""
    lines.append(("Spool", f"{spool['due']} waiting{held}; {room}", ""))
    if spool["refused"]:
        lines.append(("Refused", f"{spool['refused']} entries, by the server: roomkeeper-agent spool problems", "red"))
    warnings = (("Policy", told["policy"]["error"]), ("Clock", told["clock_warning"]))
    lines += [(label, warning, "red") for label, warning in warnings if warning]
    if folders := [short(folder) for folder in told["screenshots"] if Path(folder).is_dir()]:
        lines.append(("Screenshots", f"make records: {', '.join(folders)}", ""))
    if (hotkey := told["hotkey"])["keys"]:
        does = f"{hotkey['keys']} records the session that you are in"
        lines.append(("Hotkey", hotkey["error"] or does, "yellow" if hotkey["error"] else ""))
    return lines


def _recorded(told: dict[str, Any]) -> tuple[str, str]:
    """What is recorded just now, and its style."""
    policy = told["policy"]
    if told["paused_since"] is not None:
        return f"PAUSED since {when(told['paused_since'])}: nothing is recorded", "yellow"
    if policy["issued_ts"] is None:
        return "the server has not said yet what is recorded: until then, nothing is read", "yellow"
    if not policy["records"]:
        return "your organisation has nothing recorded of this desktop", "yellow"
    named = [f"{each['program']}: {RULES[each['record']]}" for each in policy["programs"]]
    rest = "all programs" if not named else "others"
    more = [f"and {len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
    return ", ".join((*named[:MOST_NAMED], *more, f"{rest}: {RULES[policy['others']]}")), "green"


def _upload(upload: dict[str, Any], acknowledged: int) -> tuple[str, str]:
    """How uploading goes, and its style."""
    text = f"{upload['state']}; uploaded so far: {acknowledged}"
    if upload["error"]:
        text += f" — {upload['error']}"
    if upload["retry_ts"]:
        text += f" It is tried again at {when(upload['retry_ts'])[11:]}."
    styles = {"signed out": "red", "not allowed": "red", "waiting": "yellow"}
    return text, styles.get(upload["state"], "")


def sources_table(sources: list[dict[str, Any]]) -> Any:
    """The sources, with how they go."""
    made = table("id", "program", "state", "recorded", "entries", "problem")
    for each in sources:
        cells = (each["id"], each["source"], each["state"], RULES[each["rule"]], str(each["entries"]), each["error"])
        made.add_row(*(Text(cell) for cell in cells))
    return made


def ui() -> None:
    """Show the agent in the terminal, live."""
    from roomkeeper_agent.cli.tui import AgentApp

    AgentApp(Paths.of_user()).run()


def pause() -> None:
    """Record nothing until you go on. What happens meanwhile is not recorded afterwards either."""
    ask("pause")
    say("Paused. Go on with: roomkeeper-agent resume")


def resume() -> None:
    """Go on recording."""
    ask("resume")
    say("It goes on.")
