"""A body that works for each endpoint that takes one; tests put wrong values into its fields.

An endpoint that is not here is attacked with whole bodies only: add it when you add an endpoint.
"""

from __future__ import annotations

from typing import Any

from tests.fuzz.world import with_root

AUTH = {
    "type": "m.login.password",
    "identifier": {"type": "m.id.user", "user": "alice"},
    "password": "x",
    "session": "s",
}

ROOM_KEY = {"first_message_index": 1, "forwarded_count": 0, "is_verified": True, "session_data": {"a": 1}}

_PERSON = {
    "kind": "staff",
    "state": "on_leave",
    "user_name": "desk@example.org",
    "display_name": "Desk",
    "email": "desk@example.org",
    "title": "Clerk",
    "language": "en",
    "skills": ["contracts"],
    "session_limit": 5,
    "external_id": "x",
    "departments": ["x"],
}

_OPTIONS = {
    "mapping": {"Name": "user_name"},
    "encoding": "utf-8",
    "delimiter": ",",
    "create_departments": True,
    "kind": "staff",
}
_DEPARTURE: dict[str, Any] = {
    "user_id": "@desk:example.org",
    "kind": "departure",
    "effective_ts": 4_000_000_000_000,
    "reason": "x",
    "plan": {
        "customers": {"@customer:example.org": "@desk:example.org"},
        "rules": [
            {"staff_id": "@desk:example.org", "languages": ["en"], "departments": ["x"]},
            {"department_id": "x", "by": "skill", "skill": "contracts"},
        ],
        "limit": 5,
        "at_limit": "wait",
        "mode": "offer",
        "take_over_after_ms": 1000,
        "groups_to": "@desk:example.org",
    },
}
_SCIM_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "desk@example.org",
    "externalId": "x",
    "displayName": "Desk",
    "name": {"givenName": "A", "familyName": "B", "formatted": "A B"},
    "active": True,
    "password": "correct horse battery",
    "preferredLanguage": "en",
    "emails": [{"value": "desk@example.org", "type": "work", "primary": True}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "1",
        "manager": {"value": "x", "$ref": "../Users/x"},
    },
}
_SCIM_GROUP = {"displayName": "Sales", "externalId": "x", "members": [{"value": "@desk:example.org"}]}
_SCIM_PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x@example.org"},
        {"op": "add", "value": {"displayName": "x", "members": [{"value": "x"}]}},
        {"op": "remove", "path": "members", "value": [{"value": "x"}]},
    ],
}
_SCIM_SEARCH = {
    "filter": 'userName eq "x"',
    "startIndex": 1,
    "count": 10,
    "sortBy": "userName",
    "sortOrder": "ascending",
    "attributes": ["userName"],
    "excludedAttributes": ["name"],
}

