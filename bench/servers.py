"""The servers under test as subprocesses, each on the server core with a data folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from tests.postgresql import Cluster, PostgreSQLFailed

from bench import synapse
from bench.client import Endpoint
from bench.process import Tree, on_core, server_core

ROOT = Path(__file__).parent.parent
START_LIMIT = 60.0  # seconds a server may take to become ready
STOP_LIMIT = 15.0  # seconds between SIGTERM and SIGKILL


class ServerFailedError(Exception):
    """A server did not start, or ended by itself."""


class Target(ABC):
    """A homeserver to measure."""

    name: str
    keeps_data = True  # whether accounts and rooms survive a restart
    can_restart = True

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.endpoint = Endpoint("127.0.0.1", free_port())
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What to run."""

    def environment(self) -> dict[str, str]:
        """Added to the bench's own environment."""
        return {}

    def start(self) -> float:
        """Spawn and wait until ready; returns the seconds that took."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = self.command()
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self.environment()}
        with (self.data_dir / "server.log").open("ab") as log, on_core(server_core()):
            started = time.perf_counter()
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait_until_ready(started)
        return time.perf_counter() - started

    def _wait_until_ready(self, started: float) -> None:
        while not is_ready(self.endpoint):
            assert self._process is not None
            if self._process.poll() is not None or time.perf_counter() - started > START_LIMIT:
                self.stop()
                raise ServerFailedError(f"{self.name} did not become ready: {self._log_tail()}")
            time.sleep(0.01)

    def _log_tail(self) -> str:
        text = (self.data_dir / "server.log").read_text(errors="replace").strip()
        return text[-600:] or "its log is empty"

    def stop(self) -> None:
        """SIGTERM, then SIGKILL if it does not end."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart(self) -> float:
        """Stop, start on the same data; returns the seconds of the start alone."""
        self.stop()
        return self.start()

    def remove_data(self) -> None:
        shutil.rmtree(self.data_dir, ignore_errors=True)

    @property
    def tree(self) -> Tree:
        """The processes to measure."""
        if self._process is None or self._process.poll() is not None:
            raise ServerFailedError(f"{self.name} is not running: {self._log_tail()}")
        return Tree(self._process.pid)

    @property
    def database(self) -> Tree | None:
        """The processes of its database server, where it has one."""
        return None


class Roomkeeper(Target):
    """The server of this repository, configured by environment only."""

    name = "roomkeeper"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "roomkeeper", "serve"]

    def environment(self) -> dict[str, str]:
        return {
            "ROOMKEEPER_SERVER_NAME": "bench.example.org",
            "ROOMKEEPER_LISTEN": f"127.0.0.1:{self.endpoint.port}",
            "ROOMKEEPER_DATA_DIR": str(self.data_dir),
            "ROOMKEEPER_REGISTRATION": "open",
            "ROOMKEEPER_RATE_LIMITS": "off",
            "ROOMKEEPER_PASSWORD_HASHING": "fast",
            # What models cost is measured by itself (--only recognition).
            "ROOMKEEPER_ANALYSIS_SENSES": ",",
        }


class Unscreened(Roomkeeper):
    """The same server with screening switched off."""

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "ROOMKEEPER_SCREENING_ENABLED": "off"}


class RoomkeeperOnPostgreSQL(Roomkeeper):
    """The same with its data in PostgreSQL, which has a cluster of its own, on the same core, with fsync."""

    name = "roomkeeper-postgresql"

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._cluster: Cluster | None = None

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "ROOMKEEPER_DATABASE_URL": self.database_url}

    @property
    def database_url(self) -> str:
        """Where its database is, once it has been started."""
        assert self._cluster is not None
        return self._cluster.url()

    def start(self) -> float:
        if self._cluster is None:
            try:
                with on_core(server_core()):
                    folder = self.data_dir.with_name(f"{self.data_dir.name}-cluster")
                    self._cluster = Cluster(folder).create().start()
            except PostgreSQLFailed as error:
                raise ServerFailedError(str(error)) from None
        return super().start()

    def remove_data(self) -> None:
        super().remove_data()
        if self._cluster is not None:
            self._cluster.remove()
            self._cluster = None

    @property
    def database(self) -> Tree | None:
        return Tree(self._cluster.pid) if self._cluster is not None else None


class FloorServer(Target):
    """The bare floor (`bench/floor.py`); it holds accounts in memory only."""

    name = "floor"
    keeps_data = False

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bench.floor", str(self.endpoint.port), str(self.data_dir)]


class Synapse(Target):
    """The peer."""

    name = "synapse"

    def command(self) -> list[str]:
        config = synapse.write_config(self.data_dir, self.endpoint.port)
        return [str(synapse.PYTHON), "-m", "synapse.app.homeserver", "-c", str(config)]


class Running(Target):
    """Any homeserver that already runs, on the loopback interface. Without its pid nothing but time is measured."""

    name = "url"
    keeps_data = False
    can_restart = False

    def __init__(self, url: str, pid: int) -> None:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        if parts.scheme != "http" or not _is_loopback(host):
            raise ServerFailedError(f"{url}: load goes to http:// addresses of the loopback interface only")
        self.data_dir = Path()
        self.endpoint = Endpoint(host, port)
        self._pid = pid

    def command(self) -> list[str]:
        raise ServerFailedError("a server given by its URL is not started by the bench")

    def start(self) -> float:
        if not is_ready(self.endpoint):
            raise ServerFailedError(f"{self.endpoint.url} does not answer")
        return 0.0

    def stop(self) -> None:
        """It was not started here."""

    def remove_data(self) -> None:
        """Its data is its own."""

    @property
    def tree(self) -> Tree:
        return Tree(self._pid)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False  # a name


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_ready(endpoint: Endpoint) -> bool:
    """GET /readyz, or /_matrix/client/versions on a server that has no such page, answers 200."""
    status = _status(endpoint, "/readyz")
    return status == 200 or (status == 404 and _status(endpoint, "/_matrix/client/versions") == 200)


def _status(endpoint: Endpoint, path: str) -> int:
    request = f"GET {path} HTTP/1.1\r\nHost: {endpoint.host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=2) as connection:
            connection.sendall(request.encode())
            head = connection.recv(64)
    except OSError:
        return 0
    return int(head[9:12]) if head[:5] == b"HTTP/" else 0
