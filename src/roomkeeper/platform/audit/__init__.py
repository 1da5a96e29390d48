"""The append-only log of privileged reads and actions: who, by which permission, on what, why."""

from roomkeeper.platform.audit.store import AuditEntry, AuditLog

__all__ = ["AuditEntry", "AuditLog"]
