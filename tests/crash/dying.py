"""``roomkeeper serve`` that ends as by a power cut when a write of a handover is durable: the n-th since its start.

``DYING_AFTER`` says which. Each write is a transaction of its own here, so that the end comes between any two.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Sequence
from itertools import count

from roomkeeper.cli import main
from roomkeeper.platform.database import committer
from roomkeeper.platform.database.models import Write

COUNTED = re.compile(
    r"(INSERT INTO|UPDATE) (departures|handover_offers|handover_group_rooms|sessions|events|jobs|outbox)\b"
    r"|DELETE FROM outbox"
)
AFTER = int(os.environ["DYING_AFTER"])

numbers = count(1)
settle = committer.Committer._settle


def settle_or_die(self: committer.Committer, batch: list[Write], failures: dict[int, Exception]) -> None:
    """The writes are durable; nobody has been told."""
    if is_counted(batch) and not failures and next(numbers) >= AFTER:
        os.kill(os.getpid(), signal.SIGKILL)
    settle(self, batch, failures)


def is_counted(batch: Sequence[Write]) -> bool:
    """Whether one of the writes does something for a handover."""
    return any(COUNTED.search(statement.sql) for write in batch for statement in write.statements)


committer.BATCH = 1
committer.Committer._settle = settle_or_die  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
