"""`roomkeeper admin …` for application services: how they are, and whether a registration file can be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from roomkeeper.commands.failures import load_settings
from roomkeeper.commands.operator import Ask
from roomkeeper.commands.terminal import console, table, time_of


def show(ask: Ask) -> None:
    """Print all services and how they are."""
    services = ask("GET", "/appservices")["appservices"]
    lines = table("Service", "URL", "State", "Behind", "Waiting transaction", "Last accepted", "Reason")
    for service in services:
        lines.add_row(
            service["id"],
            service["url"] or "",
            service["state"],
            str(service["behind"]),
            _waiting(service),
            time_of(service["last_accepted_ts"]),
            service["last_error"] or "",
        )
    console.print(lines, markup=False)
    if not services:
        console.print("No application service is registered: name their files in ROOMKEEPER_APPSERVICES.", markup=False)


def retry(ask: Ask, service_id: str) -> None:
    """Let the server try now to send what waits for a service."""
    service = ask("POST", f"/appservices/{quote(service_id, safe='')}/retry")
    text = "What waits for it is sent now." if service["pending_transaction"] else "Nothing waits for it."
    console.print(f"{service['id']} is {service['state']}. {text}", markup=False)


def check(config: Path | None, file: Path) -> None:
    """Check a registration file, also beside those that the settings name. Raises `SettingsError`."""
    from roomkeeper.core.accounts import CompatibilitySettings
    from roomkeeper.core.appservices import registration
    from roomkeeper.core.appservices.service import namespaces_of

    source, settings = load_settings(config)
    service = registration.load(str(file), settings.server_name)
    others = [
        other for other in source.section(CompatibilitySettings).appservices if Path(other).resolve() != file.resolve()
    ]
    known = [registration.load(other, settings.server_name) for other in others]
    registration.check_distinct([*known, service])
    console.print(
        f"{file} can be used: {service.id}, {service.sender}, {service.url or 'without a URL'}.", markup=False
    )
    for kind, namespaces in namespaces_of(service).items():
        for namespace in namespaces:
            exclusive = "its own alone" if namespace["exclusive"] else "shared"
            console.print(f"  {kind}: {namespace['regex']} ({exclusive})", markup=False)


def _waiting(service: dict[str, Any]) -> str:
    if service["pending_transaction"] is None:
        return ""
    wait = service["next_attempt_in_ms"]
    text = f"{service['pending_transaction']}, tried {service['attempts']} times"
    return text if wait is None else f"{text}, again in {wait / 1000:.0f} s"
