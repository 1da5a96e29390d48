"""Settings of analysis."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta

from roomkeeper.platform.settings import Settings

SenseName = Literal["reading", "nudity", "gore", "faces", "voices", "speech"]


SENSES: frozenset[str] = frozenset(get_args(SenseName))


class AnalysisSettings(Settings, frozen=True):
    """Looking into media, in processes of their own."""

    section: ClassVar[str] = "analysis"

    image_workers: Annotated[
        int, Meta(ge=1, le=64, description="Processes that look into images at the same time, at most.")
    ] = 2
    worker_memory_mib: Annotated[
        int, Meta(ge=256, le=65_536, description="MiB of memory that one such process may use; it is replaced then.")
    ] = 1024
    senses: Annotated[
        tuple[SenseName, ...],
        Meta(
            description="Models that may be used where they are installed. None of them is loaded before it is needed."
        ),
    ] = ("reading", "nudity", "gore", "faces", "voices", "speech")
    queue_length: Annotated[
        int, Meta(ge=1, le=100_000, description="Jobs that may wait for a process; a user may have a quarter of them.")
    ] = 200
    idle_seconds: Annotated[
        int, Meta(ge=1, le=86_400, description="Seconds after which a process that nobody needs is ended.")
    ] = 120
