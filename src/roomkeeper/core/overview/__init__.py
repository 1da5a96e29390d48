"""The overview of the console: is it all right, and what needs somebody first. It is made of what other areas know."""

from __future__ import annotations

from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.sessions import Sessions
from roomkeeper.core.organisation.settings import OrganisationSettings
from roomkeeper.core.overview import api
from roomkeeper.core.overview.models import AttentionItem
from roomkeeper.core.overview.service import Overview
from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.health import Health
from roomkeeper.platform.jobs import Jobs

__all__ = ["AttentionItem", "Overview", "install"]


def install(app: Application, health: Health, jobs: Jobs, organisation: Organisation, sessions: Sessions) -> Overview:
    """Serve it; capabilities contribute to `Overview.attention`."""
    late_after = app.source.section(OrganisationSettings).late_after_minutes
    overview = Overview(app, health, jobs, organisation.permissions, sessions, late_after_ms=late_after * 60_000)
    app.console_pages.add("overview", ConsolePage(("overview.read",)))
    api.install(app, overview)
    return overview
