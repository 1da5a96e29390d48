"""Records: what was said in sessions, complete, shown to the right people, and provably unchanged.

`recorder` makes the entries of this server's rooms, following the stream; `chain` is how they hold together; `reading`,
`access` and `sharing` show them; `consent` tells customers and asks them; `policies` say what is recorded of what.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from roomkeeper.capabilities.records.access import READ, REDACTED, SUPERVISE, Access
from roomkeeper.capabilities.records.agents import Agents
from roomkeeper.capabilities.records.api.agents import AgentsApi
from roomkeeper.capabilities.records.api.keeping import ExportsApi, KeepingApi
from roomkeeper.capabilities.records.api.reading import POLICIES, VIEW, WRITE, RecordsApi
from roomkeeper.capabilities.records.api.uploading import UPLOAD, UploadsApi
from roomkeeper.capabilities.records.appending import Chains, Watch
from roomkeeper.capabilities.records.checkpoints import Checkpoints
from roomkeeper.capabilities.records.consent import Recorded
from roomkeeper.capabilities.records.exports import EXPORT, Exports, Work
from roomkeeper.capabilities.records.exports import PERMISSION as MAY_EXPORT
from roomkeeper.capabilities.records.facts import ConsentWritten, RecordingBegan
from roomkeeper.capabilities.records.indexer import Indexer
from roomkeeper.capabilities.records.intake import Intake
from roomkeeper.capabilities.records.keeping import (
    ERASE,
    ERASURE,
    HOLD,
    RETENTION,
    Erase,
    Keeping,
    Retain,
)
from roomkeeper.capabilities.records.overview import Overview
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.reading import Reading
from roomkeeper.capabilities.records.receivers import Receivers
from roomkeeper.capabilities.records.recorder import Recorder
from roomkeeper.capabilities.records.settings import RecordsSettings
from roomkeeper.capabilities.records.sharing import SHARE, Sharing
from roomkeeper.capabilities.records.store.entries import media_kept
from roomkeeper.capabilities.records.verifying import VERIFY, VerifyAll, Verifying
from roomkeeper.core.account_data import AccountData
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.ephemeral import Receipts
from roomkeeper.core.media import Media
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.models import Role
from roomkeeper.core.organisation.rules import permission
from roomkeeper.core.organisation.sessions import SessionOpened, Sessions
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.jobs import Job, Jobs
from roomkeeper.wire.signing import Signer

__all__ = ["RecordsSettings", "install"]

STAFF: tuple[Role, ...] = (
    "staff",
    "supervisor",
    "moderator",
    "records_officer",
    "safety_officer",
    "support_engineer",
)


def install(
    app: Application,
    signer: Signer,
    jobs: Jobs,
    accounts: Accounts,
    rooms: Rooms,
    receipts: Receipts,
    organisation: Organisation,
    sessions: Sessions,
    media: Media,
    account_data: AccountData,
) -> None:
    """Record, and serve records."""
    app.packages.append(__name__)
    settings, people, permissions = app.source.section(RecordsSettings), organisation.people, organisation.permissions
    policies, chains, watch, indexer = (
        Policies(app, people, permissions, settings),
        Chains(app.driver),
        Watch(),
        Indexer(app),
    )
    recorder = Recorder(app, chains, policies, watch, rooms.passing)
    recorded = Recorded(app, rooms, sessions, policies, settings)
    access = Access(app, people, permissions, policies)
    verifying = Verifying(app, jobs)
    jobs.kinds.add(VERIFY, Job(parameters=VerifyAll, step=verifying.step, unit="entries"))
    reading = Reading(app, access, recorder, indexer, watch, verifying)
    receivers = Receivers(app, organisation, account_data)
    sharing = Sharing(app, access, people, permissions, watch, receivers)
    _declare(organisation)
    _record(app, rooms, receipts, recorder, indexer, watch)
    _ask(app, rooms, sessions, recorded)
    checkpoints = Checkpoints(app, signer, settings)
    overview = Overview(app, checkpoints, verifying)
    RecordsApi(
        app, permissions, media, access, reading, sharing, policies, recorded, verifying, overview, people
    ).add_routes()
    app.console_pages.add("records", ConsolePage((READ, SUPERVISE)))
    exports = Exports(app, jobs, media, permissions, access, checkpoints, settings, recorder.catch_up_now)
    _export(app, jobs, checkpoints, exports)
    intake = Intake(app, media, chains, policies, indexer, watch, settings)
    UploadsApi(intake).add_routes(app.routes)
    _guide(app, accounts, rooms, Agents(app, signer, accounts, permissions, policies))
    _keep(app, jobs, rooms, Keeping(app, jobs, access, policies, watch, exports, intake, settings))

    async def keep(_uploader: str, media_ids: Sequence[str]) -> AbstractSet[str]:
        return await media_kept(app.driver, media_ids)

    media.keepers.add("records", keep)


def _export(app: Application, jobs: Jobs, checkpoints: Checkpoints, exports: Exports) -> None:
    """Sign what there is, and hand it out."""
    app.background.add("checkpoints of records", checkpoints.run)
    app.checks.add("records", checkpoints.examine)
    jobs.kinds.add(EXPORT, Job(parameters=Work, step=exports.step, unit="entries"))
    ExportsApi(app, jobs, exports, checkpoints).add_routes()


def _guide(app: Application, accounts: Accounts, rooms: Rooms, agents: Agents) -> None:
    """Tell agents what to do."""
    accounts.device_cleaners.add("agents of records", agents.clean_device)
    rooms.user_cleaners.add("agents of records", agents.clean_user)
    AgentsApi(agents).add_routes(app.routes)


def _keep(app: Application, jobs: Jobs, rooms: Rooms, keeping: Keeping) -> None:
    """Let go of what is to go, and of nothing else."""
    jobs.kinds.add(RETENTION, Job(parameters=Retain, step=keeping.retain_step, unit="records"))
    jobs.kinds.add(ERASURE, Job(parameters=Erase, step=keeping.erase_step, unit="records"))
    app.background.add("retention of records", keeping.run)
    rooms.user_cleaners.add("records", keeping.clean_user)
    KeepingApi(app, keeping).add_routes()


def _declare(organisation: Organisation) -> None:
    organisation.permissions.declared.add(
        "records",
        {
            VIEW: permission("See one's own records, and those that one was shown.", *STAFF),
            READ: permission("See the records of all sessions.", "records_officer"),
            SUPERVISE: permission("See the records of one's departments, where their policy allows.", "supervisor"),
            REDACTED: permission("See what was redacted in records.", "records_officer"),
            SHARE: permission("Show records to others, and end that.", "records_officer", "supervisor"),
            HOLD: permission("Lay legal holds, and release them.", "records_officer"),
            ERASE: permission("Erase what records have.", "records_officer"),
            UPLOAD: permission("Upload records of other programs.", "staff"),
            MAY_EXPORT: permission("Export records; make checkpoints.", "records_officer"),
            WRITE: permission("Begin and stop recording a session.", "records_officer"),
            POLICIES: permission("Say what is recorded, who is asked, and for how long it is kept.", "records_officer"),
        },
    )


def _record(
    app: Application, rooms: Rooms, receipts: Receipts, recorder: Recorder, indexer: Indexer, watch: Watch
) -> None:
    """Follow what happens, and miss nothing of it."""
    app.starting.add("records", recorder.prepare)
    app.background.add("records", recorder.run)
    app.background.add("index of records", indexer.run)
    app.stopping.add("records", watch.close)
    recorder.appended = indexer.wake
    rooms.redacted.add("records", recorder.keep)
    rooms.event_cleaners.add("records", recorder.wait_for)
    rooms.closing.add("records", recorder.wait_for_room)
    receipts.moved.add("records", recorder.note_read)


def _ask(app: Application, rooms: Rooms, sessions: Sessions, recorded: Recorded) -> None:
    """Tell customers, and ask them."""
    sessions.rooms.furnished.add("records", recorded.furnish)
    rooms.gates.add_fast(recorded.refuse)
    app.facts.handle(SessionOpened, recorded.opened)
    app.facts.handle(RecordingBegan, recorded.begin)
    app.facts.handle(ConsentWritten, recorded.written)
