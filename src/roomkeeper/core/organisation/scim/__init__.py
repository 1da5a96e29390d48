"""SCIM 2.0: identity providers and HR systems say who belongs to the organisation. RFC 7643, RFC 7644

Users are people, groups are departments. Whoever departs there is locked here at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomkeeper.core.organisation.scim.api import ROOT, ScimApi
from roomkeeper.core.organisation.scim.groups import Groups
from roomkeeper.core.organisation.scim.tokens import ACCESS, Tokens
from roomkeeper.core.organisation.scim.tokens_api import TokensApi
from roomkeeper.core.organisation.scim.users import Users

if TYPE_CHECKING:
    from roomkeeper.core.accounts import Accounts
    from roomkeeper.core.organisation import Organisation
    from roomkeeper.platform.application import Application

__all__ = ["Groups", "Tokens", "Users", "install"]


def install(app: Application, organisation: Organisation, accounts: Accounts) -> None:
    """Serve it."""
    app.packages.append(__name__)
    base = app.settings.effective_base_url + ROOT
    tokens = Tokens(app)
    app.http.admit[ACCESS] = tokens.admit
    users = Users(app, organisation.people, organisation.permissions, accounts, base)
    groups = Groups(app, organisation.departments, organisation.people, base)
    ScimApi(app, users, groups).add_routes()
    TokensApi(tokens).add_routes(app.routes)
