"""Synapse as a peer: installed from PyPI into an environment of its own, run as a separate program.

Its configuration takes away what is not compared (rate limits, presence, federation traffic) and leaves the rest at
its defaults: SQLite, caches, push rules, one process.
"""

import json
import subprocess
import sys
from pathlib import Path

PACKAGE = "matrix-synapse"
ENVIRONMENT = Path(__file__).parent.parent / "build" / "peers" / "synapse-venv"
PYTHON = ENVIRONMENT / "bin" / "python"
NO_LIMIT = {"per_second": 100_000, "burst_count": 100_000}


class PeerUnavailableError(Exception):
    """Synapse cannot be installed here."""


def ensure_installed() -> str:
    """Make the environment unless it is there; returns Synapse's version."""
    version = installed_version()
    if version:
        return version
    print(f"installing {PACKAGE} into {ENVIRONMENT.name} ...", file=sys.stderr)
    for command in (
        [sys.executable, "-m", "venv", str(ENVIRONMENT)],
        [str(PYTHON), "-m", "pip", "install", "--quiet", PACKAGE],
    ):
        if subprocess.run(command, check=False).returncode:
            raise PeerUnavailableError(f"{' '.join(command[1:])} failed")
    return installed_version()


def installed_version() -> str:
    """The version in the environment; empty when it is not installed."""
    if not PYTHON.exists():
        return ""
    code = f"import importlib.metadata as m; print(m.version('{PACKAGE}'))"
    answer = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def write_config(data_dir: Path, port: int) -> Path:
    """homeserver.yaml and the log configuration (both JSON, which is YAML), and the signing key; once per folder."""
    path = data_dir / "homeserver.yaml"
    fresh = not path.exists()
    log = data_dir / "log.yaml"
    log.write_text(json.dumps(_log_config()))
    path.write_text(json.dumps(_config(data_dir, port, log), indent=1))
    if fresh:
        command = [str(PYTHON), "-m", "synapse.app.homeserver", "-c", str(path), "--generate-keys"]
        made = subprocess.run(command, cwd=data_dir, check=False, capture_output=True, text=True)
        if made.returncode:
            raise PeerUnavailableError(f"Synapse refused its configuration: {made.stderr[-600:]}")
    return path


def _config(data_dir: Path, port: int, log: Path) -> dict[str, object]:
    limits = (
        "rc_message", "rc_registration", "rc_admin_redaction", "rc_media_create", "rc_room_creation",
        "rc_third_party_invite",
    )  # fmt: skip
    listener = {
        "port": port,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client"], "compress": False}],
    }
    return {
        "server_name": "bench.example.org",
        "pid_file": str(data_dir / "synapse.pid"),
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(data_dir / "homeserver.db")}},
        "log_config": str(log),
        "media_store_path": str(data_dir / "media"),
        "signing_key_path": str(data_dir / "signing.key"),
        "registration_shared_secret": "bench",
        "macaroon_secret_key": "bench",
        "form_secret": "bench",
        "report_stats": False,
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "rc_login": {"address": NO_LIMIT, "account": NO_LIMIT, "failed_attempts": NO_LIMIT},
        "rc_joins": {"local": NO_LIMIT, "remote": NO_LIMIT},
        "rc_joins_per_room": NO_LIMIT,
        "rc_invites": {"per_room": NO_LIMIT, "per_user": NO_LIMIT, "per_issuer": NO_LIMIT},
        **dict.fromkeys(limits, NO_LIMIT),
    }


def _log_config() -> dict[str, object]:
    return {
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"level": "WARNING", "handlers": ["console"]},
        "disable_existing_loggers": False,
    }
