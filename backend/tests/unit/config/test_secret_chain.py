from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_backend.config import ConfigError, Sources, UnifiedConfigManager
from agent_backend.config.google_secrets import GoogleSecrets

Make = Callable[..., UnifiedConfigManager]
NAME = "AGENT_BACKEND_SECRET_KEY"
KEYS = {place: f"hunter2-{place}-Vb8qZr1LkXw5TnYc0JdPfGsMeUoAiHtR" for place in ("mounted", "file", "account")}


class Account:
    """A secret manager with one secret."""

    identity = "backend@project"

    def read(self, name: str) -> str | None:
        return KEYS["account"] if name == NAME else None


class Unreachable(Account):
    def read(self, name: str) -> str | None:
        raise OSError("permission denied")


def key(config: UnifiedConfigManager) -> str:
    return config.get("security.secret_key").get_secret_value()


def test_the_first_link_that_has_a_secret_wins(manager: Make, tmp_path: Path) -> None:
    mounted, file = tmp_path / "mounted", tmp_path / "secrets"
    mounted.mkdir()
    (mounted / NAME).write_text(KEYS["mounted"] + "\n")
    file.write_text(f"# keys\n\n{NAME}={KEYS['file']}\n")
    places = {"SECRETS_DIRECTORY": str(mounted), "SECRETS_FILE": str(file), "account": Account()}
    assert "mounted" not in key(manager(**places))
    assert key(manager(SECRET_KEY=None, **places)) == KEYS["mounted"]
    (mounted / NAME).unlink()
    config = manager(SECRET_KEY=None, **places)
    assert key(config) == KEYS["file"]
    assert str(config.origin_of("security.secret_key")) == f"{file}, line 3"
    file.write_text("")
    config = manager(SECRET_KEY=None, **places)
    assert key(config) == KEYS["account"]
    assert str(config.origin_of("security.secret_key")) == "backend@project"
    assert "SECRET_KEY is not set" in str(manager(SECRET_KEY=None).validate()[0])


def test_what_is_no_secret_is_not_looked_for_among_them(manager: Make, tmp_path: Path) -> None:
    (tmp_path / "AGENT_BACKEND_PORT").write_text("9")
    assert manager(SECRETS_DIRECTORY=str(tmp_path)).get("server.port") == 8000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("hunter2", "line 1: expected NAME=value"),
        (f"{NAME}=hunter2\n{NAME}=hunter2\n", f"line 2: {NAME} stands there for the second time"),
    ],
)
def test_a_broken_secrets_file_is_refused_by_its_line_and_no_other_link_answers_for_it(
    manager: Make, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "secrets").write_text(content)
    config = manager(SECRET_KEY=None, SECRETS_FILE=str(tmp_path / "secrets"), account=Account())
    with pytest.raises(ConfigError) as refused:
        config.get_config()
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("place", ["SECRETS_DIRECTORY", "SECRETS_FILE"])
def test_a_place_that_is_not_there_is_refused_even_when_another_has_the_secret(manager: Make, place: str) -> None:
    config = manager(SECRET_KEY=None, account=Account(), **{place: "/no/such/place"})
    with pytest.raises(ConfigError, match="/no/such/place cannot be read"):
        config.get_config()


def test_an_account_that_may_not_read_is_named(manager: Make) -> None:
    with pytest.raises(ConfigError, match=f"{NAME} could not be read as backend@project: permission denied"):
        manager(SECRET_KEY=None, account=Unreachable()).get_config()


def test_an_account_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="AGENT_BACKEND_SECRETS_ACCOUNT must be google:PROJECT"):
        Sources.of_process({"AGENT_BACKEND_SECRETS_ACCOUNT": "vault:x"})


class NotFound(Exception):
    pass


class Denied(Exception):
    pass


class Client:
    """What Google's client answers, by the name of the secret."""

    def access_secret_version(self, *, name: str, timeout: float) -> object:
        assert timeout
        if name == "projects/p/secrets/DENIED/versions/latest":
            raise Denied("hunter2")
        if name != f"projects/p/secrets/{NAME}/versions/latest":
            raise NotFound
        return type("Answer", (), {"payload": type("Payload", (), {"data": b"value"})})


def test_google_secrets_are_read_in_their_newest_version() -> None:
    secrets = GoogleSecrets("p", Client(), NotFound, Denied)
    assert secrets.read(NAME) == "value"
    assert secrets.read("OTHER") is None
    with pytest.raises(OSError, match=r"^Denied$"):
        secrets.read("DENIED")
