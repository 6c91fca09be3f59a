"""Doubles made by hand come back unless something finds them: the audit does, kind by kind, in a build as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from goldenpath.audit import Finding, Report, Request, audit
from goldenpath.cli import main

SETTINGS = '[tool.goldenpath.audit]\nfactory = "required"\n'
WEBSOCKET = """
from unittest.mock import AsyncMock


def test_send():
    socket = AsyncMock()  # GP103
    socket.send_json.return_value = None
    assert socket.send_json
"""
AGENT = """
from unittest.mock import MagicMock

from shop.agents import Agent


def test_execute():
    agent = MagicMock(spec=Agent)  # GP103
    agent.execute.return_value = {"status": "completed"}
    assert agent.execute()["status"] == "completed"
"""
SESSION = """
import unittest.mock as mock


def test_commit():
    session = mock.AsyncMock()  # GP103
    session.execute.return_value = mock.Mock()  # GP103
    assert session.commit
"""
BRIDGE = """
from unittest import mock

from shop.bridge import Bridge


def test_notify():
    bridge = mock.create_autospec(Bridge)  # GP103
    assert bridge.notify_agent_started
"""
KINDS = {"websocket": WEBSOCKET, "agent": AGENT, "session": SESSION, "bridge": BRIDGE}
SHOP = {
    "shop/__init__.py": "",
    "shop/agents.py": "class Agent:\n    async def execute(self, task): ...\n",
    "shop/bridge.py": "class Bridge:\n    async def notify_agent_started(self, run_id, agent_name, task=''): ...\n",
}
MADE = """
from goldenpath import SSotMockFactory


def test_agent():
    agent = SSotMockFactory.create_agent_mock()
    assert agent.agent_type == "supervisor"
"""

Audited = Callable[..., Report]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose doubles are to come from the factory."""
    root = tmp_path / "project"
    for name, text in {"pyproject.toml": SETTINGS, **SHOP, "tests/test_made.py": MADE}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def audited(root: Path, tmp_path: Path) -> Audited:
    """The audit of the project, with more test files in it."""

    def run(**tests: str) -> Report:
        for name, text in tests.items():
            (root / f"tests/test_{name}.py").write_text(text)
        return audit(Request(paths=[root], cache=tmp_path / "facts", today=date(2026, 11, 21)))

    return run


def marked(**tests: str) -> set[tuple[str, int]]:
    """The lines that say of themselves that they must be found."""
    return {
        (f"tests/test_{name}.py", number)
        for name, text in tests.items()
        for number, line in enumerate(text.splitlines(), 1)
        if "# GP103" in line
    }


def found(findings: list[Finding]) -> set[tuple[str, int]]:
    return {(finding.path, finding.line) for finding in findings if finding.rule == "GP103"}


def test_a_websocket_mocked_by_hand_is_found_where_it_stands(audited: Audited) -> None:
    assert found(audited(websocket=WEBSOCKET).findings) == marked(websocket=WEBSOCKET) != set()


def test_an_agent_mocked_by_hand_is_found_where_it_stands(audited: Audited) -> None:
    assert found(audited(agent=AGENT).findings) == marked(agent=AGENT) != set()


def test_a_session_mocked_by_hand_is_found_where_it_stands(audited: Audited) -> None:
    assert found(audited(session=SESSION).findings) == marked(session=SESSION) != set()


def test_a_bridge_mocked_by_hand_is_found_where_it_stands(audited: Audited) -> None:
    assert found(audited(bridge=BRIDGE).findings) == marked(bridge=BRIDGE) != set()


def test_what_the_factory_makes_is_no_finding(audited: Audited) -> None:
    assert audited().findings == []


def test_every_violation_that_is_planted_is_found(audited: Audited) -> None:
    planted = {f"{kind}_{number}": source for kind, source in KINDS.items() for number in range(5)}
    report = audited(**planted)
    assert found(report.findings) == marked(**planted)
    assert len(found(report.findings)) == 25


def commanded(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["audit", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_a_violation_that_a_baseline_accepts_is_quiet_and_the_next_one_is_not(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    (root / "tests/test_old.py").write_text(WEBSOCKET)
    commanded(capsys, root, "--update-baseline")
    (root / "tests/test_new.py").write_text(BRIDGE)
    document = json.loads(commanded(capsys, root, "--format", "json")[1])
    known = {each["path"]: each["known"] for each in document["findings"] if each["rule"] == "GP103"}
    assert known == {"tests/test_old.py": True, "tests/test_new.py": False}


def test_the_command_ends_as_a_build_needs_it_and_writes_what_a_build_reads(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CI", "true")
    assert commanded(capsys, root)[0] == 0
    (root / "tests/test_hollow.py").write_text("def test_nothing():\n    pass\n")
    (root / "tests/test_session.py").write_text(SESSION)
    code, out = commanded(capsys, root, "--format", "github")
    assert code == 1
    for line in (6, 7):
        assert f"file=tests/test_session.py,line={line}" in out
    code, out = commanded(capsys, root, "--format", "sarif")
    assert code == 1
    assert {"GP103", "GP601"} <= {result["ruleId"] for result in json.loads(out)["runs"][0]["results"]}
