"""`roomkeeper db …`."""

from __future__ import annotations

from pathlib import Path

from roomkeeper.commands.failures import check_data_dir, load_settings
from roomkeeper.platform import schema


def upgrade(config: Path | None) -> str:
    """Bring the schema up to date; what was done. Raises `AlreadyRunning` while the server runs."""
    from roomkeeper.app import build

    source, settings = load_settings(config)
    check_data_dir(Path(settings.data_dir))
    app = build(source)
    app.instance.acquire()
    try:
        url = settings.effective_database_url
        if schema.is_current(url, app.packages):
            return "The schema is the newest already."
        schema.upgrade(url, app.packages)
    finally:
        app.instance.release()
    return "The schema is up to date now."
