"""Media checked before others see it, told from both sides with devices that sync; after each story the law holds."""

from __future__ import annotations

from tests import samples
from tests.harness import Server
from tests.integration.media.test_access import sees
from tests.integration.media.uploading import create, fill, together, upload
from tests.integration.retention.operator import Operator
from tests.integration.screening.world import add_marks, checksum, marked, send_file, told_state
from tests.scenarios.model import Arrive


async def test_a_photograph_is_checked_while_the_caption_is_written(server: Server, arrive: Arrive) -> None:
    marks = add_marks(server)
    sender, receiver = await server.register("sender"), await server.register("receiver")
    room_id = await together(sender, receiver)
    at_sender, at_receiver = await arrive(sender), await arrive(receiver)

    # The picture is taken: its id, its first checksum, its bytes; it is looked at at once.
    picture = samples.png()
    media_id = await create(sender)
    first = {"content_type": "image/png", "content_digest": f"sha-256=:{checksum(picture)}=:"}
    assert (await fill(sender, media_id, picture, **first)).status == 200

    # It is changed on the sender's disk before they press send: refused, and nothing is delivered.
    status, answer = await send_file(sender, room_id, media_id, **{"org.roomkeeper.sha256": checksum(b"another")})
    assert (status, answer["org.roomkeeper.reason"]) == (403, "checksum_mismatch")
    await at_receiver.sync()
    assert at_receiver.bodies(room_id) == []
    assert not await sees(receiver, media_id)

    # As it was: the message carries its id and the second checksum, and leaves at once.
    status, _ = await send_file(sender, room_id, media_id, **{"org.roomkeeper.sha256": checksum(picture)})
    assert status == 200
    for each in (at_sender, at_receiver):
        await each.sync()
        assert each.bodies(room_id) == ["image"]
    assert await sees(receiver, media_id)
    assert len(marks.asked) == 1


async def test_reviewed_refused_appealed_delivered(server: Server, arrive: Arrive) -> None:
    # A client that knows nothing of screening uploads and sends.
    add_marks(server)
    operator = Operator(server)
    sender, receiver = await server.register("sender"), await server.register("receiver")
    room_id = await together(sender, receiver)
    at_sender, at_receiver = await arrive(sender), await arrive(receiver)
    media_id = await upload(sender, marked(0.7))
    status, answer = await send_file(sender, room_id, media_id)
    assert status == 200
    event_id = answer["event_id"]

    # Only the sender sees it, and that it waits.
    case_id = (await told_state(sender, room_id, event_id, "waiting"))["case_id"]
    await at_sender.sync()
    await at_receiver.sync()
    assert at_sender.bodies(room_id) == ["image"]
    assert at_receiver.bodies(room_id) == []

    # It is refused; they are told why, and appeal; somebody else looks again, and it arrives.
    await operator.ask("POST", f"/screening/cases/{case_id}/refuse", {"told": "No pictures of people."})
    assert (await told_state(sender, room_id, event_id, "refused"))["reason"] == "No pictures of people."
    await sender.post(f"/_roomkeeper/v1/screening/mine/{case_id}/appeal", {"text": "It is a statue."})
    await told_state(sender, room_id, event_id, "waiting")
    await operator.ask("POST", f"/screening/cases/{case_id}/approve", {"reason": "a statue"})
    await at_receiver.sync()
    assert at_receiver.bodies(room_id) == ["image"]
    assert await sees(receiver, media_id)
    await told_state(sender, room_id, event_id, "approved")
