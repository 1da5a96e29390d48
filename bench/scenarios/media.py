"""Files up and down, small and large; and thumbnails: the first, the next, and one that is kept.

The floor only hashes, writes and reads the file (`bench/floor.py`).
"""

import io
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import msgspec
from PIL import Image

from bench.load import LoadFailedError, in_parallel
from bench.matrix import User
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.servers import Roomkeeper, Target

MIB = 2**20
SIZES = {"small": 64 * 1024, "large": 8 * MIB}
LABELS = {"small": "64 KiB", "large": "8 MiB"}
FIGURES = (
    *(
        figure
        for size, label in LABELS.items()
        for way in ("upload", "download")
        for figure in (
            Figure(f"{way}_{size}_rate", f"{way} of {label}", "MiB/s"),
            Figure(f"{way}_{size}_cpu", f"the same, server CPU per MiB{' (per 16 files)' * (size == 'small')}", "ms"),
        )
    ),
    Figure("thumbnail_cold", "thumbnail of 6 megapixels: the first after a start", "ms"),
    Figure("thumbnail_made", "the same: made by a worker that runs", "ms"),
    Figure("thumbnail_kept", "the same: made before", "ms"),
)


@dataclass(frozen=True)
class Media:
    """`files` large ones, and as many mebibytes of small ones, by `users` at the same time."""

    files: int = 24
    users: int = 4
    repeats: int = 3
    name: str = "media"
    goals: tuple[Goal, ...] = (
        Goal("upload_large_cpu", 1.5, "floor"),
        Goal("download_large_cpu", 1.5, "floor"),
        Goal("thumbnail_kept", 20),
    )

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, "files and thumbnails", FIGURES, self.goals)
        for repeat in range(self.repeats):
            for target in targets:
                with started(target):
                    outcome.add(target.name, await self._measure(target, random.Random(repeat)))
        return outcome

    async def _measure(self, target: Target, chance: random.Random) -> dict[str, float]:
        users = [await User.register(target.endpoint, f"user{number}") for number in range(self.users)]
        sample: dict[str, float] = {}
        if isinstance(target, Roomkeeper):
            sample |= await _thumbnails(users[0])
        for name, size in SIZES.items():
            count = self.files * SIZES["large"] // size // (8 if name == "small" else 1)
            files = [chance.randbytes(size) for _ in range(count)]
            uris: list[str] = [""] * count

            async def up(user: User, number: int, files: list[bytes] = files, uris: list[str] = uris) -> None:
                uris[number] = await upload(user, files[number], "video/mp4")

            async def down(user: User, number: int, files: list[bytes] = files, uris: list[str] = uris) -> None:
                if await download(user, uris[number]) != files[number]:
                    raise LoadFailedError(f"{target.name}: another file came back")

            for way, work in (("upload", up), ("download", down)):
                await work(users[0], 0)
                cpu, begun = target.tree.cpu(), time.perf_counter()
                shares = [range(index, count, self.users) for index in range(self.users)]

                async def do(user: User, share: range, work: object = work) -> None:
                    for number in share:
                        await work(user, number)  # type: ignore[operator]

                pairs = list(zip(users, shares, strict=True))
                await in_parallel([lambda pair=pair, do=do: do(*pair) for pair in pairs])  # type: ignore[misc]
                took, cpu = time.perf_counter() - begun, target.tree.cpu() - cpu
                mebibytes = count * size / MIB
                sample |= {f"{way}_{name}_rate": mebibytes / took, f"{way}_{name}_cpu": cpu / mebibytes * 1e3}
        for user in users:
            user.close()
        return sample


async def upload(user: User, data: bytes, content_type: str) -> str:
    """Upload; the content URI without its scheme."""
    head = (
        f"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: {user.endpoint.host}:{user.endpoint.port}\r\n"
        f"Authorization: Bearer {user.token}\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    status, answer = await user.acting.request(head.encode() + data)
    if status != 200:
        raise LoadFailedError(f"upload: {status} {answer[:200]!r}")
    uri: str = msgspec.json.decode(answer)["content_uri"]
    return uri.removeprefix("mxc://")


async def download(user: User, uri: str, kind: str = "download", query: str = "") -> bytes:
    """What comes back."""
    head = (
        f"GET /_matrix/client/v1/media/{kind}/{uri}{query} HTTP/1.1\r\n"
        f"Host: {user.endpoint.host}:{user.endpoint.port}\r\nAuthorization: Bearer {user.token}\r\n\r\n"
    )
    status, answer = await user.acting.request(head.encode())
    if status != 200:
        raise LoadFailedError(f"{kind}: {status} {answer[:200]!r}")
    return answer


async def _thumbnails(user: User) -> dict[str, float]:
    """Milliseconds until a thumbnail is there."""
    uris = [await upload(user, photograph(number), "image/jpeg") for number in range(4)]
    made = [await _thumbnail(user, uri) for uri in uris]
    kept = [await _thumbnail(user, uri) for uri in uris * 5]
    return {"thumbnail_cold": made[0], "thumbnail_made": median(made[1:]), "thumbnail_kept": median(kept)}


async def _thumbnail(user: User, uri: str) -> float:
    begun = time.perf_counter()
    await download(user, uri, "thumbnail", "?width=320&height=240&method=scale")
    return (time.perf_counter() - begun) * 1e3


def photograph(number: int) -> bytes:
    """A JPEG file of six megapixels that is as hard to read as one from a camera."""
    noise = Image.frombytes("RGB", (300, 200), random.Random(number).randbytes(300 * 200 * 3))
    data = io.BytesIO()
    noise.resize((3000, 2000)).save(data, "JPEG", quality=85)
    return data.getvalue()
