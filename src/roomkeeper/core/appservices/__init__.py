"""Application services: bridges and other programs that act for many users, and are sent what happens there.

spec: application-service
"""

from __future__ import annotations

from functools import partial

from roomkeeper.core.accounts import Accounts, CompatibilitySettings
from roomkeeper.core.appservices.api import services as services_api
from roomkeeper.core.appservices.api import third_party as third_party_api
from roomkeeper.core.appservices.ghosts import TYPE, Ghosts
from roomkeeper.core.appservices.listing import NetworkLists
from roomkeeper.core.appservices.queries import Queries
from roomkeeper.core.appservices.registration import load_all
from roomkeeper.core.appservices.registry import Registry
from roomkeeper.core.appservices.service import Appservices
from roomkeeper.core.appservices.third_party import ThirdParty
from roomkeeper.core.directory import Directory
from roomkeeper.core.rooms import RoomRows, Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED
from roomkeeper.platform.http import Request, Requester

__all__ = ["Appservices", "install"]


def install(app: Application, accounts: Accounts, rooms: Rooms, directory: Directory) -> Appservices:
    """Read the registration files, and serve the services. Raises `SettingsError`."""
    app.packages.append(__name__)
    files = app.source.section(CompatibilitySettings).appservices
    registry = Registry(app, accounts, load_all(files, app.settings.server_name))
    appservices = Appservices(app, rooms, registry)
    lists = NetworkLists(app, rooms)
    services_api.install(app, appservices, lists)
    third_party_api.install(app, ThirdParty(registry, appservices.callers, app.clock))
    _let_accounts_in(app, accounts, registry)
    _let_names_be_owned(app, accounts, rooms, Queries(registry, appservices.callers))
    rooms.alias_owners.add("appservices", registry.controls_alias)
    rooms.room_cleaners.add("room lists", RoomRows("appservice_rooms", ("service_id", "network_id", "room_id")))
    rooms.room_cleaners.add("members", RoomRows("appservice_members", ("service_id", "room_id", "user_id")))
    directory.networks = lists.find
    app.starting.add("room lists", lists.start)
    app.doctor.add("application services", appservices.examine)
    for service_id in appservices.senders:
        app.checks.add(f"appservice {service_id}", partial(appservices.check, service_id))
    if appservices.senders:
        app.bus.subscribe(COMMITTED, appservices.note_committed)
    for service_id, sender in appservices.senders.items():
        app.background.add(f"appservice {service_id}", sender.run)
    return appservices


def _let_accounts_in(app: Application, accounts: Accounts, registry: Registry) -> None:
    """Services sign in and register, and act as their users."""
    ghosts = Ghosts(app, accounts, registry)
    accounts.register_types.add(TYPE, ghosts.register)
    accounts.login_types.add(TYPE, ghosts.log_in)
    accounts.reserved.add("appservices", registry.check_reserved)
    app.starting.add("application services' users", ghosts.make_senders)
    if not registry.services:
        return
    accounts.offered_login_types.append(TYPE)
    app.http.is_unlimited = registry.is_unlimited
    with_token = app.http.authenticate

    async def authenticate(token: str, request: Request) -> Requester:
        service = registry.by_token(token)
        return await (with_token(token, request) if service is None else registry.requester(service, request))

    app.http.authenticate = authenticate


def _let_names_be_owned(app: Application, accounts: Accounts, rooms: Rooms, queries: Queries) -> None:
    """Services are asked for what is not there yet."""
    accounts.provisions.add("appservices", queries.user)
    rooms.alias_provisions.add("appservices", queries.alias)
    app.ending.add("questions to application services", queries.close)
