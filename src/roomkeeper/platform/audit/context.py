"""Who acts, and why, as the audit log tells it: set for each privileged request."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

MOST_REASON: Final = 500
"""Characters of a stated reason that are kept."""

actor: ContextVar[str] = ContextVar("actor", default="server")
"""A user id, "operator" for the machine's own administrator, "server" where nobody asked."""
stated_reason: ContextVar[str] = ContextVar("stated_reason", default="")
"""What a request says in its header ``X-Reason``."""
