"""Idempotent requests: the same device repeating the same path gets the first answer, and nothing is done twice.

spec: client-server §Transaction identifiers
"""

from __future__ import annotations

from roomkeeper.core.transactions.service import RecordAnswer, Transactions
from roomkeeper.platform.application import Application

__all__ = ["RecordAnswer", "Transactions", "install"]


def install(app: Application) -> Transactions:
    """Make the service, and let it forget what is old."""
    app.packages.append(__name__)
    transactions = Transactions(app.driver, app.committer, app.clock)
    app.background.add("transactions", transactions.forget_old)
    return transactions
