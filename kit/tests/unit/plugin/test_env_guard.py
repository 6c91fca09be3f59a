from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

SHOP = """
    import os

    def port():
        return os.environ.get("SHOP_PORT", "80")
"""

SUITE = """
    import os
    import pytest
    from goldenpath import get_env
    from shop import port

    def test_undeclared():
        assert port() == "80"

    def test_swallowed():
        try:
            port()
        except Exception:
            pass

    @pytest.mark.xfail(reason="not because of the environment", strict=False)
    def test_expected_to_fail():
        port()

    @pytest.fixture
    def reading():
        return os.getenv("SHOP_HOST")

    def test_fixture(reading):
        pass

    @pytest.fixture
    def reading_late():
        yield
        os.getenv("SHOP_HOST")

    def test_teardown(reading_late):
        pass

    @pytest.mark.env("SHOP_PORT")
    def test_declared():
        port()

    @pytest.mark.env("SHOP_PORT", "SHOP_HOST")
    class TestDeclared:
        def test_on_the_class(self, reading):
            port()

    def test_set_by_monkeypatch(monkeypatch):
        monkeypatch.setenv("SHOP_PORT", "81")
        assert port() == "81"

    def test_deleted_by_monkeypatch(monkeypatch):
        monkeypatch.delenv("SHOP_PORT", raising=False)
        assert port() == "80"

    def test_set_by_get_env():
        with get_env().overlay(SHOP_PORT="81"):
            port()

    def test_allowed_everywhere():
        os.environ.get("CI")
"""


def run(folder: Path, suite: str, *options: str, ini: str = "[pytest]\nenv_guard_allow = CI\n") -> tuple[int, str]:
    folder.joinpath("pytest.ini").write_text(ini)
    folder.joinpath("shop.py").write_text(dedent(SHOP))
    folder.joinpath("test_shop.py").write_text(dedent(suite))
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-p", "no:xdist", *options]
    env = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    answer = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return answer.returncode, answer.stdout + answer.stderr


def told(outcome: str, shown: str) -> set[str]:
    """The tests that pytest's summary gives this outcome."""
    return set(re.findall(rf"^{outcome} test_shop\.py::(\w+)", shown, re.MULTILINE))


def test_under_the_guard_exactly_the_undeclared_readers_fail(tmp_path: Path) -> None:
    code, shown = run(tmp_path, SUITE, "--env-guard")
    assert code == 1
    assert told("FAILED", shown) == {"test_undeclared", "test_swallowed", "test_expected_to_fail"}
    assert told("ERROR", shown) == {"test_fixture", "test_teardown"}
    assert f"{tmp_path / 'shop.py'}:5 reads os.environ['SHOP_PORT'] undeclared" in shown


def test_without_the_option_nothing_is_guarded(tmp_path: Path) -> None:
    code, shown = run(tmp_path, SUITE)
    assert code == 0, shown


def test_a_module_that_reads_while_it_is_imported_is_a_collection_error(tmp_path: Path) -> None:
    suite = """
        import os

        try:
            HOST = os.environ["SHOP_HOST"]
        except Exception:
            HOST = "here"

        def test_nothing():
            pass
    """
    code, shown = run(tmp_path, suite, "--env-guard")
    assert code == 2
    assert f"{tmp_path / 'test_shop.py'}:5 reads os.environ['SHOP_HOST'] undeclared" in shown


@pytest.mark.parametrize("mark", ["env", "env()", "env(1)", "env('')", "env(name='A')"])
def test_a_mark_that_names_no_variable_is_a_usage_error(tmp_path: Path, mark: str) -> None:
    code, shown = run(tmp_path, f"import pytest\n\n@pytest.mark.{mark}\ndef test_x(): pass\n", "--env-guard")
    assert code == 4
    assert "test_shop.py::test_x: name variables, as in @pytest.mark.env" in shown
