"""A user who names a URL does not make the server speak to what only the server can reach."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest

from roomkeeper.core.previews.service import Previews
from roomkeeper.platform.outgoing import ConnectionFailed, Outgoing
from roomkeeper.platform.public_addresses import AddressPolicy, refusing_connector
from roomkeeper.platform.settings import SettingsError
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.previews.site import Names, Site, running_site
from tests.integration.previews.test_previews import preview, refused


def answer_names(server: Server, **answers: list[list[str]]) -> Names:
    """Let the server's previews look names up here."""
    previews = server.app.ending["previews"].__self__  # type: ignore[attr-defined]
    assert isinstance(previews, Previews)
    names, policy = Names(**answers), previews.fetcher.policy
    previews.fetcher.outgoing = Outgoing(lambda: refusing_connector(policy, connections=5, resolver=names))
    return names


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.2",
        "127.0.0.2.",
        "[::ffff:127.0.0.2]",
        "[::1]",
        "[::]",
        "0.0.0.0",
        "localhost",
        "localhost.",
        "10.0.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[64:ff9b::7f00:2]",
        "[2002:7f00:2::]",
    ],
)
async def test_addresses(server: Server, alice: Client, site: Site, host: str) -> None:
    # Of the addresses of this machine the settings allow one, which `localhost` may not stand for alone.
    site.put("/", "<title>Secret</title>")
    if host.startswith("localhost"):
        answer_names(server, **{host.replace(".", "_"): [["127.0.0.1", "127.0.0.2"]]})
    assert await refused(alice, site.url("/", host)) == (404, "M_NOT_FOUND")
    assert site.asked == []


@pytest.mark.parametrize("host", ["127.2", "0x7f.2", "0x7f000002", "2130706434", "0177.0.0.2", "017700000002"])
async def test_odd_notations(alice: Client, site: Site, host: str) -> None:
    site.put("/", "<title>Secret</title>")
    assert await refused(alice, site.url("/", host)) == (400, "M_INVALID_PARAM")
    assert await refused(alice, site.redirect("/away", site.url("/", host))) == (404, "M_NOT_FOUND")
    assert site.asked == ["127.0.0.1/away"]


async def test_names(server: Server, alice: Client, site: Site) -> None:
    site.put("/", "<title>Page</title>")
    answer_names(
        server,
        open_example=[["127.0.0.1"]],
        closed_example=[["127.0.0.2"]],
        both_example=[["127.0.0.1", "127.0.0.2"]],
        mapped_example=[["::ffff:127.0.0.2"]],
        metadata_example=[["169.254.169.254"]],
        unspecified_example=[["0.0.0.0"]],
        none_example=[[]],
    )
    assert (await preview(alice, site.url("/", "open.example")))["og:title"] == "Page"
    # Whether a name stands for a closed address, or for none, is not told.
    for name in ("closed", "both", "mapped", "metadata", "unspecified", "none", "unknown"):
        status, answer = await alice.attempt(
            "GET", "/_matrix/client/v1/media/preview_url", None, url=site.url("/", f"{name}.example")
        )
        assert (status, answer) == (
            404,
            {"errcode": "M_NOT_FOUND", "error": "There is no preview: the server cannot get this page."},
        )
    assert site.arrived == ["127.0.0.1"]


async def test_redirects_are_judged_anew(server: Server, alice: Client, site: Site) -> None:
    site.put("/", "<title>Secret</title>")
    answer_names(server, closed_example=[["127.0.0.2"]])
    for number, host in enumerate(("127.0.0.2", "closed.example", "[::ffff:7f00:2]")):
        assert await refused(alice, site.redirect(f"/{number}", site.url("/", host))) == (404, "M_NOT_FOUND")
    assert set(site.arrived) == {"127.0.0.1"}


async def test_images_are_judged_too(server: Server, alice: Client, site: Site) -> None:
    answer_names(server, closed_example=[["127.0.0.2"]])
    secret = site.url("/secret.png", "closed.example")
    url = site.put(
        "/", f'<title>T</title><meta property="og:image" content="{secret}"><img src="{site.url("/s", "127.0.0.2")}">'
    )
    assert await preview(alice, url) == {"og:title": "T"}
    assert set(site.arrived) == {"127.0.0.1"}


