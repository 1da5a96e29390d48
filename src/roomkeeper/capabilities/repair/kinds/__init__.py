"""The kinds of trouble that the server itself can repair: words, operations, remedies, and drills that make faults."""

from roomkeeper.capabilities.repair.kinds.operations import BUILTIN
from roomkeeper.capabilities.repair.kinds.remedies import contribute

__all__ = ["BUILTIN", "contribute"]
