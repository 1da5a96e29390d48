"""`roomkeeper evaluate`: recall and false matches by threshold, of a labelled folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roomkeeper.commands import evaluation
from roomkeeper.commands.failures import Failure
from tests import identities, samples, senses


def put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two people with faces, one with a plate and a badge, one with a voice and a bag; pictures of both, of nobody."""
    put(tmp_path, "enrolled/astronaut/face.jpg", identities.face("astronaut"))
    put(tmp_path, "enrolled/astronaut/texts.csv", "plate,京A·D1234\nbadge,K-4711-08\nname,Al\n".encode())
    put(tmp_path, "enrolled/officer/face.jpg", identities.face("officer"))
    put(tmp_path, "enrolled/officer/face-dark.jpg", identities.bad_face("too_dark"))
    put(tmp_path, "enrolled/officer/voice.wav", senses.spoken(identities.SENTENCES[0]))
    put(tmp_path, "enrolled/officer/belonging.jpg", samples.encoded(identities.thing(1), "JPEG"))
    put(tmp_path, "submitted/astronaut/face.jpg", identities.another("astronaut"))
    put(tmp_path, "submitted/astronaut/plate.jpg", identities.plate("京A·D1234"))
    put(tmp_path, "submitted/officer/face.jpg", identities.another("officer"))
    put(tmp_path, "submitted/officer/voice.wav", senses.spoken(identities.SENTENCES[1]))
    put(tmp_path, "submitted/officer/belonging.jpg", samples.encoded(identities.thing(1).rotate(15), "JPEG"))
    put(tmp_path, "submitted/astronaut+officer/face.jpg", identities.together("astronaut", "officer"))
    put(tmp_path, "submitted/nobody/cat.png", senses.sample("chelsea.png"))
    put(tmp_path, "submitted/nobody/quiet.wav", senses.silence(3))
    return tmp_path


def test_the_table(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ROOMKEEPER_SERVER_NAME", "example.org")
    monkeypatch.setenv("ROOMKEEPER_ANALYSIS_SENSES", "faces,voices,reading")
    evaluation.evaluate(folder, None, as_json=True)
    report = json.loads(capsys.readouterr().out)
    assert (report["people"], report["submissions"]) == (2, 8)
    assert report["enrolled"] == {"face": 2, "plate": 1, "badge": 1, "voice": 1, "belonging": 1}
    assert sorted(report["refused"]) == [
        ["astronaut/texts.csv: Al", "too_few_letters"],
        ["officer/face-dark.jpg", "too_dark"],
    ]
    assert report["failed"] == [["nobody/quiet.wav", "nothing_to_compare"]]
    chosen = {each["kind"]: each for each in report["rows"] if each["is_set"]}
    found = {kind: (each["found"], each["wanted"], each["false"]) for kind, each in chosen.items()}
    assert found["face"] == (4, 4, 0)
    assert found["plate"] == (1, 1, 0)
    assert found["voice"] == (1, 1, 0)
    assert found["belonging"] == (1, 1, 0)
    faces = [each for each in report["rows"] if each["kind"] == "face"]
    assert [each["threshold"] for each in faces] == sorted(each["threshold"] for each in faces)
    assert faces[-1]["found"] < 4, "nothing is exactly alike"
    evaluation.evaluate(folder, None, as_json=False)
    printed = capsys.readouterr().out
    assert "4 of 4" in printed
    assert "0.45 *" in printed


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("enrolled/one/me.jpg", b"", "begins with face"),
        ("enrolled/one/texts.csv", b"soul,mine", "kind,text"),
        ("submitted/one/notes.txt", b"", "no picture, film or sound"),
        ("other/x", b"", "no folders"),
    ],
)
def test_a_folder_that_is_laid_out_wrongly(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    if name != "other/x":
        put(tmp_path, "enrolled/one/texts.csv", b"name,Example name")
        put(tmp_path, "submitted/nobody/gap.png", samples.png(9, 9))
    put(tmp_path, name, data)
    with pytest.raises(Failure, match=words):
        evaluation.evaluate(tmp_path, None, as_json=False)
