"""Typing notifications: who is writing in a room right now.

spec: client-server §Typing Notifications
"""

from roomkeeper.core.ephemeral.typing.service import Typing

__all__ = ["Typing"]
