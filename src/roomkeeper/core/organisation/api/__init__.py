"""The endpoints of the organisation."""

from __future__ import annotations

from roomkeeper.core.organisation.api.audit import AuditApi
from roomkeeper.core.organisation.api.console import ConsoleApi
from roomkeeper.core.organisation.api.contacts import ContactsApi
from roomkeeper.core.organisation.api.departments import DepartmentsApi
from roomkeeper.core.organisation.api.notes import NotesApi
from roomkeeper.core.organisation.api.people import PeopleApi
from roomkeeper.core.organisation.api.roles import RolesApi

__all__ = ["AuditApi", "ConsoleApi", "ContactsApi", "DepartmentsApi", "NotesApi", "PeopleApi", "RolesApi"]

ROOT = "/_roomkeeper/v1"
