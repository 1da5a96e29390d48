"""Growth: what a send costs when 1 k, 100 k, 1 M rooms are stored.

One data folder is made over HTTP (the active rooms and a template room) and copied once per size; each copy is filled
with rooms up to its size while no server runs. Then a server runs on each copy, and the active rooms are measured in
turns.
"""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.fill import CannotFillError, fill_rooms, stored_bytes
from bench.load import Load, Member, Room, make_room
from bench.matrix import User
from bench.outcome import Figure, Goal, Outcome
from bench.servers import Roomkeeper, Target

SPARE = 1.5  # disk that must be free, relative to the estimate
GIB = 2**30


@dataclass(frozen=True)
class Growth:
    """Two-person rooms, a closed loop, at each number of stored rooms."""

    sizes: tuple[int, ...] = (1_000, 100_000)
    rooms: int = 20
    senders: int = 8
    seconds: float = 4.0
    warm_up: float = 1.0
    repeats: int = 3
    name: str = "growth"
    goals: tuple[Goal, ...] = field(default=())

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, "growth of stored rooms", _figures(self.sizes), _goals(self.sizes))
        for target in targets:
            if not isinstance(target, Roomkeeper):
                outcome.notes.append(f"{target.name} is not filled")
                continue
            try:
                await self._grow(target, outcome)
            finally:
                target.remove_data()
        return outcome

    async def _grow(self, target: Roomkeeper, outcome: Outcome) -> None:
        base = await self._base(target)
        with ExitStack() as stack:
            loads: dict[int, Load] = {}
            for size, copy in self._copies(target, base, outcome):
                stack.callback(copy.remove_data)
                copy.start()
                stack.callback(copy.stop)
                loads[size] = await _adopt(copy, base.load)
            if not loads:
                return
            for _ in range(self.repeats):
                outcome.add(target.name, await self._round(loads))
            for size, load in loads.items():
                outcome.problems += [f"with {size:,} rooms: {problem}" for problem in load.problems()]

    async def _base(self, target: Target) -> "_Base":
        target.remove_data()
        target.start()
        try:
            load = await Load.prepare(target, self.rooms, 2)
            template = await make_room(target, "template", 2)
            for number in range(2):
                await template.members[0].user.send(template.path, number, "Good morning.")
            for room in [*load.rooms, template]:
                for member in room.members:
                    member.user.close()
        finally:
            target.stop()
        return _Base(load, template.room_id)

    def _copies(self, target: Target, base: "_Base", outcome: Outcome) -> list[tuple[int, Target]]:
        """Filled copies, smallest first; a size for which the disk is too small is left out, and said so."""
        made: list[tuple[int, Target]] = []
        per_room = 0.0
        empty = stored_bytes(target.data_dir)
        for size in self.sizes:
            free = shutil.disk_usage(target.data_dir.parent).free
            needed = per_room * size * SPARE
            if needed > free:
                outcome.notes.append(
                    f"{size:,} rooms skipped: needs {needed / GIB:.1f} GiB of disk, {free / GIB:.1f} free"
                )
                continue
            folder = target.data_dir.with_name(f"{target.data_dir.name}-{size}")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(target.data_dir, folder)
            try:
                fill_rooms(folder, base.template, size)
            except CannotFillError as error:
                shutil.rmtree(folder, ignore_errors=True)
                outcome.problems.append(f"cannot fill: {error}")
                return made
            per_room = (stored_bytes(folder) - empty) / size
            outcome.notes.append(f"{size:,} rooms: {stored_bytes(folder) / GIB:.2f} GiB stored")
            made.append((size, Roomkeeper(Path(folder))))
        return made

    async def _round(self, loads: dict[int, Load]) -> dict[str, float]:
        sample: dict[str, float] = {}
        for size, load in loads.items():
            async with load.following():
                await load.measured(load.closed_loop(self.warm_up, self.senders))
                window = await load.measured(load.closed_loop(self.seconds, self.senders))
            sample[f"cpu_{size}"] = window.figures()["cpu_per_send"]
            sample[f"peak_{size}"] = window.figures()["peak"]
            sample[f"ratio_{size}"] = sample[f"cpu_{size}"] / sample[f"cpu_{self.sizes[0]}"]
        return sample


@dataclass
class _Base:
    """What was made over HTTP before the copies."""

    load: Load
    template: str


async def _adopt(target: Target, load: Load) -> Load:
    """The same people and rooms on a copy of the data."""
    rooms: list[Room] = []
    for room in load.rooms:
        members: list[Member] = []
        for member in room.members:
            user = User(target.endpoint, member.user.user_id, member.user.token)
            await user.first_sync()
            members.append(Member(user, member.index, set()))
        rooms.append(Room(room.room_id, members))
    return Load(target, rooms)


def _figures(sizes: Sequence[int]) -> tuple[Figure, ...]:
    cpu = [Figure(f"cpu_{size}", f"server CPU per send, {size:,} rooms stored", "µs") for size in sizes]
    ratios = [Figure(f"ratio_{size}", f"the same, relative to {sizes[0]:,} rooms", "×") for size in sizes[1:]]
    peaks = [Figure(f"peak_{size}", f"peak memory, {size:,} rooms stored", "MiB") for size in sizes]
    return (*cpu, *ratios, *peaks)


def _goals(sizes: Sequence[int]) -> tuple[Goal, ...]:
    return tuple(Goal(f"ratio_{size}", 1.1) for size in sizes[1:])