async def test_a_name_that_changes_its_address(server: Server, alice: Client, site: Site) -> None:
    site.put("/", "<title>First</title>")
    names = answer_names(server, changing_example=[["127.0.0.1"], ["127.0.0.2"]])
    # What was looked up is what is connected to: a second look-up would have led elsewhere.
    assert (await preview(alice, site.url("/", "changing.example")))["og:title"] == "First"
    assert names.looked_up == ["changing.example"]
    assert site.arrived == ["127.0.0.1"]
    # And the next one is judged anew, though a connection was open a moment ago.
    assert await refused(alice, site.url("/other", "changing.example")) == (404, "M_NOT_FOUND")
    assert names.looked_up == ["changing.example"] * 2
    assert site.arrived == ["127.0.0.1"]


async def test_the_socket_is_the_last_judge(site: Site) -> None:
    class Careless(AddressPolicy):
        """Permits an address the first time that it is asked, as if the name had led elsewhere then."""

        asked = 0

        def permits(self, text: str) -> bool:
            self.asked += 1
            return self.asked == 1

    policy = Careless()
    outgoing = Outgoing(lambda: refusing_connector(policy, connections=1, resolver=Names(a_example=[["127.0.0.2"]])))
    with pytest.raises(ConnectionFailed):
        async with outgoing.stream(site.url("/", "a.example"), seconds=10):
            raise AssertionError
    await outgoing.close()
    assert policy.asked == 2
    assert site.asked == []


async def test_lists_of_hosts(make_server: MakeServer, site: Site) -> None:
    server = await make_server(
        ROOMKEEPER_PREVIEWS_ALLOWED_ADDRESSES="127.0.0.1",
        ROOMKEEPER_PREVIEWS_PORTS=str(site.port),
        ROOMKEEPER_PREVIEWS_ALLOWED_HOSTS="good.example, *.good.example",
        ROOMKEEPER_PREVIEWS_DENIED_HOSTS="bad.good.example",
    )
    alice = await server.register("alice")
    site.put("/", "<title>T</title>")
    answer_names(
        server, good_example=[["127.0.0.1"]], www_good_example=[["127.0.0.1"]], bad_good_example=[["127.0.0.1"]]
    )
    for host in ("good.example", "www.good.example"):
        assert (await preview(alice, site.url("/", host)))["og:title"] == "T"
    for host in ("bad.good.example", "other.example", "127.0.0.1", "goodexample"):
        assert await refused(alice, site.url("/", host)) == (403, "M_FORBIDDEN")
        assert (await refused(alice, site.redirect("/to", site.url("/", host))))[0] == 403
    site.redirect("/away", site.url("/", "bad.good.example"))
    assert await refused(alice, site.url("/away", "good.example")) == (404, "M_NOT_FOUND")


async def test_wrong_settings(make_server: MakeServer, tmp_path: Path) -> None:
    for name, value in (
        ("ALLOWED_ADDRESSES", "intranet"),
        ("DENIED_ADDRESSES", "10.0.0.0/99"),
        ("CA_FILE", str(tmp_path / "absent.pem")),
        ("PORTS", "http"),
    ):
        with pytest.raises(SettingsError, match=r"(?i)previews"):
            await make_server(**{f"ROOMKEEPER_PREVIEWS_{name}": value})


async def test_certificates(make_server: MakeServer, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), *names]
    await asyncio.to_thread(subprocess.run, [*command, "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with running_site(ssl_context=context) as site:
        site.put("/", "<title>Secure</title>")
        settings = {"ROOMKEEPER_PREVIEWS_ALLOWED_ADDRESSES": "127.0.0.1", "ROOMKEEPER_PREVIEWS_PORTS": str(site.port)}
        url = site.url("/").replace("http:", "https:")
        strict = await make_server(**settings)
        assert await refused(await strict.register("alice"), url) == (404, "M_NOT_FOUND")
        trusting = await make_server(**settings, ROOMKEEPER_PREVIEWS_CA_FILE=str(certificate))
        assert (await preview(await trusting.register("alice"), url))["og:title"] == "Secure"
