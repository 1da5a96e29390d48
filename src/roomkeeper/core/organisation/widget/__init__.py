"""The widget: a script that web pages include, with which their visitors write to the organisation.

A visitor is a customer with an account that the server makes; see `service` for who gets which, `api` for what the
script asks, `web/widget` for the script, `cleanup` for what becomes of those who never write.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.sessions import Sessions
from roomkeeper.core.organisation.widget.api import WidgetApi
from roomkeeper.core.organisation.widget.cleanup import CLEANUP, Clean, Cleanup
from roomkeeper.core.organisation.widget.facts import VisitorWrote
from roomkeeper.core.organisation.widget.service import Widget
from roomkeeper.core.organisation.widget.settings import WidgetSettings
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.jobs import Job, Jobs

__all__ = ["WidgetSettings", "install"]


def install(
    app: Application,
    jobs: Jobs,
    accounts: Accounts,
    profiles: Profiles,
    rooms: Rooms,
    organisation: Organisation,
    sessions: Sessions,
) -> None:
    """Serve the widget. Raises `SettingsError` where the file of a site cannot be used."""
    app.packages.append(__name__)
    settings = app.source.section(WidgetSettings)
    widget = Widget(app, settings, accounts, profiles, organisation.people, organisation.permissions, sessions)
    WidgetApi(widget, _origin(app.settings.effective_base_url)).add_routes(app.routes)
    accounts.reserved.add("visitors", widget.check_name)
    accounts.sessions.disuse_ms = widget.disuse_ms
    rooms.accepted.add("widget", widget.note)
    app.facts.handle(VisitorWrote, widget.note_wrote)
    app.starting.add("widget", widget.load)
    cleanup = Cleanup(app, jobs, accounts, widget, settings.silent_days)
    jobs.kinds.add(CLEANUP, Job(parameters=Clean, step=cleanup.step, unit="accounts"))
    app.background.add("silent visitors", cleanup.run)


def _origin(url: str) -> str:
    """The origin of a URL, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
