"""Receipts and read markers: how far each user has read.

spec: client-server §Receipts, §Read and unread markers
"""

from roomkeeper.core.ephemeral.receipts.models import Mark, Receipt
from roomkeeper.core.ephemeral.receipts.service import Receipts

__all__ = ["Mark", "Receipt", "Receipts"]
