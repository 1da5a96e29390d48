"""Screening an event, step by step:

1. Its media were uploaded before, with a first checksum that the server has verified; they were looked at at once.
2. The event carries the media's ids and, from clients that know of it, a second checksum of the bytes as they are when
   send is pressed: another one than the first refuses the event.
3. For files that have not come, and scores that are not there, it waits until the policy's deadline.
4. The verdict is the gravest of those of its files and its words; for each the policy that counts for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.capabilities.screening import rules
from roomkeeper.capabilities.screening.errors import MediaChanged, MediaGone
from roomkeeper.capabilities.screening.judging import Busy, Judge, with_deadline
from roomkeeper.capabilities.screening.models import CHECKSUM, Asked, Reason, Verdict
from roomkeeper.capabilities.screening.policies import Policies
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.core.analysis.models import Priority
from roomkeeper.core.media import Media, Medium
from roomkeeper.core.media.models import NotYetUploaded
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Draft
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.tracking import Tracking

MEMBER = "m.room.member"
POINTS = {"allow": "media_allowed", "review": "media_in_review", "block": "media_blocked"}
"""Tracking points, by the action of a verdict."""
MOST_MEDIA = 100
"""Files that one event may show."""


class Screened(msgspec.Struct, frozen=True):
    """What was found out about an event: the verdict, its files, its words."""

    verdict: Verdict
    media: tuple[Medium, ...] = ()
    words: tuple[str, ...] = ()


class Screening:
    """Screens events."""

    def __init__(
        self,
        settings: ScreeningSettings,
        media: Media,
        profiles: Profiles,
        policies: Policies,
        judge: Judge,
        tracking: Tracking,
    ) -> None:
        self._settings = settings
        self._tracking = tracking
        self._media = media
        self._profiles = profiles
        self._policies = policies
        self._judge = judge

    # ------------------------------------------------------------ what is in it

    def shows_media(self, draft: Draft) -> bool:
        """Whether files are to be looked at, or promised checksums. Costs a search of its strings."""
        return CHECKSUM in draft.content or rules.shows_media(self._own(draft))

    def words(self, draft: Draft) -> list[str]:
        """What people read of it."""
        return rules.texts_of(self._own(draft)) if rules.is_text_worth(draft.type) else []

    def _own(self, draft: Draft) -> Mapping[str, Any]:
        """The content without what the server itself put in: name and picture of a profile were screened there."""
        if draft.type != MEMBER or draft.state_key is None:
            return draft.content
        profile = self._profiles.known_member(draft.state_key)
        return {key: value for key, value in draft.content.items() if key not in profile or profile[key] != value}

    # ------------------------------------------------------------ screening

    async def event(self, draft: Draft, asked: Asked, *, patience: float | None = None) -> Screened:
        """What is to become of an event; `patience`: seconds to wait, where not as long as the policies say.

        Raises `MediaChanged`, `MediaGone`, `BadChecksum`, `InvalidParameter`.
        """
        started = asyncio.get_running_loop().time()
        content = self._own(draft)
        media_ids = self._media.access.mentions.media_ids(content)
        uris = {media_id: self._media.uri(media_id) for media_id in media_ids}
        promised = rules.checksums_of(content, media_ids, uris)
        found = await self._find(media_ids, promised)
        looking = [self._medium(each, asked, started, promised, patience) for each in found]
        # Most events show one file, and a task of its own would cost as much as looking up what is known of it.
        several = [await looking[0]] if len(looking) == 1 else await asyncio.gather(*looking)
        words = self.words(draft)
        verdicts = [verdict for _, verdict in several]
        if words and self._judge.reads:
            verdicts.append(self._judge.words(words, asked))
        return Screened(rules.together(verdicts), tuple(medium for medium, _ in several), tuple(words))

    async def _find(self, media_ids: Sequence[str], promised: Mapping[str, str]) -> list[Medium]:
        """The media that there are. What there is not, and never will be, shows nothing; what is promised must be."""
        found = []
        for media_id in media_ids:
            medium = await self._media.look_up(media_id)
            if medium is not None:
                found.append(medium)
                if len(found) > MOST_MEDIA:
                    raise InvalidParameter(f"An event may show {MOST_MEDIA} files at most.")
            elif media_id in promised:
                raise MediaGone(self._media.uri(media_id))
        return found

    async def _medium(
        self, medium: Medium, asked: Asked, started: float, promised: Mapping[str, str], patience: float | None
    ) -> tuple[Medium, Verdict]:
        """One file of it: as it is when it has come, and the verdict."""
        policy = self._judge.policy(medium, asked)
        if medium.sha256 is None:
            medium, came = await self._arrival(medium, started + (policy_wait(policy.deadline, patience)))
            if not came:
                return medium, with_deadline(Verdict(waiting=True), policy)
            policy = self._judge.policy(medium, asked)
        if promised.get(medium.media_id, medium.sha256) != medium.sha256:
            raise MediaChanged(self._media.uri(medium.media_id))
        deadline = started + policy_wait(policy.deadline, patience)
        try:
            verdict = await self._judge.medium(medium, asked, deadline)
        except Busy:
            if self._settings.on_busy == "refuse" and patience is None:
                raise
            late = Reason(action="review", source="busy", text="Too much waited to be looked at.")
            return medium, rules.verdict_of([late], waiting=True)
        if patience is None:
            verdict = with_deadline(verdict, policy)
        self._track(medium, asked, verdict)
        return medium, verdict

    async def _arrival(self, medium: Medium, deadline: float) -> tuple[Medium, bool]:
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        try:
            return await self._media.awaited(medium, int(left * 1000)), True
        except NotYetUploaded:
            return medium, False

    async def file(self, medium: Medium, asked: Asked, patience: float, priority: Priority) -> Verdict:
        """What would become of one file that has come. Raises `Busy`."""
        deadline = asyncio.get_running_loop().time() + patience
        verdict = await self._judge.medium(medium, asked, deadline, priority)
        self._track(medium, asked, verdict)
        return verdict

    def _track(self, medium: Medium, asked: Asked, verdict: Verdict) -> None:
        """A tracking point: what came of a file for somebody who wants to send it."""
        if verdict.waiting or not asked.sender:
            return
        told = {"media_id": medium.media_id}
        if verdict.action != "allow":
            told["detectors"] = ",".join(verdict.labels)[:64]
        self._tracking.track(POINTS[verdict.action], asked.sender, **told)


def policy_wait(deadline: float | msgspec.UnsetType, patience: float | None) -> float:
    """How many seconds to wait."""
    if patience is not None:
        return patience
    return 0.0 if deadline is msgspec.UNSET else float(deadline)
