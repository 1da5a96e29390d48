"""Presence: who is online, idle or offline, and what they say about it.

spec: client-server §Presence
"""

from roomkeeper.core.ephemeral.presence.service import Presence
from roomkeeper.core.ephemeral.presence.settings import PresenceSettings

__all__ = ["Presence", "PresenceSettings"]
