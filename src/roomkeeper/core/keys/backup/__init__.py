"""Backups of room keys, encrypted by the clients. spec: client-server §Server-side key backups"""

from roomkeeper.core.keys.backup.service import KeyBackups

__all__ = ["KeyBackups"]
