"""The operator's endpoints of jobs."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.routes import Endpoint
from roomkeeper.platform.jobs.models import JobRecord
from roomkeeper.platform.jobs.rules import Action
from roomkeeper.platform.jobs.service import Jobs

MAX_PAGE = 500
LONGEST_ID = 64
MAX_VERSION = 2**53 - 1
MAX_TIMEOUT_MS = 60_000
STATES = ("queued", "running", "paused", "succeeded", "failed", "cancelled")


class Progress(msgspec.Struct):
    """How far a job is, in its units; `total` is null while it is not known."""

    done: int
    total: int | None
    unit: str


class JobBody(msgspec.Struct):
    """A job in an answer. Times are in milliseconds since the epoch."""

    job_id: str
    name: str
    key: str
    state: str
    progress: Progress
    message: str
    parameters: msgspec.Raw
    started_by: str
    created_ts: int
    started_ts: int | None
    finished_ts: int | None
    updated_ts: int
    version: int


def body_of(record: JobRecord) -> JobBody:
    """A job as clients get it."""
    return JobBody(
        job_id=record.job_id,
        name=record.name,
        key=record.key,
        state=record.state,
        progress=Progress(record.done, record.total, record.unit),
        message=record.message,
        parameters=record.parameters,
        started_by=record.started_by,
        created_ts=record.created_ts,
        started_ts=record.started_ts,
        finished_ts=record.finished_ts,
        updated_ts=record.updated_ts,
        version=record.version,
    )


def install(app: Application, jobs: Jobs) -> None:
    """Serve them."""

    async def page(request: Request) -> dict[str, Any]:
        limit = request.query_integer("limit", 100, minimum=1, maximum=MAX_PAGE)
        before, state = request.query("from") or "", request.query_choice("state", STATES) or ""
        if len(before) > LONGEST_ID:
            raise InvalidParameter("The query parameter from is not one that this server gave.")
        found = await jobs.page(before, state, limit)
        answer: dict[str, Any] = {"jobs": [body_of(record) for record in found]}
        if len(found) == limit:
            answer["next_batch"] = found[-1].job_id
        return answer

    async def show(request: Request) -> JobBody:
        job_id = request.parameters["jobId"]
        if request.query("since") is None:
            return body_of(await jobs.get(job_id))
        since = request.query_integer("since", 0, maximum=MAX_VERSION)
        timeout_ms = request.query_integer("timeout", 0, maximum=MAX_TIMEOUT_MS)
        return body_of(await jobs.wait(job_id, since, timeout_ms / 1000))

    def changes(action: Action) -> Endpoint:
        async def change(request: Request) -> JobBody:
            return body_of(await jobs.change(request.parameters["jobId"], action))

        return change

    app.routes.privileged("GET", "/_roomkeeper/v1/jobs", page, "jobs.read")
    app.routes.privileged("GET", "/_roomkeeper/v1/jobs/{jobId}", show, "jobs.read")
    app.routes.privileged("POST", "/_roomkeeper/v1/jobs/{jobId}/cancel", changes("cancel"), "jobs.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/jobs/{jobId}/pause", changes("pause"), "jobs.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/jobs/{jobId}/resume", changes("resume"), "jobs.write")
