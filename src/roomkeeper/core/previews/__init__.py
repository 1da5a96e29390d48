"""Previews of the pages that messages link to. spec: client-server §Content repository, ``/media/preview_url``"""

from __future__ import annotations

from roomkeeper.core.analysis.models import WorkerKind
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media import Media
from roomkeeper.core.previews import api
from roomkeeper.core.previews.keeping import Keeper
from roomkeeper.core.previews.page import PAGES, PageAnalyser
from roomkeeper.core.previews.service import Previews
from roomkeeper.core.previews.settings import PreviewSettings
from roomkeeper.platform.application import Application

__all__ = ["PreviewSettings", "Previews", "install"]

WORKER_MEMORY = 256 * 1024 * 1024


def install(app: Application, media: Media, analysis: Analysis) -> None:
    """Make the service, serve its endpoint, remove what is too old. Where previews are off, there is no endpoint."""
    app.packages.append(__name__)
    settings = app.source.section(PreviewSettings)
    page = PageAnalyser()
    analysis.add_kind(WorkerKind(name=PAGES, processes=1, memory=WORKER_MEMORY))
    analysis.register(page)
    keeper = Keeper(app, media, settings)
    app.background.add("previews", keeper.run)
    if settings.enabled == "on":
        previews = Previews(app, media, analysis, page, keeper, settings)
        app.ending.add("previews", previews.stop)
        api.install(app, previews)
