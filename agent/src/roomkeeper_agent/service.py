"""`roomkeeper-agent run`: a process without what only commands need, so that it takes less memory."""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
import sys

from roomkeeper_agent.agent import Agent, AlreadyRuns
from roomkeeper_agent.config import WrongConfig
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.spool.database import NewerSpool

VERBOSE = "--verbose"


def main() -> int:
    """Run until it is ended; the exit status."""
    level = logging.INFO if VERBOSE in sys.argv else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        asyncio.run(_run(Agent(Paths.of_user())))
    except (AlreadyRuns, WrongConfig, PermissionError, NewerSpool) as error:
        return _fail(str(error))
    except sqlite3.DatabaseError as error:
        return _fail(
            f"The spool cannot be read: {error}. Put {Paths.of_user().spool} aside and start again: what can still be"
            " read in the programs is read anew, and the server knows what it has."
        )
    return 0


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


async def _run(agent: Agent) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await agent.run(lambda: print("The agent runs.", flush=True))
    except asyncio.CancelledError:
        print("The agent has ended.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
