"""The composition root: the only file that knows every area. It reads like a table of contents."""

from __future__ import annotations

from roomkeeper.core import account_data, accounts, ephemeral, profiles, rooms, sync, transactions
from roomkeeper.platform import health, landing, signing_key
from roomkeeper.platform.application import Application, ServerSettings
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.settings import Settings, SettingsSource


def build(source: SettingsSource, clock: Clock | None = None) -> Application:
    """The server, ready to start. Raises `SettingsError` where the settings cannot be used."""
    app = Application(source, clock)
    signer = signing_key.load_or_create(app.data_dir, app.settings.server_name)
    health.install(app)
    landing.install(app)

    the_transactions = transactions.install(app)
    the_accounts = accounts.install(app, default_room_version=source.section(rooms.RoomSettings).default_room_version)
    the_profiles = profiles.install(app, the_accounts)
    the_rooms = rooms.install(app, signer, the_transactions, the_accounts, the_profiles)
    the_sync = sync.install(app, the_rooms)
    the_account_data = account_data.install(app, the_rooms, the_sync)
    ephemeral.install(app, the_accounts, the_rooms, the_sync, the_transactions, the_account_data)

    source.check_unknown()
    return app


def settings_classes() -> list[type[Settings]]:
    """The settings of every area, in the order of the reference page."""
    return [
        ServerSettings,
        accounts.AccountSettings,
        accounts.CompatibilitySettings,
        rooms.RoomSettings,
        ephemeral.PresenceSettings,
    ]
