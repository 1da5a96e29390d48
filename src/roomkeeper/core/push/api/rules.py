"""The endpoints of push rules. spec: client-server §Push Rules: API"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.push import rules
from roomkeeper.core.push.service import PushRules, content_of
from roomkeeper.platform.errors import MissingParameter
from roomkeeper.platform.http import EMPTY, Request, Response, Routes
from roomkeeper.wire.push_rules import Rule

ROOT = "/_matrix/client/v3/pushrules"
RULE = f"{ROOT}/global/{{kind}}/{{ruleId}}"
MAX_BODY = 65_536


class RuleBody(msgspec.Struct, frozen=True):
    """What a rule is made of; which parts it needs depends on its kind."""

    actions: list[Any] | None = None
    conditions: list[dict[str, Any]] | None = None
    pattern: str | None = None


class EnabledBody(msgspec.Struct, frozen=True):
    """Whether a rule is to be on."""

    enabled: bool | None = None


class ActionsBody(msgspec.Struct, frozen=True):
    """What a rule is to do."""

    actions: list[Any] | None = None


class PushRulesApi:
    """The endpoints."""

    def __init__(self, push_rules: PushRules) -> None:
        self._push_rules = push_rules

    def add_routes(self, routes: Routes) -> None:
        """Serve them; with and without the slash at the end, which clients forget."""
        for slash in ("", "/"):
            routes.add("GET", f"{ROOT}{slash}", self.get_all)
            routes.add("GET", f"{ROOT}/global{slash}", self.get_global)
        routes.add("GET", RULE, self.get_rule)
        routes.add("PUT", RULE, self.put_rule, limit="write", max_body=MAX_BODY)
        routes.add("DELETE", RULE, self.delete_rule, limit="write")
        routes.add("GET", f"{RULE}/enabled", self.get_enabled)
        routes.add("PUT", f"{RULE}/enabled", self.put_enabled, limit="write", max_body=MAX_BODY)
        routes.add("GET", f"{RULE}/actions", self.get_actions)
        routes.add("PUT", f"{RULE}/actions", self.put_actions, limit="write", max_body=MAX_BODY)

    async def get_all(self, request: Request) -> dict[str, Any]:
        """``GET /pushrules/``"""
        return content_of(await self._push_rules.get(request.user.user_id))

    async def get_global(self, request: Request) -> dict[str, Any]:
        """``GET /pushrules/global/``"""
        return (await self._push_rules.get(request.user.user_id)).as_json()

    async def get_rule(self, request: Request) -> dict[str, Any]:
        """One rule."""
        return (await self._rule(request)).as_json()

    async def get_enabled(self, request: Request) -> dict[str, bool]:
        """Whether a rule is on."""
        return {"enabled": (await self._rule(request)).enabled}

    async def get_actions(self, request: Request) -> dict[str, Any]:
        """What a rule does."""
        return {"actions": (await self._rule(request)).actions}

    async def put_rule(self, request: Request) -> Response:
        """Add or change a rule of the user's own."""
        kind, rule_id = _named(request)
        body = request.json(RuleBody)
        if body.actions is None:
            raise MissingParameter("A push rule needs `actions`.")
        rule = rules.make_rule(kind, rule_id, body.actions, body.conditions, body.pattern)
        await self._push_rules.put(request.user.user_id, kind, rule, request.query("before"), request.query("after"))
        return EMPTY

    async def delete_rule(self, request: Request) -> Response:
        """Delete a rule of the user's own."""
        await self._push_rules.delete(request.user.user_id, *_named(request))
        return EMPTY

    async def put_enabled(self, request: Request, body: EnabledBody) -> Response:
        """Switch a rule on or off, a predefined one as well."""
        enabled = body.enabled
        if enabled is None:
            raise MissingParameter("`enabled` is required: true or false.")
        await self._push_rules.enable(request.user.user_id, *_named(request), enabled=enabled)
        return EMPTY

    async def put_actions(self, request: Request, body: ActionsBody) -> Response:
        """Change what a rule does, a predefined one as well."""
        actions = body.actions
        if actions is None:
            raise MissingParameter("`actions` are required.")
        await self._push_rules.set_actions(request.user.user_id, *_named(request), rules.checked_actions(actions))
        return EMPTY

    async def _rule(self, request: Request) -> Rule:
        kind, rule_id = _named(request)
        return rules.find_rule(await self._push_rules.get(request.user.user_id), kind, rule_id)


def _named(request: Request) -> tuple[str, str]:
    """The kind and the id that the path names."""
    kind = request.parameters["kind"]
    rules.check_kind(kind)
    return kind, request.parameters["ruleId"]
