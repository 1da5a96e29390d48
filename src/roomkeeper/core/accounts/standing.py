"""What guests, visitors of web pages and suspended users may do: lists of endpoints, everything else is refused. Pure.

Reading is open to suspended users whole. What they may send is decided in the rooms, event by event.

spec: client-server §Guest Access, §Account suspension
"""

from __future__ import annotations

from typing import Literal

from roomkeeper.platform.errors import Forbidden, GuestAccessForbidden, UserSuspended
from roomkeeper.platform.http import Request

Standing = Literal["guest", "visitor", "suspended"]

V3 = "/_matrix/client/v3"
ROOM = f"{V3}/rooms/{{roomId}}"
MEDIA = "/_matrix/client/v1/media"

GUESTS_MAY = frozenset(
    {
        ("GET", f"{ROOM}/state"),
        ("GET", f"{ROOM}/context/{{eventId}}"),
        ("GET", f"{ROOM}/event/{{eventId}}"),
        ("GET", f"{ROOM}/state/{{eventType}}"),
        ("GET", f"{ROOM}/state/{{eventType}}/{{stateKey?}}"),
        ("GET", f"{ROOM}/messages"),
        ("GET", f"{ROOM}/members"),
        ("GET", f"{ROOM}/initialSync"),
        ("GET", f"{V3}/sync"),
        ("GET", f"{V3}/events"),
        ("GET", f"{MEDIA}/download/{{serverName}}/{{mediaId}}"),
        ("GET", f"{MEDIA}/download/{{serverName}}/{{mediaId}}/{{fileName}}"),
        ("GET", f"{MEDIA}/thumbnail/{{serverName}}/{{mediaId}}"),
        ("POST", f"{ROOM}/join"),
        ("POST", f"{ROOM}/leave"),
        ("PUT", f"{ROOM}/send/{{eventType}}/{{txnId}}"),
        ("PUT", f"{ROOM}/state/{{eventType}}"),
        ("PUT", f"{ROOM}/state/{{eventType}}/{{stateKey?}}"),
        ("PUT", f"{V3}/sendToDevice/{{eventType}}/{{txnId}}"),
        ("GET", f"{V3}/devices"),
        ("GET", f"{V3}/devices/{{deviceId}}"),
        ("PUT", f"{V3}/devices/{{deviceId}}"),
        ("GET", f"{V3}/account/whoami"),
        ("POST", f"{V3}/keys/upload"),
        ("POST", f"{V3}/keys/query"),
        ("POST", f"{V3}/keys/claim"),
        # The list of the specification has no way out; a guest that cannot go would stay for ever.
        ("POST", f"{V3}/logout"),
    }
)
VISITORS_MAY = frozenset(
    {
        ("GET", f"{V3}/sync"),
        ("POST", f"{V3}/user/{{userId}}/filter"),
        ("GET", f"{V3}/user/{{userId}}/filter/{{filterId}}"),
        ("GET", f"{V3}/account/whoami"),
        ("GET", f"{V3}/profile/{{userId}}"),
        ("GET", f"{V3}/profile/{{userId}}/{{keyName}}"),
        ("POST", f"{V3}/logout"),
        ("GET", f"{ROOM}/messages"),
        ("GET", f"{ROOM}/context/{{eventId}}"),
        ("GET", f"{ROOM}/event/{{eventId}}"),
        ("GET", f"{ROOM}/members"),
        ("GET", f"{ROOM}/joined_members"),
        ("GET", f"{ROOM}/state"),
        ("GET", f"{ROOM}/state/{{eventType}}"),
        ("GET", f"{ROOM}/state/{{eventType}}/{{stateKey?}}"),
        ("PUT", f"{ROOM}/send/{{eventType}}/{{txnId}}"),
        ("PUT", f"{ROOM}/redact/{{eventId}}/{{txnId}}"),
        ("PUT", f"{ROOM}/typing/{{userId}}"),
        ("POST", f"{ROOM}/receipt/{{receiptType}}/{{eventId}}"),
        ("POST", f"{ROOM}/read_markers"),
        ("POST", f"{ROOM}/leave"),
        ("GET", f"{MEDIA}/config"),
        ("GET", f"{MEDIA}/download/{{serverName}}/{{mediaId}}"),
        ("GET", f"{MEDIA}/download/{{serverName}}/{{mediaId}}/{{fileName}}"),
        ("GET", f"{MEDIA}/thumbnail/{{serverName}}/{{mediaId}}"),
        ("POST", "/_matrix/media/v1/create"),
        ("POST", "/_matrix/media/v3/upload"),
        ("PUT", "/_matrix/media/v3/upload/{serverName}/{mediaId}"),
        ("GET", "/_roomkeeper/v1/sessions"),
        ("GET", "/_roomkeeper/v1/sessions/{roomId}"),
        ("POST", "/_roomkeeper/v1/sessions/{roomId}/close"),
        ("GET", "/_roomkeeper/v1/screening/uploads/{mediaId}"),
        ("POST", "/_roomkeeper/v1/screening/mine/{caseId}/appeal"),
        ("DELETE", "/_roomkeeper/v1/media/{mediaId}"),
        ("POST", "/_roomkeeper/v1/sessions/{roomId}/reopen"),
        ("GET", "/_roomkeeper/v1/succession/{userId}"),
        ("POST", "/_roomkeeper/v1/succession/{userId}"),
        ("GET", "/_roomkeeper/v1/records/consent/{roomId}"),
        ("PUT", "/_roomkeeper/v1/records/consent/{roomId}"),
    }
)
"""Anybody who opens a page becomes a visitor: they have their session, and no more of the server."""
PROFILE = f"{V3}/profile/{{userId}}/{{keyName}}"
GUESTS_FIELD = "displayname"

