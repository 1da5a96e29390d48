"""What people install: a wheel has the built pages and the widget in it, and runs where nothing else is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from scripts import web, widget

UV = Path(sys.executable).with_name("uv")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("ROOMKEEPER_", "PYTHON"))}
START_SECONDS = 60.0
FORBIDDEN = ("tests/", "bench/", "scripts/", "node_modules", ".lock")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the working copy, with all that belongs into it."""
    web.build()
    widget.build()
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([UV, "build", "-q", "--wheel", "--out-dir", folder, web.ROOT], check=True, env=ENVIRONMENT)
    [found] = folder.glob("*.whl")
    return found


@pytest.mark.long
def test_what_is_in_a_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        page = archive.read("roomkeeper/web_dist/index.html").decode()
        assert archive.read("roomkeeper/core/organisation/widget/static/widget.js") == widget.BUILT.read_bytes()
    assets = set(re.findall(r'(?:src|href)="/app/(assets/[^"]+)"', page))
    assert assets
    assert {f"roomkeeper/web_dist/{name}" for name in assets} <= names
    migrations = {str(file.relative_to(web.ROOT / "src")) for file in web.ROOT.glob("src/**/migrations/*_0*.py")}
    assert migrations
    assert migrations <= names
    assert {"roomkeeper/py.typed", "roomkeeper/demo/pages/demo.css"} <= names
    assert not [name for name in names if name.startswith(FORBIDDEN[:3]) or any(bad in name for bad in FORBIDDEN[3:])]


@contextmanager
def _serving(program: Path, folder: Path) -> Iterator[str]:
    """The address of a server that this program runs, away from the working copy."""
    settings = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_LISTEN": "127.0.0.1:0"}
    with subprocess.Popen(
        [program, "serve"],
        cwd=folder,
        env={**ENVIRONMENT, **settings, "ROOMKEEPER_DATA_DIR": str(folder / "data")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            said = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert said is not None, "it did not start; standard error says why"
            _wait_until_ready(said[0])
            yield said[0]
        finally:
            process.terminate()
    assert process.returncode == 0


def _wait_until_ready(url: str) -> None:
    """It says where it listens just before it does."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            assert _get(f"{url}/readyz")[0] == 200
        except urllib.error.URLError:
            assert time.monotonic() < end, "it does not answer"
            time.sleep(0.05)
        else:
            return


def _get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.long
def test_it_runs_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "venv"
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, installed], check=True, env=ENVIRONMENT)
    python = installed / "bin" / "python"
    subprocess.run([UV, "pip", "install", "-q", "--python", python, wheel], check=True, env=ENVIRONMENT, cwd=tmp_path)
    with _serving(installed / "bin" / "roomkeeper", tmp_path) as url:
        status, page = _get(f"{url}/app")
        assert (status, b"<script" in page) == (200, True)
        for name in re.findall(rb'(?:src|href)="(/app/assets/[^"]+)"', page):
            assert _get(url + name.decode())[0] == 200
        assert _get(f"{url}/widget.js") == (200, widget.BUILT.read_bytes())
