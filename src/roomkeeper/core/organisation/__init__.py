"""The organisation: departments, people, roles and permissions, contacts.

It is the common ground of the capabilities, which speak of staff, customers and supervisors.
"""

from __future__ import annotations

from roomkeeper.core.account_data import Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import imports, scim
from roomkeeper.core.organisation.api import (
    AuditApi,
    ConsoleApi,
    ContactsApi,
    DepartmentsApi,
    NotesApi,
    PeopleApi,
    RolesApi,
)
from roomkeeper.core.organisation.contacts import Contacts
from roomkeeper.core.organisation.departments import Departments
from roomkeeper.core.organisation.models import Contact, Department, Person
from roomkeeper.core.organisation.notes import Notes
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.roles import Roles
from roomkeeper.core.organisation.settings import OrganisationSettings
from roomkeeper.core.profiles import Profiles
from roomkeeper.platform.application import Application
from roomkeeper.platform.jobs import Jobs

__all__ = [
    "Contact",
    "Contacts",
    "Department",
    "Organisation",
    "OrganisationSettings",
    "People",
    "Permissions",
    "Person",
    "install",
]


class Organisation:
    """The services of this area."""

    def __init__(self, app: Application, accounts: Accounts, profiles: Profiles) -> None:
        turns = Turns()
        self.permissions = Permissions(app.driver, accounts)
        self.departments = Departments(app, self.permissions, turns)
        self.people = People(app, self.permissions, accounts, profiles, turns)
        self.roles = Roles(app, self.permissions, self.people, turns)
        self.contacts = Contacts(app, self.people, turns)
        self.notes = Notes(app, self.people, self.permissions, turns)


def install(app: Application, jobs: Jobs, accounts: Accounts, profiles: Profiles) -> Organisation:
    """Serve the organisation, and let it say who may do what."""
    app.packages.append(__name__)
    made = Organisation(app, accounts, profiles)
    app.http.authorize = made.permissions.authorize
    DepartmentsApi(made.departments, made.people, made.permissions).add_routes(app.routes)
    PeopleApi(app, made.people, made.permissions).add_routes()
    RolesApi(made.roles, made.people, made.permissions).add_routes(app.routes)
    ContactsApi(made.contacts, made.people, made.permissions).add_routes(app.routes)
    ConsoleApi(app, made.people, made.permissions).add_routes()
    NotesApi(made.notes).add_routes(app.routes)
    app.starting.add("people who have left", made.people.load)
    scim.install(app, made, accounts)
    imports.install(app, jobs, made, accounts)
    AuditApi(app, app.source.section(OrganisationSettings)).add_routes()
    return made
