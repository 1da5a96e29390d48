"""Flows: what a user did, from their tracked events: fetched, checked, put together to steps, as JSON and as text.

`service` fetches; `checking` says how far the events can be trusted; `aggregating` makes attempts and steps of them and
finds the first deviation from the plan; `text` writes it down.
"""

from roomkeeper.capabilities.repair.flows.service import Flows
from roomkeeper.capabilities.repair.flows.text import flow_text

__all__ = ["Flows", "flow_text"]
