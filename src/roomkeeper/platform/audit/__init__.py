"""The append-only log of privileged reads and actions: who, by which permission, on what, why."""

from roomkeeper.platform.audit.context import MOST_REASON, actor, stated_reason
from roomkeeper.platform.audit.store import AuditEntry, AuditLog

__all__ = ["MOST_REASON", "AuditEntry", "AuditLog", "actor", "stated_reason"]