SUSPENDED_MAY = frozenset(
    {
        ("POST", f"{V3}/logout"),
        ("POST", f"{V3}/logout/all"),
        ("DELETE", f"{V3}/devices/{{deviceId}}"),
        ("POST", f"{V3}/delete_devices"),
        ("POST", f"{V3}/account/deactivate"),
        ("POST", f"{V3}/account/3pid"),
        ("POST", f"{V3}/account/3pid/add"),
        ("POST", f"{V3}/account/3pid/email/requestToken"),
        ("POST", f"{V3}/account/3pid/msisdn/requestToken"),
        # Signing in on another device, with a token that the one has for the other.
        ("POST", "/_matrix/client/v1/login/get_token"),
        # Verifying devices, and what goes with it.
        ("PUT", f"{V3}/sendToDevice/{{eventType}}/{{txnId}}"),
        # Reading that is a POST: filters of a sync, search.
        ("POST", f"{V3}/user/{{userId}}/filter"),
        ("POST", f"{V3}/search"),
        ("POST", f"{V3}/publicRooms"),
        ("POST", f"{V3}/user_directory/search"),
        # The rooms decide: leaving, one's own redactions, and what is said to the server's administrators.
        ("POST", f"{ROOM}/leave"),
        ("POST", f"{ROOM}/join"),
        ("POST", f"{V3}/join/{{roomIdOrAlias}}"),
        ("PUT", f"{ROOM}/redact/{{eventId}}/{{txnId}}"),
        ("PUT", f"{ROOM}/send/{{eventType}}/{{txnId}}"),
        ("PUT", f"{ROOM}/state/{{eventType}}"),
        ("PUT", f"{ROOM}/state/{{eventType}}/{{stateKey?}}"),
    }
)
KEYS = (f"{V3}/keys/", f"{V3}/room_keys/")
ACCOUNT_DATA = f"{V3}/user/{{userId}}/account_data/{{type}}"
SECRETS = ("m.secret_storage.", "m.cross_signing.", "m.megolm_backup.")


def check(standing: Standing, request: Request) -> None:
    """Raises `GuestAccessForbidden` or `UserSuspended` for an endpoint that is not open to the user."""
    route = request.route
    if route is None or route.access != "user":
        return
    if standing == "guest":
        if not _guest_may(route.method, route.path, request):
            raise GuestAccessForbidden
    elif standing == "visitor":
        if (route.method, route.path) not in VISITORS_MAY:
            raise Forbidden("This account is for the chat on a web page: it can do this alone.")
    elif not suspended_may(route.method, route.path, request.parameters.get("type", "")):
        raise UserSuspended


def _guest_may(method: str, path: str, request: Request) -> bool:
    if path == PROFILE:
        return method == "GET" or request.parameters["keyName"] == GUESTS_FIELD
    return (method, path) in GUESTS_MAY


def suspended_may(method: str, path: str, account_data_type: str) -> bool:
    """Whether a suspended user may use an endpoint."""
    if method == "GET" or (method, path) in SUSPENDED_MAY or path.startswith(KEYS):
        return True
    return path == ACCOUNT_DATA and account_data_type.startswith(SECRETS)
