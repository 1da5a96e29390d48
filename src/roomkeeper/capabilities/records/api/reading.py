"""Reading, searching and sharing records; policies and consent: ``/_roomkeeper/v1/records``."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.capabilities.records.access import READ, Access, View
from roomkeeper.capabilities.records.api import shapes
from roomkeeper.capabilities.records.consent import Recorded
from roomkeeper.capabilities.records.errors import NoSuchRecord
from roomkeeper.capabilities.records.models import Policy, Record, Share
from roomkeeper.capabilities.records.overview import Overview, RecordsOverview
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.reading import Found, Reading
from roomkeeper.capabilities.records.recorder import source_key
from roomkeeper.capabilities.records.sharing import SHARE, Sharing
from roomkeeper.capabilities.records.store import entries as entries_store
from roomkeeper.capabilities.records.store import queries
from roomkeeper.capabilities.records.store import records as store
from roomkeeper.capabilities.records.store.keeping import is_held
from roomkeeper.capabilities.records.verifying import Verified, Verifying
from roomkeeper.core.media import Media
from roomkeeper.core.media import rules as media_rules
from roomkeeper.core.media.serving import Content, answer
from roomkeeper.core.organisation import People, Permissions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.http import EMPTY, Request, Response, StreamedResponse
from roomkeeper.platform.jobs.api import JobBody, body_of

VIEW, WRITE, POLICIES = "records.view", "records.write", "records.policies"
ROOT = "/_roomkeeper/v1/records"
PEOPLE = 100
"""People of a record that are told with it."""
ENTRIES_WITH_MEDIUM = 200


class RecordsApi:
    """The endpoints."""

    def __init__(
        self,
        app: Application,
        permissions: Permissions,
        media: Media,
        access: Access,
        reading: Reading,
        sharing: Sharing,
        policies: Policies,
        recorded: Recorded,
        verifying: Verifying,
        overview: Overview,
        people: People,
    ) -> None:
        self._app = app
        self._permissions = permissions
        self._media = media
        self._access = access
        self._reading = reading
        self._sharing = sharing
        self._policies = policies
        self._recorded = recorded
        self._verifying = verifying
        self._overview = overview
        self._people = people

    def add_routes(self) -> None:
        """Serve them."""
        routes = self._app.routes
        one = f"{ROOT}/{{recordId}}"
        routes.privileged("GET", ROOT, self.page, VIEW)
        routes.privileged("GET", f"{ROOT}/search", self.search, VIEW)
        routes.privileged("GET", f"{ROOT}/shared", self.shared, VIEW)
        routes.privileged("GET", f"{ROOT}/overview", self.overview, READ)
        routes.privileged("POST", f"{ROOT}/verifications", self.verify_all, READ)
        routes.privileged("GET", f"{ROOT}/policies", self.policies, POLICIES)
        routes.privileged("PUT", f"{ROOT}/policies", self.put_policy, POLICIES)
        routes.privileged("DELETE", f"{ROOT}/policies", self.delete_policy, POLICIES)
        routes.add("GET", f"{ROOT}/consent/{{roomId}}", self.consent)
        routes.add("PUT", f"{ROOT}/consent/{{roomId}}", self.answer, limit="write")
        for path, endpoint in (
            ("", self.linked),
            ("/entries", self.linked_entries),
            ("/search", self.linked_search),
            ("/verify", self.linked_verify),
        ):
            routes.add("GET", f"{ROOT}/links/{{token}}{path}", endpoint, access="public")
        routes.add("GET", f"{ROOT}/links/{{token}}/media/{{mediaId}}", self.linked_medium, access="public")
        routes.privileged("GET", one, self.get, VIEW)
        routes.privileged("GET", f"{one}/entries", self.entries, VIEW)
        routes.privileged("GET", f"{one}/search", self.search_inside, VIEW)
        routes.privileged("GET", f"{one}/verify", self.verify, VIEW)
        routes.privileged("GET", f"{one}/media/{{mediaId}}", self.medium, VIEW)
        routes.privileged("PUT", f"{one}/recording", self.switch, WRITE)
        routes.privileged("GET", f"{one}/shares", self.shares, VIEW)
        routes.privileged("POST", f"{one}/shares", self.share, VIEW)
        routes.privileged("DELETE", f"{one}/shares/{{shareId}}", self.revoke, VIEW)

    # ------------------------------------------------------------ lists

    async def page(self, request: Request, query: shapes.RecordsQuery) -> shapes.Records:
        """Records that one may see: one's own, those of one's departments, those that one was shown."""
        wanted = await self._query(request, query)
        await self._reading.fresh()
        found = await queries.page(self._app.driver, wanted, query.from_, query.limit)
        await self._access.note_search(request.actor, wanted, f"list {query.person or query.department or ''}".strip())
        people = await store.people_of_several(self._app.driver, [record.record_id for record in found])
        names = await self._people.names(list({one for each in people.values() for one in each[:PEOPLE]}))
        return shapes.Records(found, people, names, str(found[-1].last_no) if len(found) == query.limit else None)

    async def overview(self, _request: Request) -> RecordsOverview:
        """Entries of the last 24 hours, the last checkpoint and where it went, the last check of all chains."""
        return await self._overview.now()

    async def verify_all(self, request: Request) -> JobBody:
        """Check the chains of all records: a job."""
        return body_of(await self._verifying.start(request.actor))

    async def verify(self, request: Request, query: shapes.VerifyQuery) -> Verified:
        """Check the chain of a record, in parts: with `next_from` it goes on."""
        view = await self._look(request)
        await self._access.note(request.actor, view)
        return await self._verifying.verify(view, query.from_)

    async def _query(self, request: Request, query: shapes.RecordsQuery) -> queries.RecordsQuery:
        departments = None
        if query.department is not None:
            tree = await self._permissions.tree()
            tree.get(query.department)
            departments = frozenset(tree.under(query.department))
        return await self._access.query(
            request.actor,
            person=query.person,
            departments=departments,
            program=query.program,
            kind=query.kind,
            since_ts=query.since,
            before_ts=query.until,
            held=query.held,
        )

    async def search(self, request: Request, query: shapes.SearchAllQuery) -> Found:
        """Search all records that one may see; with next_batch it goes on further back."""
        wanted = await self._query(request, query)
        await self._access.note_search(request.actor, wanted, f"search {query.q}")
        return await self._reading.search(request.actor, wanted, query.q, query.from_ or None, min(query.limit, 100))

    async def shared(self, request: Request) -> shapes.SharedRecords:
        """What one was shown by others."""
        found = []
        for share in await self._access.shared_with(request.actor):
            record = await store.find(self._app.driver, share.record_id)
            if record is not None:
                found.append(shapes.Shared(share=share, record=record))
        names = await self._people.names(list({each.share.created_by for each in found}))
        return shapes.SharedRecords(found, names)

    # ------------------------------------------------------------ one record

    async def get(self, request: Request) -> shapes.RecordDetails:
        """A record, and what one may see of it."""
        view = await self._look(request)
        await self._access.note(request.actor, view)
        record, driver = view.record, self._app.driver
        may_share = view.by == "own" or await self._access.is_permitted(request.actor, record, SHARE)
        people = await store.people_of(driver, record.record_id, PEOPLE)
        return shapes.RecordDetails(
            record=record,
            people=people,
            names=await self._people.names(people),
            staff=await self._staff(people),
            looks=view.by != "own",
            reason=view.by == "permission"
            and any(policy.reason_required for policy in await self._access.policies_of(record)),
            departments=await store.departments_of(driver, record.record_id),
            by=view.by,
            first_seq=view.first,
            last_seq=view.last,
            may_share=may_share,
            may_see_redacted=await self._reading.may_see_redacted(request.actor, view),
            on_hold=await is_held(driver, record.record_id),
        )

    async def _staff(self, people: list[str]) -> list[str]:
        """Those who belong to the organisation."""
        known = await self._people.find_several(people)
        return [
            each
            for each in people
            if self._recorded.is_service(each) or (each in known and known[each].kind != "customer")
        ]

    async def _look(self, request: Request) -> View:
        await self._reading.fresh()
        return await self._access.look(request.actor, request.parameters["recordId"])

    async def entries(self, request: Request, query: shapes.EntriesQuery) -> shapes.Entries:
        """Entries of a record; with `timeout` it waits for what comes after the last one."""
        view = await self._look(request)
        with_redacted = query.redacted and await self._reading.may_see_redacted(request.actor, view)
        await self._access.note(request.actor, view, "with what was redacted" if with_redacted else "")
        found = await self._entries(view, query, with_redacted=with_redacted)
        if found.entries or not query.timeout or query.dir == "b":
            return found
        await self._reading.wait(view, query.from_ or 0, query.timeout / 1000)
        view = await self._access.look(request.actor, view.record.record_id)  # it may have ended meanwhile
        return await self._entries(view, query, with_redacted=with_redacted)

    async def _entries(self, view: View, query: shapes.EntriesQuery, *, with_redacted: bool) -> shapes.Entries:
        at = None
        start = query.from_
        if query.at is not None:
            at = await self._reading.seq_at(view, query.at)
            start = at - 1 if query.dir == "f" else at + 1
        page = await self._reading.page(
            view,
            start=start,
            direction=query.dir,
            limit=query.limit,
            with_redacted=with_redacted,
            raw=query.raw and view.by == "permission",
        )
        return shapes.Entries(entries=page.entries, first=page.first, last=page.last, at=at)

    async def search_inside(self, request: Request, query: shapes.SearchQuery) -> Found:
        """Search one record."""
        view = await self._look(request)
        with_redacted = query.redacted and await self._reading.may_see_redacted(request.actor, view)
        await self._access.note(request.actor, view, f"search {query.q}"[:300])
        return await self._reading.search_inside(
            view, query.q, query.from_ or None, query.limit, with_redacted=with_redacted
        )

    async def medium(self, request: Request) -> Response | StreamedResponse:
        """A file to which an entry refers that one may see."""
        view = await self._look(request)
        await self._access.note(request.actor, view)
        with_redacted = await self._reading.may_see_redacted(request.actor, view)
        return await self._medium(request, view, with_redacted=with_redacted)

    async def _medium(self, request: Request, view: View, *, with_redacted: bool) -> Response | StreamedResponse:
        media_id, record_id = request.parameters["mediaId"], view.record.record_id
        seqs = await entries_store.seqs_with_medium(self._app.driver, record_id, media_id, ENTRIES_WITH_MEDIUM)
        for seq in seqs:
            entry = await entries_store.at(self._app.driver, record_id, seq) if view.includes(seq) else None
            if entry is not None and (entry.state == 0 or with_redacted):
                break
        else:
            raise NotFound("Nothing in this record refers to such a file.")
        medium = await self._media.find_for_anybody(self._app.settings.server_name, media_id, 0)
        assert medium.sha256 is not None
        kind = "inline" if media_rules.is_inline(medium.content_type, medium.sniffed_type) else "attachment"
        disposition = media_rules.disposition(kind, medium.file_name)
        content = Content(medium.sha256, medium.size, medium.content_type, disposition)
        return answer(request, self._app.blobs, content)

    async def switch(self, request: Request, body: shapes.SwitchBody) -> shapes.Recording:
        """Begin or stop recording a session."""
        record = await self._record(request)
        await self._access.check(request.actor, record, WRITE)
        if record.room_id is None or record.kind != "session":
            raise InvalidParameter("Of sessions of this server it can be said whether they are recorded.")
        await self._note(WRITE, record.record_id, "recorded" if body.recorded else "not recorded")
        said = await self._recorded.switch(record.room_id, recorded=body.recorded)
        return msgspec.convert(said, shapes.Recording)

    async def _record(self, request: Request) -> Record:
        record = await store.find(self._app.driver, request.parameters["recordId"])
        if record is None:
            raise NoSuchRecord
        return record

    async def _note(self, permission: str, target: str, reason: str) -> None:
        write = Write()
        self._app.audit.record(write, permission=permission, target=target, reason=reason)
        await self._app.committer.submit(write)

    # ------------------------------------------------------------ sharing

    async def share(self, request: Request, body: shapes.ShareBody) -> shapes.NewShare:
        """Show a record, or a span of it, to somebody."""
        await self._reading.fresh()
        share, token = await self._sharing.share(
            request.actor,
            request.parameters["recordId"],
            whom=body.whom,
            who=body.who,
            department_id=body.department_id,
            first=body.first_seq,
            last=body.last_seq,
            hours=body.hours,
            note=body.note,
        )
        # What comes after the # is sent to no server, and so stands in no server's log.
        url = f"{self._app.settings.effective_base_url}/record#{token}" if token else ""
        return shapes.NewShare(share=_public(share), token=token, url=url)

    async def shares(self, request: Request, query: shapes.SharesQuery) -> shapes.Shares:
        """To whom a record is shown, and was."""
        found = await self._sharing.of_record(request.actor, request.parameters["recordId"], query.from_, query.limit)
        shown = [_public(share) for share in found]
        return shapes.Shares(shown, found[-1].share_id if len(found) == query.limit else None)

    async def revoke(self, request: Request) -> Response:
        """Show it no longer."""
        await self._sharing.revoke(request.actor, request.parameters["recordId"], request.parameters["shareId"])
        return EMPTY

    async def linked(self, request: Request) -> shapes.LinkedRecord:
        """What a link shows."""
        view = await self._linked(request)
        share = view.share
        people = await store.people_of(self._app.driver, view.record.record_id, PEOPLE)
        return shapes.LinkedRecord(
            names=await self._people.names(people),
            staff=await self._staff(people),
            consent=view.record.consent,
            title=view.record.title,
            program=view.record.program,
            kind=view.record.kind,
            first_seq=view.first,
            last_seq=view.last,
            expires_ts=None if share is None else share.expires_ts,
        )

    async def _linked(self, request: Request) -> View:
        await self._reading.fresh()
        view = await self._sharing.with_link(request.parameters["token"])
        await self._access.note(f"link from {request.client_address}", view)
        return view

    async def linked_entries(self, request: Request, query: shapes.EntriesQuery) -> shapes.Entries:
        """The entries that a link shows."""
        view = await self._linked(request)
        found = await self._entries(view, query, with_redacted=False)
        if found.entries or not query.timeout or query.dir == "b":
            return found
        await self._reading.wait(view, query.from_ or 0, query.timeout / 1000)
        return await self._entries(await self._linked(request), query, with_redacted=False)

    async def linked_search(self, request: Request, query: shapes.SearchQuery) -> Any:
        """Search what a link shows."""
        view = await self._linked(request)
        return await self._reading.search_inside(view, query.q, query.from_ or None, query.limit, with_redacted=False)

    async def linked_verify(self, request: Request, query: shapes.VerifyQuery) -> Verified:
        """Check the chain of what a link shows, in parts."""
        return await self._verifying.verify(await self._linked(request), query.from_)

    async def linked_medium(self, request: Request) -> Response | StreamedResponse:
        """A file in what a link shows."""
        return await self._medium(request, await self._linked(request), with_redacted=False)

    # ------------------------------------------------------------ policies and consent

    async def policies(self, _request: Request) -> shapes.Policies:
        """What is recorded of what."""
        return shapes.Policies(self._policies.all())

    async def put_policy(self, _request: Request, body: Policy) -> Policy:
        """Say what is recorded of the sessions, or rooms, of a department, or of all."""
        await self._policies.put(body)
        return body

    async def delete_policy(self, _request: Request, query: shapes.PolicyQuery) -> Response:
        """Let what holds for the department above hold."""
        await self._policies.delete(query.department, query.kind)
        return EMPTY

    async def consent(self, request: Request) -> shapes.RoomRecording:
        """Whether a room that one is in is recorded, what was answered, and what holds for it."""
        room_id = request.parameters["roomId"]
        await self._recorded.check_in(request.actor, room_id)
        await self._reading.fresh()
        said = await self._recorded.state(room_id)
        policy = await self._recorded.policy_of(room_id)
        record = await store.find_by_source(self._app.driver, source_key(room_id))
        is_own = record is not None and await self._access.is_own(request.actor, record)
        return shapes.RoomRecording(
            recorded=bool(said.get("recorded", False)),
            consent=str(said.get("consent", "none")),
            is_asked=await self._recorded.is_customer(request.actor, room_id),
            supervisors=policy.supervisors,
            retention_days=policy.retention_days,
            on_refusal=policy.on_refusal,
            record_id=record.record_id if record is not None and is_own else None,
        )

    async def answer(self, request: Request, body: shapes.ConsentBody) -> shapes.Recording:
        """Say, as the customer of a session, whether it may be recorded."""
        said = await self._recorded.answer(request.parameters["roomId"], request.actor, agrees=body.agrees)
        return msgspec.convert(said, shapes.Recording)


def _public(share: Share) -> Share:
    """A share as it is shown: nobody needs the hash of a token."""
    return msgspec.structs.replace(share, who="") if share.whom == "link" else share