_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/login"): {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "nobody"},
        "user": "nobody",
        "password": "x",
        "device_id": "DEVICE",
        "initial_device_display_name": "name",
        "refresh_token": False,
        "token": "x",
    },
    ("POST", "/refresh"): {"refresh_token": "x"},
    ("POST", "/register"): {
        "auth": {"type": "m.login.dummy", "session": "x"},
        "username": "somebody",
        "password": "correct horse battery",
        "device_id": "DEVICE",
        "initial_device_display_name": "name",
        "inhibit_login": False,
        "refresh_token": False,
        "guest_access_token": "x",
    },
    ("POST", "/_synapse/admin/v1/register"): {
        "nonce": "x",
        "username": "x",
        "password": "x",
        "admin": False,
        "mac": "00",
        "displayname": "x",
        "user_type": None,
    },
    ("PUT", "/devices/{deviceId}"): {"display_name": "name"},
    ("DELETE", "/devices/{deviceId}"): {"auth": AUTH},
    ("POST", "/delete_devices"): {"devices": ["DEVICE"], "auth": AUTH},
    ("POST", "/account/password"): {"new_password": "correct horse", "logout_devices": False, "auth": AUTH},
    ("POST", "/account/deactivate"): {"auth": AUTH, "erase": False, "id_server": "x"},
    ("PUT", "/_matrix/client/v1/admin/lock/{userId}"): {"locked": False},
    ("PUT", "/_matrix/client/v1/admin/suspend/{userId}"): {"suspended": False},
    ("POST", "/_matrix/client/v1/login/get_token"): {"auth": AUTH},
    ("POST", "/user/{userId}/openid/request_token"): {},
    ("POST", "/account/3pid"): {"three_pid_creds": {"client_secret": "x", "sid": "x"}},
    ("POST", "/account/3pid/add"): {"client_secret": "x", "sid": "x", "auth": AUTH},
    ("POST", "/account/3pid/bind"): {"client_secret": "x", "sid": "x", "id_server": "x", "id_access_token": "x"},
    ("POST", "/account/3pid/delete"): {"medium": "email", "address": "a@example.org"},
    ("POST", "/account/3pid/unbind"): {"medium": "email", "address": "a@example.org"},
    ("POST", "/account/3pid/email/requestToken"): {"client_secret": "x", "email": "a@example.org", "send_attempt": 1},
    ("POST", "/register/email/requestToken"): {"client_secret": "x", "email": "a@example.org", "send_attempt": 1},
    ("POST", "/account/password/email/requestToken"): {"client_secret": "x", "email": "x", "send_attempt": 1},
    ("PUT", "/_roomkeeper/v1/users/{userId}/lock"): {"locked": False, "reason": "x"},
    ("PUT", "/_roomkeeper/v1/users/{userId}/suspend"): {"suspended": False, "reason": "x"},
    ("POST", "/_roomkeeper/v1/users/{userId}/deactivate"): {"erase": False, "reason": "x"},
    ("POST", "/_roomkeeper/v1/users/{userId}/reactivate"): {"password": "correct horse"},
    ("POST", "/_roomkeeper/v1/users"): {"user": "carol", "password": "correct horse battery", "admin": False},
    ("POST", "/_roomkeeper/v1/users/{userId}/password"): {"password": "correct horse", "logout_devices": False},
    ("POST", "/_roomkeeper/v1/registration_tokens"): {"token": "abc", "uses_allowed": 1, "expiry_time": 2**41},
    ("POST", "/_roomkeeper/v1/provisioning_tokens"): {"name": "x", "valid_days": 1},
    ("POST", "/_roomkeeper/v1/imports/{importId}/preview"): _OPTIONS,
    ("POST", "/_roomkeeper/v1/imports/{importId}/run"): _OPTIONS,
    ("POST", "/scim/v2/Users"): _SCIM_USER,
    ("PUT", "/scim/v2/Users/{id}"): _SCIM_USER,
    ("PATCH", "/scim/v2/Users/{id}"): _SCIM_PATCH,
    ("POST", "/scim/v2/Groups"): _SCIM_GROUP,
    ("PUT", "/scim/v2/Groups/{id}"): _SCIM_GROUP,
    ("PATCH", "/scim/v2/Groups/{id}"): _SCIM_PATCH,
    ("POST", "/scim/v2/.search"): _SCIM_SEARCH,
    ("POST", "/scim/v2/Users/.search"): _SCIM_SEARCH,
    ("POST", "/scim/v2/Groups/.search"): _SCIM_SEARCH,
    ("PUT", "/_roomkeeper/v1/rooms/{roomId}/retention"): {"max_age_days": 30},
    ("POST", "/_roomkeeper/v1/departments"): {"name": "Sales", "parent_id": None, "external_id": "x"},
    ("PATCH", "/_roomkeeper/v1/departments/{departmentId}"): {"name": "Sales", "parent_id": None, "external_id": "x"},
    ("POST", "/_roomkeeper/v1/people"): {"localpart": "desk", "password": "correct horse battery", **_PERSON},
    ("POST", "/_roomkeeper/v1/names"): {"user_ids": ["@alice:example.org"]},
    ("PATCH", "/_roomkeeper/v1/people/{userId}"): {**_PERSON, "version": 1},
    ("POST", "/_roomkeeper/v1/people/{userId}/notes"): {"body": "x"},
    ("POST", "/_roomkeeper/v1/departures"): _DEPARTURE,
    ("POST", "/_roomkeeper/v1/departures/preview"): _DEPARTURE,
    ("PATCH", "/_roomkeeper/v1/departures/{departureId}"): {"effective_ts": 1, "plan": _DEPARTURE["plan"]},
    ("POST", "/_roomkeeper/v1/succession/{userId}"): {"go_on": True},
    ("PUT", "/_roomkeeper/v1/people/{userId}/contacts/{customerId}"): {"reason": "x"},
    ("DELETE", "/_roomkeeper/v1/people/{userId}/contacts/{customerId}"): {"reason": "x"},
    ("POST", "/_roomkeeper/v1/rooms/{roomId}/purge"): {"reason": "x"},
    ("PUT", "/profile/{userId}/{keyName}"): {"displayname": "name"},
    ("PUT", "/rooms/{roomId}/send/{eventType}/{txnId}"): {"msgtype": "m.text", "body": "hello", "redacts": "$x"},
    ("PUT", "/rooms/{roomId}/redact/{eventId}/{txnId}"): {"reason": "slip"},
    ("PUT", "/rooms/{roomId}/state/{eventType}"): {"a": 1},
    ("PUT", "/rooms/{roomId}/state/{eventType}/{stateKey?}"): {"a": 1},
    ("POST", "/join/{roomIdOrAlias}"): {
        "reason": "x",
        "third_party_signed": {
            "sender": "@nobody:example.org",
            "mxid": "@nobody:example.org",
            "token": "x",
            "signatures": {"id.example.org": {"ed25519:0": "x"}},
        },
    },
    ("POST", "/knock/{roomIdOrAlias}"): {"reason": "x"},
    ("POST", "/rooms/{roomId}/join"): {
        "reason": "x",
        "third_party_signed": {
            "sender": "@nobody:example.org",
            "mxid": "@nobody:example.org",
            "token": "x",
            "signatures": {"id.example.org": {"ed25519:0": "x"}},
        },
    },
    ("POST", "/rooms/{roomId}/invite"): {
        "user_id": "@nobody:example.org",
        "reason": "x",
        "medium": "email",
        "address": "somebody@example.com",
        "id_server": "id.example.org",
        "id_access_token": "x",
    },
    ("POST", "/rooms/{roomId}/leave"): {"reason": "x"},
    ("POST", "/rooms/{roomId}/kick"): {"user_id": "@nobody:example.org", "reason": "x"},
    ("POST", "/rooms/{roomId}/ban"): {"user_id": "@nobody:example.org", "reason": "x"},
    ("POST", "/rooms/{roomId}/unban"): {"user_id": "@nobody:example.org", "reason": "x"},
    ("POST", "/rooms/{roomId}/forget"): {"reason": "x"},
    ("POST", "/createRoom"): {
        "visibility": "private",
        "name": "name",
        "topic": "topic",
        "invite": [],
        "invite_3pid": [],
        "room_alias_name": None,
        "room_version": "12",
        "creation_content": {
            "m.federate": True,
            "type": "x",
            "predecessor": {"room_id": "!x:example.org"},
            "additional_creators": [],
            "room_version": "12",
        },
        "initial_state": [{"type": "org.example.type", "state_key": "", "content": {"a": 1}}],
        "preset": "private_chat",
        "is_direct": False,
        "power_level_content_override": {"users": {}, "events": {}, "ban": 50, "notifications": {}, "invite": 0},
    },
    ("POST", "/rooms/{roomId}/report"): {"reason": "x"},
    ("POST", "/rooms/{roomId}/report/{eventId}"): {"reason": "x"},
    ("POST", "/users/{userId}/report"): {"reason": "x"},
    ("POST", "/_roomkeeper/v1/server_notices"): {
        "user_id": "@bob1:example.org",
        "body": "x",
        "server_notice_type": "m.server_notice.usage_limit_reached",
        "admin_contact": "mailto:x@example.org",
        "limit_type": "monthly_active_user",
    },
    ("POST", "/rooms/{roomId}/upgrade"): {"new_version": "12", "additional_creators": []},
    ("PUT", "/directory/room/{roomAlias}"): {"room_id": "!x:example.org"},
    ("POST", "/user/{userId}/filter"): {
        "event_fields": ["type"],
        "event_format": "client",
        "presence": {"types": [], "limit": 1, "senders": [], "not_senders": [], "not_types": []},
        "account_data": {"types": []},
        "room": {
            "rooms": [],
            "not_rooms": [],
            "include_leave": True,
            "timeline": {"limit": 1, "lazy_load_members": True, "contains_url": True, "rooms": [], "not_rooms": []},
            "state": {"types": []},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    },
    ("PUT", "/user/{userId}/account_data/{type}"): {"a": 1},
    ("PUT", "/user/{userId}/rooms/{roomId}/account_data/{type}"): {"a": 1},
    ("PUT", "/user/{userId}/rooms/{roomId}/tags/{tag}"): {"order": 0.5},
    ("POST", "/rooms/{roomId}/receipt/{receiptType}/{eventId}"): {"thread_id": "main"},
    ("POST", "/rooms/{roomId}/read_markers"): {"m.fully_read": "$x", "m.read": "$x", "m.read.private": "$x"},
    ("PUT", "/rooms/{roomId}/typing/{userId}"): {"typing": True, "timeout": 1000},
    ("PUT", "/presence/{userId}/status"): {"presence": "online", "status_msg": "x"},
    ("PUT", "/pushrules/global/{kind}/{ruleId}"): {
        "actions": ["notify", {"set_tweak": "highlight", "value": True}],
        "conditions": [{"kind": "event_match", "key": "content.body", "pattern": "c?ke*", "value": 1, "is": "2"}],
        "pattern": "x*",
    },
    ("PUT", "/pushrules/global/{kind}/{ruleId}/enabled"): {"enabled": True},
    ("PUT", "/pushrules/global/{kind}/{ruleId}/actions"): {"actions": ["notify", {"set_tweak": "sound", "value": "x"}]},
    ("POST", "/pushers/set"): {
        "app_id": "org.example.app",
        "pushkey": "key",
        "kind": "http",
        "app_display_name": "App",
        "device_display_name": "Phone",
        "profile_tag": "x",
        "lang": "en",
        "data": {"url": "https://push.example.org/_matrix/push/v1/notify"},
        "append": False,
    },
    ("POST", "/keys/upload"): {
        "device_keys": {
            "user_id": "@alice1:example.org",
            "device_id": "DEVICE",
            "algorithms": ["m.olm.v1.curve25519-aes-sha2"],
            "keys": {"curve25519:DEVICE": "x"},
            "signatures": {"@alice1:example.org": {"ed25519:DEVICE": "x"}},
        },
        "one_time_keys": {"signed_curve25519:A": {"key": "x", "signatures": {"@a:b": {"ed25519:D": "x"}}}},
        "fallback_keys": {"signed_curve25519:B": {"key": "x", "signatures": {}, "fallback": True}},
    },
    ("POST", "/keys/query"): {"device_keys": {"@alice1:example.org": ["DEVICE"]}, "timeout": 1000},
    ("POST", "/keys/claim"): {"one_time_keys": {"@alice1:example.org": {"DEVICE": "x"}}, "timeout": 1000},
    ("POST", "/keys/device_signing/upload"): {
        "master_key": {
            "user_id": "@alice1:example.org",
            "usage": ["master"],
            "keys": {
                "ed25519:lEuiRJBit0IG6nUf5pUzWTUEsRVVe/HJkoKuEww9ULI": "lEuiRJBit0IG6nUf5pUzWTUEsRVVe/HJkoKuEww9ULI"
            },
            "signatures": {"@alice1:example.org": {"ed25519:DEVICE": "x"}},
        },
        "self_signing_key": {"user_id": "@alice1:example.org", "usage": ["self_signing"], "keys": {"ed25519:x": "x"}},
        "user_signing_key": {"user_id": "@alice1:example.org", "usage": ["user_signing"], "keys": {"ed25519:x": "x"}},
        "auth": AUTH,
    },
    ("POST", "/keys/signatures/upload"): {
        "@alice1:example.org": {"DEVICE": {"user_id": "x", "signatures": {"@alice1:example.org": {"ed25519:x": "x"}}}}
    },
    ("POST", "/room_keys/version"): {"algorithm": "x", "auth_data": {"public_key": "x"}, "version": "1"},
    ("PUT", "/room_keys/version/{version}"): {"algorithm": "x", "auth_data": {"public_key": "x"}, "version": "1"},
    ("PUT", "/room_keys/keys"): {"rooms": {"!x": {"sessions": {"s": ROOM_KEY}}}},
    ("PUT", "/room_keys/keys/{roomId}"): {"sessions": {"s": ROOM_KEY}},
    ("PUT", "/room_keys/keys/{roomId}/{sessionId}"): ROOM_KEY,
    ("PUT", "/sendToDevice/{eventType}/{txnId}"): {"messages": {"@nobody:example.org": {"*": {"a": 1}}}},
    ("POST", "/publicRooms"): {
        "limit": 1,
        "since": "x",
        "filter": {"generic_search_term": "x", "room_types": [None, "m.space"]},
        "include_all_networks": False,
        "third_party_instance_id": None,
    },
    ("PUT", "/directory/list/room/{roomId}"): {"visibility": "public"},
    ("PUT", "/directory/list/appservice/{networkId}/{roomId}"): {"visibility": "public"},
    ("POST", "/_matrix/client/v1/appservice/{appserviceId}/ping"): {"transaction_id": "x"},
    ("POST", "/user_directory/search"): {"search_term": "ali", "limit": 1},
    ("POST", "/search"): {
        "search_categories": {
            "room_events": {
                "search_term": "hello",
                "keys": ["content.body"],
                "filter": {"limit": 1, "rooms": [], "not_senders": [], "types": ["m.room.message"]},
                "order_by": "recent",
                "event_context": {"before_limit": 1, "after_limit": 1, "include_profile": True},
                "include_state": True,
                "groupings": {"group_by": [{"key": "room_id"}]},
            }
        }
    },
    ("POST", "/_roomkeeper/v1/sessions"): {
        "staff_id": "@desk:example.org",
        "department_id": "x",
        "language": "de",
        "topic": "contracts",
    },
    ("POST", "/_roomkeeper/v1/sessions/{roomId}/assign"): {"staff_id": "@desk:example.org", "reason": "x"},
    ("POST", "/_roomkeeper/v1/sessions/{roomId}/close"): {"reason": "x"},
    ("POST", "/_roomkeeper/v1/sessions/{roomId}/reopen"): {"reason": "x"},
    ("POST", "/_roomkeeper/v1/links"): {
        "staff_id": "@desk:example.org",
        "department_id": "x",
        "expires_ts": 4102444800000,
        "uses_allowed": 5,
    },
    ("POST", "/_roomkeeper/v1/links/{code}"): {"language": "de", "topic": "contracts"},
    ("POST", "/_roomkeeper/v1/widget/sessions"): {
        "site": "shop",
        "language": "de",
        "name": "A",
        "topic": "contracts",
        "identity": "e30.e30.e30",
        "resume": True,
        "anew": True,
    },
    ("PUT", "/_roomkeeper/v1/routing_rules"): {
        "rules": [
            {
                "name": "x",
                "languages": ["de"],
                "customer": "@a*",
                "words": ["x"],
                "staff_id": "@desk:example.org",
                "department_id": "x",
            }
        ]
    },
    ("PUT", "/_roomkeeper/v1/departments/{departmentId}/queue"): {"strategy": "language"},
}

BODIES = {(method, with_root(path)): body for (method, path), body in _BODIES.items()}
