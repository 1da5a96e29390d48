"""``roomkeeper serve`` that ends as by a power cut when a write of a handover is durable: the n-th since its start.

``DYING_AFTER`` says which. Each write is a transaction of its own here, so that the end comes between any two.
"""

from __future__ import annotations

import os
import re
import signal
import sys
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
    if any(counted(write) for write in batch) and not failures and next(numbers) >= AFTER:
        print("dies after", *{what[0] for write in batch for what in counted(write)}, file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    settle(self, batch, failures)


def counted(write: Write) -> list[re.Match[str]]:
    """What a write does for a handover."""
    return [found for statement in write.statements if (found := COUNTED.search(statement.sql))]


committer.BATCH = 1
committer.Committer._settle = settle_or_die  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
