"""User-Interactive Authentication on its own."""

from __future__ import annotations

import pytest

from roomkeeper.core.accounts import interactive
from roomkeeper.core.accounts.interactive import Auth, AuthenticationNeeded, InteractiveAuth, any_of
from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.errors import Forbidden


async def check(auth: Auth) -> str:
    if auth.get("word") != "sesame":
        raise Forbidden("That is not the word.")
    return "kept"


WAY = any_of({"word": check})


async def challenge(auth: InteractiveAuth, given: Auth | None, operation: str = "open") -> dict[str, object]:
    with pytest.raises(AuthenticationNeeded) as raised:
        await auth.require(operation, given, WAY)
    return dict(raised.value.body)


async def test_challenge_attempt_and_success() -> None:
    auth = InteractiveAuth(FixedClock())
    first = await challenge(auth, None)
    assert first["flows"] == [{"stages": ["word"]}]
    wrong = await challenge(auth, {"type": "word", "word": "barley", "session": first["session"]})
    assert (wrong["errcode"], wrong["error"]) == ("M_FORBIDDEN", "That is not the word.")
    assert wrong["session"] == first["session"]
    session = await auth.require("open", {"type": "word", "word": "sesame", "session": first["session"]}, WAY)
    assert session.kept == {"word": "kept"}


async def test_an_authenticated_session_needs_no_stage_again_until_it_is_finished() -> None:
    auth = InteractiveAuth(FixedClock())
    session = await auth.require("open", {"type": "word", "word": "sesame"}, WAY)
    assert auth.count_kept("kept") == 1
    assert await auth.require("open", {"session": session.id}, WAY) is session
    # It is for that operation alone, and never without `auth`.
    await challenge(auth, {"session": session.id}, "close")
    await challenge(auth, None)
    auth.finish(session)
    assert auth.count_kept("kept") == 0
    await challenge(auth, {"session": session.id})


async def test_sessions_expire() -> None:
    clock = FixedClock()
    auth = InteractiveAuth(clock)
    session = await auth.require("open", {"type": "word", "word": "sesame"}, WAY)
    clock.advance(interactive.LIFETIME_MS)
    assert (await challenge(auth, {"session": session.id}))["session"] != session.id


async def test_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactive, "KEPT", 3)
    auth = InteractiveAuth(FixedClock())
    oldest = await auth.require("open", {"type": "word", "word": "sesame"}, WAY)
    for _ in range(3):
        await challenge(auth, None)
    assert (await challenge(auth, {"session": oldest.id}))["session"] != oldest.id


@pytest.mark.parametrize("given", [{}, {"type": "other"}, {"type": 5}, {"type": ["word"]}, {"session": []}])
async def test_malformed_auth_is_another_challenge(given: Auth) -> None:
    assert "session" in await challenge(InteractiveAuth(FixedClock()), given)
