"""What has been related lately, in memory: events without relations cost no query, and nothing is said twice."""

from __future__ import annotations

from collections import OrderedDict

from roomkeeper.core.relations.models import Relation
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import DuplicateAnnotation

KEPT_PARENTS = 20_000
KEPT_ANNOTATIONS = 2_000

Annotation = tuple[str, str, str, Relation]
"""Room id, sender, type of event, and the relation."""


class RecentParents:
    """The events that others have related to lately. Of events before `floor` nothing is known."""

    def __init__(self) -> None:
        self.floor = 0
        self._parents: OrderedDict[str, int] = OrderedDict()

    def note(self, parent: str, position: int) -> None:
        """An event at `position` relates to `parent`."""
        self._parents[parent] = position
        self._parents.move_to_end(parent)
        if len(self._parents) > KEPT_PARENTS:
            # The forgotten parent came before its child.
            self.floor = max(self.floor, self._parents.popitem(last=False)[1])

    def may_have_children(self, event_id: str, position: int) -> bool:
        """False where no event can relate to this one."""
        return position <= self.floor or event_id in self._parents


class RecentAnnotations:
    """The annotations of the last moments: those that a look into the database may have missed."""

    def __init__(self) -> None:
        self._writes: OrderedDict[Annotation, Write] = OrderedDict()

    def note(self, annotation: Annotation, write: Write) -> None:
        """An annotation becomes durable with `write`. Raises `DuplicateAnnotation`."""
        earlier = self._writes.get(annotation)
        if earlier is not None and not earlier.failed:
            raise DuplicateAnnotation
        self._writes[annotation] = write
        self._writes.move_to_end(annotation)
        if len(self._writes) > KEPT_ANNOTATIONS:
            self._writes.popitem(last=False)

    def forget(self, annotation: Annotation) -> None:
        """The annotation is taken back."""
        self._writes.pop(annotation, None)
