"""Durable jobs: work that takes long, is done in chunks, tells how far it is, and goes on after a crash.

What jobs there are, and how far each is, stands in the main database, written together with the effects of each
chunk. Who works on what, how often it is tried, and what is taken up again after a crash is the engine's: DBOS, with a
database of its own (docs/adr/0007). Nothing of DBOS is seen outside `engine.py`, which is imported when there is work.
"""

from __future__ import annotations

from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.figures import Figure
from roomkeeper.platform.jobs import api
from roomkeeper.platform.jobs.models import Chunk, Job, JobRecord
from roomkeeper.platform.jobs.service import Jobs
from roomkeeper.platform.jobs.settings import JobSettings

__all__ = ["Chunk", "Job", "JobRecord", "JobSettings", "Jobs", "install"]


def install(app: Application) -> Jobs:
    """Make the service, let it work in the background, serve the operator's endpoints."""
    app.packages.append(__name__)
    settings = app.source.section(JobSettings)
    jobs = Jobs(app, settings)
    app.background.add("jobs", jobs.run)
    app.stopping.add("jobs", jobs.close)
    app.checks.add("jobs", jobs.examine)
    app.figures.add("jobs_waiting", Figure(unit="count", read=lambda: jobs.in_state("queued")))
    app.figures.add("jobs_running", Figure(unit="count", read=lambda: jobs.in_state("running")))
    app.console_pages.add("jobs", ConsolePage(("jobs.read",)))
    api.install(app, jobs)
    return jobs
