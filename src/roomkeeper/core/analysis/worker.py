"""The worker process: ``python -m roomkeeper.core.analysis.worker DESCRIPTOR MEMORY MODULE:CLASS …``

It knows nothing of the server but a connected socket, and ends when that is closed. Whatever a plug-in raises becomes
an answer; what cannot become one (a crash, an endless loop) is the server's to notice.
"""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from roomkeeper.core.analysis import limits
from roomkeeper.core.analysis.models import AnyAnalyser, Refused
from roomkeeper.core.analysis.protocol import Done, Failed, Hello, Job, decode_job, frame, receive

MAX_MESSAGE = 300
"""Characters of a library's error message that are passed on."""


def main(arguments: Sequence[str]) -> None:
    """Serve one connection until it is closed."""
    connection = socket.socket(fileno=int(arguments[0]))
    offline = limits.confine(int(arguments[1]))
    try:
        analysers = {analyser.name: analyser for analyser in map(_find, arguments[2:])}
        for analyser in analysers.values():
            analyser.load()
    except Exception as error:  # noqa: BLE001 - whatever it is, the server must be told
        connection.sendall(frame(Hello(offline, f"{type(error).__name__}: {error}"[:MAX_MESSAGE])))
        return
    limits.yield_to_others()
    connection.sendall(frame(Hello(offline)))
    while (content := receive(connection)) is not None:
        answer = _serve(analysers, decode_job(content))
        connection.sendall(frame(answer))


def _find(reference: str) -> AnyAnalyser:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)()


def _serve(analysers: dict[str, AnyAnalyser], job: Job) -> Done | Failed:
    analyser = analysers[job.analyser]
    limits.allow_cpu(job.seconds)
    try:
        parameters = msgspec.msgpack.decode(job.parameters, type=analyser.parameters)
        result = analyser.run(Path(job.path), parameters)
        return Done(msgspec.Raw(msgspec.msgpack.encode(result)))
    except Refused as error:
        return Failed(error.reason, str(error)[:MAX_MESSAGE])
    except MemoryError:
        return Failed("memory", "It needs more memory than it may use.")
    except Exception as error:  # noqa: BLE001 - decoders raise anything on broken input
        return Failed("unreadable", f"{type(error).__name__}: {error}"[:MAX_MESSAGE])


if __name__ == "__main__":
    main(sys.argv[1:])
