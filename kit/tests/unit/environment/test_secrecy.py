"""No secret value in any repr, log record or exception text, tracebacks that print locals included."""

from __future__ import annotations

import logging
import pprint
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldenpath.environment import EnvironmentFault, IsolatedEnvironment, Secret, SecretError, SecretLoader, SecretRule

TELLING = st.sampled_from(
    ["API_KEY", "apikey", "JWT_SECRET", "DB_PASSWORD", "GITHUB_TOKEN", "AWS_CREDENTIALS", "MYSQL_PWD", "SIGNING_KEY_2"]
)
SECRETS = st.text("ξψωжщ", min_size=8, max_size=20)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Records(logging.Handler):
    """Everything that is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [self.format(record), repr(record.__dict__)]


@contextmanager
def everything_logged() -> Iterator[Records]:
    records, logger = Records(), logging.getLogger("goldenpath")
    level = logger.level
    logger.addHandler(records)
    logger.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        logger.removeHandler(records)
        logger.setLevel(level)


def text_of(error: BaseException) -> str:
    """All that a tool could print of an exception: its chain, its arguments and the locals of our frames."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    told = [repr(link) + str(link) + repr(link.args) + repr(link.__dict__) for link in chain]
    frames = [
        f"{frame.f_code.co_filename}: {value!r}"
        for link in chain
        for frame, _ in traceback.walk_tb(link.__traceback__)
        if "goldenpath" in frame.f_code.co_filename and "tests" not in frame.f_code.co_filename
        for value in frame.f_locals.values()
    ]
    return "\n".join([*told, *frames, *traceback.format_exception(error)])


def failing(action: Callable[[], object], fault: type[EnvironmentFault] = EnvironmentFault) -> str:
    with pytest.raises(fault) as caught:
        action()
    text = text_of(caught.value)
    assert "goldenpath/environment/" in text
    return text


def shows(env: IsolatedEnvironment, *keys: str) -> list[str]:
    views = [env, env.all(), env.subprocess_env(), env.prefixed(""), *(env.history(key) for key in keys)]
    return [repr(view) for view in views] + [pprint.pformat(view) for view in views]


@given(TELLING, SECRETS, SECRETS)
def test_no_view_and_no_log_line_shows_a_secret(key: str, secret: str, second: str) -> None:
    with everything_logged() as records:
        env = IsolatedEnvironment({key: secret})
        env.enable_isolation()
        shown = shows(env, key)
        env.update({"DATABASE_URL": f"postgresql://ada:{secret}@db/x", "NOTE": f"it is {secret}!", "PLAIN": "plain"})
        env.set(key, second)
        env.set("REMARK", f"was {secret}, is {second}")
        with env.overlay(**{key: None}) as inside:
            inside.set("DEEP", f"hidden {second}")
            shown += shows(env, key, "DEEP", "REMARK")
        overlay = env.overlay(**{key: second})
        shown += [repr(overlay), *shows(env, key, "NOTE", "REMARK", "DATABASE_URL", "PLAIN")]
        env.delete(key)
        shown += shows(env, key, "NOTE", "REMARK")
        shown += [env.redact(f"<{secret}> and <{second}>")]
        env.disable_isolation()
    text = "\n".join([*shown, *records.lines])
    assert secret not in text
    assert second not in text
    assert "'PLAIN': 'plain'" in text
    assert env.get(key) == secret


@given(SECRETS)
def test_a_concealed_variable_is_a_secret_too(secret: str) -> None:
    env = IsolatedEnvironment({"INNOCENT": secret})
    assert secret in repr(env.all())
    env.conceal("INNOCENT")
    assert secret not in "\n".join(shows(env, "INNOCENT"))


