from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from agent_backend.embedded import EmbeddedError, Home


def test_a_directory_is_claimed_once_and_known_again(tmp_path: Path) -> None:
    home = Home(tmp_path / "d")
    home.check()
    assert not home.path.exists()
    home.prepare()
    home.prepare()
    Home(home.path).check()
    assert [entry.name for entry in home.path.iterdir()] == ["agent-backend.json"]


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "d")
    home.prepare()
    key = home.secret_key()
    assert len(key) >= 64
    assert Home(home.path).secret_key() == key
    assert stat.S_IMODE((home.path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("label", ["", "{", "[]", '{"format": 2}'])
def test_a_directory_with_another_label_is_refused(tmp_path: Path, label: str) -> None:
    home = Home(tmp_path / "d")
    home.prepare()
    (home.path / "agent-backend.json").write_text(label)
    for use in (home.prepare, home.check):
        with pytest.raises(EmbeddedError, match="AGENT_BACKEND_DATA_DIRECTORY"):
            use()


def test_a_directory_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    for use in (Home(tmp_path).prepare, Home(tmp_path).check):
        with pytest.raises(EmbeddedError, match="holds something else"):
            use()
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="too long for a Unix socket"):
        Home(tmp_path / ("x" * 90)).prepare()


def test_one_service_at_a_time_has_the_directory(tmp_path: Path) -> None:
    home = Home(tmp_path / "d")
    home.prepare()
    assert not home.in_use()
    with home.locked():
        assert home.in_use()
        with pytest.raises(EmbeddedError, match=rf"used by another service \(process {os.getpid()}\)"):
            with Home(home.path).locked():
                pass
    with home.locked():
        pass


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"AGENT_BACKEND_DATA_DIRECTORY": "/srv/x"}, "/srv/x"),
        ({"XDG_DATA_HOME": "/home/ada/data"}, "/home/ada/data/agent-backend"),
        ({"HOME": "/home/ada"}, "/home/ada/.local/share/agent-backend"),
    ],
)
def test_an_ordinary_account_has_its_usual_place(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], place: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert str(Home.of(environ).path) == place


def test_root_has_the_place_of_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert str(Home.of({"HOME": "/root"}).path) == "/var/lib/agent-backend"
