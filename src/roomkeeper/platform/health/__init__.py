"""How the server is: whether it answers, what is wrong and what to do about it, and its figures over the last week."""

from __future__ import annotations

from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.health import api, checks, probes
from roomkeeper.platform.health.models import CheckBody, HealthBody
from roomkeeper.platform.health.sampling import Sampler
from roomkeeper.platform.health.service import Health

__all__ = ["CheckBody", "Health", "HealthBody", "Sampler", "install"]


def install(app: Application) -> Health:
    """Serve it, and take samples in the background."""
    app.packages.append(__name__)
    probes.install(app)
    sampler = Sampler(app)
    checks.add_figures(app)
    checks.add_checks(app)
    app.background.add("health", sampler.run)
    app.console_pages.add("health", ConsolePage(("health.read",)))
    health = Health(app, sampler)
    api.install(app, health)
    return health
