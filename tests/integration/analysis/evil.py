"""Plug-ins that misbehave in every way that a decoder which is being attacked can."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

import msgspec

from roomkeeper.core.analysis import Analyser, Refused


class Nothing(msgspec.Struct, frozen=True):
    """No parameters."""


class Told(msgspec.Struct, frozen=True):
    """What a plug-in found out."""

    text: str


class _Evil(Analyser[Nothing, Told]):
    version = "1"
    kind = "test"
    seconds = 3.0
    parameters = Nothing
    result = Told


class Good(_Evil):
    """Tells the process that it runs in."""

    name = "good"

    def run(self, path: Path, parameters: Nothing) -> Told:
        return Told(str(os.getpid()))


class Slow(_Evil):
    """Takes a moment."""

    name = "slow"

    def run(self, path: Path, parameters: Nothing) -> Told:
        time.sleep(0.15)
        return Told(path.name)


class Dies(_Evil):
    """Is killed."""

    name = "dies"

    def run(self, path: Path, parameters: Nothing) -> Told:
        os.kill(os.getpid(), signal.SIGKILL)
        return Told("alive")


class DiesOnce(_Evil):
    """Is killed the first time: it leaves a mark by removing the file."""

    name = "dies_once"

    def run(self, path: Path, parameters: Nothing) -> Told:
        if path.exists():
            path.unlink()
            os.abort()
        return Told("alive")


class Exits(_Evil):
    """Ends its process politely."""

    name = "exits"

    def run(self, path: Path, parameters: Nothing) -> Told:
        sys.exit(0)


class Sleeps(_Evil):
    """Never comes back, and uses no processor."""

    name = "sleeps"
    seconds = 0.5

    def run(self, path: Path, parameters: Nothing) -> Told:
        time.sleep(3600)
        return Told("awake")


class Spins(_Evil):
    """Never comes back, and uses all of a processor. Its limit of processor time comes first."""

    name = "spins"
    seconds = 30.0

    def run(self, path: Path, parameters: Nothing) -> Told:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
        while True:
            pass


class Gorges(_Evil):
    """Wants more memory than there is."""

    name = "gorges"
    seconds = 20.0

    def run(self, path: Path, parameters: Nothing) -> Told:
        hoard = [bytearray(8 * 1024 * 1024)]
        while True:
            hoard.append(bytearray(8 * 1024 * 1024))


class Grows(_Evil):
    """Wants more memory than it may use, but less than would be refused, and holds it."""

    name = "grows"
    seconds = 20.0

    def run(self, path: Path, parameters: Nothing) -> Told:
        hoard = bytearray(500 * 1024 * 1024)
        time.sleep(20)
        return Told(str(len(hoard)))


class Raises(_Evil):
    """Raises what no decoder should."""

    name = "raises"

    def run(self, path: Path, parameters: Nothing) -> Told:
        raise KeyError("x" * 100_000)


class Refuses(_Evil):
    """Says that it is too much."""

    name = "refuses"

    def run(self, path: Path, parameters: Nothing) -> Told:
        raise Refused("too_large", "much too large")


class Lies(_Evil):
    """Answers with something else."""

    name = "lies"

    def run(self, path: Path, parameters: Nothing) -> Told:
        return Nothing()  # type: ignore[return-value]


class Floods(_Evil):
    """Writes nonsense to the server instead of an answer."""

    name = "floods"

    def run(self, path: Path, parameters: Nothing) -> Told:
        for descriptor in range(3, 64):
            try:
                connection = socket.socket(fileno=os.dup(descriptor))
                connection.send(b"\xff" * 1000)
                connection.detach()
            except OSError:
                continue
        return Told("done")


class Connects(_Evil):
    """Tries to reach the network, to write a file, and to read the environment."""

    name = "connects"

    def run(self, path: Path, parameters: Nothing) -> Told:
        done = []
        try:
            socket.create_connection(("127.0.0.1", int(path.read_text())), timeout=1).close()
            done.append("connected")
        except OSError:
            pass
        try:
            path.with_name("written").write_bytes(b"x" * 10)
            done.append("wrote")
        except OSError:
            pass
        if any(name.startswith("ROOMKEEPER") for name in os.environ):
            done.append("environment")
        return Told(" ".join(done))


EVERYTHING = (
    Good(), Slow(), Dies(), DiesOnce(), Exits(), Sleeps(), Spins(), Gorges(), Grows(), Raises(), Refuses(), Lies(),
    Floods(), Connects(),
)  # fmt: skip
