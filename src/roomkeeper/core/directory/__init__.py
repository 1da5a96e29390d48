"""Directories: the public room list, and finding users.

spec: client-server §Published Room Directory, §User Directory
"""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.directory import api
from roomkeeper.core.directory.api import Directory
from roomkeeper.core.directory.keeper import Keeper
from roomkeeper.core.directory.listing import Listing
from roomkeeper.core.directory.settings import DirectorySettings
from roomkeeper.core.directory.users import Users
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import RoomRows, Rooms
from roomkeeper.platform.application import Application

__all__ = ["Directory", "DirectorySettings", "Listing", "install"]


def install(app: Application, accounts: Accounts, profiles: Profiles, rooms: Rooms) -> Directory:
    """Keep the directories, and serve them."""
    app.packages.append(__name__)
    settings = app.source.section(DirectorySettings)
    keeper = Keeper(app, accounts, profiles)
    app.background.add("directory", keeper.follower.run)
    rooms.room_cleaners.add("directory", RoomRows("directory_open_rooms", ("room_id",)))
    users = Users(app, rooms, accounts, keeper, settings)
    directory = Directory(Listing(app, rooms), users, settings, app.settings.server_name)
    api.install(app, directory)
    return directory
