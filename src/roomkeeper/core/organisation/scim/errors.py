"""Errors as SCIM tells them. RFC 7644 §3.12"""

from __future__ import annotations

import msgspec

from roomkeeper.core.organisation.departments import DepartmentInUse
from roomkeeper.core.organisation.people import Changed
from roomkeeper.core.organisation.scim.models import ERROR
from roomkeeper.platform.errors import BadJson, InvalidParameter, MatrixError, NotJson, UserInUse
from roomkeeper.platform.http import Response

CONTENT_TYPE = b"application/scim+json"


class Refused(MatrixError):
    """This cannot be done."""

    errcode, status = "M_INVALID_PARAM", 400

    def __init__(self, detail: str, scim_type: str = "", code: int = 400) -> None:
        """`scim_type` is one of RFC 7644 table 9, or empty; `code` the status of the answer."""
        super().__init__(detail)
        self.scim_type = scim_type
        self.code = code


def too_many(what: str) -> Refused:
    """More than the server is willing to look through."""
    return Refused(what, "tooMany")


def as_scim(error: Exception, response: Response) -> Response:
    """The answer to an error; see `routes.ErrorShape`."""
    status, scim_type = _kind(error, response.status)
    body = {"schemas": [ERROR], "status": str(status), "detail": _detail(response)}
    if scim_type:
        body["scimType"] = scim_type
    headers = list(response.headers)
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="scim"'))
    return Response(msgspec.json.encode(body), status, headers, CONTENT_TYPE)


def _kind(error: Exception, status: int) -> tuple[int, str]:
    if isinstance(error, Refused):
        return error.code, error.scim_type
    if isinstance(error, UserInUse | DepartmentInUse):
        return 409, "uniqueness"
    if isinstance(error, Changed):
        return 412, ""
    if isinstance(error, NotJson | BadJson):
        return 400, "invalidSyntax"
    if isinstance(error, InvalidParameter) or status == 400:
        return 400, "invalidValue"
    return status, ""


def _detail(response: Response) -> str:
    return str(msgspec.json.decode(response.body, type=dict[str, object]).get("error", ""))
