"""A real PostgreSQL server of one's own, in a temporary directory, on a private socket; with fsync, as in production.

Debian's package is installed when the binaries are missing (as root, or with sudo). The server refuses to run as root:
then the user ``postgres``, which the package makes, runs it. The bench uses this too.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests import debian

OWNER = "postgres"
"""The database's superuser, and the system user who runs the server where the caller is root."""
START_SECONDS = 60.0
STOP_SECONDS = 30.0


class PostgreSQLFailed(Exception):
    """The server could not be installed or started; the message has its log."""


def find_binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``: Debian's newest, or the one on the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    for folder in reversed(folders):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    if found is not None and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    return None


def install() -> Path:
    """Install Debian's package, unless it is there; the folder with its binaries."""
    folder = find_binaries()
    if folder is not None:
        return folder
    debian.install("postgresql")
    folder = find_binaries()
    if folder is None:
        raise PostgreSQLFailed("the package postgresql is installed, but has no initdb and postgres")
    return folder


class Cluster:
    """A database server with its data in `directory`, or in a temporary directory that goes with it."""

    def __init__(self, directory: Path | None = None, **settings: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp")) if directory is None else directory
        self._settings = settings
        self._binaries = install()
        self._process: subprocess.Popen[bytes] | None = None
        self._user: dict[str, object] = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam(OWNER)
            self._user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def create(self) -> Cluster:
        """Make its files. The folders above must let its user through."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        if os.geteuid() == 0:
            shutil.chown(self.directory, OWNER, OWNER)
        arguments = ["-U", OWNER, "-E", "UTF8", "--auth=trust", "--no-instructions", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(self._data), *arguments)
        return self

    def start(self) -> Cluster:
        """Start it, and wait until it takes connections. Raises `PostgreSQLFailed`."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.directory), **self._settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self._data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
                **self._user,  # type: ignore[call-overload]
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PostgreSQLFailed(self.log.read_text(errors="replace")[-2000:])
            time.sleep(0.02)
        return self

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: SIGINT drops its clients, SIGQUIT is what a power cut would be."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def remove(self) -> None:
        """Stop it, and delete all that it had."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The process id of the server while it runs; each connection is a child of it."""
        assert self._process is not None, "the cluster is not running"
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.directory / "log"

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def url(self, database: str = "postgres") -> str:
        """Where a database is."""
        return f"postgresql://{OWNER}@/{database}?host={self.directory}"

    def _is_ready(self) -> bool:
        """The last line of the lock file says so."""
        try:
            return (self._data / "postmaster.pid").read_text().rstrip().endswith("ready")
        except OSError:
            return False

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd=self.directory,
            **self._user,  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            raise PostgreSQLFailed(f"{program}: {(done.stdout + done.stderr).decode(errors='replace')[-2000:]}")
