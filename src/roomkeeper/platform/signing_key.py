"""The server's signing key: made at the first start, kept in the data directory, readable by the server's user alone.

Events carry its signature from the first day, so that other servers and records can rely on them.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from roomkeeper.platform.settings import SettingsError
from roomkeeper.wire.signing import Signer, decode_base64, encode_base64


def load_or_create(data_dir: Path, server_name: str) -> Signer:
    """The key in ``signing.key``: one line ``ed25519 <version> <seed in unpadded base64>``."""
    path = data_dir / "signing.key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = f"ed25519 a{secrets.token_hex(3)} {encode_base64(secrets.token_bytes(32))}\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    try:
        algorithm, version, seed = path.read_text(encoding="ascii").split()
        if algorithm != "ed25519":
            raise ValueError(algorithm)
        return Signer.from_seed(server_name, version, decode_base64(seed))
    except Exception as error:
        raise SettingsError(
            f"The signing key {path} cannot be used ({type(error).__name__}). Restore it from a backup: without it "
            "other servers and records no longer trust this one."
        ) from error
