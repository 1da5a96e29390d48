"""Telling people what concerns them, in the room of the server's notices, which every client shows."""

from __future__ import annotations

from roomkeeper.capabilities.safety import texts
from roomkeeper.capabilities.safety.facts import FollowingChanged
from roomkeeper.capabilities.safety.following import Followings
from roomkeeper.capabilities.safety.models import Following
from roomkeeper.core.notices import Notices
from roomkeeper.core.notices.service import Notice
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.profiles import Profiles
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")


class Telling:
    """Tells people. A notice may be told twice after a crash, and is never forgotten."""

    def __init__(self, notices: Notices, profiles: Profiles, organisation: Organisation, language: str) -> None:
        self._notices = notices
        self._profiles = profiles
        self._organisation = organisation
        self._language = language

    async def language_of(self, user_id: str) -> str:
        """The language in which somebody is told."""
        return (await self._organisation.people.find(user_id)).language or self._language

    async def name_of(self, user_id: str) -> str:
        """What somebody is called."""
        return (await self._profiles.member_content(user_id)).get("displayname") or user_id

    async def tell(self, user_id: str, name: str, **values: str) -> None:
        """Tell somebody what stands under that name in `texts`. Who cannot be told is not."""
        body = texts.text(await self.language_of(user_id), name, **values)
        try:
            await self._notices.send(Notice(user_id, {"msgtype": "m.text", "body": body}))
        except MatrixError as error:
            log.info("somebody could not be told", user_id=user_id, what=name, reason=str(error))

    async def follow(self, followings: Followings, fact: FollowingChanged) -> None:
        """Tell everybody concerned what became of a following; its follower learns nothing of guardians."""
        following = await followings.find(fact.following_id)
        if following is None:
            return
        for user_id in await followings.audience(following):
            if user_id != fact.by and not (fact.what == "asked" and user_id == following.follower):
                await self._tell_one(user_id, following, fact)

    async def _tell_one(self, user_id: str, following: Following, fact: FollowingChanged) -> None:
        follower, followed = await self.name_of(following.follower), await self.name_of(following.followed)
        values = {"follower": follower, "followed": followed, "other": follower, "whom": followed}
        await self.tell(user_id, f"following.{fact.what}", relation=following.relation, **values)
