"""People from a CSV file: uploaded, looked at, imported by a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomkeeper.core.organisation.imports.api import ImportsApi
from roomkeeper.core.organisation.imports.service import Imports

if TYPE_CHECKING:
    from roomkeeper.core.accounts import Accounts
    from roomkeeper.core.organisation import Organisation
    from roomkeeper.platform.application import Application
    from roomkeeper.platform.jobs import Jobs

__all__ = ["Imports", "install"]


def install(app: Application, jobs: Jobs, organisation: Organisation, accounts: Accounts) -> None:
    """Serve it."""
    app.packages.append(__name__)
    imports = Imports(app, jobs, organisation.people, organisation.departments, accounts)
    ImportsApi(imports).add_routes(app.routes)
