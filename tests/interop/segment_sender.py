"""Sends events with segment-analytics-python, as an application does; run in the environment of segment.txt.

Arguments: the address, a write key, a user, how many events, whether packed (gzip). Out: the errors as JSON.
"""

from __future__ import annotations

import json
import sys

from segment.analytics.client import Client  # type: ignore[import-not-found]

host, key, user_id, count, packed = sys.argv[1:]
errors: list[str] = []
sdk = Client(
    key, host=host, gzip=packed == "gzip", max_retries=0, on_error=lambda error, _items: errors.append(str(error))
)
sdk.identify(user_id, {"email": "alice@mail.example"}, anonymous_id="visitor")
for number in range(int(count)):
    sdk.track(user_id, "Message Sending", {"txn_id": f"py{number}", "room_id": "!r:example.org"})
sdk.shutdown()
print(json.dumps(errors))
