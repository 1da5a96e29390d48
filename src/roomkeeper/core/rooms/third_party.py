"""Inviting by e-mail address or phone number, and joining with what an identity server signed.

spec: client-server §Third-party invites
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from roomkeeper.core.identity import IdentityServers, ThirdPartyAddress
from roomkeeper.core.identity.models import AddressInUse
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms.membership import Memberships
from roomkeeper.core.rooms.models import CREATE, JOIN_RULES, Draft, Room
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.platform.errors import Forbidden, MatrixError
from roomkeeper.platform.http import Requester
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.signing import is_signature, signable_bytes, verify_key_from_base64

log = get_logger(area="rooms")

INVITE = "m.room.third_party_invite"
MAX_TRIALS = 32
"""Pairs of a key and a signature that are tried."""
_DESCRIBED = {
    "room_alias": ("m.room.canonical_alias", "alias"),
    "room_avatar_url": ("m.room.avatar", "url"),
    "room_join_rules": (JOIN_RULES[0], "join_rule"),
    "room_name": ("m.room.name", "name"),
    "room_type": (CREATE[0], "type"),
}
"""What an identity server is told of a room, and where in its state that stands."""


class ThirdPartyInvites:
    """Invitations of addresses."""

    def __init__(self, rooms: Rooms, memberships: Memberships, profiles: Profiles, servers: IdentityServers) -> None:
        self._rooms = rooms
        self._memberships = memberships
        self._profiles = profiles
        self._servers = servers

    # ------------------------------------------------------------ inviting

    async def invite(self, requester: Requester, room_id: str, wanted: ThirdPartyAddress, reason: str | None) -> None:
        """Invite the user who has the address; where nobody has, whoever will prove that it is theirs.

        Raises what the identity server refuses. Before it is asked, the requester must be allowed to invite.
        """
        self._servers.check(wanted)
        room = await self._rooms.check_joined(requester.user_id, room_id)
        levels = room.power_levels()
        if levels.user_level(requester.user_id) < levels.invite:
            raise Forbidden("You cannot invite anybody to this room.")
        user_id = await self._servers.lookup(wanted)
        if user_id is None:
            await self._invite_address(requester, room_id, wanted, reason)
        else:
            await self._memberships.invite(requester, room_id, user_id, reason)

    async def find(self, wanted: Sequence[ThirdPartyAddress]) -> tuple[list[str], list[ThirdPartyAddress]]:
        """The users who have some of the addresses, and the addresses that nobody has."""
        users, nobody = [], []
        for address in wanted:
            self._servers.check(address)
        for address in wanted:
            user_id = await self._servers.lookup(address)
            if user_id is None:
                nobody.append(address)
            else:
                users.append(user_id)
        return users, nobody

    async def invite_all(self, requester: Requester, room_id: str, wanted: Sequence[ThirdPartyAddress]) -> None:
        """Invite addresses to a room that was created just now. One that fails does not undo the room."""
        for address in wanted:
            try:
                await self._invite_address(requester, room_id, address, None)
            except (MatrixError, ProtocolViolation) as error:
                log.warning("an address could not be invited to a new room", room_id=room_id, error=str(error))

    async def _invite_address(
        self, requester: Requester, room_id: str, wanted: ThirdPartyAddress, reason: str | None
    ) -> None:
        room = await self._rooms.cache.get(room_id)
        profile = await self._profiles.member_content(requester.user_id)
        try:
            stored = await self._servers.store_invite(wanted, _description(room, requester.user_id, profile))
        except AddressInUse as found:
            await self._memberships.invite(requester, room_id, found.user_id, reason)
            return
        first = stored.public_keys[0]
        content: dict[str, Any] = {
            "display_name": stored.display_name,
            "key_validity_url": first.key_validity_url,
            "public_key": first.public_key,
            "public_keys": [
                {"public_key": key.public_key, "key_validity_url": key.key_validity_url} for key in stored.public_keys
            ],
        }
        draft = Draft(
            type=INVITE, sender=requester.user_id, state_key=stored.token, content=content, requester=requester
        )
        await self._rooms.send(room_id, draft)

    # ------------------------------------------------------------ accepting

    async def accept(self, user_id: str, room_id: str, signed: Mapping[str, Any]) -> None:
        """Turn the invitation of an address into one of the user, to whom an identity server has signed it over.

        Raises `Forbidden` where it has not, or stands by its key no longer. Nothing happens for who is invited, or in
        the room, already.
        """
        room = await self._rooms.cache.get(room_id)
        if room.membership(user_id) in ("join", "invite"):
            return
        if signed.get("mxid") != user_id:
            raise Forbidden("This invitation is signed over to somebody else.")
        token = signed.get("token")
        event = room.state.get((INVITE, token)) if isinstance(token, str) else None
        if event is None or not event.content:
            raise Forbidden("The room has no such invitation, or it was taken back.")
        if signed.get("sender") != event.sender:
            raise Forbidden("This invitation was sent by somebody else.")
        await self._check_signature(signed, event.content)
        kept = {key: value for key, value in signed.items() if key != "unsigned"}
        invitation = {"display_name": _text(event.content.get("display_name")) or "", "signed": kept}
        profile = await self._profiles.member_content(user_id)
        content = {**profile, "membership": "invite", "third_party_invite": invitation}
        draft = Draft(type="m.room.member", sender=event.sender, state_key=user_id, content=content)
        await self._rooms.send(room_id, draft)

    async def _check_signature(self, signed: Mapping[str, Any], invitation: Mapping[str, Any]) -> None:
        key = _signing_key(signed, invitation)
        if key is None:
            raise Forbidden("The signature of this invitation is not by a key that the room knows.")
        public_key, validity_url = key
        # Without a URL the key is valid for ever. spec: §m.room.third_party_invite
        if validity_url is not None and not await self._servers.is_valid(public_key, validity_url):
            raise Forbidden("The identity server stands by the key of this invitation no longer.")


def _description(room: Room, sender: str, profile: Mapping[str, Any]) -> dict[str, str]:
    """What an identity server is told of an invitation. spec: identity service §POST store-invite"""
    told = {name: _text(room.content(event_type).get(key)) for name, (event_type, key) in _DESCRIBED.items()}
    told["sender_display_name"] = _text(profile.get("displayname"))
    told["sender_avatar_url"] = _text(profile.get("avatar_url"))
    return {"room_id": room.room_id, "sender": sender, **{name: text for name, text in told.items() if text}}


def _signing_key(signed: Mapping[str, Any], invitation: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """The key of an invitation by which it is signed, with where its validity is asked for."""
    message = signable_bytes(signed)
    trials = ((key, signature) for key in _keys(invitation) for signature in _signatures(signed))
    for key, signature in islice(trials, MAX_TRIALS):
        try:
            if is_signature(message, signature, verify_key_from_base64(key[0])):
                return key
        except ProtocolViolation:
            continue
    return None


def _keys(invitation: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    listed = invitation.get("public_keys")
    for entry in (*(listed if isinstance(listed, list) else ()), invitation):
        if isinstance(entry, Mapping) and (key := _text(entry.get("public_key"))):
            yield key, _text(entry.get("key_validity_url"))


def _signatures(signed: Mapping[str, Any]) -> Iterator[str]:
    by_server = signed.get("signatures")
    for by_key in by_server.values() if isinstance(by_server, dict) else ():
        for signature in by_key.values() if isinstance(by_key, dict) else ():
            if isinstance(signature, str):
                yield signature


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
