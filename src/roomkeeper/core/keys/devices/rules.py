"""What may be uploaded as a device's keys.

spec: client-server §Key algorithms, §Device keys, §One-time and fallback keys
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.keys.devices.models import KeyName, OneTimeKey
from roomkeeper.platform.errors import BadJson, InvalidParameter, InvalidSignature, TooLarge
from roomkeeper.platform.http import Requester
from roomkeeper.wire.canonical_json import canonical, check_canonical
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.signing import verify_json, verify_key_from_base64

MAX_DEVICE_KEYS = 16 * 1024
"""Bytes of a device's identity keys."""
MAX_KEY = 4 * 1024
"""Bytes of a one-time or fallback key."""
MAX_KEY_NAME = 255
MAX_AT_ONCE = 500
"""One-time keys in one request."""
MAX_ONE_TIME_KEYS = 1000
"""One-time keys that wait for one device."""
MAX_FALLBACK_KEYS = 10

Text = Annotated[str, Meta(max_length=1024)]


class DeviceKeysShape(msgspec.Struct, frozen=True):
    """spec: DeviceKeys"""

    user_id: str
    device_id: str
    algorithms: Annotated[list[Text], Meta(max_length=50)]
    keys: Annotated[dict[Text, Text], Meta(max_length=50)]
    signatures: Annotated[dict[Text, dict[Text, Text]], Meta(max_length=50)]


def check_device_keys(value: Mapping[str, Any], requester: Requester) -> bytes:
    """A device's identity keys as canonical JSON. Raises `BadJson`, `InvalidParameter`, `InvalidSignature`."""
    try:
        keys = msgspec.convert(value, DeviceKeysShape)
    except msgspec.ValidationError as error:
        raise BadJson(f"device_keys: {error}.") from None
    if (keys.user_id, keys.device_id) != (requester.user_id, requester.device_id):
        raise InvalidParameter(
            f"device_keys must be those of the device that uploads them: {requester.device_id} of {requester.user_id}."
        )
    kept = {name: member for name, member in value.items() if name != "unsigned"}
    check_canonical(kept)
    public = keys.keys.get(f"ed25519:{keys.device_id}")
    if public is not None:
        _verify(kept, keys, public)
    encoded = canonical(kept)
    if len(encoded) > MAX_DEVICE_KEYS:
        raise TooLarge(f"device_keys may have {MAX_DEVICE_KEYS} bytes at most.")
    return encoded


def _verify(value: Mapping[str, Any], keys: DeviceKeysShape, public: str) -> None:
    """spec: §Uploading keys: they are signed by the device's own key."""
    key_id = f"ed25519:{keys.device_id}"
    try:
        verify_json(value, keys.user_id, key_id, verify_key_from_base64(public))
    except ProtocolViolation as error:
        raise InvalidSignature(f"device_keys must be signed by the device's own {key_id}: {error}") from None


def check_keys(keys: Mapping[str, Any], what: str) -> list[OneTimeKey]:
    """One-time or fallback keys. Raises `BadJson`, `InvalidParameter`, `TooLarge`."""
    if len(keys) > MAX_AT_ONCE:
        raise TooLarge(f"{what}: upload {MAX_AT_ONCE} at a time at most.")
    return [_check_key(name, content, what) for name, content in keys.items()]


def check_fallback_keys(keys: Mapping[str, Any]) -> list[OneTimeKey]:
    """Fallback keys, of which there is one for each algorithm."""
    found = check_keys(keys, "fallback_keys")
    algorithms = {key.name.algorithm for key in found}
    if len(algorithms) != len(found):
        raise InvalidParameter("fallback_keys: there can be one key of each algorithm.")
    if len(algorithms) > MAX_FALLBACK_KEYS:
        raise InvalidParameter(f"fallback_keys: a device can have keys of {MAX_FALLBACK_KEYS} algorithms at most.")
    return found


def _check_key(text: str, content: Any, what: str) -> OneTimeKey:
    algorithm, _, key_id = text.partition(":")
    if not algorithm or not key_id or len(text.encode()) > MAX_KEY_NAME:
        raise InvalidParameter(f"{what}: a key is called <algorithm>:<key id>, in {MAX_KEY_NAME} bytes at most.")
    if isinstance(content, dict):
        if not isinstance(content.get("key"), str) or not isinstance(content.get("signatures"), dict):
            raise BadJson(f"{what}: the key {text[:80]} needs `key` (a string) and `signatures` (an object).")
    elif not isinstance(content, str):
        raise BadJson(f"{what}: the key {text[:80]} must be a string or an object.")
    check_canonical(content)
    encoded = canonical(content)
    if len(encoded) > MAX_KEY:
        raise TooLarge(f"{what}: a key may have {MAX_KEY} bytes at most.")
    return OneTimeKey(KeyName(algorithm, key_id), encoded)


def identity(device_keys: bytes | None) -> Any:
    """What makes a device this device: its public keys. With others, its one-time keys are of no use any more."""
    return None if device_keys is None else msgspec.json.decode(device_keys)["keys"]
