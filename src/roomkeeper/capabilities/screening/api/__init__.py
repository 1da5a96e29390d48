"""The endpoints of screening."""

from __future__ import annotations

from roomkeeper.capabilities.screening.api.administration import AdministrationApi
from roomkeeper.capabilities.screening.api.lists import ListsApi
from roomkeeper.capabilities.screening.api.mine import MineApi
from roomkeeper.capabilities.screening.api.review import ReviewApi

__all__ = ["AdministrationApi", "ListsApi", "MineApi", "ReviewApi"]
