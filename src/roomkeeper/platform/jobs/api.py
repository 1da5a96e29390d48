"""The operator's endpoints of jobs."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import MAX_INTEGER, Limit
from roomkeeper.platform.http.routes import Endpoint
from roomkeeper.platform.jobs.models import JobRecord, Order, State
from roomkeeper.platform.jobs.rules import Action
from roomkeeper.platform.jobs.service import Jobs

LONGEST_ID = 64
MAX_TIMEOUT_MS = 60_000


class Progress(msgspec.Struct):
    """How far a job is, in its units; `total` is null while it is not known."""

    done: int
    total: int | None
    unit: str


class JobBody(msgspec.Struct):
    """A job in an answer. Times are in milliseconds since the epoch; `remaining_ms`: how long it may still take."""

    job_id: str
    name: str
    key: str
    state: State
    progress: Progress
    message: str
    parameters: dict[str, Any]
    started_by: str
    created_ts: int
    started_ts: int | None
    finished_ts: int | None
    updated_ts: int
    version: int
    remaining_ms: int | None


def body_of(record: JobRecord, remaining_ms: int | None = None) -> JobBody:
    """A job as clients get it."""
    return JobBody(
        job_id=record.job_id,
        name=record.name,
        key=record.key,
        state=record.state,
        progress=Progress(record.done, record.total, record.unit),
        message=record.message,
        parameters=msgspec.json.decode(record.parameters),
        started_by=record.started_by,
        created_ts=record.created_ts,
        started_ts=record.started_ts,
        finished_ts=record.finished_ts,
        updated_ts=record.updated_ts,
        version=record.version,
        remaining_ms=remaining_ms,
    )


class JobsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs."""

    from_: Annotated[str, Meta(max_length=LONGEST_ID, description="The next_batch of the page before.")] = (
        msgspec.field(default="", name="from")
    )
    limit: Limit = 100
    state: State | None = None
    unfinished: Annotated[bool, Meta(description="Those alone that have not ended.")] = False
    sort: Order = "-created"
    since: Annotated[
        str,
        Meta(max_length=LONGEST_ID, description="The revision of an answer before: wait for news of any job."),
    ] = ""
    timeout: Annotated[int, Meta(ge=0, le=MAX_TIMEOUT_MS, description="How long to wait for that, in ms.")] = 0


class JobQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to wait for news of a job."""

    since: Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="Answer when the job has a later version.")] | None = (
        None
    )
    timeout: Annotated[int, Meta(ge=0, le=MAX_TIMEOUT_MS, description="How long to wait for that, in ms.")] = 0


class JobPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of jobs in the order that was asked for; `revision` is another one when any job has changed."""

    jobs: list[JobBody]
    revision: str
    next_batch: str | None = None


SUMMARIES: dict[Action, str] = {
    "cancel": "Stop a job for good. What it has done stays done.",
    "pause": "Stop a job until it is resumed.",
    "resume": "Let a job that was paused, or has failed, go on where it stopped.",
}


def install(app: Application, jobs: Jobs) -> None:
    """Serve them."""

    def told(record: JobRecord) -> JobBody:
        return body_of(record, jobs.remaining_ms(record))

    async def page(_request: Request, query: JobsQuery) -> JobPage:
        """What takes long: jobs, and how far they are; with `since` as soon as there is news of any."""
        if query.since:
            await jobs.wait_for_any(query.since, query.timeout / 1000)
        revision = jobs.revision
        found = await jobs.page(
            query.from_, query.state or "", query.limit, unfinished=query.unfinished, order=query.sort
        )
        next_batch = found[-1].job_id if len(found) == query.limit else None
        return JobPage([told(record) for record in found], revision, next_batch)

    async def show(request: Request, query: JobQuery) -> JobBody:
        """One job; with `since` as soon as there is news of it."""
        job_id = request.parameters["jobId"]
        if query.since is None:
            return told(await jobs.get(job_id))
        return told(await jobs.wait(job_id, query.since, query.timeout / 1000))

    def changes(action: Action) -> Endpoint:
        async def change(request: Request) -> JobBody:
            return told(await jobs.change(request.parameters["jobId"], action))

        change.__doc__ = SUMMARIES[action]
        return change

    app.routes.privileged("GET", "/_roomkeeper/v1/jobs", page, "jobs.read")
    app.routes.privileged("GET", "/_roomkeeper/v1/jobs/{jobId}", show, "jobs.read")
    app.routes.privileged("POST", "/_roomkeeper/v1/jobs/{jobId}/cancel", changes("cancel"), "jobs.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/jobs/{jobId}/pause", changes("pause"), "jobs.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/jobs/{jobId}/resume", changes("resume"), "jobs.write")
