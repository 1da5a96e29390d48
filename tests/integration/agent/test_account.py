"""Where the access token is kept, and other ways of signing in."""

from __future__ import annotations

from pathlib import Path

from roomkeeper_agent import account as accounts
from tests.agent.keyring import secret_service
from tests.integration.agent.desk import AgentProcess, Place
from tests.integration.agent.test_agent import ready, say, texts, until


async def test_the_desktop_s_secret_service_keeps_the_token(place: Place, tmp_path: Path) -> None:
    async with secret_service(tmp_path / "keyring") as environment:
        agent = AgentProcess(place, **environment)
        try:
            folder = await ready(place, agent)
            account = accounts.load(place.paths)
            assert account is not None
            assert account.token_in == "secret-service"
            assert not place.paths.token.exists()
            say(folder, "one")

            async def is_there() -> bool:
                return await texts(place) == ["one"]

            await until(is_there)
            # It keeps passwords of sources, too.
            await agent.command("sources", "add", "irc", "--set", "server=127.0.0.1", "--set", "port=9", "--set",
                                "nick=desk", "--set", "password=hunter 2")  # fmt: skip
            assert "password=… (secret-service)" in await agent.command("sources", "list")
            assert "hunter" not in place.paths.settings.read_text("utf-8")
            assert not list(place.paths.secrets.iterdir())

            async def tried() -> bool:
                return any("9" in each["error"] for each in (await agent.status())["sources"] if each["id"] == "irc")

            await until(tried)
            await agent.stop()
            assert "Signed out of" in await agent.command("sign-out")
        finally:
            await agent.kill()


async def test_a_login_token_is_enough(place: Place, agent: AgentProcess) -> None:
    token = await place.token("desk")
    body = {"auth": {"type": "m.login.password", "password": "correct horse battery", "identifier": USER}}
    status, answer = await place.request("POST", "/_matrix/client/v1/login/get_token", body, token)
    if status == 401:
        body["auth"]["session"] = answer["session"]
        status, answer = await place.request("POST", "/_matrix/client/v1/login/get_token", body, token)
    assert status == 200, answer
    given = AgentProcess(place, ROOMKEEPER_AGENT_PASSWORD=answer["login_token"])
    assert "@desk:example.org" in await given.command("sign-in", place.process.url, "--login-token")
    account = accounts.load(place.paths)
    assert account is not None
    # Signing in again replaces the token of the same device.
    assert "Signed in" in await agent.command("sign-in", place.process.url, "--user", "desk")
    again = accounts.load(place.paths)
    assert again is not None
    assert again.device_id == account.device_id


async def test_who_may_not_upload_does_not_sign_in(place: Place, agent: AgentProcess) -> None:
    body = {"username": "customer", "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
    await place.ask("POST", "/_matrix/client/v3/register", body)
    said = await agent.command("sign-in", place.process.url, "--user", "customer", code=1)
    assert "may not upload records" in said
    assert accounts.load(place.paths) is None
    assert "not encrypted" in await agent.command("sign-in", "http://chat.example.org", "--user", "x", code=1)
    assert "no address" in await agent.command("sign-in", "ftp://example.org", "--user", "x", code=1)
    assert "does not answer" in await agent.command("sign-in", "http://127.0.0.1:9", "--user", "x", code=1)


USER = {"type": "m.id.user", "user": "desk"}
