# goldenpath: ignore-file[GP402, GP403] reason="the guard is tested from inside a patch that is undone" until=2027-11-30
from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from os import environ
from pathlib import Path
from unittest import mock

import pytest

from goldenpath.environment import UndeclaredRead, get_env
from goldenpath.environment.guard import EnvironGuard

HERE = Path(__file__)

pytestmark = pytest.mark.env("*")
"""These tests read os.environ themselves, and hold when a guard watches over them too."""

READS: dict[str, Callable[[], object]] = {
    "item": lambda: os.environ["PROBE"],
    "get": lambda: os.environ.get("PROBE"),
    "get with a default": lambda: os.environ.get("PROBE", "x"),
    "in": lambda: "PROBE" in os.environ,
    "getenv": lambda: os.getenv("PROBE"),
    "bytes": lambda: os.environb[b"PROBE"],
    "a reference of its own": lambda: environ["PROBE"],
    "setdefault": lambda: os.environ.setdefault("PROBE", "x"),
    "pop": lambda: os.environ.pop("PROBE", None),
    "expandvars": lambda: os.path.expandvars("$PROBE"),
    "eval": lambda: eval("os.environ['PROBE']"),
}
SWEEPS: dict[str, Callable[[], object]] = {
    "dict": lambda: dict(os.environ),
    "copy": lambda: os.environ.copy(),
    "unpacking": lambda: {**os.environ},
    "items": lambda: [*os.environ.items()],
    "union": lambda: os.environ | {},
    "list": lambda: [*os.environ],
}


@pytest.fixture(params=["set", "absent"])
def guard(request: pytest.FixtureRequest) -> Iterator[EnvironGuard]:
    outside = mock.patch.dict(os.environ, {"PROBE": "outside"})
    guard = EnvironGuard(allowed=["ALLOWED"])
    with outside:
        if request.param == "absent":
            del os.environ["PROBE"]
        guard.install()
        try:
            yield guard
        finally:
            guard.remove()


@pytest.mark.parametrize("way", READS)
def test_an_undeclared_read_is_refused_and_names_the_variable_and_the_line(guard: EnvironGuard, way: str) -> None:
    line = READS[way].__code__.co_firstlineno
    with guard.watch() as reads, pytest.raises(UndeclaredRead) as caught:
        READS[way]()
    assert str(caught.value).startswith(f"{HERE}:{line} reads os.environ['PROBE'] undeclared; ")
    assert '@pytest.mark.env("PROBE")' in str(caught.value)
    assert reads == [caught.value]


@pytest.mark.parametrize("way", SWEEPS)
def test_reading_everything_is_refused_as_such(guard: EnvironGuard, way: str) -> None:
    with guard.watch() as reads, pytest.raises(UndeclaredRead, match="reads the whole of"):
        SWEEPS[way]()
    assert [read.variable for read in reads] == ["*"]
    with guard.watch(["*"]) as reads:
        SWEEPS[way]()
        READS["get"]()
    assert reads == []


@pytest.mark.parametrize(
    "way", [way for way in READS if way not in {"item", "bytes", "a reference of its own", "eval"}]
)
def test_a_declared_variable_may_be_read(guard: EnvironGuard, way: str) -> None:
    with guard.watch(["PROBE"]) as reads:
        READS[way]()
        os.environ.get("ALLOWED")
    assert reads == []


def test_what_is_set_or_deleted_through_get_env_is_declared_for_as_long_as_it_holds(guard: EnvironGuard) -> None:
    with guard.watch() as reads:
        with get_env().overlay(PROBE="inside"):
            os.environ.get("PROBE")
        assert reads == []
        with pytest.raises(UndeclaredRead):
            os.environ.get("PROBE")


def test_what_is_written_to_os_environ_is_declared_until_it_is_put_back(guard: EnvironGuard) -> None:
    with guard.watch():
        with mock.patch.dict(os.environ, {"PROBE": "inside"}):
            assert os.environ["PROBE"] == "inside"
        with pytest.raises(UndeclaredRead):
            os.environ.get("PROBE")


def test_setting_what_the_machine_happens_to_have_declares_it_in_this_watch_only(guard: EnvironGuard) -> None:
    with guard.watch(), mock.patch.dict(os.environ, {"PROBE": "outside"}):
        os.environ.get("PROBE")
    with guard.watch(), pytest.raises(UndeclaredRead):
        os.environ.get("PROBE")


def test_the_interpreter_and_the_standard_library_read_what_they_like(guard: EnvironGuard) -> None:
    with guard.watch() as reads, mock.patch.object(tempfile, "tempdir", None):
        tempfile.gettempdir()
        os.path.expanduser("~")
        get_env().get("PROBE")
        get_env().subprocess_env()
    assert reads == []


@pytest.mark.parametrize("listed", [True, False])
def test_an_installed_package_is_guarded_only_when_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    package = tmp_path / "site-packages" / "shop_under_test"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text("import os\ndef read():\n    return os.getenv('PROBE')\n")
    monkeypatch.syspath_prepend(str(package.parent))
    shop = __import__("shop_under_test")
    guard = EnvironGuard(packages=["shop_under_test"] if listed else [])
    guard.install()
    try:
        with guard.watch() as reads:
            if listed:
                with pytest.raises(UndeclaredRead, match=r"shop_under_test/__init__\.py:3 reads"):
                    shop.read()
            else:
                shop.read()
        assert len(reads) == listed
    finally:
        guard.remove()
        del sys.modules["shop_under_test"]


def test_a_read_in_a_thread_and_a_swallowed_refusal_are_noted(guard: EnvironGuard) -> None:
    def swallow() -> None:
        try:
            os.getenv("PROBE")
        except Exception:
            return

    with guard.watch() as reads:
        swallow()
        thread = threading.Thread(target=swallow)
        thread.start()
        thread.join()
    assert [read.variable for read in reads] == ["PROBE", "PROBE"]


def test_os_environ_shows_no_secret_in_the_frames_that_a_refusal_passes_through(guard: EnvironGuard) -> None:
    def secret() -> str:
        return "-".join(["never", "shown"])  # pytest shows the source too, so the value must not be in it

    os.environ.update({"PROBE_TOKEN": secret(), "PROBE_NOTE": f"it is {secret()}"})
    with guard.watch():
        with pytest.raises(UndeclaredRead) as caught:
            os.environ.get("PROBE")
        shown = str(caught.getrepr(showlocals=True, funcargs=True)) + repr(os.environ) + repr(os.environb)
    assert secret() not in shown
    assert "'PROBE_TOKEN': '***'" in shown


def test_outside_a_watch_and_after_removal_nothing_is_refused(guard: EnvironGuard) -> None:
    before = type(os.environ).__getitem__
    os.environ.get("PROBE")
    guard.remove()
    assert type(os.environ).__getitem__ is not before
    with guard.watch():
        os.environ.get("PROBE")
