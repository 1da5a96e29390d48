"""Web pages on which a person passes a stage of User-Interactive Authentication that their client does not know.

They work without scripts until the stage is passed; then the one script that the specification prescribes tells the
client. The session's id is the secret that opens a page, so that there is nothing for others to forge.

spec: client-server §Fallback
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from roomkeeper.core.accounts.interactive import AuthenticationNeeded, AuthSession, InteractiveAuth
from roomkeeper.platform.errors import InvalidParameter, LimitExceeded
from roomkeeper.platform.http import Request, Response

MAX_FORM = 8192
"""Bytes."""
MAX_FIELDS = 20

DONE = """
if (window.onAuthDone) {
    window.onAuthDone();
} else if (window.opener && window.opener.postMessage) {
    window.opener.postMessage("authDone", "*");
}
"""
DONE_HASH = base64.b64encode(hashlib.sha256(DONE.encode()).digest()).decode()
HEADERS = [
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{DONE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'".encode(),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }}
body {{ max-width: 28rem; margin: 10vh auto; padding: 0 1rem; }}
h1 {{ font-size: 24px; margin: 0 0 16px; }}
input, button {{ font: inherit; padding: 8px 12px; }}
input[type=password], input[type=text] {{ width: 100%; box-sizing: border-box; margin: 4px 0 16px; }}
.error {{ border-left: 4px solid #c0392b; padding-left: 12px; }}
</style>
<h1>{title}</h1>
{content}
"""
FORM = """<form method="post">
<input type="hidden" name="session" value="{session}">
{fields}
<button type="submit">{button}</button>
</form>
"""
FIELDS: Mapping[str, tuple[str, str, str]] = {
    "m.login.password": (
        "Confirm that it is you",
        '<label>Password<br><input type="password" name="password" autocomplete="current-password" required></label>',
        "Confirm",
    ),
    "m.login.registration_token": (
        "Register with a token",
        '<label>Registration token<br><input type="text" name="token" maxlength="64" required autofocus></label>',
        "Continue",
    ),
    "m.login.dummy": ("Continue", "<p>There is nothing to enter.</p>", "Continue"),
}
"""By stage: title, fields, button."""


class Fallback:
    """Serves the pages."""

    def __init__(self, interactive: InteractiveAuth) -> None:
        self._interactive = interactive

    async def get(self, request: Request) -> Response:
        """``GET /auth/{authType}/fallback/web``: the form."""
        stage = request.parameters["authType"]
        session = self._interactive.find(request.query("session") or "")
        return _problem(session, stage) or _page_of(session, stage)

    async def post(self, request: Request) -> Response:
        """The filled form: the stage is passed, or the form comes again and says why not."""
        stage, form = request.parameters["authType"], _form(request.body)
        session = self._interactive.find(form.get("session", ""))
        problem = _problem(session, stage)
        if problem is not None or session is None:
            return problem or _gone()
        if stage == "m.login.terms" and form.get("accepted") != "yes":
            return _page_of(session, stage, "Please accept the documents to go on.")
        auth: dict[str, Any] = {name: form[name] for name in ("password", "token") if name in form}
        try:
            await self._interactive.attempt(session, {**auth, "type": stage, "session": session.id})
        except LimitExceeded as error:
            return _page_of(session, stage, str(error))
        except AuthenticationNeeded as error:
            if self._interactive.find(session.id) is None:
                return _message("Too many attempts", "Go back to your client, and begin anew.", 403)
            return _page_of(session, stage, str(error))
        return _done()


def _problem(session: AuthSession | None, stage: str) -> Response | None:
    """Why a stage cannot be passed here, or what to tell where it has been passed."""
    if session is None:
        return _gone()
    if stage in session.completed:
        return _done()
    if stage not in session.way.next_after(session.completed):
        return _message("Not this way", "This step is not part of what your client asked for.", 400)
    return None


def _page_of(session: AuthSession | None, stage: str, error: str = "") -> Response:
    assert session is not None, "`_problem` answers where there is none"
    title, fields, button = _terms(session) if stage == "m.login.terms" else FIELDS[stage]
    problem = f'<p class="error" role="alert">{html.escape(error)}</p>\n' if error else ""
    form = FORM.format(session=html.escape(session.id), fields=fields, button=button)
    return _html(PAGE.format(title=title, content=problem + form), 401 if error else 200)


def _terms(session: AuthSession) -> tuple[str, str, str]:
    items = []
    for policy in session.way.params["m.login.terms"]["policies"].values():
        for language, document in policy.items():
            if language != "version":
                url, name = html.escape(document["url"]), html.escape(document["name"])
                items.append(f'<li><a href="{url}" target="_blank" rel="noopener">{name}</a> ({html.escape(language)})')
    accept = '<p><label><input type="checkbox" name="accepted" value="yes" required> I accept these documents</label>'
    return "Terms of this server", f"<ul>\n{chr(10).join(items)}\n</ul>\n{accept}", "Continue"


def _done() -> Response:
    content = f"<p>You can close this page, and go back to your client.</p>\n<script>{DONE}</script>"
    return _html(PAGE.format(title="Thank you", content=content), 200)


def _gone() -> Response:
    return _message("This page is no longer valid", "Go back to your client, and begin anew.", 404)


def _message(title: str, text: str, status: int) -> Response:
    return _html(PAGE.format(title=title, content=f"<p>{text}</p>"), status)


def _html(text: str, status: int) -> Response:
    return Response(text.encode(), status, list(HEADERS), b"text/html; charset=utf-8")


def _form(body: bytes) -> dict[str, str]:
    """The fields of a form. Raises `InvalidParameter`."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=MAX_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise InvalidParameter("This is not a form that this page has sent.") from None
    return {name: values[0] for name, values in fields.items()}
