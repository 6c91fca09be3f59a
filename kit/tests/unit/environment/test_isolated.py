from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading

import pytest

from goldenpath.environment import Change, InvalidVariable, IsolatedEnvironment, ProtectedVariable, get_env


@pytest.fixture
def process() -> dict[str, str]:
    return {"HOME": "/home/ada", "EMPTY": "", "APP_PORT": "80", "APP_HOST": "here"}


@pytest.fixture
def env(process: dict[str, str]) -> IsolatedEnvironment:
    return IsolatedEnvironment(process)


def test_there_is_one_environment_per_process_and_it_reads_os_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENPATH_PROBE", "seen")
    assert get_env() is get_env()
    assert get_env().get("GOLDENPATH_PROBE") == "seen"


def test_outside_isolation_a_change_reaches_the_process(env: IsolatedEnvironment, process: dict[str, str]) -> None:
    env.set("NEW", "1")
    env.delete("HOME")
    assert process == {"EMPTY": "", "APP_PORT": "80", "APP_HOST": "here", "NEW": "1"}


def test_in_isolation_the_process_is_left_alone(env: IsolatedEnvironment, process: dict[str, str]) -> None:
    before = dict(process)
    env.enable_isolation()
    env.set("NEW", "1")
    env.delete("HOME")
    assert process == before
    assert (env.get("NEW"), env.get("HOME")) == ("1", None)


def test_restoring_puts_everything_back_direct_writes_to_the_process_included(
    env: IsolatedEnvironment, process: dict[str, str]
) -> None:
    env.set("KEPT", "1", source="before")
    before = dict(process)
    env.enable_isolation()
    env.set("KEPT", "2")
    env.protect("HOME")
    process["LEAK"] = "written past us"
    del process["HOME"]
    env.disable_isolation(restore=True)
    assert process == before
    assert env.all() == before
    assert env.history("KEPT") == (Change("KEPT", "1", "before"),)
    env.set("HOME", "is no longer protected")


def test_without_restoring_the_process_becomes_what_isolation_held(
    env: IsolatedEnvironment, process: dict[str, str]
) -> None:
    env.enable_isolation()
    env.set("NEW", "1", source="test")
    env.delete("HOME")
    env.disable_isolation(restore=False)
    assert process == {"EMPTY": "", "APP_PORT": "80", "APP_HOST": "here", "NEW": "1"}
    assert env.source_of("NEW") == "test"


def test_isolation_is_switched_on_and_off_not_counted(env: IsolatedEnvironment) -> None:
    env.disable_isolation()
    env.enable_isolation()
    env.enable_isolation()
    assert env.isolated
    env.disable_isolation()
    assert not env.isolated


def test_an_empty_string_is_a_value_and_only_an_absent_variable_gives_the_default(env: IsolatedEnvironment) -> None:
    assert env.get("EMPTY", "default") == ""
    assert env.exists("EMPTY")
    assert env.get("ABSENT", "default") == "default"
    assert not env.exists("ABSENT")


def test_nothing_is_expanded(env: IsolatedEnvironment) -> None:
    env.set("A", "$HOME ${HOME} ~ $(pwd) %HOME%")
    assert env.get("A") == "$HOME ${HOME} ~ $(pwd) %HOME%"


def test_prefixed_gives_full_names_and_a_dictionary_of_the_callers_own(
    env: IsolatedEnvironment, process: dict[str, str]
) -> None:
    found = env.prefixed("APP_")
    assert found == {"APP_PORT": "80", "APP_HOST": "here"}
    found["APP_PORT"] = "81"
    assert process["APP_PORT"] == "80"


