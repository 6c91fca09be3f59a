from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from goldenpath.plugin.exemption import Exemption
from goldenpath.plugin.tiers import tier_of_folders

SUITE = """
    import os
    from unittest.mock import ANY, AsyncMock, Mock, call, create_autospec, patch

    import pytest
    from goldenpath import MockWebSocketManager, SSotMockFactory, double

    class Cart:
        def add(self, what): ...

    @pytest.fixture
    def mocked():
        return AsyncMock()

    def test_builds(): assert Mock()
    def test_swallows():
        try:
            Mock()
        except BaseException:
            pass
        assert True
    @patch("os.getcwd")
    def test_decorated(getcwd): assert getcwd
    def test_patches_an_object():
        with patch.object(os, "getcwd", lambda: "/"):
            assert True
    def test_patches_a_dictionary():
        with patch.dict(os.environ, A="1"):
            assert True
    @patch.dict(os.environ, A="1")
    def test_decorated_with_a_dictionary(): assert True
    def test_autospec(): assert create_autospec(Cart)
    def test_double(): assert double(Cart)
    def test_factory(): assert SSotMockFactory.create_agent_mock()
    def test_manager(): assert MockWebSocketManager()
    @pytest.mark.xfail
    def test_expected_to_fail(): assert Mock()
    @pytest.mark.allow_mocks(reason="the bank has no test system", until="2019-12-31")
    def test_expired(): assert Mock()
    def test_fixture(mocked): assert mocked

    @pytest.mark.allow_mocks(reason="the bank has no test system", until="2999-12-31")
    def test_fine_exempt(): assert Mock()
    @pytest.mark.allow_mocks(reason="not needed any more", until="2019-12-31")
    def test_fine_without(): assert True
    def test_fine_matchers(): assert ANY == call(1)
    def test_fine_context(): assert SSotMockFactory.create_mock_user_context()
    def test_fine_settings(monkeypatch):
        monkeypatch.setenv("REGION", "eu")
        assert os.environ["REGION"] == "eu"
"""


def place_of(suite: str, code: str) -> int:
    """The line that holds some code, as pytest counts them once the suite is dedented."""
    return next(number for number, line in enumerate(suite.splitlines(), 1) if code in line)


@pytest.mark.parametrize(("file", "told"), [
    ("tests/integration/shop/test_suite.py", "among the integration tests"),
    ("tests/e2e/test_suite.py", "among the e2e tests"),
    ("tests/test_suite.py", "marked 'integration'"),
])  # fmt: skip
def test_a_double_in_a_tier_of_real_parts_fails_its_test_at_the_line(
    run_suite: Callable[..., Any], file: str, told: str
) -> None:
    suite = (
        SUITE
        if "marked" not in told
        else SUITE.replace("class Cart", "pytestmark = pytest.mark.integration\n    class Cart")
    )
    ended = run_suite(suite, file=file)
    assert ended.code == 1
    outcomes = {name.rpartition("::")[2]: outcome for name, outcome in ended.outcomes}
    assert len(outcomes) == 18
    assert outcomes.pop("test_fixture") == "ERROR"
    for name, outcome in outcomes.items():
        assert (name, outcome) == (name, "PASSED" if "fine" in name else "FAILED")
    assert f"{file}:{place_of(suite, 'def test_builds')} builds Mock() in a test {told}" in ended.shown
    assert f"{file}:{place_of(suite, 'return AsyncMock')} builds AsyncMock()" in ended.shown
    assert f"{file}:{place_of(suite, 'patch.object')} patches in" in ended.shown
    assert re.search(rf"{file}:{place_of(suite, '@patch(')} patches in", ended.shown)
    assert "its exemption expired on 2019-12-31" in ended.shown
    assert 'exempt it for a time: @pytest.mark.allow_mocks(reason="...", until="YYYY-MM-DD")' in ended.shown


def test_a_unit_test_may_build_what_it_likes_unless_it_is_marked(run_suite: Callable[..., Any]) -> None:
    suite = """
        from unittest.mock import Mock
        import pytest
        SHARED = Mock()
        def test_unit(): assert SHARED
        @pytest.mark.e2e
        def test_marked(): assert Mock()
    """
    ended = run_suite(suite, file="tests/unit/test_suite.py")
    assert [outcome for _, outcome in ended.outcomes] == ["PASSED", "FAILED"]
    assert "builds Mock() in a test marked 'e2e'" in ended.shown


def test_a_double_built_while_a_module_is_imported_is_a_collection_error(run_suite: Callable[..., Any]) -> None:
    suite = "from unittest.mock import Mock\nSHARED = Mock()\ndef test_x(): assert SHARED\n"
    ended = run_suite(suite, file="integration/test_suite.py")
    assert ended.code == 2
    assert (
        "integration/test_suite.py:2 builds Mock() while a module of the integration tests is imported" in ended.shown
    )
    exempt = 'import pytest\npytestmark = pytest.mark.allow_mocks(reason="for now", until="2999-01-01")\n'
    assert run_suite(exempt + suite, file="integration/test_suite.py").code == 0


def test_the_policy_can_report_instead_and_be_off(run_suite: Callable[..., Any]) -> None:
    ended = run_suite(SUITE, "--mock-policy=report", file="integration/test_suite.py")
    assert ended.code == 0, ended.shown
    report = ended.shown.partition("= mock policy =")[2]
    assert f"::test_builds: integration/test_suite.py:{place_of(SUITE, 'def test_builds')} builds Mock()" in report
    assert "test_fine" not in report
    ended = run_suite("", ini="[pytest]\ngoldenpath_mock_policy = off\n")
    assert (ended.code, "mock policy" in ended.shown) == (0, False)
    assert (
        "goldenpath_mock_policy: 'of' is none of fail, report, off"
        in run_suite("", ini="[pytest]\ngoldenpath_mock_policy = of\n").shown
    )


@pytest.mark.parametrize(
    ("mark", "complaint"),
    [
        ("allow_mocks", "an exemption has a reason and an end"),
        ("allow_mocks(reason='', until='2999-01-01')", "an exemption has a reason and an end"),
        ("allow_mocks(reason='so')", "an exemption has a reason and an end"),
        ("allow_mocks('so', until='2999-01-01')", "an exemption has a reason and an end"),
        ("allow_mocks(reason='so', until='soon')", "until='soon' is no date"),
    ],
)
def test_an_exemption_without_reason_or_end_is_a_usage_error(
    run_suite: Callable[..., Any], mark: str, complaint: str
) -> None:
    ended = run_suite(f"import pytest\n@pytest.mark.{mark}\ndef test_x(): assert 1\n")
    assert (ended.code, complaint in ended.shown) == (4, True), ended.shown


def test_an_exemption_holds_on_its_last_day() -> None:
    exemption = Exemption.of((), {"reason": "so", "until": "2026-02-28"})
    assert exemption.holds(date(2026, 2, 28))
    assert not exemption.holds(date(2026, 3, 1))


@pytest.mark.parametrize(
    ("folders", "tier"),
    [
        ("tests/integration/shop", "integration"),
        ("integration/tests/unit", "unit"),
        ("tests/end_to_end", "e2e"),
        ("tests/integrations", None),
        ("", None),
    ],
)
def test_the_innermost_folder_that_names_a_tier_decides(folders: str, tier: str | None) -> None:
    assert tier_of_folders(folders.split("/")) == tier
