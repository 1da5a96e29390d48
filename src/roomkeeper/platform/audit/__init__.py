"""The append-only log of privileged reads and actions: who, by which permission, on what, why."""

from roomkeeper.platform.audit.context import MOST_REASON, actor, stated_reason
from roomkeeper.platform.audit.log import AuditLog
from roomkeeper.platform.audit.models import AuditEntry, AuditFilter

__all__ = ["MOST_REASON", "AuditEntry", "AuditFilter", "AuditLog", "actor", "stated_reason"]