def test_history_tells_every_step_and_source_of_the_last(env: IsolatedEnvironment, process: dict[str, str]) -> None:
    env.set("HOME", "/a", source="setup")
    process["HOME"] = "/b"
    env.set("HOME", "/c")
    with env.overlay(HOME="/d"):
        assert env.source_of("HOME") == "overlay"
    env.delete("HOME")
    assert env.history("HOME") == (
        Change("HOME", "/home/ada", "process"),
        Change("HOME", "/a", "setup"),
        Change("HOME", "/b", "process"),
        Change("HOME", "/c", "code"),
        Change("HOME", None, "code"),
    )
    assert env.source_of("HOME") is None
    assert env.source_of("APP_PORT") == "process"
    assert env.history("NEVER") == ()


def test_a_protected_variable_cannot_be_changed_in_any_way(env: IsolatedEnvironment, process: dict[str, str]) -> None:
    env.protect("HOME")
    before = dict(process)
    for change in (
        lambda: env.set("HOME", "x"),
        lambda: env.delete("HOME"),
        lambda: env.update({"NEW": "1", "HOME": "x"}),
        lambda: env.overlay(HOME="x"),
    ):
        with pytest.raises(ProtectedVariable, match=r"HOME is protected and was not changed; call unprotect\('HOME'\)"):
            change()
    assert process == before
    env.unprotect("HOME")
    env.set("HOME", "x")
    assert process["HOME"] == "x"


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("", "x", "'' cannot name"),
        ("A=B", "x", "'A=B' cannot name"),
        ("A\0", "x", "cannot name"),
        (7, "x", "7 cannot name"),
        ("PORT", 5432, r"PORT must be a string, not int; convert it with str\(\)"),
        ("PORT", None, r"PORT must be a string, not NoneType; delete\(\) removes"),
        ("A", "a\0b", "A holds a NUL"),
        ("A", "\ud800", "A holds a character that this system cannot"),
    ],
)
def test_what_no_process_environment_can_hold_is_refused(
    env: IsolatedEnvironment, process: dict[str, str], key: str, value: str, problem: str
) -> None:
    before = dict(process)
    with pytest.raises(InvalidVariable, match=problem):
        env.update({"FINE": "1", key: value})
    assert process == before


@pytest.mark.env("GOLDENPATH_PROBE")
def test_a_child_process_gets_what_this_code_sees() -> None:
    with get_env().overlay(GOLDENPATH_PROBE="laid over", GOLDENPATH_OTHER=""):
        code = "import os; print([os.environ.get('GOLDENPATH_PROBE'), os.environ.get('GOLDENPATH_OTHER')])"
        child = subprocess.run(
            [sys.executable, "-c", code], env=get_env().subprocess_env(), capture_output=True, text=True, check=True
        )
    assert child.stdout.strip() == "['laid over', '']"
    assert "GOLDENPATH_PROBE" not in os.environ


def test_the_dictionaries_it_returns_can_be_pickled_and_take_no_other_secret_along(env: IsolatedEnvironment) -> None:
    env.update({"APP_TOKEN": "hidden", "OTHER_TOKEN": "elsewhere"})
    pickled = pickle.dumps(env.prefixed("APP_"))
    assert b"elsewhere" not in pickled
    unpickled = pickle.loads(pickled)
    assert unpickled == env.prefixed("APP_")
    assert "hidden" not in repr(unpickled)


def test_threads_that_change_it_at_once_lose_nothing(env: IsolatedEnvironment) -> None:
    env.enable_isolation()
    ready = threading.Barrier(8)

    def write(worker: int) -> None:
        ready.wait()
        for number in range(50):
            env.set(f"W{worker}_{number}", str(number))
            env.set("SHARED", f"{worker}", source=f"worker {worker}")
            env.all()

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(env.prefixed(f"W{worker}_")) for worker in range(8)) == 400
    assert env.source_of("SHARED") == f"worker {env.get('SHARED')}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_child_forked_while_another_thread_holds_the_lock_can_still_set() -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with get_env()._lock:
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:  # pragma: no cover
        locked = get_env()._lock.acquire(timeout=20)
        os._exit(0 if locked else 1)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0