@given(TELLING, SECRETS)
@QUIET
def test_no_exception_shows_a_secret_however_it_is_printed(tmp_path: Path, key: str, secret: str) -> None:
    file = tmp_path / ".env"
    env = IsolatedEnvironment({"GUARDED": "x"})
    env.protect("GUARDED", key)
    with everything_logged() as records:
        shown = [
            failing(lambda value=value: env.set(key, value)) for value in (secret, secret + "\0", f"{secret}\ud800")
        ]
        shown += [failing(lambda: env.set(key, secret.encode()))]  # type: ignore[arg-type]
        shown += [failing(lambda: env.update({"A": secret, "B": "a\0"}))]
        shown += [failing(lambda: env.overlay(**{key: secret}))]
        for text in (
            f"{key}='{secret}",
            f"{key}='{secret}' {secret}",
            f'{key}="{secret}\\q"',
            f"{secret}",
            f"{key}={secret}\0",
        ):
            file.write_text(text)
            shown += [failing(lambda: env.load_file(file))]
        file.write_bytes(f"{key}={secret}".encode() + b"\xff")
        shown += [failing(lambda: env.load_file(file))]
        file.write_text(f"{key}={secret}")
        shown += [failing(lambda: env.load_file(file))]
        shown += [failing(lambda: IsolatedEnvironment({}).environment_name())]
    assert [text for text in [*shown, *records.lines] if secret in text or repr(secret.encode()) in text] == []


class Leaky:
    """A source whose own faults quote the secret, one chained to another."""

    identity = "robot"

    def __init__(self, name: str, secret: str, fault: type[Exception] | None = None) -> None:
        self.name = name
        self._secret = secret
        self._fault = fault

    def read(self, key: str) -> str | None:
        try:
            raise KeyError(self._secret)
        except KeyError as error:
            if self._fault:
                raise self._fault(f"{key} is {self._secret}") from error
        return self._secret


RULES = st.one_of(
    st.builds(SecretRule, min_length=st.integers(21, 99)),
    st.builds(SecretRule, max_length=st.integers(1, 7)),
    st.just(SecretRule(distinct=True)),
    st.none(),
)
FAULTS = st.sampled_from([ValueError, PermissionError, OSError, RuntimeError])


@given(TELLING, SECRETS, RULES, st.none() | FAULTS)
def test_a_loader_that_fails_shows_no_secret(
    name: str, secret: str, rule: SecretRule | None, fault: type[Exception] | None
) -> None:
    env = IsolatedEnvironment({})
    env.protect("PROTECTED")
    wanted = [
        Secret("A", rule or SecretRule(forbidden=(secret,)), variable=name),
        Secret("TWIN", SecretRule(distinct=True)),
        Secret("OTHER", variable="PROTECTED"),
    ]
    with everything_logged() as records:
        loader = SecretLoader([Leaky("leaky", secret, fault)], environment=env)
        shown = [failing(lambda: loader.load(*wanted), SecretError), *map(repr, loader.check(*wanted)), repr(loader)]
    assert [text for text in [*shown, *records.lines] if secret in text] == []
    assert env.all() == {}


@given(SECRETS)
def test_a_loaded_secret_is_masked_under_an_innocent_name_from_the_first_log_line_on(secret: str) -> None:
    env = IsolatedEnvironment({})
    with everything_logged() as records:
        SecretLoader([Leaky("leaky", secret)], environment=env).load(Secret("A", variable="INNOCENT"))
        shown = shows(env, "INNOCENT")
    assert env.get("INNOCENT") == secret
    assert any("INNOCENT" in line for line in records.lines)
    assert [text for text in [*shown, *records.lines] if secret in text] == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgresql://ada:pa@ss/w0rd@db:5432/x", "postgresql://ada:***@db:5432/x"),
        ("redis://:hidden@cache/0", "redis://:***@cache/0"),
        ("postgresql://ada@db/x", "postgresql://ada@db/x"),
        ("host=db password=hidden user=ada", "host=db password=*** user=ada"),
        ("https://x/y?token=hidden&z=1", "https://x/y?token=***&z=1"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_passwords_inside_urls_and_connection_strings_are_masked(value: str, shown: str) -> None:
    assert repr(IsolatedEnvironment({"PLACE": value}).all()) == repr({"PLACE": shown})


@pytest.mark.parametrize("key", ["PWD", "OLDPWD", "KEYBOARD", "MONKEY", "COMPASS", "TOKENIZERS_PARALLELISM", "PATH"])
def test_an_ordinary_name_is_not_taken_for_a_secret(key: str) -> None:
    assert repr(IsolatedEnvironment({key: "seen"}).all()) == repr({key: "seen"})
