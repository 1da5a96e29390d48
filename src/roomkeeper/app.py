"""The composition root: the only file that knows every area. It reads like a table of contents."""

from __future__ import annotations

from roomkeeper.capabilities import handover, records, repair, safety
from roomkeeper.capabilities.screening import assembly as screening
from roomkeeper.capabilities.screening.detectors import builtin
from roomkeeper.core import (
    account_data,
    accounts,
    analysis,
    appservices,
    directory,
    ephemeral,
    erasure,
    event_streams,
    identity,
    ignored,
    keys,
    media,
    notices,
    organisation,
    overview,
    previews,
    profiles,
    push,
    relations,
    reports,
    retention,
    rooms,
    search,
    spaces,
    sync,
    transactions,
    voip,
)
from roomkeeper.core.organisation import sessions, widget
from roomkeeper.platform import description, health, jobs, landing, legacy_paths, settings_shown, signing_key, web_files
from roomkeeper.platform.application import Application, ServerSettings
from roomkeeper.platform.audit import api as audit_api
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.settings import Settings, SettingsSource


def build(  # noqa: PLR0915 (a table of contents)
    source: SettingsSource, clock: Clock | None = None, *, with_capabilities: bool = True
) -> Application:
    """The server, ready to start; the core alone is a whole chat server.

    Raises `SettingsError` where the settings cannot be used.
    """
    app = Application(source, clock)
    signer = signing_key.load_or_create(app.data_dir, app.settings.server_name)
    the_health = health.install(app)
    _install_pages(app)
    the_jobs = jobs.install(app)

    is_legacy = source.section(accounts.CompatibilitySettings).legacy_clients == "on"
    the_transactions = transactions.install(app)
    the_accounts = accounts.install(app, default_room_version=source.section(rooms.RoomSettings).default_room_version)
    the_profiles = profiles.install(app, the_accounts)
    the_rooms = rooms.install(app, signer, the_transactions, the_accounts, the_profiles, identity.install(app))
    the_sync = sync.install(app, the_rooms)
    relations.install(app, the_rooms)
    spaces.install(app, the_rooms)
    reports.install(app, the_accounts, the_rooms)
    the_account_data = account_data.install(app, the_rooms, the_sync)
    ignored.install(app, the_rooms, the_account_data)
    the_notices = notices.install(app, the_accounts, the_profiles, the_rooms, the_account_data)
    the_ephemeral = ephemeral.install(app, the_accounts, the_rooms, the_sync, the_transactions, the_account_data)
    the_keys = keys.install(app, the_accounts, the_rooms, the_sync)
    the_unread = push.install(app, the_rooms, the_sync, the_account_data, the_ephemeral.receipts)
    search.install(app, the_rooms)
    the_directory = directory.install(app, the_accounts, the_profiles, the_rooms)
    the_organisation = organisation.install(app, the_jobs, the_accounts, the_profiles)
    the_rooms.user_cleaners.add("notes", the_organisation.notes.clear)
    the_sessions = sessions.install(
        app,
        the_organisation.people,
        the_organisation.permissions,
        the_accounts,
        the_profiles,
        the_rooms,
        the_account_data,
        the_keys,
        the_unread,
    )
    widget.install(app, the_jobs, the_accounts, the_profiles, the_rooms, the_organisation, the_sessions)
    the_purges = retention.install(app, the_jobs, the_rooms, the_sync)
    erasure.install(app, the_jobs, the_accounts, the_profiles, the_rooms)
    voip.install(app)
    the_analysis = analysis.install(app)
    the_media = media.install(app, the_jobs, the_profiles, the_rooms, the_analysis, open_to_all=is_legacy)
    the_media.keepers.add("account data", the_account_data.mentioned_media)
    the_appservices = appservices.install(app, the_accounts, the_rooms, the_directory)
    the_appservices.voice_of = the_sessions.voice_of
    the_sessions.is_bridged = the_appservices.registry.is_bridged
    the_overview = overview.install(app, the_health, the_jobs, the_organisation, the_sessions)
    if with_capabilities:
        handover.install(
            app,
            the_jobs,
            the_accounts,
            the_profiles,
            the_rooms,
            the_organisation,
            the_sessions,
            the_appservices.registry.is_bridged,
        )
        the_detectors = screening.install(
            app,
            the_jobs,
            the_accounts,
            the_account_data,
            the_notices,
            the_profiles,
            the_rooms,
            the_organisation,
            the_analysis,
            the_media,
            the_appservices.registry.is_bridged,
            the_overview,
        )
        builtin.install(app, the_analysis, the_media, the_organisation.permissions, the_detectors)
        records.install(
            app,
            signer,
            the_jobs,
            the_accounts,
            the_rooms,
            the_ephemeral.receipts,
            the_organisation,
            the_sessions,
            the_media,
            the_account_data,
        )
        safety.install(
            app,
            the_accounts,
            the_profiles,
            the_rooms,
            the_purges,
            the_notices,
            the_organisation,
            the_analysis,
            the_media,
        )
        repair.install(
            app,
            the_jobs,
            the_accounts,
            the_profiles,
            the_rooms,
            the_sync,
            the_notices,
            the_account_data,
            the_organisation,
        )
    previews.install(app, the_media, the_analysis)
    event_streams.install(app, the_rooms, the_sync, the_account_data, with_deprecated=is_legacy)
    if is_legacy:
        legacy_paths.install(app)

    source.check_unknown()
    return app


def _install_pages(app: Application) -> None:
    """What the platform itself serves."""
    audit_api.install(app)
    landing.install(app)
    web_files.install(app)
    description.install(app)
    settings_shown.install(app, settings_classes())


def settings_classes() -> list[type[Settings]]:
    """The settings of every area, in the order of the reference page."""
    return [
        ServerSettings,
        accounts.AccountSettings,
        accounts.DiscoverySettings,
        accounts.CompatibilitySettings,
        rooms.RoomSettings,
        identity.IdentitySettings,
        directory.DirectorySettings,
        notices.NoticeSettings,
        voip.VoipSettings,
        ephemeral.PresenceSettings,
        keys.KeySettings,
        organisation.OrganisationSettings,
        widget.WidgetSettings,
        analysis.AnalysisSettings,
        media.MediaSettings,
        previews.PreviewSettings,
        jobs.JobSettings,
        retention.RetentionSettings,
        handover.HandoverSettings,
        screening.ScreeningSettings,
        *builtin.SETTINGS,
        records.RecordsSettings,
        safety.SafetySettings,
        repair.RepairSettings,
        repair.ReportSettings,
    ]
